"""Let a job not run by itself for a while."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from bot.command import Args, Command, Order, PauseJob, Risk, Sources
from commands.duty import chosen
from commands.silence import a_length, seconds

FOR_EVER = "ever"


def a_length_or_ever(text: str) -> str:
    """A length of time, or until somebody resumes it."""
    return text if text.strip().lower() == FOR_EVER else a_length(text)


class Wanted(Args):
    """Which job, for how long, and why."""

    job: str = Field(min_length=1, max_length=60)
    length: Annotated[str, AfterValidator(a_length_or_ever)] = Field(default=FOR_EVER, alias="for")
    why: str = Field(default="", max_length=200)


def plan(sources: Sources, args: Wanted) -> Order:
    """Find the job, then order the pause."""
    length = seconds(args.length)
    return PauseJob(
        database=sources.database.name,
        job=chosen(sources.duties(), args.job).name,
        until=sources.at + timedelta(seconds=length) if length else None,
        why=args.why,
    )


command = Command(
    name="schedule pause",
    help="Let a job not run by itself, for a while or until it is resumed",
    runbook="",
    risk=Risk.MEND,
    place=10,
    args=Wanted,
    plan=plan,
    words=("pause job",),
)
