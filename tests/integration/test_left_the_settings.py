"""The incident of what nobody watches any more ends, once, and says why; what somebody still measures burns on."""

from collections.abc import Generator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from slack_sdk import WebClient
from timeline_fixture import Play

from bot.chat import Card, Profile
from bot.flow import Room
from bot.house import House
from bot.outbox.drawing import Drawing
from bot.registry import discover
from bot.settings import Settings
from bot.slack import SlackSpeaker
from bot.store import Fence, LostLease, Store
from bot.watch import ITSELF, Gauge, Watch
from tests.timelines import CALM, METRICS, START, Timeline

PAGE = Timeline("", lag="opppp", receivers=("pagerduty",))
LATER = START + timedelta(minutes=10)
UNSEEN = "Its incident ends here, though nobody saw it recover"
LEFT = f"Lag on main is no longer watched: it left the settings. {UNSEEN}"


def fence(store: Store, holder: str = "one") -> Fence:
    return store.share(holder, [ITSELF], 60)[ITSELF]


def burning(store: Store) -> Play:
    """A page that is told in Slack and at the receivers."""
    play = Play(store, PAGE)
    assert "80 pagerduty: trigger lag" in play.run()
    return play


def watch(play: Play, *databases: str, asleep: str = "") -> Watch:
    """A watch whose settings name these databases; it counts nothing here."""
    gauges = dict.fromkeys(databases, cast("Gauge", None))
    return Watch(play.store, gauges, play.judging, frozenset({asleep} - {""}))


def ended(play: Play, now: Watch, at: datetime = LATER) -> list[str]:
    now.forsake(at, fence(play.store))
    return list(play.heard())


def card(store: Store) -> str:
    (alert,) = store.incidents("main", START)
    drawing = Drawing(store, lambda _, name: METRICS.get(name))
    drawn = drawing.draw(Card(key=f"incident:{alert.incident}", channel="C0ALERTS"), native=False)
    assert drawn is not None
    return str(drawn.blocks)


def test_a_database_that_left_the_settings_burns_no_more(store: Store) -> None:
    play = burning(store)
    assert sorted(ended(play, watch(play))) == [LEFT, "pagerduty: resolve lag"]
    assert not [alert for alert in store.alerts() if alert.is_open]
    assert "*ENDED*" in card(store)
    assert "It is no longer watched: it left the settings. Nobody saw it recover" in card(store)
    assert "scout_ack" not in card(store)


def test_it_ends_once_whichever_process_looks_next(store: Store) -> None:
    play = burning(store)
    lost = fence(store)
    store.let_go("one")
    watch(play).forsake(LATER, fence(store, "another"))
    assert len(list(play.heard())) == 2
    watch(play).forsake(LATER, lost)
    assert list(play.heard()) == []


def test_a_process_that_has_lost_its_right_ends_nothing(store: Store) -> None:
    play = burning(store)
    lost = fence(store)
    store.let_go("one")
    fence(store, "another")
    with pytest.raises(LostLease):
        watch(play).forsake(LATER, lost)
    assert list(play.heard()) == []


def test_a_database_that_is_not_to_be_watched_says_which_setting_says_so(store: Store) -> None:
    play = burning(store)
    told = f"Lag on main is no longer watched: its setting watch is false. {UNSEEN}"
    assert told in ended(play, watch(play, "main", asleep="main"))


def test_a_metric_that_is_gone_burns_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    play = burning(store)
    monkeypatch.delitem(METRICS, "lag")
    told = f"lag on main is no longer watched: Scout has no such metric any more. {UNSEEN}"
    assert told in ended(play, watch(play, "main"))


def test_what_is_watched_burns_on_however_long_nobody_could_measure_it(store: Store) -> None:
    play = burning(store)
    assert ended(play, watch(play, "main"), START + timedelta(days=1)) == []
    assert [alert.metric for alert in store.alerts() if alert.is_open] == ["lag"]


def test_what_another_process_still_measures_burns_on_while_settings_are_rolled_out(store: Store) -> None:
    play = burning(store)
    assert ended(play, watch(play), START + timedelta(minutes=2)) == []
    assert [alert.metric for alert in store.alerts() if alert.is_open] == ["lag"]


def test_a_database_that_comes_back_has_an_incident_of_its_own(store: Store) -> None:
    play = burning(store)
    ended(play, watch(play))
    again = Play(store, PAGE).run(LATER + timedelta(days=1))
    assert again[0] == "80 card"
    assert not [alert for alert in store.alerts("main") if alert.unwatched]
    assert Play(store, Timeline("", lag=CALM)).run(LATER + timedelta(days=1, seconds=100))


@pytest.fixture
def house(tmp_path: Path) -> Generator[House]:
    """A house whose settings name no database, and which sends nothing."""
    store = Store.open(f"sqlite:///{tmp_path}/scout.sqlite3")
    speaker = SlackSpeaker(WebClient("xoxb-1"))
    profile = Profile(id="U1", name="Ana")
    yield (there := House(Settings(), store, discover("commands"), speaker, lambda _: profile, lambda _: Room()))
    there.close()


def test_the_process_that_judges_scout_itself_does_it_on_its_tick(house: House) -> None:
    burning(house.store)
    at = house.time.now()
    house.clock.every(3600, "watch", house.caring.tick)
    house.caring.share(at)
    house.caring.tick(at)
    assert not [alert for alert in house.store.alerts() if alert.is_open]
