"""What partitions says first, and that whatever is found makes a message that Slack takes."""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.report import Level
from commands.partitioned_tables import InDefault, Judged, Leftover, Partition, Partitioned
from commands.partitions import Told, addable, report
from commands.ranges import Range
from commands.unpartitioned import Candidate, Largest

NOW = datetime(2026, 3, 10, tzinfo=UTC).timestamp()
TEXT = st.text(max_size=30) | st.sampled_from(["<!channel>", '"Odd" `name`', "x" * 100_000, ""])
COUNT = st.integers(min_value=0, max_value=2**62)
MOMENT = st.none() | st.floats(allow_nan=False)
NAMES = st.lists(TEXT, max_size=3).map(tuple)
TABLE = st.builds(
    Partitioned, oid=COUNT, name=TEXT, strategy=TEXT, key=TEXT, by_time=st.booleans(), key_column=TEXT,
    default_name=st.none() | TEXT, default_schema=TEXT, why_not=TEXT, partitions=COUNT, now_s=st.just(NOW),
)  # fmt: skip
PARTITION = st.builds(
    Partition, parent=COUNT, oid=COUNT, name=TEXT, is_default=st.booleans(), detaching=st.booleans(), low=MOMENT,
    high=MOMENT, about=COUNT, size=COUNT, finalize=TEXT,
).filter(lambda one: one.low is None or one.high is None or one.low < one.high)  # fmt: skip
JUDGED = st.builds(
    Judged, TABLE, st.lists(PARTITION, max_size=6),
    st.lists(st.builds(InDefault, month=TEXT, rows=COUNT), max_size=3),
)  # fmt: skip
CANDIDATE = st.builds(
    Candidate, name=TEXT, size=COUNT, about=COUNT, key=st.none() | TEXT, key_nullable=st.booleans(),
    key_generated=st.booleans(), referenced_by=NAMES, exclusions=NAMES, inherits=st.booleans(), transition_triggers=NAMES,
    keys_without=NAMES, read_by=NAMES, references_out=COUNT, triggers=COUNT, policies=COUNT, row_security=st.booleans(),
    publications=COUNT, identity_breaks=st.booleans(),
)  # fmt: skip
TOLD = st.builds(
    Told, st.lists(JUDGED, max_size=15),
    st.lists(st.builds(Leftover, parent=TEXT, name=TEXT, about=COUNT, size=COUNT), max_size=15),
    st.lists(CANDIDATE, max_size=3),
    st.builds(Largest, examined=COUNT, name=TEXT), NAMES,
)  # fmt: skip
NONE = Largest(examined=0, name="")


def second(month: int, day: int = 1, year: int = 2026) -> float:
    return datetime(year, month, day, tzinfo=UTC).timestamp()


def judged(*ranges: tuple[float, float], default: bool = False, in_default: tuple[InDefault, ...] = ()) -> Judged:
    table = Partitioned(
        oid=1, name="sales", strategy="range", key="at", by_time=True, key_column="at", why_not="", partitions=2,
        default_name="sales_rest" if default else None, default_schema="scout", now_s=NOW,
    )  # fmt: skip
    partitions = [
        Partition(
            parent=1, oid=2, name="sales_1", is_default=False, detaching=False, low=low, high=high, about=1, size=1, finalize=""
        )
        for low, high in ranges
    ]  # fmt: skip
    return Judged(table, partitions, in_default)


def told(*tables: Judged) -> Told:
    return Told(tables, (), (), NONE)


@given(TOLD)
@settings(max_examples=25)
def test_anything_makes_a_message_that_slack_takes(anything: Told) -> None:
    assert slack_refuses(report(anything)) == []


def test_a_short_horizon_names_the_months_to_add() -> None:
    said = report(told(judged((second(1), second(4))))).verdict
    assert (said.level, said.text) == (
        Level.ALERT,
        "sales reaches 22 days ahead, 45 are needed: add 2026-04",
    )


def test_enough_ahead_is_ok() -> None:
    said = report(told(judged((second(1), second(4)), (second(4), second(5))))).verdict
    assert (said.level, said.text) == (Level.OK, "1 partitioned table; the first to end is sales, 52 days ahead")


def test_without_a_partition_for_today_inserts_fail_or_fall_into_default() -> None:
    assert report(told(judged((second(1), second(3))))).verdict.level is Level.PAGE
    assert report(told(judged((second(1), second(3)), default=True))).verdict.level is Level.ALERT
    assert report(told(judged())).verdict.level is Level.PAGE


def test_a_hole_ahead_counts_though_later_months_are_there() -> None:
    one = judged((second(1), second(4)), (second(5), second(9)))
    assert one.missing_months == ["2026-04"]
    assert round(one.days) == 22


def test_a_partition_of_the_past_need_not_reach_ahead() -> None:
    old = judged((second(1, year=2020), second(7, year=2020)))
    own = Judged(old.table, old.partitions, (), Range(second(1, year=2020), second(1, year=2021)))
    assert report(told(own)).verdict.level is Level.OK


def test_only_whole_free_months_without_rows_in_default_can_be_added() -> None:
    spilled = (InDefault(month="2026-04", rows=3),)
    assert addable(judged((second(3), second(4)))) == ["2026-04"]
    assert addable(judged((second(3), second(4)), default=True, in_default=spilled)) == []
    assert addable(judged((second(3), second(3, 20)))) == []


def test_many_rows_in_default_are_said_to_be_more_than_were_looked_at() -> None:
    rows = (InDefault(month="2026-01", rows=4_000), InDefault(month="2026-02", rows=6_000))
    said = report(told(judged((second(3), second(6)), default=True, in_default=rows))).verdict.text
    assert said == ("sales has more than 10,000 rows in sales_rest, of 2026-01, 2026-02: a partition is missing")
