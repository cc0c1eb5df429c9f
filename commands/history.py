"""What was proposed here lately, who decided, and what became of it."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from bot.command import Args, Command, PastRun, Risk, Sources
from bot.report import Button, Cell, Column, Level, Report, Table, Verdict
from commands.wording import duration, several

BAD = frozenset({"failed", "interrupted"})


class Wanted(Args):
    """How many plans."""

    limit: int = Field(default=10, ge=1, le=50)


def plan(sources: Sources, args: Wanted) -> Report:
    """Remember, then say."""
    return report(sources.memory.runs(args.limit), sources.at, args.limit)


def report(runs: Sequence[PastRun], at: datetime, limit: int) -> Report:
    """The plans, the newest first."""
    titles = ("When", "Asked", "State", "By", "Decided by", "Took", "Outcome")
    table = Table(
        title="Plans",
        columns=tuple(Column(title=title) for title in titles),
        rows=tuple(cells(run, at) for run in runs),
    )
    return Report(
        title="History",
        verdict=verdict(runs, at),
        parts=(table,) if runs else (),
        notes=(f"The last {limit} plans at most, from my own memory; times are UTC.",),
        buttons=(Button(label="Status", text="status"),),
    )


def verdict(runs: Sequence[PastRun], at: datetime) -> Verdict:
    """How the newest one ended, in one line."""
    if not runs:
        return Verdict(level=Level.INFO, text="Nothing was ever proposed here")
    last = runs[0]
    level = Level.ALERT if last.state in BAD else Level.INFO
    text = f"{several(len(runs), 'plan')}; the last, '{last.text}', is {last.state} (asked {_ago(last.asked_at, at)})"
    return Verdict(level=level, text=text)


def cells(run: PastRun, at: datetime) -> tuple[Cell, ...]:
    """A plan as a row."""
    took = duration((run.ended_at - run.asked_at).total_seconds()) if run.ended_at else ""
    when = f"{run.asked_at:%b %d %H:%M}, {_ago(run.asked_at, at)}"
    return when, run.text, run.state, run.requester, run.decider, took, run.outcome


def _ago(then: datetime, now: datetime) -> str:
    return f"{duration(max(0.0, (now - then).total_seconds()))} ago"


command = Command(
    name="history",
    help="What was proposed lately, who decided, and what became of it",
    runbook="",
    risk=Risk.LOOK,
    place=7,
    args=Wanted,
    plan=plan,
    words=("past runs", "runs", "log"),
)
