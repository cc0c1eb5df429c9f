"""The store keeps what it is given and decides who was first, alike on both engines."""

import math
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from store_fixture import AT, approval, asked, plan, post

from bot.alert import Alert
from bot.approval import State, StepRecord, StepState, without
from bot.chat import Inbound, Pressed, Verb
from bot.command import Measurement, Missing, Value
from bot.errors import BadInput
from bot.report import Level
from bot.store import Change, Store

THREADS = 16
HOSTILE = "a\x00b 🦀 ünï\u202ecode '; drop table approval; -- 100 % %(id)s %% :id $1 {x} \\u0000" + "x" * 100_000


def measurement(seconds: float, value: float = 1.0, name: str = "lag") -> Measurement:
    at = AT + timedelta(seconds=seconds)
    return Measurement(name=name, measured=Value(value=value), level=Level.OK, at=at)


# --- inbox --------------------------------------------------------------------------------------------------------------------------


def test_what_slack_sends_twice_is_kept_once(store: Store) -> None:
    assert store.receive(asked("a"), "one")
    assert not store.receive(asked("a"), "one")
    assert not store.receive(asked("a"), "two")
    assert store.unanswered("one") == [asked("a")]


def test_of_many_threads_that_receive_the_same_only_one_is_first(store: Store) -> None:
    def receive(number: int) -> bool:
        return store.receive(asked(f"item {number % 10}"), "one")

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(receive, range(80)))
    assert answers.count(True) == 10
    assert len(store.unanswered("one")) == 10


def test_the_unanswered_come_oldest_first_and_go_when_finished(store: Store) -> None:
    late, early = asked("1", at=AT + timedelta(seconds=1)), asked("2", at=AT)
    store.receive(late, "one")
    store.receive(early, "one")
    assert store.unanswered("one") == [early, late]
    with store.change() as change:
        change.finish("2")
    assert store.unanswered("one") == [late]
    assert not store.receive(early, "one")


def test_a_press_of_a_button_is_kept_with_all_it_says(store: Store) -> None:
    said = asked("p")
    pressed = Pressed(
        id="p",
        at=AT,
        person=said.person,
        place=said.place,
        verb=Verb.APPROVE,
        subject="run",
        seal="abc",
        url="https://x",
    )
    store.receive(pressed, "one")
    assert store.unanswered("one") == [pressed]


def test_what_a_dead_process_left_is_adopted_once(store: Store) -> None:
    def adopt(heir: str) -> list[Inbound]:
        return store.adopt(heir, {"dead", "also dead"})

    for number in range(20):
        store.receive(asked(f"{number:02}"), "dead")
    store.receive(asked("mine"), "alive")
    with ThreadPoolExecutor(4) as pool:
        adopted = list(pool.map(adopt, ["a", "b", "c", "d"]))
    assert sorted(item.id for items in adopted for item in items) == [f"{number:02}" for number in range(20)]
    assert store.unanswered("dead") == []
    assert store.adopt("a", set()) == []
    assert len(store.unanswered("alive")) == 1


def test_adopting_from_oneself_gives_nothing(store: Store) -> None:
    store.receive(asked("x"), "one")
    assert store.adopt("one", {"one"}) == []


@pytest.mark.parametrize("text", ["\x00", HOSTILE], ids=["nul", "everything"])
def test_hostile_texts_come_back_letter_by_letter(store: Store, text: str) -> None:
    item, plan = asked("x", text), approval("p").model_copy(update={"text": text, "requester": text})
    store.receive(item, "one")
    with store.change() as change:
        change.add_approval(plan)
        change.put_notice(post("n", text=text))
        change.put_alert(Alert(database=text, metric="m", since=AT, incident=text))
        change.record(text, text, text, {text: [text]})
    assert store.unanswered("one") == [item]
    assert store.approval("p") == plan
    assert store.notice("n") == post("n", text=text)
    assert store.incident(text) == store.alerts(text)[0]
    assert store.audit()[0].body == {text: [text]}
    assert store.verify_audit().holds


