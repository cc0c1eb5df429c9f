"""Who is freed when sessions end, and what a plan to end them says: pure."""

import pytest

from bot.command import Risk
from bot.report import Code, Level
from commands import cancel, terminate, unblock
from commands.ending import Target, behind, freed, who_is_freed
from commands.lock_queue import Waiting
from commands.unblock import Queues


def hide(text: str, query_id: int | None = None, limit: int = 200) -> str:
    return f"hidden {len(text)} {query_id}"[:limit]


def waiting(pid: int, *blocked_by: int, seconds: float = 9) -> Waiting:
    return Waiting(pid=pid, role="app", blocked_by=blocked_by, waited_s=seconds if blocked_by else None)


def target(pid: int = 1, state: str = "active", spared: str = "", holds_up: int = 0) -> Target:
    return Target(
        pid=pid,
        role="app",
        application="api",
        state=state,
        age_s=400,
        idle=state.startswith("idle"),
        holds_up=holds_up,
        query_id=None,
        query="select 'secret'",
        spared=spared,
        statement=f"strike {pid}",
        gone="select true, ''",
        ending=f"end {pid}",
        freed="select true, ''",
    )


CHAIN = [waiting(1), waiting(2, 1), waiting(3, 2), waiting(4, 2, 9), waiting(9)]
CIRCLE = [waiting(1, 2), waiting(2, 1)]
PREPARED = Waiting(pid=-1, role="pay", gid="x", state="prepared", database="shop", ending="rollback prepared 'x'")


@pytest.mark.parametrize(
    ("ended", "pids"),
    [({1}, [2, 3]), ({1, 9}, [2, 3, 4]), ({2}, [3]), ({9}, []), ({7}, []), (set[int](), [])],
)
def test_only_who_waits_for_nobody_else_is_freed(ended: set[int], pids: list[int]) -> None:
    assert [one.pid for one in freed(CHAIN, ended)] == pids


def test_everybody_behind_is_found_once_also_in_a_circle() -> None:
    assert [one.pid for one in behind(CHAIN, 1)] == [2, 3, 4]
    assert [one.pid for one in behind(CIRCLE, 1)] == [2]


def test_who_goes_on_and_who_does_not_is_said() -> None:
    assert who_is_freed(CHAIN, {1}) == [
        "Frees 2 sessions: 2 (app, has waited 9 s), 3 (app, has waited 9 s).",
        "1 session behind it will still wait, for others as well.",
    ]


def test_a_long_queue_is_counted() -> None:
    queue = [waiting(1), *(waiting(pid, 1) for pid in range(2, 1002))]
    assert who_is_freed(queue, {1})[0].endswith(" and 995 more.")


def test_texts_pass_the_redaction_door() -> None:
    plan = cancel.proposal(target(), [], hide)
    assert plan.steps[0].hits[0].doing == "hidden 15 None"
    assert plan.risk is Risk.DISRUPT
    assert plan.evidence == ("active", "blocked")


def test_a_session_at_work_is_cancelled_before_it_is_ended() -> None:
    first, second = terminate.proposal(target(), [], hide).steps
    assert [first.title, second.title] == ["Cancel pid 1 (app, api)", "End pid 1 (app, api) if it still runs"]
    assert [first.required, second.required] == [False, True]


@pytest.mark.parametrize("state", ["idle", "idle in transaction", "idle in transaction (aborted)"])
def test_an_idle_session_is_ended_at_once(state: str) -> None:
    (step,) = terminate.proposal(target(state=state), [], hide).steps
    assert step.title == "End pid 1 (app, api)"
    assert step.required


def test_a_head_that_is_spared_is_shown_beside_those_that_end() -> None:
    heads = [target(1, holds_up=2), target(9, spared="protected role", holds_up=1)]
    plan = unblock.proposal(Queues(CHAIN, heads, [PREPARED]), hide)
    assert [step.title for step in plan.steps] == ["Cancel pid 1 (app, api)"]
    assert [(one.pid, one.why) for one in plan.spared][:2] == [(9, "protected role"), (2, "only waits for pid 1")]
    assert "`rollback prepared 'x';` in the database shop, as pay or a superuser" in plan.notes[2]


def test_only_a_prepared_transaction_makes_an_answer_with_its_statement() -> None:
    answer = unblock.nothing(Queues([waiting(2, -1), PREPARED], [], [PREPARED]), 5)
    assert answer.verdict.level is Level.ALERT
    assert answer.verdict.text.startswith("Held up by whom I may not end: prepared 'x' (pay, prepared for ")
    assert [part.text for part in answer.parts if isinstance(part, Code)] == ["rollback prepared 'x';"]


def test_a_prepared_transaction_that_was_not_found_is_said_too() -> None:
    unknown = Waiting(pid=0, role="")
    answer = unblock.nothing(Queues([waiting(2, 0), unknown], [], [unknown]), 5)
    assert "it is in pg_prepared_xacts" in answer.notes[0]
