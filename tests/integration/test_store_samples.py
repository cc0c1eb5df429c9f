"""Samples are kept for days, the older the sparser, and never too many; alike on both engines."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from store_fixture import AT

from bot.command import Measurement, Missing, Value
from bot.report import Level
from bot.store import Store

WEEK = timedelta(days=8)


def put(store: Store, seconds: Iterable[float], value: float | None = None, name: str = "lag") -> None:
    """Samples so many seconds before the moment; each its own value unless one is given."""
    samples = [
        Measurement(name=name, measured=Value(value=ago if value is None else value), level=Level.OK, at=before(ago))
        for ago in seconds
    ]
    with store.change() as change:
        change.put_samples("main", samples)


def before(seconds: float) -> datetime:
    return AT - timedelta(seconds=seconds)


def kept(store: Store, since: float, until: float = 0, name: str = "lag") -> list[Measurement]:
    return [one for one in store.samples("main", name, before(since)) if one.at < before(until)]


def test_the_last_hour_is_whole(store: Store) -> None:
    put(store, range(15, 3600, 15))
    assert store.thin(AT, WEEK) == 0
    assert len(kept(store, 3600)) == 239


def test_of_ten_minutes_of_the_last_day_the_extremes_stay(store: Store) -> None:
    put(store, range(2 * 3600, 4 * 3600, 15))
    store.thin(AT, WEEK)
    assert 24 <= len(kept(store, 4 * 3600)) <= 26


def test_of_an_hour_of_the_days_before_the_extremes_stay(store: Store) -> None:
    put(store, range(3 * 86_400, 4 * 86_400, 300))
    store.thin(AT, WEEK)
    assert 48 <= len(kept(store, 4 * 86_400)) <= 50


def test_a_peak_and_a_trough_are_not_forgotten(store: Store) -> None:
    put(store, range(7200, 10_800, 15), value=5)
    put(store, [8000.5], value=99)
    put(store, [9000.5], value=-7)
    store.thin(AT, WEEK)
    values = [one.measured.value for one in kept(store, 10_800) if isinstance(one.measured, Value)]
    assert (max(values), min(values)) == (99, -7)


def test_a_stretch_without_a_value_stays_one(store: Store) -> None:
    missing = [
        Measurement(name="lag", measured=Missing(reason="down"), level=Level.NO_DATA, at=before(7200 + ago))
        for ago in range(0, 3000, 15)
    ]
    with store.change() as change:
        change.put_samples("main", missing)
    store.thin(AT, WEEK)
    assert 5 <= len(kept(store, 10_800)) <= 7


def test_thinning_again_takes_nothing_more(store: Store) -> None:
    put(store, range(15, 200_000, 150))
    assert store.thin(AT, WEEK) > 0
    assert store.thin(AT, WEEK) == 0


def test_metrics_and_databases_are_thinned_apart(store: Store) -> None:
    put(store, [7210, 7220], name="one")
    put(store, [7215, 7225], name="two")
    assert store.thin(AT, WEEK) == 0


def test_what_is_older_than_the_settings_say_is_forgotten_but_not_the_last(store: Store) -> None:
    put(store, [86_400 * 3, 86_400 * 2])
    assert store.thin(AT, timedelta(days=1)) == 2
    assert [one.at for one in store.last_samples("main")] == [before(86_400 * 2)]


def test_a_straggler_is_not_the_last_sample(store: Store) -> None:
    put(store, [0])
    put(store, [30])
    assert [one.at for one in store.last_samples("main")] == [before(0)]


def test_the_last_sample_of_a_clock_that_was_ahead_is_replaced_when_it_is_put_back(store: Store) -> None:
    put(store, [-3600])
    put(store, [0])
    put(store, [-15])
    assert [one.at for one in store.last_samples("main")] == [before(-15)]


def test_there_are_never_too_many(store: Store) -> None:
    put(store, range(1, 101))
    assert store.thin(AT, WEEK, most=30) == 70
    assert min(one.at for one in kept(store, 3600)) == before(30)


def test_a_week_at_a_tick_of_fifteen_seconds_stays_small(store: Store) -> None:
    put(store, range(15, 6 * 3600, 15))
    put(store, range(86_400, 8 * 86_400, 600))
    store.thin(AT, WEEK)
    assert len(kept(store, 8 * 86_400)) < 700
