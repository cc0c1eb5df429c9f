"""These samples, at these times: these messages. How a timeline is written stands in `timeline_fixture`."""

from datetime import UTC, datetime, time, timedelta

import pytest
from timeline_fixture import PATIENT, START, Play

from bot.command import Acknowledge, EndSilence, Release, Silence
from bot.muting import QuietHours, Route
from bot.report import Level
from bot.store import Store

CALM = "oooo"
OVER = "Nothing was run on it meanwhile"
NIGHT = QuietHours.model_validate({"from": time(2, 0), "until": time(3, 10)})


def silence(play: Play, seconds: int = 0, minutes: float = 5, metric: str = "lag") -> None:
    """Ana silences a metric; the store's clock is not the play's, so the silence is moved to it."""
    play.order(Silence(metric=metric, database="main", until=play.store.now() + timedelta(hours=1), why="new disks"))
    (hush,) = [one for one in play.store.silences() if one.metric == metric]
    since = START + timedelta(seconds=seconds)
    moved = hush.model_copy(update={"id": f"{metric} 1", "since": since, "until": since + timedelta(minutes=minutes)})
    with play.store.change() as change:
        change.end_silence(hush, since)
        change.add_silence(moved)


@pytest.mark.parametrize(
    ("letters", "said"),
    [
        ("oooooooo", []),
        ("oaaaa" + CALM, ["80 card", f"160 Lag on main has recovered after 2 min 20 s. {OVER}"]),
        ("opppp" + CALM, [
            "80 card", "80 @S0DBA Lag on main, now 25: needs somebody now",
            f"160 Lag on main has recovered after 2 min 20 s. {OVER}",
        ]),
        ("oaaaapppp", ["80 card", "160 @S0DBA Lag on main, now 25: got worse, page"]),
        ("oppppaaaa", [
            "80 card", "80 @S0DBA Lag on main, now 25: needs somebody now", "160 Lag on main, now 15: is better, not well yet",
        ]),
        ("o" + "n" * 31, ["200 card", "620 @S0DBA Lag on main, no value: got worse, page"]),
        ("oaaaa" + CALM + "aaaa", [
            "80 card", f"160 Lag on main has recovered after 2 min 20 s. {OVER}", "240 Lag on main, now 15: is back, alert",
        ]),
        ("oaa" + "-" * 30 + "aaa", ["700 card"]),
    ],
)  # fmt: skip
def test_a_timeline_gives_these_messages(store: Store, letters: str, said: list[str]) -> None:
    assert Play(store).run(lag=letters) == said


def test_an_hour_of_flapping_gives_one_fire_one_recovery_and_one_note(store: Store) -> None:
    flapping = "o" + "aaaaaaooooo" * 16 + CALM * 20
    assert Play(store, PATIENT.model_copy(update={"calm_for": 300})).run(lag=flapping) == [
        "80 card",
        "680 Lag on main, now 15: flaps, 4 times within the hour. I say no more of it until it has been calm for long",
        f"4640 Lag on main has recovered after 1 h 17 min. {OVER}",
    ]


# --- whose it is


def test_a_page_is_repeated_until_somebody_owns_it_and_then_the_owner_is_reminded(store: Store) -> None:
    rule = PATIENT.model_copy(update={"repeat_page": 200, "remind_owner": 300})

    def owned(play: Play) -> None:
        (alert,) = play.store.alerts("main")
        play.order(Acknowledge(incident=alert.incident))
        (alert,) = play.store.alerts("main")
        with play.store.change() as change:
            change.put_alert(alert.model_copy(update={"acknowledged_at": START + timedelta(seconds=300)}))

    def given_back(play: Play) -> None:
        (alert,) = play.store.alerts("main")
        play.order(Release(incident=alert.incident))

    said = Play(store, rule).run(lag="o" + "p" * 50, deeds={300: owned, 640: given_back})
    assert said == [
        "80 card",
        "80 @S0DBA Lag on main, now 25: needs somebody now",
        "280 @S0DBA Lag on main, now 25: still at page after 4 min 20 s, and nobody has acknowledged it",
        "600 @U1 Lag on main, now 25: still page after 9 min 40 s. It is yours: mend it, silence it, or give it back",
        "800 @S0DBA Lag on main, now 25: still at page after 13 min, and nobody has acknowledged it",
        "1000 @S0DBA Lag on main, now 25: still at page after 16 min, and nobody has acknowledged it",
    ]


# --- silences


def test_a_silence_mutes_what_opens_and_closes_in_it_and_says_so_when_it_ends_by_itself(store: Store) -> None:
    said = Play(store).run(lag="oaaaa" + "o" * 12, deeds={0: silence})
    assert said == [
        (
            "300 The silence of Lag on main is over (Ana: new disks). 1 incident held back, none still open | "
            "Lag on main: alert, Mar 01 03:00 to 03:02 UTC, 2 min 20 s"
        )
    ]