def test_ids_with_nul_and_half_a_character_do_not_break_the_store(store: Store) -> None:
    with store.change() as change:
        change.record("a\x00b", "\ud800", "x", {"broken": "\udfff"})
        change.finish("\x00")
    assert store.approval("\x00\ud800") is None
    assert store.audit()[0].actor == "a\N{SYMBOL FOR NULL}b"
    assert store.verify_audit().holds


# --- approvals ----------------------------------------------------------------------------------------------------------------------


def test_a_new_approval_has_all_its_steps_waiting_in_order(store: Store) -> None:
    with store.change() as change:
        assert change.add_approval(approval("a")) is None
    assert store.approval("a") == approval("a")
    assert store.steps("a") == [StepRecord(approval="a", number=0), StepRecord(approval="a", number=1)]


def test_a_second_plan_of_the_same_kind_is_told_which_one_is_in_the_way(store: Store) -> None:
    with store.change() as change:
        assert change.add_approval(approval("a")) is None
        assert change.add_approval(approval("b")) == "a"
        assert change.add_approval(approval("c", command="reindex")) is None
        assert change.add_approval(approval("d", database="other")) is None
        assert change.add_approval(approval("a", command="analyze")) == "a"
    assert store.approval("b") is None
    assert store.steps("b") == []


def test_a_closed_plan_is_in_nobodys_way(store: Store) -> None:
    with store.change() as change:
        change.add_approval(approval("a"))
        assert change.swap_approval({State.ASKED}, approval("a").model_copy(update={"state": State.DENIED}))
        assert change.add_approval(approval("b")) is None


def test_of_many_threads_that_ask_for_the_same_one_gets_it(store: Store) -> None:
    def ask(number: int) -> str | None:
        with store.change() as change:
            return change.add_approval(approval(f"a{number}"))

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, range(THREADS)))
    (winner,) = [number for number, answer in enumerate(answers) if answer is None]
    assert {answer for answer in answers if answer} == {f"a{winner}"}


def test_of_sixteen_clicks_on_one_card_exactly_one_wins(store: Store) -> None:
    with store.change() as change:
        change.add_approval(approval("a"))

    def click(number: int) -> bool:
        state = State.APPROVED if number % 2 else State.DENIED
        decided = approval("a").model_copy(update={"state": state, "decider": f"U{number}"})
        with store.change() as change:
            return change.swap_approval({State.ASKED}, decided)

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(click, range(THREADS)))
    assert answers.count(True) == 1
    found = store.approval("a")
    assert found
    assert found.decider == f"U{answers.index(True)}"


def test_a_smaller_plan_takes_the_place_of_one_that_waits_and_who_decides_about_the_old_one_is_too_late(
    store: Store,
) -> None:
    waiting = approval("a").model_copy(update={"plan": plan("first", "second").model_copy(update={"pick": True})})
    optional = waiting.plan.model_copy(
        update={"steps": tuple(step.model_copy(update={"required": False}) for step in waiting.plan.steps)}
    )
    waiting = waiting.model_copy(update={"plan": optional})
    smaller = without(waiting, {0}, "Ana")
    with store.change() as change:
        change.add_approval(waiting)
        assert change.replan(smaller)
        assert not change.replan(without(waiting, {1}, "Ben"))
        assert not change.swap_approval({State.ASKED}, waiting.model_copy(update={"state": State.APPROVED}))
        assert change.swap_approval({State.ASKED}, smaller.model_copy(update={"state": State.APPROVED}))
        assert not change.replan(without(smaller, (), "Ben"))
    assert [one.number for one in store.steps("a")] == [0]
    assert store.approvals()[0].plan.steps == waiting.plan.steps[1:]


