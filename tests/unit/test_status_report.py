"""The status answer says what is worst, what to press, and what could not be measured."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.command import Direction, Measured, Measurement, Metric, Missing, Offer, PromQuery, Reading, Risk, Value
from bot.report import Facts, Level, Report, Table, Unit
from commands.counters import Counters, cache_hit, throughput
from commands.slo import Freshness, freshness
from commands.status import report

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 3, tzinfo=UTC)
FRESHNESS = Metric[Any](
    name="freshness",
    title="Data freshness",
    unit=Unit.MINUTES,
    target=60,
    alert=120,
    page=240,
    source=PromQuery("freshness", ""),
    slo=True,
    repairs=("refresh all",),
)
BLOCKED = Metric[Any](
    name="blocked",
    title="Blocked sessions",
    unit=Unit.COUNT,
    alert=0,
    page=9,
    source=PromQuery("blocked", ""),
    repairs=("emergency",),
)
TPS = Metric[Any](
    name="tps",
    title="Throughput",
    unit=Unit.PER_SECOND,
    target=10_000,
    alert=5_000,
    page=1_000,
    source=PromQuery("tps", ""),
    worse=Direction.LOWER,
    slo=True,
)
METRICS = (BLOCKED, FRESHNESS, TPS)
OFFERS = tuple(
    Offer(name=name, usage="", help="", risk=risk, words=(), menu="")
    for name, risk in (("slow", Risk.LOOK), ("refresh", Risk.MEND), ("emergency", Risk.DISRUPT))
)


def said(values: Mapping[str, Measured], offers: tuple[Offer, ...] = OFFERS, waiting: float = 0) -> Report:
    found = {
        metric.name: Measurement(
            name=metric.name, measured=values[metric.name], level=metric.level(values[metric.name]), at=AT
        )
        for metric in METRICS
        if metric.name in values
    }
    return report(METRICS, found, waiting, offers)


def values(blocked: float = 0, minutes: float = 5, tps: float = 12_000) -> dict[str, Measured]:
    return {"blocked": Value(value=blocked), "freshness": Value(value=minutes), "tps": Value(value=tps)}


def test_all_is_well_when_no_line_is_crossed() -> None:
    answer = said(values())
    assert (answer.verdict.level, answer.verdict.text) == (Level.OK, "All is well")
    assert [button.text for button in answer.buttons] == ["slow", "active", "connections"]


def test_the_worst_comes_first_with_what_to_press() -> None:
    answer = said(values(blocked=12, minutes=130))
    assert answer.verdict.level is Level.PAGE
    assert answer.verdict.text == "Blocked sessions: 12, over the page line of 9; 2 lines more crossed. Press Emergency"
    assert [(button.text, button.danger) for button in answer.buttons[:2]] == [
        ("emergency", True),
        ("refresh all", False),
    ]


def test_every_metric_that_is_measured_can_be_opened_as_a_chart_the_worst_first() -> None:
    answer = said(values(minutes=130) | {"tps": Missing(reason="no address", configured=False)})
    assert answer.choices is not None
    assert answer.choices.label == "Chart of"
    assert [(one.label, one.text) for one in answer.choices.options] == [
        ("Data freshness", "chart freshness"), ("Blocked sessions", "chart blocked"),
    ]  # fmt: skip


def test_a_service_level_comes_before_a_vital_of_the_same_level() -> None:
    assert said(values(blocked=1, minutes=130)).verdict.text.startswith("Data freshness: 2 h 10 min")


def test_who_may_not_repair_gets_no_button_for_it() -> None:
    answer = said(values(blocked=12), offers=OFFERS[:1])
    assert [button.text for button in answer.buttons] == ["slow", "active", "connections"]
    assert "Press" not in answer.verdict.text


def test_both_sets_of_lines_are_shown() -> None:
    answer = said(values(minutes=70))
    table, vitals = answer.parts
    assert isinstance(table, Table)
    assert isinstance(vitals, Facts)
    assert ("off target", "Data freshness", "1 h 10 min", "1 h", "2 h", "4 h") in table.rows
    lag = vitals.facts[-1]
    assert (lag.name, lag.level, lag.note) == ("Data lag", Level.ALERT, "alert over 1 h")
    assert answer.verdict.text.startswith("Data lag: 1 h 10 min, over the alert line of 1 h")


def test_lower_is_worse_for_throughput() -> None:
    answer = said(values(tps=900))
    assert answer.verdict.text == "Throughput: 900/s, below the page line of 1,000/s"


def test_off_target_is_said_though_no_line_is_crossed() -> None:
    answer = said(values(tps=6_000))
    assert (answer.verdict.level, answer.verdict.text) == (Level.OK, "No line is crossed; off target: Throughput")


def test_not_configured_too_quiet_and_failed_are_told_apart() -> None:
    answer = said(
        {
            "blocked": Missing(reason="hidden"),
            "freshness": Missing(reason="too little", quiet=True),
            "tps": Missing(reason="no address", configured=False),
        }
    )
    assert answer.notes == (
        "No data (hidden): Blocked sessions.",
        "No value yet (too little): Data freshness.",
        "Not measured: Throughput (no address).",
    )
    assert answer.verdict.level is Level.NO_DATA


def test_a_vital_that_is_not_configured_stands_in_one_note_and_not_in_the_list() -> None:
    found: dict[str, Measured] = {**values(), "blocked": Missing(reason="no address", configured=False)}
    vitals = said(found).parts[1]
    assert isinstance(vitals, Facts)
    assert "Blocked sessions" not in [fact.name for fact in vitals.facts]
    assert said(found).notes == ("Not measured: Blocked sessions (no address).",)


def test_what_nobody_measured_is_no_data() -> None:
    answer = said({"freshness": Value(value=5), "tps": Value(value=12_000)})
    assert answer.verdict.text == "Nothing measured is over its lines, but no data for Blocked sessions"


def test_a_late_message_is_said_from_one_minute_on() -> None:
    assert said(values(), waiting=61).notes == ("My oldest unsent message is 1 min 1 s old.",)
    assert said(values(), waiting=60).notes == ()


def counters(transactions: int, hit: int = 0, read: int = 0, reset_at: datetime = AT) -> Counters:
    return Counters(transactions=transactions, hit=hit, read=read, reset_at=reset_at, started_at=AT)


def test_throughput_is_the_difference_by_the_second() -> None:
    reading = Reading(now=[counters(1600)], before=[counters(100)], seconds=15)
    assert throughput(reading) == Value(value=100)


@pytest.mark.parametrize("now", [counters(50), counters(200, reset_at=LATER)])
def test_counters_that_went_back_or_were_reset_are_no_value(now: Counters) -> None:
    reading = Reading(now=[now], before=[counters(100)], seconds=15)
    assert throughput(reading) == Missing(reason="counters were reset", quiet=True)


def test_the_cache_is_judged_only_with_enough_traffic() -> None:
    before = counters(1)
    assert cache_hit(Reading(now=[counters(2, 90_000, 10_000)], before=[before], seconds=15)) == Value(
        value=90, note="of 100,000 pages"
    )
    assert isinstance(cache_hit(Reading(now=[counters(2, 900, 1)], before=[before], seconds=15)), Missing)


def test_a_row_a_little_ahead_of_the_clock_is_fresh() -> None:
    assert freshness(Reading(now=[Freshness(minutes=-1)], before=None, seconds=0)) == Value(value=0)
