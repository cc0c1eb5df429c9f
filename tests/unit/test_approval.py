"""What people approve, and what voids it."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.approval import Approval, State, difference, expiry, seal, still_needed, unticked
from bot.approval import without as smaller
from bot.command import Check, Plan, Pooler, Program, Risk, Session, Sql, Step
from bot.errors import BadInput

AT = datetime(2026, 3, 1, tzinfo=UTC)
VICTIM = Session(pid=4711, role="scout_app", state="idle in transaction", age_s=320, doing="update orders set x = $1")


def end(session: Session) -> Step:
    statement = f"select pg_terminate_backend({session.pid}) -- guarded by backend_start"
    return Step(
        title=f"End pid {session.pid}", do=Sql(statement=statement), locks="none", timeout_s=10, hits=(session,)
    )


FIRST = end(VICTIM)
SECOND = end(VICTIM.model_copy(update={"pid": 4712}))
VACUUM = Step(
    title="Vacuum orders", do=Sql(statement="vacuum scout.orders"), locks="SHARE UPDATE EXCLUSIVE", timeout_s=600
)
PLAN = Plan(
    summary="Emergency: 2 sessions", risk=Risk.DISRUPT, steps=(FIRST, SECOND, VACUUM), spared=(VICTIM,),
    notes=("No pooler.",), evidence=("active",),
)  # fmt: skip


def without(plan: Plan, *steps: Step) -> Plan:
    return plan.model_copy(update={"steps": tuple(step for step in plan.steps if step not in steps)})


def with_step(step: Step) -> Plan:
    return PLAN.model_copy(update={"steps": (*PLAN.steps[:-1], step)})


def test_the_seal_is_the_same_for_the_same_plan_read_back_from_the_store() -> None:
    assert seal(Plan.model_validate_json(PLAN.model_dump_json())) == seal(PLAN)
    assert len(seal(PLAN)) == 64


@pytest.mark.parametrize(
    "changed",
    [
        PLAN.model_copy(update={"summary": "Emergency: 1 session"}),
        PLAN.model_copy(update={"risk": Risk.MEND}),
        PLAN.model_copy(update={"spared": ()}),
        PLAN.model_copy(update={"notes": ()}),
        PLAN.model_copy(update={"evidence": ()}),
        PLAN.model_copy(update={"steps": (SECOND, FIRST, VACUUM)}),
        without(PLAN, SECOND),
        with_step(VACUUM.model_copy(update={"title": "Vacuum"})),
        with_step(VACUUM.model_copy(update={"do": Sql(statement="vacuum full scout.orders")})),
        with_step(VACUUM.model_copy(update={"do": Program(argv=("vacuumdb",))})),
        with_step(VACUUM.model_copy(update={"do": Pooler.about("RECONNECT", "scout")})),
        with_step(VACUUM.model_copy(update={"locks": "ACCESS EXCLUSIVE"})),
        with_step(VACUUM.model_copy(update={"timeout_s": 601})),
        with_step(VACUUM.model_copy(update={"lock_timeout_s": 6})),
        with_step(VACUUM.model_copy(update={"required": False})),
        with_step(VACUUM.model_copy(update={"retries": 1})),
        with_step(VACUUM.model_copy(update={"hits": (VICTIM,)})),
        with_step(VACUUM.model_copy(update={"check": Check(statement="select true as ok, '' as found")})),
    ],
)
def test_the_seal_changes_with_anything_that_is_shown(changed: Plan) -> None:
    assert seal(changed) != seal(PLAN)


def test_the_same_plan_made_again_differs_in_nothing() -> None:
    assert difference(PLAN, PLAN) == ()
    assert still_needed(PLAN, PLAN) == (True, True, True)


def test_a_victim_that_has_gone_voids_nothing_and_is_left_out() -> None:
    now = without(PLAN, FIRST)
    assert difference(PLAN, now) == ()
    assert still_needed(PLAN, now) == (False, True, True)


def test_a_new_victim_is_found_and_named() -> None:
    fresh = VICTIM.model_copy(update={"pid": 5000, "role": "etl", "state": "active"})
    now = PLAN.model_copy(update={"steps": (end(fresh), *PLAN.steps)})
    assert difference(PLAN, now) == ("End pid 5000: pid 5000 (etl, active)",)


def test_the_same_number_for_another_session_is_another_victim() -> None:
    other = FIRST.model_copy(update={"do": Sql(statement="select pg_terminate_backend(4711) -- a later backend_start")})
    assert difference(PLAN, without(PLAN, FIRST).model_copy(update={"steps": (other, VACUUM)})) == (
        "End pid 4711: pid 4711 (scout_app, idle in transaction)",
    )


@pytest.mark.parametrize(
    "changed",
    [
        VACUUM.model_copy(update={"do": Sql(statement="vacuum full scout.orders")}),
        VACUUM.model_copy(update={"timeout_s": 6000}),
        VACUUM.model_copy(update={"title": "Vacuum everything"}),
    ],
)
def test_a_step_that_does_something_else_is_a_difference(changed: Step) -> None:
    assert difference(PLAN, with_step(changed)) == (changed.title,)
    assert still_needed(PLAN, with_step(changed)) == (True, True, False)


def test_one_more_step_that_may_fail_and_strikes_nobody_voids_nothing() -> None:
    tidy = VACUUM.model_copy(update={"title": "Delete expired rows", "required": False})
    assert difference(PLAN, PLAN.model_copy(update={"steps": (*PLAN.steps, tidy)})) == ()


def test_another_form_of_what_is_done_already_is_no_difference_and_is_not_done_again() -> None:
    after = with_step(VACUUM.model_copy(update={"do": Sql(statement="vacuum scout.orders_new")}))
    assert difference(PLAN, after) == ("Vacuum orders",)
    assert difference(PLAN, after, done={"Vacuum orders"}) == ()
    assert still_needed(PLAN, after) == (True, True, False)


def test_an_optional_step_that_does_something_else_is_a_difference() -> None:
    other = VACUUM.model_copy(update={"do": Sql(statement="vacuum full scout.orders"), "required": False})
    assert difference(PLAN, with_step(other)) == ("Vacuum orders",)


def test_a_victim_that_grew_older_is_the_same_victim() -> None:
    older = FIRST.model_copy(update={"hits": (VICTIM.model_copy(update={"age_s": 380, "state": "active"}),)})
    now = PLAN.model_copy(update={"steps": (older, SECOND, VACUUM)})
    assert difference(PLAN, now) == ()
    assert seal(now) != seal(PLAN)


def test_an_approval_ends_so_many_seconds_after_it_was_asked_for() -> None:
    asked = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    assert expiry(asked, 900) == asked + timedelta(minutes=15)


def test_what_is_open_keeps_others_like_it_waiting() -> None:
    assert {state for state in State if state.is_open} == {State.ASKED, State.APPROVED, State.RUNNING}


CHOICE = tuple(VACUUM.model_copy(update={"title": f"Step {number}", "required": number == 3}) for number in range(23))
WAITING = Approval(
    id="a1", text="fix", command="fix", database="main", seal="5", requester="U1", channel="C1", asked_at=AT, expires_at=AT,
    plan=PLAN.model_copy(update={"steps": CHOICE, "pick": True}),
)  # fmt: skip


def test_steps_are_left_out_under_another_seal_and_taken_in_again() -> None:
    left = smaller(WAITING, {1, 3, 99}, "Ana")  # the fourth is required
    assert [step.title for step in left.plan.steps][:3] == ["Step 0", "Step 2", "Step 3"]
    assert left.seal == seal(left.plan) != WAITING.seal
    assert (left.left_out, left.left_out_by, left.revision) == ((1,), "Ana", 1)
    again = smaller(left, (), "Ben")
    assert again.plan == WAITING.plan
    assert again.revision == 2


def test_what_was_left_out_does_not_void_the_rest_when_the_plan_is_made_again() -> None:
    struck = PLAN.model_copy(
        update={"pick": True, "steps": tuple(step.model_copy(update={"required": False}) for step in PLAN.steps)}
    )
    left = smaller(WAITING.model_copy(update={"plan": struck}), {0}, "Ana")
    assert difference(left.plan, struck) != ()
    assert difference(left.whole, struck) == ()


def test_boxes_come_in_tens_and_each_list_speaks_for_itself() -> None:
    left = smaller(WAITING, {0, 22}, "Ana")
    assert unticked(left, 0, ["0", "2"]) == {1, 4, 5, 6, 7, 8, 9, 10, 22}
    assert unticked(left, 2, ["21"]) == {0, 22}
    assert unticked(left, 2, ["21", "22"]) == {0}
    assert unticked(left, 7, []) == {0, 22}


def test_a_plan_of_nothing_is_none() -> None:
    optional = WAITING.plan.model_copy(update={"steps": CHOICE[:2]})
    with pytest.raises(BadInput, match="Nothing would be left"):
        smaller(WAITING.model_copy(update={"plan": optional}), {0, 1}, "Ana")


def test_what_follows_a_step_goes_with_it_and_has_no_box_of_its_own() -> None:
    build, confirm, other = (VACUUM.model_copy(update={"title": title, "required": False}) for title in "abc")
    steps = (build, confirm.model_copy(update={"follows": ("a",)}), other)
    waiting = WAITING.model_copy(update={"plan": WAITING.plan.model_copy(update={"steps": steps})})
    assert waiting.choices == (0, 2)
    assert [step.title for step in smaller(waiting, {0}, "Ana").plan.steps] == ["c"]
    assert smaller(waiting, {0}, "Ana").left_out == (0, 1)
    assert unticked(smaller(waiting, {0}, "Ana"), 0, ["0", "2"]) == {1}
    assert smaller(waiting, {1}, "Ana").plan.steps == steps
