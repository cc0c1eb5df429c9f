"""What burns is said worst first, with whose it is, on a phone's screen."""

from datetime import UTC, datetime, timedelta

from bot.command import Burning, Measurement, Value
from bot.registry import discover
from bot.report import Facts, Level
from commands.alerts import report

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
METRICS = {metric.name: metric for metric in discover("commands").metrics}


def burning(metric: str, level: Level, minutes: int, owner: str = "", silenced: int = 0) -> Burning:
    return Burning(
        id=metric, database="main", metric=metric, level=level, since=AT - timedelta(minutes=minutes), owner=owner,
        last=Measurement(name=metric, measured=Value(value=12), level=level, at=AT),
        silenced_until=AT + timedelta(minutes=silenced) if silenced else None,
    )  # fmt: skip


def test_the_worst_is_said_in_one_line_with_whose_it_is() -> None:
    found = [
        burning("blocked_sessions", Level.PAGE, 5, "Ana"),
        burning("invalid_indexes", Level.ALERT, 90, silenced=30),
    ]
    said = report(found, METRICS, AT, 1)
    assert said.verdict.text == "2 open incidents; the worst: Blocked sessions on main, page for 5 min, Ana has it"
    assert said.verdict.level is Level.PAGE
    (facts,) = said.parts
    assert isinstance(facts, Facts)
    assert [(one.name, one.value) for one in facts.facts] == [
        ("Blocked sessions on main", "page, now 12"), ("Invalid indexes on main", "alert, now 12"),
    ]  # fmt: skip
    assert facts.facts[1].note == "for 1 h 30 min, since Mar 01 01:30 UTC; nobody has it; silenced for 30 min"
    assert said.notes == ("1 silence in force: `silences` lists them.",)
    assert [one.text for one in said.buttons] == ["unblock on main", "reindex invalid on main", "status"]


def test_what_fits_no_screen_stands_behind_more() -> None:
    said = report([burning("slow_queries", Level.ALERT, 5)] * 12, METRICS, AT, 0)
    assert isinstance(said.more[0], Facts)
    assert len(said.more[0].facts) == 2
    assert said.notes == ()


def test_nothing_burning_is_said_in_one_line_and_a_metric_that_is_gone_by_its_name() -> None:
    assert report([], METRICS, AT, 0).verdict.text == "Nothing burns: no incident is open"
    assert "forgotten on main" in report([burning("forgotten", Level.NO_DATA, 5)], METRICS, AT, 0).verdict.text
