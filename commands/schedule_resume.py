"""Let a paused job run again."""

from pydantic import Field

from bot.command import Args, Command, Order, ResumeJob, Risk, Sources
from commands.duty import chosen


class Wanted(Args):
    """Which job."""

    job: str = Field(min_length=1, max_length=60)


def plan(sources: Sources, args: Wanted) -> Order:
    """Order it."""
    return ResumeJob(database=sources.database.name, job=chosen(sources.duties(), args.job).name)


command = Command(
    name="schedule resume",
    help="Let a paused job run again, from its next time on",
    runbook="",
    risk=Risk.MEND,
    place=10,
    args=Wanted,
    plan=plan,
    words=("resume job",),
)
