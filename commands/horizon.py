"""Who keeps dead rows from being removed and old rows from being frozen, by name."""

from collections.abc import Callable, Sequence

from bot.command import Database, Row, Sources
from bot.report import Cell, Code, Column, Table, Unit
from bot.sql import queries
from commands import elsewhere
from commands.wording import duration, several

SQL = queries(__file__)
OLD_SECONDS = 60
OLD_XIDS = 10_000
ON_SCREEN, MOST_ROWS = 6, 60
TITLE = "What holds the horizon back"
COLUMNS = (
    Column(title="Held by", unit=Unit.TEXT),
    Column(title="Transactions since", unit=Unit.COUNT),
    Column(title="Since", unit=Unit.SECONDS),
    Column(title="Holds"),
    Column(title="Doing"),
)


class Holder(Row):
    """A session, a standby, a replication slot or a prepared transaction; `here` when it holds this database."""

    kind: str
    name: str
    pid: int
    database: str
    here: bool
    role: str
    state: str
    xids: int
    age_s: float | None
    holds: str
    query_id: int | None
    query: str
    remedy: str

    @property
    def is_old(self) -> bool:
        """Whether it matters: older than a minute, or many transactions have begun since."""
        return self.xids > OLD_XIDS or (self.age_s or 0) > OLD_SECONDS

    @property
    def who(self) -> str:
        """Who it is, in a sentence."""
        of = f" ({self.role}{f', {self.state}' if self.state else ''})" if self.kind == "session" else ""
        since = f" for {duration(self.age_s)}" if self.age_s else ""
        return f"{'' if self.kind == 'session' else f'the {self.kind} '}{self.name}{of}{since}"


def old(holders: Sequence[Holder]) -> list[Holder]:
    """Those that matter, the oldest first."""
    return sorted((one for one in holders if one.is_old), key=lambda one: (-one.xids, -(one.age_s or 0)))


def tables(holders: Sequence[Holder], doing: Callable[[str, int | None], str]) -> tuple[Table, Table]:
    """The holders, the oldest first, with what a session does: those on the screen, and those behind it."""
    left_out = max(0, len(holders) - ON_SCREEN - MOST_ROWS)
    rest = holders[ON_SCREEN : ON_SCREEN + MOST_ROWS]
    return (
        Table(title=TITLE, columns=COLUMNS, rows=tuple(_cells(one, doing) for one in holders[:ON_SCREEN])),
        Table(
            title=f"{TITLE}: more", columns=COLUMNS, rows=tuple(_cells(one, doing) for one in rest), left_out=left_out
        ),
    )


def _cells(one: Holder, doing: Callable[[str, int | None], str]) -> tuple[Cell, ...]:
    held = f"{one.holds} of {one.database or 'all databases'}"
    return (
        f"{one.kind} {one.name}",
        one.xids,
        one.age_s,
        held,
        doing(one.query, one.query_id) if one.query else one.state,
    )


def remedies(holders: Sequence[Holder]) -> tuple[Code, ...]:
    """What ends a holder that is no session; a session is ended by the emergency command."""
    lines = [one.remedy for one in holders if one.remedy][:3]
    title = "To let go (decide with whom it belongs to)"
    return (Code(title=title, text="\n".join(lines)),) if lines else ()


def held(holders: Sequence[Holder]) -> str:
    """Who is the oldest, and what that means, in a sentence; empty when nobody matters."""
    if not holders:
        return ""
    first = holders[0]
    return f"{first.who} holds back what can be removed ({several(first.xids, 'transaction')} since)"


FROM_ELSEWHERE = ("standby feedback", "replication slot")


def behind(sources: Sources, holders: Sequence[Holder]) -> tuple[str, ...]:
    """Who on the replicas that the settings name is behind what standbys hold here, a sentence for each; nothing when none holds."""
    if not any(one.kind in FROM_ELSEWHERE and one.is_old for one in holders):
        return ()
    return tuple(said for told in elsewhere.ask(sources, _sessions) if (said := _behind(told)))


def _sessions(replica: Database) -> list[Holder]:
    return [one for one in replica.rows(SQL["holders"], Holder) if one.kind == "session"]


def _behind(told: elsewhere.Told[list[Holder]]) -> str:
    if told.said is None:
        return f"Who holds rows back on replica {told.name} is not known: it {told.trouble}."
    oldest = old(told.said)
    return f"The oldest on replica {told.name}: {oldest[0].who} of database {oldest[0].database}." if oldest else ""
