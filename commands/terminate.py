"""End one session: at once when it is idle, after a cancel that did not help when it is at work."""

from collections.abc import Sequence

from pydantic import Field

from bot.command import Args, Command, Doing, Plan, Risk, Sources
from bot.report import Report
from commands import ending
from commands.ending import Target
from commands.lock_queue import Waiting

AT_WORK = (
    "It is at work: a cancel frees its locks as well, and the application keeps its connection. "
    "The second step strikes only the same statement, so it does nothing when the first has helped."
)


class Wanted(Args):
    """Which session, by its process id."""

    pid: int = Field(gt=0, lt=2**31)


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look who that is and who waits for it, then propose how to end it."""
    one, queue = ending.look(sources, args.pid)
    return ending.is_not_there(args.pid) if one is None else proposal(one, queue, sources.doing)


def proposal(one: Target, queue: Sequence[Waiting], doing: Doing) -> Plan:
    """The end of an idle session; of one at work the cancel first."""
    notes = (*ending.who_is_freed(queue, {one.pid}), *ending.waits_itself(queue, one.pid))
    first = ending.step(one, doing)
    if one.idle:
        return Plan(
            summary=f"End the session of {one.who}, {one.state}; what it has not committed is undone",
            risk=Risk.DISRUPT,
            steps=(first,),
            notes=notes,
            evidence=ending.EVIDENCE,
        )
    return Plan(
        summary=f"Cancel the statement of {one.who} first; end its session only if it still runs then",
        risk=Risk.DISRUPT,
        steps=(first.model_copy(update={"required": False}), ending.ending(one, doing)),
        notes=(
            AT_WORK,
            *notes,
        ),
        evidence=ending.EVIDENCE,
    )


command = Command(
    name="terminate",
    help="End one session; one that is at work is cancelled first",
    runbook="Emergency procedures, step 1: kill long-running queries",
    risk=Risk.DISRUPT,
    place=52,
    args=Wanted,
    plan=plan,
    words=("terminate pid", "terminate session", "kill", "kill session"),
)
