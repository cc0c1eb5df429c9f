"""Every timeline against both stores: these samples, at these times, these messages; and what is more than a timeline."""

from datetime import UTC, datetime, time, timedelta

import pytest
from timeline_fixture import Play

from bot.command import EndSilence, Silence
from bot.muting import QuietHours
from bot.report import Level
from bot.store import Store
from tests.timelines import CALM, OVER, START, TIMELINES, Timeline

LATER = START + timedelta(seconds=100)


@pytest.mark.parametrize("timeline", TIMELINES, ids=lambda timeline: timeline.name)
def test_a_timeline_gives_these_messages(store: Store, timeline: Timeline) -> None:
    assert tuple(Play(store, timeline).run()) == timeline.said


def test_a_silence_hides_no_change_from_a_card_that_is_there(store: Store) -> None:
    play = Play(store, Timeline("", lag="oaaaa"))
    play.run()
    (alert,) = store.alerts("main")
    play.silence(LATER)
    play = Play(store, Timeline("", lag="pppppp"), play.said)
    assert play.run(LATER) == ["80 card"]
    (worse,) = store.alerts("main")
    assert (worse.level, worse.incident) == (Level.PAGE, alert.incident)


def test_somebody_who_ends_a_silence_is_named_when_it_is_over(store: Store) -> None:
    play = Play(store, Timeline("", lag="o"))
    play.order(Silence(metric="all", database="main", until=store.now() + timedelta(hours=1)))
    (hush,) = store.silences()
    play.order(EndSilence(silence=hush.id))
    assert play.run(store.now()) == [
        "0 The silence of everything on main is over (Ana). Ana ended it. Nothing was held back"
    ]


def test_a_clock_that_was_ahead_for_a_while_holds_nothing_up(store: Store) -> None:
    said = Play(store, Timeline("", lag="oo")).run()
    Play(store, Timeline("", lag="oaaaa"), said).run(START + timedelta(hours=1))
    assert Play(store, Timeline("", lag=CALM + "oopppp"), said).run(START + timedelta(seconds=40)) == [
        "80 card", f"60 Lag on main has recovered after 1 min. {OVER}", "180 @S0DBA Lag on main, now 25: is back, page",
    ]  # fmt: skip


def test_a_page_is_taken_back_from_the_receivers_even_in_a_silence(store: Store) -> None:
    play = Play(store, Timeline("", lag="opppp", receivers=("pagerduty",)))
    play.run()
    play.silence(LATER, 60)
    resolved = Play(store, Timeline("", lag=CALM, receivers=("pagerduty",))).run(LATER)
    assert resolved == ["60 pagerduty: resolve lag"]


@pytest.mark.parametrize(
    ("at", "held"),
    [
        (datetime(2026, 3, 28, 20, 59, tzinfo=UTC), False),  # 21:59 in winter
        (datetime(2026, 3, 28, 21, 0, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 4, 59, tzinfo=UTC), True),  # 06:59 in summer, an hour was lost at night
        (datetime(2026, 3, 29, 5, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 29, 20, 0, tzinfo=UTC), True),
    ],
)
def test_quiet_hours_are_on_the_clocks_of_their_zone(at: datetime, held: bool) -> None:  # noqa: FBT001 - parametrized
    hours = QuietHours.model_validate({"from": time(22), "until": time(7), "zone": "Europe/Berlin"})
    assert hours.hold(at) is held