def test_a_step_is_skipped_while_it_is_at_work_and_by_the_first_who_asks(store: Store) -> None:
    with store.change() as change:
        change.add_approval(approval("a"))
        assert not change.ask_skip("a", 0, "Ana")
        begun = StepRecord(approval="a", number=0, state=StepState.RUNNING)
        change.swap_step({StepState.WAITING}, begun)
        assert change.ask_skip("a", 0, "Ana")
        assert not change.ask_skip("a", 0, "Ben")
        change.swap_step({StepState.RUNNING}, begun.model_copy(update={"said": "half"}))
    assert [one.skip_asked_by for one in store.steps("a")] == ["Ana", ""]
    with store.change() as change:
        change.swap_step({StepState.RUNNING}, begun.model_copy(update={"state": StepState.UNKNOWN}))
        change.swap_step({StepState.UNKNOWN}, begun)
    assert store.steps("a")[0].skip_asked_by == ""


def test_a_resumed_plan_does_not_open_beside_a_younger_one(store: Store) -> None:
    interrupted = approval("a").model_copy(update={"state": State.INTERRUPTED})
    running = approval("a").model_copy(update={"state": State.RUNNING})
    with store.change() as change:
        change.add_approval(approval("a"))
        change.swap_approval({State.ASKED}, interrupted)
        change.add_approval(approval("b"))
        assert not change.swap_approval({State.INTERRUPTED}, running)
        change.swap_approval({State.ASKED}, approval("b").model_copy(update={"state": State.VOID}))
        assert change.swap_approval({State.INTERRUPTED}, running)


def test_a_process_that_lost_the_plan_cannot_end_it(store: Store) -> None:
    running = approval("a").model_copy(update={"state": State.RUNNING, "holder": "new"})
    ended = running.model_copy(update={"state": State.DONE, "holder": "old"})
    with store.change() as change:
        change.add_approval(running)
        assert not change.save_approval(running.model_copy(update={"holder": "old"}))
        assert not change.swap_approval({State.RUNNING}, ended, held_by="old")
        assert change.swap_approval({State.RUNNING}, running.model_copy(update={"state": State.DONE}), held_by="new")


def test_saving_keeps_the_body_only_while_the_state_is_the_same(store: Store) -> None:
    noted = approval("a").model_copy(update={"difference": ("pid 7",)})
    with store.change() as change:
        change.add_approval(approval("a"))
        assert change.save_approval(noted)
        assert not change.save_approval(noted.model_copy(update={"state": State.DONE}))
    assert store.approval("a") == noted


def test_a_wish_to_stop_survives_the_runner_that_had_read_before(store: Store) -> None:
    running = approval("a").model_copy(update={"state": State.RUNNING, "holder": "one"})
    with store.change() as change:
        assert not change.ask_stop("a", "U1")
        change.add_approval(approval("a"))
        assert not change.ask_stop("a", "U1")
        change.swap_approval({State.ASKED}, running)
        assert change.ask_stop("a", "U2")
        assert not change.ask_stop("a", "U3")
        assert change.save_approval(running)
        assert change.swap_approval({State.RUNNING}, running.model_copy(update={"state": State.STOPPED}))
    found = store.approval("a")
    assert found
    assert found.stop_asked_by == "U2"


def test_a_resumed_plan_is_not_stopped_by_an_old_wish(store: Store) -> None:
    running = approval("a").model_copy(update={"state": State.RUNNING})
    with store.change() as change:
        change.add_approval(running)
        change.ask_stop("a", "U2")
        change.swap_approval({State.RUNNING}, running.model_copy(update={"state": State.INTERRUPTED}))
        change.swap_approval({State.INTERRUPTED}, running)
    assert store.approval("a") == running


def test_a_step_is_swapped_once(store: Store) -> None:
    begun = StepRecord(approval="a", number=1, state=StepState.RUNNING, started_at=AT)
    with store.change() as change:
        change.add_approval(approval("a"))
        assert change.swap_step({StepState.WAITING}, begun)
        assert not change.swap_step({StepState.WAITING}, begun)
        assert not change.swap_step({StepState.WAITING}, StepRecord(approval="a", number=9, state=StepState.RUNNING))
    assert store.steps("a")[1] == begun


