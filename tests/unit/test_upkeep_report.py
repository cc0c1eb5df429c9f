"""Tables, vacuum, wraparound and sequences make a message of anything, the most urgent first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.report import Level
from commands import sequences, tables, vacuum, wraparound
from commands.horizon import Holder, old
from commands.sequences import Found
from commands.tables import Others, Size
from commands.upkeep import Debt, Running, Workers, overdue
from commands.wraparound import Age, Relation

TEXT = st.text(max_size=30) | st.sampled_from(["<!channel>", '"Odd" `name`', "x" * 100_000, "", "a\nb"])
COUNT = st.integers(0, 2**40)
FLOAT = st.floats(0, 1e12)
AGO = st.none() | FLOAT
YES = st.booleans()
DEBT = st.builds(
    Debt,
    oid=st.integers(1, 40), name=TEXT, own=YES, toast=YES, rows=FLOAT, dead=COUNT, dead_line=FLOAT, inserted=COUNT,
    inserted_line=AGO, changed=COUNT, changed_line=AGO, autovacuum=YES, enabled=YES, options=TEXT, vacuumed_s=AGO,
    analyzed_s=AGO, xid_age=COUNT, locked=YES, vacuuming=YES, statement=TEXT,
)  # fmt: skip
RUNNING = st.builds(
    Running,
    pid=COUNT, relation=st.none() | TEXT, what=TEXT, who=TEXT, phase=TEXT, percent=AGO, passes=st.integers(0, 9), age_s=AGO,
)  # fmt: skip
WORKERS = st.builds(Workers, at_work=COUNT, most=COUNT, autovacuum=YES, counts=YES, hidden=st.integers(0, 3), role=TEXT)
HOLDER = st.builds(
    Holder,
    kind=st.sampled_from(["session", "prepared transaction", "replication slot", "standby feedback"]), name=TEXT,
    pid=COUNT, database=TEXT, here=YES, role=TEXT, state=TEXT, xids=COUNT, age_s=AGO, holds=TEXT, query_id=st.none(),
    query=TEXT, remedy=TEXT,
)  # fmt: skip
AGE = st.builds(
    Age,
    name=TEXT, here=YES, connectable=YES, xids=COUNT, mxids=COUNT, xid_line=COUNT, mxid_line=COUNT, xid_failsafe=COUNT,
    mxid_failsafe=COUNT,
)  # fmt: skip
RELATION = st.builds(
    Relation,
    name=TEXT, kind=TEXT, xids=COUNT, mxids=COUNT, size=COUNT, own_line=COUNT, examined=COUNT, vacuuming=YES,
    temporary=YES, statement=TEXT,
)  # fmt: skip
SIZE = st.builds(
    Size, oid=st.integers(1, 40), name=TEXT, kind=TEXT, locked=YES, opened=YES, heap=COUNT, indexes=COUNT, toast=COUNT
)
FOUND = st.builds(
    Found,
    name=TEXT, column=TEXT, type=TEXT, identity=YES, descending=YES, cycles=YES, column_is_nearer=YES, readable=YES,
    locked=YES, used=YES, at=TEXT, until=TEXT, remaining=FLOAT, percent=st.floats(0, 100), remedy=TEXT, grant_it=TEXT,
)  # fmt: skip
ANYTHING = settings(max_examples=20)


def doing(text: str, _: int | None) -> str:
    return text


def debt(name: str, dead: int = 0, *, inserted: int = 0, enabled: bool = True) -> Debt:
    return Debt(
        oid=1, name=name, own=True, toast=False, rows=1000, dead=dead, dead_line=250, inserted=inserted,
        inserted_line=1200, changed=0, changed_line=150, autovacuum=True, enabled=enabled, options="", vacuumed_s=None,
        analyzed_s=None, xid_age=1, locked=False, vacuuming=False, statement="vacuum;",
    )  # fmt: skip


def age(name: str, xids: int = 0, mxids: int = 0) -> Age:
    return Age(
        name=name, here=True, connectable=True, xids=xids, mxids=mxids, xid_line=200_000_000, mxid_line=400_000_000,
        xid_failsafe=1_600_000_000, mxid_failsafe=1_600_000_000,
    )  # fmt: skip


@given(st.lists(SIZE, max_size=110), st.lists(DEBT, max_size=40), st.integers(0, 3))
@ANYTHING
def test_any_tables_make_a_message(sizes: list[Size], debts: list[Debt], others: int) -> None:
    apart = Others(partitioned=others, foreign_tables=others, elsewhere=others)
    known = tables.Known(sizes, {one.oid: one for one in debts}, apart)
    assert slack_refuses(tables.report(known)) == []


@given(st.lists(DEBT, max_size=90), st.lists(RUNNING, max_size=70), WORKERS, st.lists(HOLDER, max_size=80), YES)
@ANYTHING
def test_any_vacuum_makes_a_message(
    debts: list[Debt],
    running: list[Running],
    workers: Workers,
    holders: list[Holder],
    is_replica: bool,  # noqa: FBT001 - drawn
) -> None:
    known = vacuum.Known(debts, running, workers, holders, is_replica)
    assert slack_refuses(vacuum.report(known, doing)) == []


@given(st.lists(AGE, min_size=1, max_size=80), st.lists(RELATION, max_size=20), st.lists(HOLDER, max_size=80), TEXT)
@ANYTHING
def test_any_age_makes_a_message(
    ages: list[Age], relations: list[Relation], holders: list[Holder], hidden: str
) -> None:
    assert slack_refuses(wraparound.report(wraparound.Known(ages, relations, holders, hidden), doing)) == []


@given(st.lists(FOUND, max_size=110))
@ANYTHING
def test_any_sequences_make_a_message(found: list[Found]) -> None:
    assert slack_refuses(sequences.report(found)) == []


def test_dead_rows_come_before_more_inserts_that_only_wait_to_be_frozen() -> None:
    behind = overdue([debt("inserts", inserted=90_000), debt("calm", 200), debt("dead", 600)])
    assert [(one.name, one.level) for one in behind] == [("dead", Level.ALERT), ("inserts", Level.INFO)]


def test_a_table_that_autovacuum_never_visits_is_an_alert_once_it_is_behind() -> None:
    assert debt("off", 260, enabled=False).level is Level.ALERT
    assert debt("off", 240, enabled=False).level is Level.OK


@pytest.mark.parametrize(
    ("one", "level"),
    [
        (age("young", 200_000_000), Level.OK),
        (age("late", 251_000_000), Level.ALERT),
        (age("late in multixacts", 1, 501_000_000), Level.ALERT),
        (age("near the end", 1_700_000_000), Level.PAGE),
        (age("near the end of multixacts", 1, 1_700_000_000), Level.PAGE),
    ],
)
def test_each_age_is_held_against_its_own_lines(one: Age, level: Level) -> None:
    answer = wraparound.report(wraparound.Known([age("calm", 5), one], [], []), doing)
    assert answer.verdict.level is level
    assert one.name in answer.verdict.text


def test_a_young_snapshot_is_nobodys_matter() -> None:
    one = Holder(
        kind="session", name="pid 1", pid=1, database="scout", here=True, role="app", state="active", xids=10, age_s=2,
        holds="all rows", query_id=None, query="", remedy="",
    )  # fmt: skip
    long = one.model_copy(update={"age_s": 61.0})
    busy = one.model_copy(update={"xids": 10_001})
    assert old([one, long, busy]) == [busy, long]
