"""Every button and every dialog passes the one authorisation, and every decision counts once, on both stores."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from store_fixture import AT, approval

from bot.alert import Alert
from bot.approval import Approval, State, broken
from bot.blocks import Drawn
from bot.chat import OPENING, Asked, Card, Person, Place, Post, Pressed, Profile, Submitted, Verb
from bot.command import Risk
from bot.desk import Desk
from bot.dialog import Dialog
from bot.errors import BadInput, NotAllowed, ScoutError, TooLate, Unavailable
from bot.orders import Orders
from bot.outbox.drawing import Drawing
from bot.policy import Policy
from bot.report import Level, Report
from bot.store import Store
from bot.telling import Telling
from bot.tidings import alarms

POLICY = Policy(operators=frozenset({"U0ANA"}), approvers=frozenset({"U0BEN", "U0CORA", "U0EVE"}))
HERE = Place(channel="C1")
OUTSIDE = {"U0GUEST": "a guest", "U0STRANGER": "a member of another workspace", "U0BOT": "a bot"}
RIGHTS = frozenset(Verb) - {Verb.SHARE, Verb.MORE, Verb.SHEET}
"""What a member without any rights may not do; the others are looked at below."""


def profile(person: Person) -> Profile:
    return Profile(id=person.id, name=person.id.removeprefix("U0").title(), outsider=OUTSIDE.get(person.id, ""))


def nothing_said(asked: Asked) -> Report:
    raise AssertionError(f"nobody was let through to {asked.text}")


def nothing_measured(_database: str, _metric: str) -> None:
    return None


class Scene:
    """A desk on a store that holds one of everything."""

    def __init__(self, store: Store, policy: Policy = POLICY) -> None:
        self.store, self.begun, self.stopped = store, list[str](), list[str]()
        orders = Orders(policy, store, Telling(metric=nothing_measured))
        self.desk = Desk(policy, store, orders, profile, self.begun.append, self.stopped.append, nothing_said)

    def ask(self, state: State = State.ASKED, *, needed: int = 1, risk: Risk = Risk.DISRUPT) -> Approval:
        made = approval("p1")
        plan = made.plan.model_copy(update={"risk": risk})
        at = self.store.now()
        told = {"plan": plan, "state": state, "needed": needed, "requester": "U0ANA", "asked_at": at}
        whole = made.model_copy(update=told | {"expires_at": at + timedelta(minutes=15)})
        with self.store.change() as change:
            assert change.add_approval(whole) is None
        return whole

    def broke_the_glass(self, state: State = State.DONE, requester: str = "U0EVE") -> Approval:
        """A run that its requester approved alone."""
        made = approval("p1")
        plan = made.plan.model_copy(update={"risk": Risk.DISRUPT, "break_glass": True})
        at = self.store.now()
        told = {"plan": plan, "requester": requester, "asked_at": at, "expires_at": at + timedelta(minutes=15)}
        whole = broken(made.model_copy(update=told), {"U0BEN"})
        with self.store.change() as change:
            assert change.add_approval(whole) is None
            for one in alarms(whole):
                change.put_notice(one)
            assert change.swap_approval({State.APPROVED}, whole.model_copy(update={"state": state}))
        return whole

    def broken_since_yesterday(self) -> Approval:
        """The same run, a day later."""
        found = self.store.approval("p1")
        assert found is not None
        return found.model_copy(update={"asked_at": found.asked_at - timedelta(hours=25)})

    def press(self, user: str, verb: Verb, subject: str = "p1", **more: object) -> Report | Dialog:
        item = Pressed(id=f"{user} {verb}", at=AT, person=Person(id=user), place=HERE, verb=verb, subject=subject)
        return self.desk.done(item.model_copy(update={"seal": approval("p1").seal, **more}))

    def submit(self, user: str, verb: Verb, subject: str = "p1", reason: str = "so it is") -> Report | Dialog:
        item = Submitted(id=f"d {user} {verb}", at=AT, person=Person(id=user), place=HERE, verb=verb, subject=subject)
        return self.desk.done(item.model_copy(update={"seal": approval("p1").seal, "values": {"reason": (reason,)}}))

    def everything(self) -> list[object]:
        """What the store holds that a press could change."""
        return [self.store.approvals(), self.store.alerts(), self.store.audit(), self.store.unsent()]


@pytest.fixture
def scene(store: Store) -> Scene:
    return Scene(store)


# --- one door


def test_every_verb_has_a_duty_and_every_dialog_somebody_who_reads_it(scene: Scene) -> None:
    assert set(scene.desk.duties) == set(Verb)
    assert {verb for verb, duty in scene.desk.duties.items() if duty.submit is not None} == OPENING


@pytest.mark.parametrize("user", [*OUTSIDE])
@pytest.mark.parametrize("verb", list(Verb))
def test_no_button_and_no_dialog_lets_an_outsider_through(scene: Scene, verb: Verb, user: str) -> None:
    scene.ask()
    before = scene.everything()
    with pytest.raises(NotAllowed, match="only full members"):
        scene.press(user, verb)
    with pytest.raises((NotAllowed, ScoutError), match=r"only full members"):
        scene.submit(user, verb)
    assert (scene.everything(), scene.begun, scene.stopped) == (before, [], [])


@pytest.mark.parametrize("verb", sorted(RIGHTS))
@pytest.mark.parametrize("policy", [POLICY, Policy()], ids=["a policy", "an empty policy"])
def test_no_button_and_no_dialog_lets_a_member_without_rights_through(store: Store, verb: Verb, policy: Policy) -> None:
    scene = Scene(store, policy)
    scene.ask()
    before = scene.everything()
    with pytest.raises(NotAllowed, match=r"Only (operators|approvers)|Nobody may do that"):
        scene.press("U0DAN", verb)
    with pytest.raises(NotAllowed, match=r"Only (operators|approvers)|Nobody may do that"):
        scene.submit("U0DAN", verb)
    assert (scene.everything(), scene.begun, scene.stopped) == (before, [], [])


@pytest.mark.parametrize("verb", sorted(RIGHTS))
@pytest.mark.parametrize("user", ["U0ANA", "U0BEN"])
def test_an_empty_policy_lets_nobody_through(store: Store, verb: Verb, user: str) -> None:
    scene = Scene(store, Policy())
    scene.ask()
    with pytest.raises(NotAllowed, match="Nobody may do that"):
        scene.press(user, verb)


@pytest.mark.parametrize("verb", list(Verb))
def test_nothing_is_pressed_where_another_company_reads(scene: Scene, verb: Verb) -> None:
    scene.ask()

    def read_outside(channel: str) -> bool:
        return channel == HERE.channel

    desk = replace(scene.desk, shared=read_outside)
    item = Pressed(id="x", at=AT, person=Person(id="U0BEN"), place=HERE, verb=verb, subject="p1")
    with pytest.raises(NotAllowed, match="Another company reads this channel"):
        desk.done(item)


@pytest.mark.parametrize("verb", list(Verb))
def test_who_cannot_be_looked_up_is_refused(scene: Scene, verb: Verb) -> None:
    def unknown(_: Person) -> Profile:
        raise Unavailable("Slack does not say who is in a group.")

    scene.ask()
    item = Pressed(id="x", at=AT, person=Person(id="U0BEN"), place=HERE, verb=verb, subject="p1")
    with pytest.raises(Unavailable):
        replace(scene.desk, profile=unknown).done(item)


# --- how many


def test_the_second_of_two_lets_it_run(scene: Scene) -> None:
    scene.ask(needed=2)
    first = scene.press("U0BEN", Verb.APPROVE)
    assert isinstance(first, Report)
    assert "1 of 2: 1 more of the approvers has to agree." in first.verdict.text
    assert scene.begun == []
    scene.submit("U0CORA", Verb.NOTE, reason="agreed")
    assert scene.begun == ["p1"]
    kept = scene.store.approval("p1")
    assert kept is not None
    assert [(one.person, one.reason) for one in kept.approvals] == [("U0BEN", ""), ("U0CORA", "agreed")]
    assert kept.decider_name == "Ben and Cora"


def test_the_same_person_does_not_count_twice(scene: Scene) -> None:
    scene.ask(needed=2)
    scene.press("U0BEN", Verb.APPROVE)
    with pytest.raises(TooLate, match="You approved it already"):
        scene.press("U0BEN", Verb.APPROVE)
    with pytest.raises(TooLate, match="You approved it already"):
        scene.submit("U0BEN", Verb.NOTE)
    assert scene.begun == []


def test_one_no_ends_it_whoever_has_agreed(scene: Scene) -> None:
    scene.ask(needed=2)
    scene.press("U0BEN", Verb.APPROVE)
    scene.submit("U0BEN", Verb.DENY, reason="on second thoughts: no")
    with pytest.raises(TooLate, match="Already denied by Ben"):
        scene.press("U0CORA", Verb.APPROVE)
    assert scene.begun == []


def test_of_many_who_agree_at_once_nobody_is_lost_and_it_runs_once(scene: Scene) -> None:
    people = [f"U0P{number}" for number in range(12)]
    crowd = Policy(operators=frozenset({"U0ANA"}), approvers=frozenset(people))
    desk = Scene(scene.store, crowd)
    desk.ask(needed=5)

    def agree(user: str) -> str:
        try:
            answer = desk.press(user, Verb.APPROVE)
        except TooLate as error:
            return str(error)
        return answer.verdict.text if isinstance(answer, Report) else ""

    with ThreadPoolExecutor(len(people)) as pool:
        told = list(pool.map(agree, people * 2))
    kept = scene.store.approval("p1")
    assert kept is not None
    assert len({one.person for one in kept.approvals}) == len(kept.approvals) == 5
    assert desk.begun == ["p1"]
    assert sum(text.startswith("Approved: ") for text in told) == 5
    assert [row.action for row in scene.store.audit()].count("approved") == 5


def test_an_expiry_does_not_forget_a_decision_that_came_in_between(scene: Scene) -> None:
    stale = scene.ask(needed=2)
    scene.press("U0BEN", Verb.APPROVE)
    scene.desk.expire(stale)
    kept = scene.store.approval("p1")
    assert kept is not None
    assert (kept.state, len(kept.approvals)) == (State.ASKED, 1)


def test_another_seal_is_another_plan(scene: Scene) -> None:
    scene.ask()
    with pytest.raises(TooLate, match="shows another plan"):
        scene.press("U0BEN", Verb.APPROVE, seal="5" * 64)


@pytest.mark.parametrize(
    ("began", "said"),
    [(False, "before it began; nothing was done"), (True, "before it went on; what was done before stays done")],
)
def test_what_is_called_off_says_whether_anything_was_done_and_its_requester_hears(
    scene: Scene, said: str, *, began: bool
) -> None:
    waiting = scene.ask(State.APPROVED)
    started = waiting.model_copy(update={"started_at": waiting.asked_at if began else None})
    with scene.store.change() as change:
        assert change.swap_approval({State.APPROVED}, started)
    told = scene.press("U0BEN", Verb.STOP)
    assert isinstance(told, Report)
    assert said in told.verdict.text
    heard = scene.store.notice("outcome:p1:stopped")
    assert heard is not None
    assert isinstance(heard.message, Post)
    assert heard.message.channel == "U0ANA"
    assert said in heard.message.report.verdict.text


def test_a_denial_without_a_reason_denies_nothing(scene: Scene) -> None:
    scene.ask()
    with pytest.raises(ScoutError, match="say why"):
        scene.submit("U0BEN", Verb.DENY, reason="  ")
    kept = scene.store.approval("p1")
    assert kept is not None
    assert kept.state is State.ASKED


def test_an_incident_is_acknowledged_by_an_operator(scene: Scene) -> None:
    alert = Alert(database="main", metric="m", since=AT, incident="i1", level=Level.ALERT, opened_at=AT)
    with scene.store.change() as change:
        change.put_alert(alert)
    answer = scene.press("U0ANA", Verb.ACKNOWLEDGE, "i1")
    assert isinstance(answer, Report)
    assert answer.verdict.text == "Acknowledged: it is yours."


# --- what was approved by breaking the glass


def drawn_at_its_time(scene: Scene) -> Drawn | None:
    notice = scene.store.notice("review:p1")
    assert notice is not None
    assert isinstance(notice.message, Card)
    return Drawing(scene.store, nothing_measured).draw(notice.message, native=True)


@pytest.mark.parametrize("state", [State.DONE, State.FAILED, State.STOPPED, State.INTERRUPTED, State.VOID])
def test_another_approver_reviews_it_and_nobody_is_reminded(scene: Scene, state: State) -> None:
    scene.broke_the_glass(state)
    assert drawn_at_its_time(scene) is not None
    told = scene.press("U0BEN", Verb.REVIEW)
    assert isinstance(told, Report)
    assert told.verdict.text.startswith("Reviewed: ")
    kept = scene.store.approval("p1")
    assert kept is not None
    assert kept.review is not None
    assert (kept.state, kept.review.person) == (state, "U0BEN")
    assert drawn_at_its_time(scene) is None
    assert [(row.actor, row.action) for row in scene.store.audit()] == [("U0BEN", "reviewed")]


def test_it_is_reviewed_once(scene: Scene) -> None:
    scene.broke_the_glass()
    scene.press("U0BEN", Verb.REVIEW)
    with pytest.raises(TooLate, match="Already reviewed by Ben at"):
        scene.press("U0CORA", Verb.REVIEW)


def test_of_many_who_review_at_once_one_is_kept(scene: Scene) -> None:
    people = [f"U0P{number}" for number in range(8)]
    crowd = Scene(scene.store, Policy(operators=frozenset({"U0ANA"}), approvers=frozenset(people)))
    crowd.broke_the_glass()

    def review(user: str) -> str:
        try:
            crowd.press(user, Verb.REVIEW)
        except TooLate as error:
            return str(error)
        return "kept"

    with ThreadPoolExecutor(len(people)) as pool:
        told = list(pool.map(review, people))
    assert told.count("kept") == 1
    assert [row.action for row in scene.store.audit()] == ["reviewed"]


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("U0EVE", "another of the approvers reviews it"),
        ("U0ANA", "Only approvers"),
        ("U0DAN", "Only approvers"),
        ("U0GUEST", "only full members"),
    ],
)
def test_who_may_not_review_it_is_told_why(scene: Scene, user: str, words: str) -> None:
    scene.broke_the_glass()
    with pytest.raises(NotAllowed, match=words):
        scene.press(user, Verb.REVIEW)
    kept = scene.store.approval("p1")
    assert kept is not None
    assert kept.review is None


def test_what_runs_yet_and_what_others_approved_is_not_reviewed(scene: Scene) -> None:
    scene.broke_the_glass(State.RUNNING)
    with pytest.raises(TooLate, match="review it when it is over"):
        scene.press("U0BEN", Verb.REVIEW)


def test_what_others_approved_needs_no_review(scene: Scene) -> None:
    scene.ask()
    with pytest.raises(BadInput, match="Nothing to review"):
        scene.press("U0BEN", Verb.REVIEW)


def test_the_reminder_is_due_a_day_later_and_holds_up_nothing_until_then(scene: Scene) -> None:
    whole = scene.broke_the_glass()
    notice = scene.store.notice("review:p1")
    assert notice is not None
    assert notice.due == whole.asked_at + timedelta(hours=24)
    assert [one.id for one in scene.store.claim_notices("one")] == ["glass:p1"]
    with scene.store.change() as change:
        change.sent("glass:p1", "1.0", "C1")
    assert (scene.store.unsent(), scene.store.oldest_unsent()) == (0, None)


def test_when_its_time_has_come_one_of_all_processes_reminds(scene: Scene) -> None:
    scene.broke_the_glass()
    with scene.store.change() as change:
        for one in alarms(scene.broken_since_yesterday()):
            change.put_notice(one)
    found = [one.id for holder in "abcd" for one in scene.store.claim_notices(holder)]
    assert sorted(found) == ["glass:p1", "review:p1"]
