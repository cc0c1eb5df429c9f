"""What was proposed here lately, who decided, and what became of it; of one run, everything that was written down."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import Field

from bot.command import Args, Command, Entry, Journaled, PastRun, Remembered, Risk, Sources, Trail
from bot.errors import BadInput
from bot.report import Button, Cell, Column, Fact, Facts, Level, Report, Table, Unit, Verdict
from commands.wording import duration, several

BAD = frozenset({"failed", "interrupted"})
LOOKED_THROUGH = 500
ON_SCREEN = 12


class Wanted(Args):
    """One run by its id, or how many plans, of whom and of which command."""

    run: str = ""
    user: str = ""
    command: str = ""
    limit: int = Field(default=10, ge=1, le=50)


def plan(sources: Sources, args: Wanted) -> Report:
    """Remember, then say.

    Raises:
        BadInput: there is no such run here.
    """
    if args.run:
        return of_one(sources, args.run)
    filtered = args.user or args.command
    runs = sources.memory.runs(LOOKED_THROUGH if filtered else args.limit)
    fitting = [run for run in runs if fits(run, args)]
    return report(fitting[: args.limit], sources.at, args.limit, filtered=bool(filtered))


def fits(run: PastRun, args: Wanted) -> bool:
    """Whether a plan is of the wanted person, by name or as Slack mentions them, and of the wanted command."""
    user = args.user.strip("<@> ").partition("|")[0].casefold()
    people = {run.requester.casefold(), run.requester_id.casefold(), run.decider.casefold()}
    return (not user or user in people) and run.command.startswith(args.command.casefold())


def report(runs: Sequence[PastRun], at: datetime, limit: int, *, filtered: bool = False) -> Report:
    """The plans, the newest first."""
    titles = ("When", "Asked", "State", "By", "Decided by", "Took", "Outcome", "Id")
    table = Table(
        title="Plans",
        columns=tuple(Column(title=title, unit=Unit.CODE if title == "Id" else Unit.TEXT) for title in titles),
        rows=tuple(cells(run, at) for run in runs),
    )
    among = f" among the last {LOOKED_THROUGH}" if filtered else ""
    return Report(
        title="History",
        verdict=verdict(runs, at),
        parts=(table,) if runs else (),
        notes=(
            f"The last {limit} plans at most{among}, from my own memory; times are UTC. `history ID` tells all of one.",
        ),
        buttons=(
            *(Button(label=f"The last: {run.command}", text=f"history {run.id}") for run in runs[:1]),
            Button(label="Status", text="status"),
        ),
    )


def verdict(runs: Sequence[PastRun], at: datetime) -> Verdict:
    """How the newest one ended, in one line."""
    if not runs:
        return Verdict(level=Level.INFO, text="Nothing like that was ever proposed here")
    last = runs[0]
    level = Level.ALERT if last.state in BAD else Level.INFO
    text = f"{several(len(runs), 'plan')}; the last, '{last.text}', is {last.state} (asked {_ago(last.asked_at, at)})"
    return Verdict(level=level, text=text)


def cells(run: PastRun, at: datetime) -> tuple[Cell, ...]:
    """A plan as a row."""
    took = duration((run.ended_at - run.asked_at).total_seconds()) if run.ended_at else ""
    when = f"{run.asked_at:%b %d %H:%M}, {_ago(run.asked_at, at)}"
    decider = f"{run.decider}, alone" if run.review else run.decider
    return when, run.text, run.state, run.requester, decider, took, run.outcome, run.id


# --- one run


def of_one(sources: Sources, run: str) -> Report:
    """Everything about one run.

    Raises:
        BadInput: there is no such run here.
    """
    past = sources.memory.run(run)
    if past is None:
        raise BadInput(
            f"I know no run '{run[:20]}' of {sources.database.name}. `history` lists the runs with their ids."
        )
    return whole(past, sources.memory.trail(past.run.id))


def whole(past: Remembered, trail: Trail) -> Report:
    """Who asked for it and why, who decided, what each step did, and whether the audit of it can be trusted."""
    run = past.run
    undo = any(one.state == "done" and one.step.undo for one in past.steps)
    return Report(
        title=f"Run {run.id}",
        verdict=judged(past, trail),
        parts=(
            _request(past),
            _steps(past.steps[:ON_SCREEN], len(past.steps) - ON_SCREEN),
            _audit(trail.entries[-ON_SCREEN:]),
        ),
        more=(
            *([_steps(past.steps)] if len(past.steps) > ON_SCREEN else []),
            *([_audit(trail.entries)] if len(trail.entries) > ON_SCREEN else []),
        ),
        notes=(chain(trail), "Times are UTC."),
        buttons=(
            *([Button(label="Undo", text=f"undo {run.id}")] if undo else []),
            Button(label="History", text="history"),
        ),
    )


def judged(past: Remembered, trail: Trail) -> Verdict:
    """How it ended; that the audit does not hold goes before everything."""
    run = past.run
    if trail.broken:
        return Verdict(level=Level.PAGE, text=f"The audit does not hold: {trail.broken}. Do not trust what follows")
    level = Level.ALERT if run.state in BAD else Level.INFO
    said = f": {run.outcome}" if run.outcome else ""
    return Verdict(level=level, text=f"'{run.text}' on {run.database} is {run.state}{said}")


def chain(trail: Trail) -> str:
    """What was verified of the audit, and what verifies the rest."""
    checked = several(trail.checked, "row")
    if trail.broken:
        return f"Audit: the chain breaks after {checked} of this run."
    return f"Audit: the chain holds from the first row of this run to its last, {checked}; `scout audit verify` follows all of it."


def _request(past: Remembered) -> Facts:
    run = past.run
    told = (
        ("Asked", f"{run.requester}, {run.asked_at:%Y-%m-%d %H:%M:%S}"),
        ("Grade", past.risk.value),
        ("Reason", run.reason),
        ("Decided by", f"{run.decider}, alone: the glass was broken" if run.review else run.decider),
        ("Reviewed", run.review),
        ("Ended", f"{run.ended_at:%Y-%m-%d %H:%M:%S}" if run.ended_at else ""),
    )
    return Facts(facts=tuple(Fact(name=name, value=value) for name, value in told if value))


def _steps(steps: Sequence[Journaled], left_out: int = 0) -> Table:
    columns = (
        *(Column(title=title) for title in ("#", "Step", "State", "Began")),
        Column(title="Took", unit=Unit.SECONDS),
        Column(title="Found"),
    )
    rows = tuple(_step(number, one) for number, one in enumerate(steps, 1))
    return Table(title="Steps", columns=columns, rows=rows, left_out=max(0, left_out))


def _step(number: int, one: Journaled) -> tuple[Cell, ...]:
    began = f"{one.started_at:%H:%M:%S}" if one.started_at else ""
    took = (one.ended_at - one.started_at).total_seconds() if one.started_at and one.ended_at else None
    return str(number), one.step.title, one.state, began, took, one.said


def _audit(entries: Sequence[Entry]) -> Table:
    columns = tuple(Column(title=title) for title in ("When", "Who", "What", "Told"))
    rows = tuple((f"{one.at:%b %d %H:%M:%S}", one.actor, one.action, one.said) for one in entries)
    return Table(title="Audit", columns=columns, rows=rows)


def _ago(then: datetime, now: datetime) -> str:
    return f"{duration(max(0.0, (now - then).total_seconds()))} ago"


command = Command(
    name="history",
    help="What was proposed, who decided, what came of it; one run with its audit",
    runbook="",
    risk=Risk.LOOK,
    place=7,
    args=Wanted,
    plan=plan,
    words=("past runs", "runs", "log", "audit", "audit trail"),
)
