"""What is known about a metric, and when it is news: timelines as data, `seconds after the start, level` one after another."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alert import Alert, Change, Rule, judge
from bot.command import Measurement, Value
from bot.report import Level

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
RULE = Rule(alert_for=60, page_for=60, no_data_for=180, calm_for=60)
FRESH = Alert(database="main", metric="blocked", since=START)
LETTERS = {"o": Level.OK, "i": Level.INFO, "n": Level.NO_DATA, "a": Level.ALERT, "p": Level.PAGE}

News = tuple[int, Change, Level]


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sample(seconds: float, level: Level) -> Measurement:
    return Measurement(name="blocked", measured=Value(value=1), level=level, at=at(seconds))


def told(samples: Iterable[tuple[float, Level]], alert: Alert = FRESH, rule: Rule = RULE) -> tuple[Alert, list[News]]:
    """The last state, and what was news and when."""
    news: list[News] = []
    for seconds, level in samples:
        alert, change = judge(rule, alert, sample(seconds, level))
        news += [(int(seconds), change, alert.level)] if change else []
    return alert, news


def line(letters: str, every: int = 20) -> list[tuple[float, Level]]:
    """A sample every so many seconds, a letter for each: o(k), i(nfo), n(o data), a(lert), p(age)."""
    return [(number * every, LETTERS[letter]) for number, letter in enumerate(letters)]


OPENED, WORSE, BETTER, RECOVERED = Change


@pytest.mark.parametrize(
    ("letters", "news"),
    [
        ("oooooooo", []),
        ("oaaaa", [(80, OPENED, Level.ALERT)]),
        ("oaaa", []),
        ("oaaoaaoaao", []),
        ("oaaooaaaa", [(160, OPENED, Level.ALERT)]),
        ("opppp", [(80, OPENED, Level.PAGE)]),
        ("oaaaapppp", [(80, OPENED, Level.ALERT), (160, WORSE, Level.PAGE)]),
        ("oppppaaaa", [(80, OPENED, Level.PAGE), (160, BETTER, Level.ALERT)]),
        ("oaaaaoooo", [(80, OPENED, Level.ALERT), (160, RECOVERED, Level.OK)]),
        ("oaaaaoooaoooo", [(80, OPENED, Level.ALERT), (240, RECOVERED, Level.OK)]),
        ("oaaaaoaoaoaoaoa", [(80, OPENED, Level.ALERT)]),
        ("onnnnnnnnnn", [(200, OPENED, Level.NO_DATA)]),
        ("onnnno", []),
        ("onnnnnnnnnnoooo", [(200, OPENED, Level.NO_DATA), (280, RECOVERED, Level.OK)]),
        ("oaaaannnnnnnnnn", [(80, OPENED, Level.ALERT), (280, BETTER, Level.NO_DATA)]),
        ("onnnnnnnnnnaaaa", [(200, OPENED, Level.NO_DATA), (280, WORSE, Level.ALERT)]),
        ("oaaaaiiii", [(80, OPENED, Level.ALERT), (160, RECOVERED, Level.OK)]),
        ("iiiiiiii", []),
        (
            "oaaaappppaaaaoooo",
            [(80, OPENED, Level.ALERT), (160, WORSE, Level.PAGE), (240, BETTER, Level.ALERT), (320, RECOVERED, Level.OK)],
        ),
    ],
)  # fmt: skip
def test_a_timeline_gives_this_news(letters: str, news: list[News]) -> None:
    assert told(line(letters))[1] == news


@pytest.mark.parametrize(
    ("letters", "news"),
    [
        ("oapapapap", [(80, OPENED, Level.ALERT)]),
        ("oppppaoaoao", [(80, OPENED, Level.PAGE), (160, BETTER, Level.ALERT)]),
    ],
)
def test_a_value_that_swings_about_one_line_has_still_crossed_the_other(letters: str, news: list[News]) -> None:
    assert told(line(letters))[1] == news


def test_no_data_is_never_taken_for_ok() -> None:
    alert, _ = told(line("oaaaannnnnnnnnnnnnnn"))
    assert alert.level is Level.NO_DATA
    assert alert.closed_at is None


def test_an_incident_has_one_name_from_its_opening_to_its_recovery() -> None:
    opened, _ = told(line("oaaaa"))
    worse, _ = told(line("oaaaapppp"))
    over, _ = told(line("oaaaappppoooo"))
    assert opened.incident == worse.incident == over.incident == "main.blocked.20260301T030120000000"
    assert over.worst is Level.PAGE
    assert (over.opened_at, over.closed_at) == (at(20), at(240))


def test_the_next_incident_has_another_name_and_forgets_who_acknowledged() -> None:
    over, _ = told(line("oaaaaoooo"))
    seen = over.model_copy(update={"acknowledged_by": "U0ANA", "acknowledged_at": at(100)})
    again, news = told([(200 + seconds, level) for seconds, level in line("pppp")], seen)
    assert news == [(260, OPENED, Level.PAGE)]
    assert again.incident not in ("", over.incident)
    assert (again.acknowledged_by, again.worst) == ("", Level.PAGE)


def test_a_late_sample_changes_nothing() -> None:
    alert, _ = told(line("oaa"))
    assert judge(RULE, alert, sample(40, Level.OK)) == (alert, None)
    assert judge(RULE, alert, sample(10, Level.PAGE)) == (alert, None)


def test_the_same_sample_twice_is_told_once() -> None:
    before, _ = told(line("oaaa"))
    after, change = judge(RULE, before, sample(80, Level.ALERT))
    assert change is OPENED
    assert judge(RULE, after, sample(80, Level.ALERT)) == (after, None)


def test_a_gap_counts_as_time_because_the_breach_was_there_at_both_ends() -> None:
    assert told([(0, Level.OK), (10, Level.ALERT), (300, Level.ALERT)])[1] == [(300, OPENED, Level.ALERT)]


def test_a_restart_keeps_the_patience_that_was_spent() -> None:
    before, _ = told(line("oaa"))
    kept = Alert.model_validate_json(before.model_dump_json())
    assert told([(80, Level.ALERT)], kept)[1] == [(80, OPENED, Level.ALERT)]


def test_without_a_for_duration_one_sample_is_enough() -> None:
    at_once = Rule(alert_for=0, page_for=0, no_data_for=0, calm_for=0)
    assert told(line("oao"), rule=at_once)[1] == [(20, OPENED, Level.ALERT), (40, RECOVERED, Level.OK)]


@given(st.lists(st.tuples(st.floats(0.1, 100), st.sampled_from(list(Level))), max_size=60))
def test_news_is_told_only_after_it_lasted_and_opens_before_it_closes(gaps: list[tuple[float, Level]]) -> None:
    seconds, samples = 0.0, list[tuple[float, Level]]()
    for gap, level in gaps:
        seconds += gap
        samples.append((seconds, level))
    alert, news = told(samples)
    changes = [change for _, change, _ in news]
    assert changes.count(OPENED) - changes.count(RECOVERED) == (alert.level is not Level.OK)
    ends = [one for one in news if one[1] in {OPENED, RECOVERED}]
    assert all(after - before >= 59 for (before, *_), (after, *_) in pairwise(ends))
