"""Bring materialized views up to date: one step for each, in the order in which they read each other."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from statistics import median

from bot.command import Args, Check, Command, PastStep, Plan, Risk, Row, Sources, Sql, Step
from bot.errors import BadInput
from bot.report import Button, Level, Report, Verdict
from bot.sql import queries
from commands.wording import duration, listed, several, size

SQL = queries(__file__)
ALL = "all"
READERS_GO_ON = "exclusive on the view: readers go on, another refresh waits"
READERS_WAIT = "access exclusive on the view: readers wait until it is done"


class Wanted(Args):
    """Which view; all of them when none is named."""

    view: str = ALL


class View(Row):
    """A materialized view; `busy` are the sessions that hold or want its exclusive lock, `reads_from` the views it reads."""

    name: str
    level: int
    populated: bool
    has_unique_index: bool
    size: int
    reads_from: tuple[str, ...]
    busy: tuple[int, ...]
    statement: str
    refreshed: str

    @property
    def is_concurrent(self) -> bool:
        """Whether its readers need not wait."""
        return self.populated and self.has_unique_index

    @property
    def title(self) -> str:
        """The step's title, by which its past durations are found."""
        return f"Refresh {self.name}"


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Choose the views, then propose a step for each."""
    views = sources.database.rows(SQL["views"], View, schema=sources.database.schema)
    if not views:
        return nothing(sources.database.schema)
    chosen = choose(views, args.view.removeprefix(f"{sources.database.schema}."))
    return proposal(chosen, sources.memory.durations([view.title for view in chosen]))


def choose(views: Sequence[View], name: str) -> list[View]:
    """The view of a name, exact or else in any case; all of them for `all`.

    Raises:
        BadInput: there is no such view; names the nearest.
    """
    if name.lower() == ALL:
        return list(views)
    alike = [view for view in views if view.name == name] or [
        view for view in views if view.name.lower() == name.lower()
    ]
    if len(alike) == 1:
        return alike
    names = [view.name for view in views]
    close = get_close_matches(name, names, 1, 0.5)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise BadInput(f"There is no materialized view '{name[:63]}'.{hint} There are: {listed(names, 10)}.")


def proposal(chosen: Sequence[View], past: Mapping[str, PastStep]) -> Plan:
    """A step for each view, as light as its indexes allow."""
    plain = [view for view in chosen if not view.is_concurrent]
    return Plan(
        summary=summary(chosen, plain),
        risk=Risk.DISRUPT if plain else Risk.MEND,
        steps=tuple(step(view) for view in chosen),
        notes=(*expected(chosen, past), *(_why_plain(view) for view in plain), *busy(chosen), *not_with_it(chosen)),
    )


def summary(chosen: Sequence[View], plain: Sequence[View]) -> str:
    """What is refreshed and whether anybody waits, in one line."""
    what = chosen[0].name if len(chosen) == 1 else several(len(chosen), "materialized view")
    if not plain:
        return f"Refresh {what}; readers go on"
    wait = "its readers wait" if len(chosen) == 1 else f"readers of {listed([view.name for view in plain], 3)} wait"
    return f"Refresh {what}; {wait} until it is done"


def step(view: View) -> Step:
    """How one view is refreshed, and how that is verified."""
    return Step(
        title=view.title,
        do=Sql(statement=view.statement),
        locks=READERS_GO_ON if view.is_concurrent else READERS_WAIT,
        timeout_s=1800,
        lock_timeout_s=5,
        retries=2,
        check=Check(statement=view.refreshed),
    )


def expected(chosen: Sequence[View], past: Mapping[str, PastStep]) -> list[str]:
    """How long it should take, from the runs before."""
    known = {
        view.name: past[view.title].seconds for view in chosen if past.get(view.title) and past[view.title].seconds
    }
    said = [f"{name} {duration(median(seconds))}" for name, seconds in known.items()]
    fresh = [f"{view.name} ({size(view.size)})" for view in chosen if view.name not in known]
    return [
        *([f"Expected, by the runs before: {listed(said, 10)}."] if said else []),
        *([f"Never refreshed by me, so no duration is known: {listed(fresh, 10)}."] if fresh else []),
    ]


def busy(chosen: Sequence[View]) -> list[str]:
    """Who is refreshing or changing a view now."""
    return [
        f"{view.name}: pid {', '.join(map(str, view.busy))} holds or wants its exclusive lock, a refresh or a change; the step waits 5 s, three times."
        for view in chosen
        if view.busy
    ]


def not_with_it(chosen: Sequence[View]) -> list[str]:
    """Which views a chosen one reads that stay as they are."""
    names = {view.name for view in chosen}
    return [
        f"{view.name} reads {listed(rest)}, not refreshed with it."
        for view in chosen
        if (rest := [name for name in view.reads_from if name not in names])
    ]


def _why_plain(view: View) -> str:
    if not view.populated:
        return f"{view.name} was never populated, so the first refresh cannot be concurrent; nobody can read it before."
    return (
        f"{view.name} has no unique index on plain columns without WHERE, so its readers wait; "
        "after `create unique index concurrently` on its key they would not."
    )


def nothing(schema: str) -> Report:
    """That there is no view."""
    return Report(
        title="Refresh",
        verdict=Verdict(level=Level.INFO, text=f"There is no materialized view in the schema {schema}"),
        buttons=(Button(label="Status", text="status"),),
    )


command = Command(
    name="refresh",
    help="Bring the materialized views up to date, one or all",
    runbook="Technique 3: Materialized View Management",
    risk=Risk.MEND,
    args=Wanted,
    plan=plan,
    words=("refresh views", "refresh all views", "refresh materialized views"),
    menu="Refresh",
)
