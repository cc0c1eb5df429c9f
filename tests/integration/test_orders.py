"""An order changes Scout's own state once, by operators only, and is audited."""

from datetime import timedelta

import pytest
from store_fixture import AT

from bot.alert import Alert
from bot.chat import Profile
from bot.command import Acknowledge, EndSilence, Order, Release, Silence
from bot.errors import BadInput, NotAllowed, TooLate
from bot.orders import Orders
from bot.policy import Policy
from bot.report import Level
from bot.store import Store
from bot.telling import Telling

ANA = Profile(id="U1", name="Ana")
DAN = Profile(id="U9", name="Dan")
POLICY = Policy(operators=frozenset({"U1", "U2"}))
TELLING = Telling(metric=lambda _database, _metric: None, channel="C1", receivers=("pager",))
BURNING = Alert(database="main", metric="lag", level=Level.ALERT, since=AT, incident="i1", channel="C1", on_card=True)


def give(store: Store, order: Order, who: Profile = ANA) -> str:
    with store.change() as change:
        return Orders(POLICY, store, TELLING).carry_out(change, order, who).verdict.text


def silence(store: Store, metric: str = "lag", minutes: float = 60) -> Silence:
    return Silence(
        metric=metric, database="main", until=store.now() + timedelta(minutes=minutes), why="moving <disks> & co"
    )


def burn(store: Store) -> None:
    with store.change() as change:
        change.put_alert(BURNING)


@pytest.mark.parametrize("order", [EndSilence(silence="s"), Acknowledge(incident="i1"), Release(incident="i1")])
def test_only_operators_give_orders_and_a_refused_one_leaves_no_trace(store: Store, order: Order) -> None:
    burn(store)
    with pytest.raises(NotAllowed, match="Only operators"):
        give(store, order, DAN)
    with pytest.raises(NotAllowed, match="Only operators"):
        give(store, silence(store), DAN)
    assert store.silences() == []
    assert store.incident("i1") == BURNING
    assert store.audit() == []


def test_a_silence_holds_for_its_metric_until_it_is_ended_once(store: Store) -> None:
    assert give(store, silence(store)).startswith("Silenced until")
    (hush,) = store.silences()
    now = store.now()
    assert (hush.name, hush.why) == ("Ana", "moving <disks> & co")
    assert hush.covers("main", "lag", now)
    assert not hush.covers("main", "other", now)
    assert not hush.covers("staging", "lag", now)
    assert not hush.covers("main", "lag", hush.until)
    assert give(store, EndSilence(silence=hush.id)) == "The silence of lag on main is over."
    assert not [one for one in store.silences() if one.covers("main", "lag", store.now())]
    with pytest.raises(TooLate, match="over already"):
        give(store, EndSilence(silence=hush.id))
    with pytest.raises(BadInput, match="do not know"):
        give(store, EndSilence(silence="nonsense"))
    assert [row.action for row in store.audit()] == ["end silence", "silence"]


def test_a_silence_of_all_covers_every_metric_and_draws_the_open_cards_anew(store: Store) -> None:
    burn(store)
    give(store, silence(store, "all"))
    (hush,) = store.silences()
    assert hush.covers("main", "whatever", store.now())
    (notice,) = store.claim_notices("me")
    assert notice.message.kind == "card"
    assert notice.message.channel == "C1"


def test_a_silence_in_the_past_is_refused(store: Store) -> None:
    with pytest.raises(BadInput, match="later than now"):
        give(store, silence(store, minutes=-1))


def test_an_incident_has_one_owner_until_it_is_given_back(store: Store) -> None:
    burn(store)
    assert give(store, Acknowledge(incident="i1")) == "Acknowledged: it is yours."
    with pytest.raises(TooLate, match="Already acknowledged by Ana"):
        give(store, Acknowledge(incident="i1"), Profile(id="U2", name="Ben"))
    assert give(store, Release(incident="i1"), Profile(id="U2", name="Ben")) == "It is nobody's any more."
    with pytest.raises(TooLate, match="Nobody has acknowledged"):
        give(store, Release(incident="i1"))
    assert [row.action for row in store.audit()] == ["release", "acknowledge"]


def test_what_is_over_has_no_owner(store: Store) -> None:
    with store.change() as change:
        change.put_alert(BURNING.model_copy(update={"level": Level.OK}))
    with pytest.raises(TooLate, match="This incident is over"):
        give(store, Acknowledge(incident="i1"))
    with pytest.raises(TooLate, match="This incident is over"):
        give(store, Acknowledge(incident="unknown"))
