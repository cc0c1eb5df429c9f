"""Run a job now: the same as typing what it is, and its end is kept as the job's."""

from pydantic import Field

from bot.command import Args, Command, Instead, Risk, Sources
from bot.report import Button, Level, Report, Verdict
from commands.duty import chosen
from commands.schedule import failing


class Wanted(Args):
    """Which job; the one that fails longest when none is named."""

    job: str = Field(default="", max_length=60)


def plan(sources: Sources, args: Wanted) -> Instead | Report:
    """Say what to do instead of this: what the job does, with the rights of who asks."""
    duties = sources.duties()
    if args.job:
        found = chosen(duties, args.job)
    elif bad := failing(duties):
        found = bad[0]
    else:
        return nothing()
    return Instead(text=found.command, job=found.name)


def nothing() -> Report:
    """That there is none to choose by itself."""
    return Report(
        title="Schedule",
        verdict=Verdict(level=Level.OK, text="No job fails. Name the one to be run, as `schedule run views`"),
        buttons=(Button(label="Schedule", text="schedule"),),
    )


command = Command(
    name="schedule run",
    help="Run a job now, as if its command were typed; the failing one when none is named",
    runbook="",
    risk=Risk.MEND,
    place=10,
    args=Wanted,
    plan=plan,
    words=("run job",),
)
