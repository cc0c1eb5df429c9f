"""The dialog behind *Silence…* orders what the typed `silence` orders, once, by operators, while the incident lasts."""

from datetime import timedelta

import pytest
from store_fixture import AT

from bot.alert import Alert
from bot.chat import Person, Place, Pressed, Profile, Submitted, Verb
from bot.command import Hush
from bot.desk import Desk
from bot.dialog import Dialog
from bot.errors import BadInput, NotAllowed, TooLate
from bot.orders import Orders
from bot.policy import Policy
from bot.report import Level, Report
from bot.store import Store
from bot.telling import Telling

POLICY = Policy(operators=frozenset({"U0ANA", "U0BEN"}))
BURNING = Alert(database="main", metric="lag", level=Level.ALERT, since=AT, incident="i1", channel="C1", on_card=True)
HERE = Place(channel="C1")


@pytest.fixture
def desk(store: Store) -> Desk:
    """A desk on a store with one open incident."""
    put(store, BURNING)
    orders = Orders(POLICY, store, Telling(metric=lambda _database, _metric: None))
    return Desk(POLICY, store, orders, named, pytest.fail, pytest.fail, lambda asked: pytest.fail(asked.text))


def named(person: Person) -> Profile:
    return Profile(id=person.id, name=person.id.removeprefix("U0").title())


def put(store: Store, alert: Alert) -> None:
    with store.change() as change:
        change.put_alert(alert)


def press(desk: Desk, user: str = "U0ANA") -> Report | Dialog:
    item = Pressed(id="p", at=AT, person=Person(id=user), place=HERE, verb=Verb.SILENCE, subject="i1")
    return desk.done(item)


def send(desk: Desk, user: str = "U0ANA", minutes: str = "240") -> str:
    values = {"minutes": (minutes,), "why": ("moving <disks>",)}
    item = Submitted(id="s", at=AT, person=Person(id=user), place=HERE, verb=Verb.SILENCE, subject="i1", values=values)
    told = desk.done(item)
    assert isinstance(told, Report)
    return told.verdict.text


def only(store: Store) -> Hush:
    (hush,) = store.silences()
    return hush


def test_an_operator_silences_the_metric_and_says_why(store: Store, desk: Desk) -> None:
    asked = press(desk)
    assert isinstance(asked, Dialog)
    assert [one.name for one in asked.fields] == ["minutes", "why"]
    assert send(desk).startswith("Silenced until")
    hush = only(store)
    assert (hush.database, hush.metric, hush.name, hush.why) == ("main", "lag", "Ana", "moving <disks>")
    assert hush.until - hush.since == timedelta(hours=4)
    assert [row.action for row in store.audit()] == ["silence"]


def test_a_member_is_refused_at_the_button_and_at_the_dialog(store: Store, desk: Desk) -> None:
    with pytest.raises(NotAllowed, match="Only operators"):
        press(desk, "U0DAN")
    with pytest.raises(NotAllowed, match="Only operators"):
        send(desk, "U0DAN")
    assert store.silences() == []


def test_an_incident_that_ends_while_the_dialog_is_open_is_not_silenced(store: Store, desk: Desk) -> None:
    press(desk)
    put(store, BURNING.model_copy(update={"level": Level.OK, "closed_at": AT}))
    with pytest.raises(TooLate, match="This incident is over"):
        send(desk)
    assert store.silences() == []


def test_what_is_sent_twice_or_by_two_people_counts_once(store: Store, desk: Desk) -> None:
    send(desk)
    with pytest.raises(TooLate, match="Already silenced by Ana until"):
        send(desk)
    with pytest.raises(TooLate, match="Already silenced by Ana until"):
        send(desk, "U0BEN", "30")
    with pytest.raises(TooLate, match="Already silenced by Ana until"):
        press(desk, "U0BEN")
    assert only(store).name == "Ana"


@pytest.mark.parametrize("minutes", ["", "31", "-30", "1e9"])
def test_a_length_that_was_not_offered_is_refused(store: Store, desk: Desk, minutes: str) -> None:
    with pytest.raises(BadInput, match="Choose how long"):
        send(desk, minutes=minutes)
    assert store.silences() == []