def test_what_still_burns_when_a_silence_ends_is_told_then_and_a_page_wakes_people(store: Store) -> None:
    said = Play(store).run(lag="o" + "p" * 17, deeds={0: silence})
    assert said == [
        "300 card",
        "300 @S0DBA Lag on main, now 25: needs somebody now",
        (
            "300 The silence of Lag on main is over (Ana: new disks). 1 incident held back, 1 still open | "
            "Lag on main, now 25: page since Mar 01 03:00 UTC"
        ),
    ]


def test_a_silence_hides_no_change_from_a_card_that_is_there(store: Store) -> None:
    play = Play(store)
    play.run(lag="oaaaa")
    (alert,) = store.alerts("main")
    silence(play, 100)
    play.run(lag="pppppp", start=START + timedelta(seconds=100))
    (worse,) = store.alerts("main")
    assert (worse.level, worse.incident) == (Level.PAGE, alert.incident)
    assert play.said == ["80 card"]


def test_somebody_who_ends_a_silence_is_named_when_it_is_over(store: Store) -> None:
    play = Play(store)
    play.order(Silence(metric="all", database="main", until=store.now() + timedelta(hours=1)))
    (hush,) = store.silences()
    play.order(EndSilence(silence=hush.id))
    assert play.run(lag="o", start=store.now()) == [
        "0 The silence of everything on main is over (Ana). Ana ended it. Nothing was held back"
    ]


# --- quiet hours


def test_quiet_hours_hold_an_alert_back_until_they_are_over(store: Store) -> None:
    said = Play(store, quiet=NIGHT).run(lag="oaaaaoooo" + "o" * 23)
    assert said == [
        (
            "600 The quiet hours are over. 1 incident held back, none still open | "
            "Lag on main: alert, Mar 01 03:00 to 03:02 UTC, 2 min 20 s"
        )
    ]


def test_what_still_burns_in_the_morning_has_its_card_then(store: Store) -> None:
    said = Play(store, quiet=NIGHT).run(lag="o" + "a" * 32)
    assert said == [
        "600 card",
        "600 The quiet hours are over. 1 incident held back, 1 still open | Lag on main, now 15: alert since Mar 01 03:00 UTC",
    ]


def test_a_page_pierces_quiet_hours_and_is_told_to_its_end(store: Store) -> None:
    said = Play(store, quiet=NIGHT).run(lag="oaaaapppp" + CALM)
    assert said == [
        "160 card",
        "160 @S0DBA Lag on main, now 25: needs somebody now",
        f"240 Lag on main has recovered after 3 min 40 s. {OVER}",
    ]


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


# --- causes, routes, receivers


def test_what_follows_from_another_incident_has_no_card_until_it_outlasts_it(store: Store) -> None:
    locks, lag = "opppp" + CALM + CALM, "oaaaaaaaaaaaa"
    assert Play(store).run(locks=locks, lag=lag) == [
        "80 card",
        "80 @S0DBA Locks on main, now 25: needs somebody now",
        f"160 Locks on main has recovered after 2 min 20 s. {OVER}",
        "160 card",
    ]


def test_an_alert_does_not_keep_a_page_that_follows_from_it(store: Store) -> None:
    assert Play(store).run(locks="oaaaa", lag="opppp") == [
        "80 card", "80 @S0DBA Lag on main, now 25: needs somebody now", "80 card",
    ]  # fmt: skip


def test_an_incident_goes_to_the_channel_of_the_first_route_that_fits(store: Store) -> None:
    routes = (
        Route(metrics=("lag",), databases=("other",), channel="C1"), Route(metrics=("lag",), channel="C2"),
        Route(channel="C3"),
    )  # fmt: skip
    assert Play(store, routes=routes).run(lag="opppp", locks="oaaaa")[::2] == ["80 card in C2", "80 card in C3"]


def test_a_page_is_told_the_receivers_and_taken_back_even_in_a_silence(store: Store) -> None:
    play = Play(store, receivers=("pagerduty", "webhook"))
    play.run(lag="opppp")
    silence(play, 100, 60)
    play.run(lag=CALM, start=START + timedelta(seconds=100))
    assert [line for line in play.said if ":" in line and "Lag" not in line] == [
        "80 pagerduty: trigger lag", "80 webhook: trigger lag", "60 pagerduty: resolve lag", "60 webhook: resolve lag",
    ]  # fmt: skip


def test_an_alert_calls_nobody(store: Store) -> None:
    assert Play(store, receivers=("pagerduty",)).run(lag="oaaaa" + CALM)[0] == "80 card"