def test_durations_are_of_successful_steps_newest_first(store: Store) -> None:
    for day, state in enumerate([StepState.DONE, StepState.FAILED, StepState.DONE, StepState.DONE]):
        at = AT + timedelta(days=day)
        ended = at + timedelta(seconds=day + 0.5)
        record = StepRecord(approval=f"a{day}", number=0, state=state, started_at=at, ended_at=ended)
        with store.change() as change:
            change.add_approval(approval(f"a{day}", command=f"c{day}", at=at))
            change.swap_step({StepState.WAITING}, record)
    assert store.durations("main", ["first", "second", "unknown"]) == {"first": (3.5, 2.5, 0.5)}
    assert store.durations("main", ["first"], last=2) == {"first": (3.5, 2.5)}
    assert store.durations("other", ["first"]) == {}
    assert store.durations("main", []) == {}
    assert store.last_done("main", ["first", "second"]) == {"first": AT + timedelta(days=3, seconds=3.5)}
    assert store.last_done("other", ["first"]) == {}


def test_approvals_come_newest_first_and_can_be_chosen(store: Store) -> None:
    with store.change() as change:
        for number in range(5):
            change.add_approval(approval(f"a{number}", command=f"c{number}", at=AT + timedelta(minutes=number)))
        change.add_approval(approval("elsewhere", database="other", at=AT - timedelta(days=1)))
        change.swap_approval({State.ASKED}, approval("a1", command="c1").model_copy(update={"state": State.DONE}))
    assert [one.id for one in store.approvals(limit=2)] == ["a4", "a3"]
    assert [one.id for one in store.approvals({State.DONE})] == ["a1"]
    assert [one.id for one in store.approvals(database="other")] == ["elsewhere"]
    assert len(store.approvals()) == 6
    assert store.approvals(set()) == []


def test_overdue_is_what_was_asked_and_has_ended_by_the_stores_clock(store: Store) -> None:
    now = store.now()
    with store.change() as change:
        change.add_approval(approval("old", command="a", at=now - timedelta(hours=1)))
        change.add_approval(approval("new", command="b", at=now))
        decided = approval("done", command="c", at=now - timedelta(hours=1))
        change.add_approval(decided.model_copy(update={"state": State.APPROVED}))
    assert [one.id for one in store.overdue()] == ["old"]


# --- alerts and samples -------------------------------------------------------------------------------------------------------------


def test_an_old_incident_is_still_known_after_the_metric_had_another(store: Store) -> None:
    first = Alert(database="main", metric="lag", level=Level.PAGE, since=AT, incident="i1")
    second = Alert(database="main", metric="lag", level=Level.ALERT, since=AT, incident="i2")
    with store.change() as change:
        change.put_alert(first)
        change.put_alert(second)
        change.put_alert(Alert(database="other", metric="lag", since=AT))
    assert store.incident("i1") == first
    assert store.incident("i2") == second
    assert store.incident("i3") is None
    assert store.alerts("main") == [second]
    assert len(store.alerts()) == 2


def test_samples_come_oldest_first_and_the_newest_when_there_are_too_many(store: Store) -> None:
    with store.change() as change:
        change.put_samples("main", [measurement(second, second) for second in (3, 1, 2)])
        change.put_samples("main", [measurement(2, 99), measurement(0, name="tps")])
    assert store.samples("main", "lag", AT) == [measurement(second, second) for second in (1, 2, 3)]
    assert store.samples("main", "lag", AT + timedelta(seconds=2), limit=1) == [measurement(3, 3)]
    assert store.samples("other", "lag", AT) == []


