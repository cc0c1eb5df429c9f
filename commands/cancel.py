"""Cancel what one session does now, and leave the session."""

from collections.abc import Sequence

from pydantic import Field

from bot.command import Args, Command, Doing, Plan, Risk, Sources
from bot.report import Button, Level, Report, Verdict
from commands import ending
from commands.ending import Target
from commands.lock_queue import Waiting
from commands.wording import duration


class Wanted(Args):
    """Which session, by its process id."""

    pid: int = Field(gt=0, lt=2**31)


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look who that is and who waits for it, then propose to cancel it."""
    one, queue = ending.look(sources, args.pid)
    if one is None:
        return ending.is_not_there(args.pid)
    return nothing(one) if one.idle else proposal(one, queue, sources.doing)


def proposal(one: Target, queue: Sequence[Waiting], doing: Doing) -> Plan:
    """The cancel, with who is freed by it."""
    return Plan(
        summary=f"Cancel the statement of {one.who}; the session stays",
        risk=Risk.DISRUPT,
        steps=(ending.step(one, doing),),
        notes=(*ending.who_is_freed(queue, {one.pid}), *ending.waits_itself(queue, one.pid)),
        evidence=ending.EVIDENCE,
    )


def nothing(one: Target) -> Report:
    """That a cancel would do nothing, and what would."""
    text = f"{one.who} runs nothing: it is {one.state} for {duration(one.age_s)}. A cancel does nothing to it"
    return Report(
        title="Cancel",
        verdict=Verdict(level=Level.INFO, text=text),
        buttons=(
            Button(label=f"Terminate {one.pid}", text=f"terminate {one.pid}", danger=True),
            Button(label="Active", text="active"),
        ),
    )


command = Command(
    name="cancel",
    help="Cancel what one session does now; the session stays",
    runbook="Emergency procedures, step 1: kill long-running queries",
    risk=Risk.DISRUPT,
    place=51,
    args=Wanted,
    plan=plan,
    words=("cancel pid", "cancel query"),
)
