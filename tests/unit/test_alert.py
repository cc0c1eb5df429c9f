"""What is known about a metric, and when it is news: timelines as data, `seconds after the start, level` one after another."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.alert import Alert, Change, Rule, judge
from bot.command import STRAGGLER, Direction, Measurement, Missing, Value
from bot.report import Level

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
RULE = Rule(
    alert_for=60, page_for=60, no_data_for=180, no_data_page_for=600, calm_for=60, reopen_for=0, gap=100, repeat_page=0,
    remind_owner=0,
)  # fmt: skip
FRESH = Alert(database="main", metric="blocked", since=START)
LETTERS = {"o": Level.OK, "i": Level.INFO, "n": Level.NO_DATA, "a": Level.ALERT, "p": Level.PAGE}

News = tuple[int, Change, Level]
OPENED, REOPENED, WORSE, BETTER, RECOVERED, FLAPPING, REPEATED, REMINDED, UNWATCHED = Change


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sample(seconds: float, level: Level, value: float = 1) -> Measurement:
    measured = Missing(reason="no answer") if level is Level.NO_DATA else Value(value=value)
    return Measurement(name="blocked", measured=measured, level=level, at=at(seconds))


def told(
    samples: Iterable[tuple[float, Level]], alert: Alert = FRESH, rule: Rule = RULE, cause: str = ""
) -> tuple[Alert, list[News]]:
    """The last state, and what was news and when."""
    news: list[News] = []
    for seconds, level in samples:
        alert, change = judge(rule, alert, sample(seconds, level), cause)
        news += [(int(seconds), change, alert.level)] if change else []
    return alert, news


def line(letters: str, every: int = 20, start: int = 0) -> list[tuple[float, Level]]:
    """A sample every so many seconds, a letter for each: o(k), i(nfo), n(o data), a(lert), p(age)."""
    return [(start + number * every, LETTERS[letter]) for number, letter in enumerate(letters)]


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
        ("oaaaaiiii", [(80, OPENED, Level.ALERT), (160, RECOVERED, Level.OK)]),
        ("onnnnnnnnnn", [(200, OPENED, Level.NO_DATA)]),
        ("onnnno", []),
        ("onnnnnnnnnnoooo", [(200, OPENED, Level.NO_DATA), (280, RECOVERED, Level.OK)]),
        ("onnnnnnnnnnaaaa", [(200, OPENED, Level.NO_DATA), (280, WORSE, Level.ALERT)]),
        ("oaaaannnnnnnnnn", [(80, OPENED, Level.ALERT), (280, BETTER, Level.NO_DATA)]),
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


# --- no data


def test_no_data_is_never_taken_for_ok() -> None:
    alert, _ = told(line("oaaaannnnnnnnnnnnnnn"))
    assert alert.level is Level.NO_DATA
    assert alert.closed_at is None


def test_no_data_pages_after_its_own_delay_and_a_page_stays_one_while_nothing_is_known() -> None:
    assert told(line("o" + "n" * 31))[1] == [(200, OPENED, Level.NO_DATA), (620, WORSE, Level.PAGE)]
    assert told(line("opppp" + "n" * 40))[1] == [(80, OPENED, Level.PAGE)]


def test_what_wakes_nobody_does_not_page_for_want_of_data() -> None:
    calm = RULE.model_copy(update={"no_data_page_for": None})
    assert told(line("o" + "n" * 99), rule=calm)[1] == [(200, OPENED, Level.NO_DATA)]


# --- the exit line


def values(numbers: Iterable[float], rule: Rule, every: int = 60) -> list[tuple[int, Change]]:
    """What is told of a metric with the lines 100 and 200, measured so often."""
    alert, news = FRESH, list[tuple[int, Change]]()
    for step, number in enumerate(numbers):
        level = Level.PAGE if number > 200 else Level.ALERT if number > 100 else Level.OK
        alert, change = judge(rule, alert, sample(step * every, level, number))
        news += [(step, change)] if change else []
    return news


def test_a_line_is_left_only_behind_its_exit_line() -> None:
    rule = RULE.model_copy(update={"alert_exit": 90, "page_exit": 180})
    assert values([50, 101, 101, 99, 95, 91, 95, 99], rule) == [(2, OPENED)]
    assert values([50, 101, 101, 99, 90, 90], rule) == [(2, OPENED), (5, RECOVERED)]
    assert values([50, 201, 201, 199, 190, 181], rule) == [(2, OPENED)]
    assert values([50, 201, 201, 199, 180, 179], rule) == [(2, OPENED), (5, BETTER)]
    assert values([50, 99, 95, 91, 95], rule) == []


def test_where_less_is_worse_the_exit_line_is_above() -> None:
    rule = RULE.model_copy(update={"alert_exit": 110, "worse": Direction.LOWER, "alert_for": 0, "calm_for": 0})
    opened, _ = judge(rule, FRESH, sample(0, Level.ALERT, 99))
    still, change = judge(rule, opened, sample(60, Level.OK, 105))
    assert change is None
    assert judge(rule, still, sample(120, Level.OK, 111))[1] is RECOVERED


def test_a_refresh_every_two_hours_against_a_line_of_two_hours_does_not_flap() -> None:
    """The age grows by a minute a minute; the refresh begins after two hours and takes four minutes; ten minutes of patience."""
    lines = {"alert_exit": 90, "page_exit": 180, "alert_for": 600, "calm_for": 300, "gap": 1000}
    age = [minute % 104 for minute in range(24 * 60)]
    assert values(age, RULE.model_copy(update=lines)) == []


# --- flapping


def flapping(minutes: int, bad: int, calm: int) -> str:
    """Samples every 20 s, three a minute, bad and calm in turn for so many minutes."""
    cycle = "a" * 3 * bad + "o" * 3 * calm
    return ("o" + cycle * (minutes // (bad + calm) + 1))[: 3 * minutes]


DEFAULT = Rule(gap=100, repeat_page=0, remind_owner=0)


@pytest.mark.parametrize(("bad", "calm"), [(2, 1), (2, 2), (3, 3), (2, 4), (4, 4), (5, 4)])
def test_an_hour_of_flapping_gives_one_fire_one_note_and_one_recovery(bad: int, calm: int) -> None:
    letters = flapping(60, bad, calm) + "o" * 3 * 90
    assert [change for _, change, _ in told(line(letters), rule=DEFAULT)[1]] == [OPENED, FLAPPING, RECOVERED]


@pytest.mark.parametrize(("bad", "calm"), [(2, 7), (5, 6), (7, 7), (2, 12)])
def test_even_slow_flapping_stays_one_incident_that_is_told_less_and_less(bad: int, calm: int) -> None:
    alert, news = told(line(flapping(120, bad, calm) + "o" * 3 * 90), rule=DEFAULT)
    changes = [change for _, change, _ in news]
    assert (changes.count(OPENED), changes.count(FLAPPING)) == (1, 1)
    assert changes.count(REOPENED) <= 3
    assert (alert.level, changes[-1]) == (Level.OK, RECOVERED)


def test_what_comes_back_much_later_is_another_incident() -> None:
    alert, news = told(line("oaaaa" + "o" * 100 + "aaaa"), rule=DEFAULT)
    assert [change for _, change, _ in news] == [OPENED, RECOVERED, OPENED]
    assert alert.incident == f"main.blocked.{at(108 * 20):%Y%m%dT%H%M%S%f}"
    assert not alert.flapping


def test_the_calm_has_to_last_longer_each_time_that_it_comes_back() -> None:
    assert told(line("oaaaa" + "oo" + "aaaa" + "oooo"))[1] == [(80, OPENED, Level.ALERT)]
    assert told(line("oaaaa" + "oo" + "aaaa" + "ooooooo"))[1][1:] == [(340, RECOVERED, Level.OK)]


# --- reminders


def test_a_page_that_nobody_has_acknowledged_is_repeated_and_an_alert_is_not() -> None:
    rule = RULE.model_copy(update={"repeat_page": 600})
    assert told(line("o" + "p" * 70), rule=rule)[1] == [
        (80, OPENED, Level.PAGE), (680, REPEATED, Level.PAGE), (1280, REPEATED, Level.PAGE),
    ]  # fmt: skip
    assert told(line("o" + "a" * 70), rule=rule)[1] == [(80, OPENED, Level.ALERT)]


def test_an_owner_is_reminded_while_it_still_burns_and_not_repeated() -> None:
    rule = RULE.model_copy(update={"repeat_page": 600, "remind_owner": 1200})
    opened, _ = told(line("opppp"), rule=rule)
    owned = opened.model_copy(update={"acknowledged_by": "U1", "acknowledged_at": at(90)})
    assert told(line("p" * 70, start=100), owned, rule)[1] == [(1300, REMINDED, Level.PAGE)]


# --- inhibition


def test_a_consequence_opens_no_incident_while_its_cause_burns_and_opens_one_when_it_outlasts_it() -> None:
    held, news = told(line("oaaaaaaaa"), cause="reachable")
    assert news == []
    assert (held.cause, held.is_open) == ("reachable", False)
    assert told(line("aa", start=180), held)[1] == [(180, OPENED, Level.ALERT)]


def test_an_incident_that_is_open_goes_on_while_its_cause_burns() -> None:
    opened, _ = told(line("oaaaa"))
    assert told(line("oooo", start=100), opened, cause="reachable")[1] == [(160, RECOVERED, Level.OK)]


# --- late, missed, restarted


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


def test_a_clock_that_was_ahead_makes_nobody_deaf_when_it_is_put_back() -> None:
    ahead = line("oo") + line("oo", start=3600)
    assert told(ahead + line("opppp", start=40))[1] == [(120, OPENED, Level.PAGE)]


def test_an_incident_of_a_clock_that_was_ahead_ends_and_lasted_no_less_than_nothing() -> None:
    opened, _ = told(line("oaaaa", start=3600))
    over, news = told(line("aooooo", start=100), opened)
    assert news == [(180, RECOVERED, Level.OK)]
    assert (over.incident, over.opened_at, over.closed_at) == (opened.incident, at(100), at(180))


def test_what_began_before_the_clock_was_put_ahead_keeps_its_beginning() -> None:
    began = line("oaa")
    alert, news = told(began + line("a", start=3600) + line("aaa", start=60))
    assert (news, alert.opened_at) == ([(100, OPENED, Level.ALERT)], at(20))


def test_the_same_sample_twice_is_told_once() -> None:
    before, _ = told(line("oaaa"))
    after, change = judge(RULE, before, sample(80, Level.ALERT))
    assert change is OPENED
    assert judge(RULE, after, sample(80, Level.ALERT)) == (after, None)


def test_a_gap_counts_neither_as_bad_nor_as_good() -> None:
    assert told([(0, Level.OK), (10, Level.ALERT), (3000, Level.ALERT), (3040, Level.ALERT)])[1] == []
    late = [(0, Level.OK), (10, Level.ALERT), (3000, Level.ALERT), (3060, Level.ALERT)]
    alert, news = told(late)
    assert news == [(3060, OPENED, Level.ALERT)]
    assert alert.opened_at == at(10)
    opened, _ = told(line("oaaaa"))
    assert told([(100, Level.OK), (3000, Level.OK), (3040, Level.OK)], opened)[1] == []
    over, news = told([(100, Level.OK), (3000, Level.OK), (3060, Level.OK)], opened)
    assert news == [(3060, RECOVERED, Level.OK)]
    assert [(gap.start, gap.end) for gap in over.gaps] == [(at(100), at(3000))]


def test_many_gaps_are_kept_as_few_and_never_count_as_seen() -> None:
    often = [(number * 200, Level.ALERT) for number in range(1, 200)]
    alert, news = told([(0, Level.OK), *often])
    assert news == []
    assert len(alert.gaps) <= 21


def test_a_restart_keeps_the_patience_that_was_spent() -> None:
    before, _ = told(line("oaa"))
    kept = Alert.model_validate_json(before.model_dump_json())
    assert told([(80, Level.ALERT)], kept)[1] == [(80, OPENED, Level.ALERT)]


def test_without_a_for_duration_one_sample_is_enough() -> None:
    at_once = Rule(alert_for=0, page_for=0, no_data_for=0, no_data_page_for=None, calm_for=0, reopen_for=0)
    assert told(line("oao"), rule=at_once)[1] == [(20, OPENED, Level.ALERT), (40, RECOVERED, Level.OK)]


# --- whatever comes


SAMPLES = st.lists(st.tuples(st.floats(0.1, 200), st.sampled_from(list(Level)), st.floats(0, 300)), max_size=80)
RULES = st.builds(
    Rule,
    alert_for=st.floats(0, 200), page_for=st.floats(0, 200), no_data_for=st.floats(0, 200),
    no_data_page_for=st.none() | st.floats(0, 400), calm_for=st.floats(1, 200), reopen_for=st.floats(0, 600),
    gap=st.floats(50, 300), repeat_page=st.floats(0, 300), remind_owner=st.floats(0, 300),
    alert_exit=st.none() | st.just(90.0), page_exit=st.none() | st.just(180.0),
)  # fmt: skip


def story(rule: Rule, found: list[tuple[float, Level, float]]) -> list[tuple[Alert, Change | None]]:
    """Every state after every sample."""
    moments = accumulate(gap for gap, *_ in found)
    alert, states = FRESH, list[tuple[Alert, Change | None]]()
    for seconds, (_, level, value) in zip(moments, found, strict=True):
        alert, change = judge(rule, alert, sample(seconds, level, value))
        states.append((alert, change))
    return states


@given(RULES, SAMPLES)
def test_at_most_one_incident_is_open_and_every_one_ends_before_the_next(
    rule: Rule, found: list[tuple[float, Level, float]]
) -> None:
    states = story(rule, found)
    ends = [change for _, change in states if change in {OPENED, REOPENED, RECOVERED}]
    assert all((one is RECOVERED) is not (two is RECOVERED) for one, two in pairwise(ends))
    assert ends[:1] in ([], [OPENED])
    assert all(alert.is_open is (alert.level is not Level.OK) for alert, _ in states)
    names = [alert.incident for alert, change in states if change is OPENED]
    assert len(set(names)) == len(names)


@given(RULES, SAMPLES)
def test_nothing_recovers_without_calm_that_was_seen(rule: Rule, found: list[tuple[float, Level, float]]) -> None:
    before = FRESH
    for alert, change in story(rule, found):
        if change is RECOVERED:
            assert alert.timers.calm is not None
            assert alert.last is not None
            assert alert.last.level in {Level.OK, Level.INFO}
            assert alert.last.at - alert.timers.calm >= timedelta(seconds=rule.calm_for)
        if change in {OPENED, REOPENED}:
            assert alert.last is not None
            assert alert.last.level not in {Level.OK, Level.INFO}
        before = alert
    assert before.level in Level


@given(RULES, SAMPLES, st.lists(st.integers(0, 80), max_size=10))
def test_time_only_goes_forward_and_what_comes_late_changes_nothing(
    rule: Rule, found: list[tuple[float, Level, float]], again: list[int]
) -> None:
    states = story(rule, found)
    moments = [alert.last.at for alert, _ in states if alert.last is not None]
    assert moments == sorted(moments)
    last = states[-1][0] if states else FRESH
    late = [alert.last for alert, _ in states if alert.last is not None and alert.last.at >= moments[-1] - STRAGGLER]
    assert all(judge(rule, last, one) == (last, None) for one in late)
    assert all(alert.since <= alert.last.at for alert, _ in states if alert.last is not None)
    assert again is not None


@given(RULES, SAMPLES)
def test_what_is_known_survives_a_restart_at_every_moment(rule: Rule, found: list[tuple[float, Level, float]]) -> None:
    alert = FRESH
    for number, (kept, _) in enumerate(story(rule, found)):
        restored = Alert.model_validate_json(alert.model_dump_json())
        assert kept.last is not None
        assert judge(rule, restored, kept.last)[0] == kept, number
        alert = kept
