"""Materialized views: how each is refreshed, and what is to be known before."""

from collections.abc import Mapping, Sequence
from shlex import quote
from statistics import median

from bot.command import Check, PastStep, Row, Sql, Step
from bot.sql import queries
from commands.wording import duration, listed, size

SQL = queries(__file__)
READERS_GO_ON = "exclusive on the view: readers go on, another refresh waits"
READERS_WAIT = "access exclusive on the view: readers wait until it is done"


class View(Row):
    """A materialized view; `busy` are the sessions that hold or want its exclusive lock, `reads_from` the views it reads."""

    name: str
    level: int
    populated: bool
    has_unique_index: bool
    size: int
    reads_from: tuple[str, ...]
    busy: tuple[int, ...]
    alone: str
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

    @property
    def key_text(self) -> str:
        """What to type for the unique index that lets its readers go on."""
        return f"index create {quote(f'table={self.name}')} unique=yes"


def step(view: View, *, required: bool = True) -> Step:
    """How one view is refreshed, and how that is verified."""
    return Step(
        title=view.title,
        do=Sql.transaction([view.alone, view.statement]),
        locks=READERS_GO_ON if view.is_concurrent else READERS_WAIT,
        timeout_s=1800,
        lock_timeout_s=5,
        required=required,
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


def why_plain(view: View) -> str:
    """Why the readers of a view have to wait."""
    if not view.populated:
        return f"{view.name} was never populated, so the first refresh cannot be concurrent; nobody can read it before."
    return (
        f"{view.name} has no unique index on plain columns without WHERE, so its readers wait; "
        f"`{view.key_text}` builds one on its key, and then they go on."
    )