def test_the_last_sample_is_the_newest_and_outlives_pruning(store: Store) -> None:
    with store.change() as change:
        change.put_samples("main", [measurement(5, 5), measurement(4, 4), measurement(1, name="tps")])
    assert store.thin(AT + timedelta(days=1), timedelta(0)) == 3
    assert store.samples("main", "lag", AT) == []
    assert store.last_samples("main") == [measurement(5, 5), measurement(1, name="tps")]


def test_odd_numbers_and_missing_values_come_back(store: Store) -> None:
    missing = Measurement(name="a", measured=Missing(reason="no right"), level=Level.NO_DATA, at=AT)
    with store.change() as change:
        change.put_samples(
            "main", [missing, measurement(1, math.inf), measurement(2, math.nan), measurement(3, 1e-300)]
        )
    assert store.samples("main", "a", AT) == [missing]
    found = [sample.measured for sample in store.samples("main", "lag", AT)]
    assert [str(one.value) for one in found if isinstance(one, Value)] == ["inf", "nan", "1e-300"]


# --- changes ------------------------------------------------------------------------------------------------------------------------


def test_an_error_inside_a_change_takes_everything_back(store: Store) -> None:
    def fails(change: Change) -> None:
        change.add_approval(approval("a"))
        change.put_notice(post("n"))
        change.record("U1", "asked", "a", {})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.change() as change:
        fails(change)
    assert store.approval("a") is None
    assert store.unsent() == 0
    assert store.audit() == []
    with store.change() as change:
        change.record("U1", "asked", "a", {})
    assert store.verify_audit().checked == 1


def test_nobody_sees_half_a_change(store: Store) -> None:
    with store.change() as change:
        change.add_approval(approval("a"))
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(store.approval, "a").result(timeout=5) is None
    assert store.approval("a")


def test_a_change_inside_a_change_is_a_mistake_and_said_at_once(store: Store) -> None:
    with store.change(), pytest.raises(RuntimeError, match="inside a change"), store.change():
        pass
    with store.change() as change:
        change.record("U1", "goes on", "", {})


def test_the_clock_stands_still_inside_a_change_and_never_goes_back(store: Store) -> None:
    before = store.now()
    with store.change() as change:
        assert before <= change.now() == change.now()
        assert change.now().utcoffset() == timedelta(0)
    assert change.now() <= store.now()


def test_thirty_threads_read_and_write_at_once(store: Store) -> None:
    def work(number: int) -> bool:
        item = asked(uuid.uuid4().hex)
        store.receive(item, f"h{number}")
        with store.change() as change:
            change.put_notice(post(item.id))
            change.record("U1", "said", item.id, {})
            change.finish(item.id)
        return store.notice(item.id) is not None and store.unanswered(f"h{number}") == []

    with ThreadPoolExecutor(30) as pool:
        assert all(pool.map(work, range(90)))
    assert store.verify_audit().checked == 90
    assert store.unsent() == 90


def test_what_was_kept_is_there_after_opening_again(store: Store, store_url: str) -> None:
    with store.change() as change:
        change.add_approval(approval("a"))
    store.close()
    again = Store.open(store_url)
    assert again.approval("a") == approval("a")
    again.close()


def test_pruning_forgets_what_is_settled_and_nothing_else(store: Store) -> None:
    store.receive(asked("answered"), "one")
    store.receive(asked("open"), "one")
    with store.change() as change:
        change.finish("answered")
        change.put_notice(post("sent"))
        change.put_notice(post("unsent"))
        change.sent("sent")
        change.add_approval(approval("a"))
        change.record("U1", "asked", "a", {})
    assert store.prune(store.now() - timedelta(minutes=1)) == 0
    assert store.prune(store.now() + timedelta(minutes=1)) == 2
    assert [item.id for item in store.unanswered("one")] == ["open"]
    assert store.unsent() == 1
    assert store.approval("a")
    assert store.verify_audit().checked == 1


def test_an_address_of_another_kind_is_bad_input() -> None:
    with pytest.raises(BadInput, match="must begin with sqlite:/// or postgresql://"):
        Store.open("mysql://root:secret@localhost/x")
