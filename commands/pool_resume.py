"""End a pause of the pooler."""

from bot.command import Command, Plan, Pooler, Risk, Sources, Step
from bot.report import Button, Level, Report, Verdict
from commands.pooler_tables import Served, Told
from commands.pooling import ADMIN, health, served
from commands.wording import several


def plan(sources: Sources, args: object) -> Plan | Report:  # noqa: ARG001 - every command is asked the same way
    """Ask the console whether it is paused, then propose to resume it.

    Raises:
        ScoutError: the settings name no pooler or no database of it, or its console does not answer.
    """
    told, wanted = served(sources)
    return proposal(told, wanted) if wanted.paused else nothing(wanted)


def proposal(told: Told, wanted: Served) -> Plan:
    """One order, and the proof that the database is served again."""
    waiting = sum(one.cl_waiting for one in told.pools if one.database == wanted.name)
    order = Pooler.about("RESUME", wanted.name)
    step = Step(title=f"Resume {wanted.name} of the pooler", do=order, locks="none", timeout_s=10)
    return Plan(
        summary=f"Resume {wanted.name} of the pooler; {several(waiting, 'client')} waiting",
        risk=Risk.MEND,
        steps=(step, health(wanted.name)),
        notes=("Somebody paused it, maybe for a reason that lasts: look who, before you confirm.", ADMIN),
    )


def nothing(wanted: Served) -> Report:
    """That it is not paused."""
    off = ", but disabled: `ENABLE` on its console ends that" if wanted.disabled else ""
    return Report(
        title="Pool resume",
        verdict=Verdict(level=Level.ALERT if off else Level.OK, text=f"{wanted.name} is not paused{off}"),
        buttons=(Button(label="Pool", text="pool"),),
    )


command = Command(
    name="pool resume",
    help="End a pause of the pooler",
    runbook="Application-Level Optimization: connection pooling",
    risk=Risk.MEND,
    place=71,
    plan=plan,
    words=("resume pool", "resume pooler"),
)
