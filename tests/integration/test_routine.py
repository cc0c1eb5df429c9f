"""Recurring jobs on both stores: every time runs exactly once, and what became of it is kept."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import JsonValue
from store_fixture import plan as a_plan

from bot.approval import Approval, State, StepRecord, StepState
from bot.chat import Post, Profile
from bot.command import Command, PauseJob, Plan, Probe, ResumeJob, Risk, Row
from bot.errors import BadInput, DatabaseDown
from bot.orders import Orders
from bot.policy import Policy
from bot.report import Level, Report, Verdict
from bot.rota import Rota
from bot.routine import Routine
from bot.sql import Statement
from bot.store import Fence, Store
from bot.telling import Telling
from bot.tidings import news_of
from bot.timetable import Job

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
COMMAND = Command(name="refresh", help="", runbook="", risk=Risk.MEND, plan=lambda sources, args: a_plan())  # noqa: ARG005
VIEWS = Job(database="main", name="views", command="refresh stale", every_seconds=1800)
FRESH = Report(title="Refresh", verdict=Verdict(level=Level.OK, text="No view is stale"))
ANA = Profile(id="U1", name="Ana")


@dataclass
class Shop:
    """One process of Scout with its jobs; `answer` is what the command says now."""

    store: Store
    answer: Plan | Report | Exception = FRESH
    job: Job = VIEWS
    holder: str = "one"
    begun: list[str] = field(default_factory=list[str])
    command: Command = COMMAND
    asked: int = 0

    def tick(self, minutes: float) -> None:
        """Look so many minutes after noon."""
        self.routine.tick(NOON + timedelta(minutes=minutes), self.fences())

    def fences(self) -> dict[str, Fence]:
        return dict(self.store.share(self.holder, ["main"], 60))

    @property
    def rota(self) -> Rota:
        return Rota(self.store, {"main": (self.job,)})

    @property
    def routine(self) -> Routine:
        return Routine(
            self.store, self.rota, self.plan, self.begun.append, "C1", 900, lambda plan: plan.approvers, self.keeps
        )

    def plan(self, text: str, database: str, at: datetime) -> tuple[Report | Plan, Command]:
        assert (text, database, at.tzinfo) == (self.job.command, "main", UTC)
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer, self.command

    def keeps(self, command: Command, database: str) -> list[dict[str, JsonValue]]:
        return [{"command": command.name, "database": database}]

    def runs(self) -> list[str]:
        """The runs, oldest first: when, what became of it, and what was said."""
        return [f"{one.slot:%H:%M} {one.state.value} {one.said}".strip() for one in self.store.job_runs("main")][::-1]

    def end(self, state: State, said: str) -> None:
        """Let what is open end as a run does."""
        (one,) = self.store.approvals({State.ASKED, State.APPROVED})
        outcome = one.outcome.model_copy(update={"said": said})
        ended = one.model_copy(update={"state": state, "ended_at": self.store.now(), "outcome": outcome})
        with self.store.change() as change:
            assert change.swap_approval({one.state}, ended)


def known(shop: Shop) -> Shop:
    """A job counts from when it is seen first."""
    shop.tick(-10)
    return shop


def test_a_plan_that_nobody_notices_is_confirmed_by_the_schedule_and_told_in_the_audit(store: Store) -> None:
    shop = known(Shop(store, a_plan("refresh a")))
    shop.tick(0)
    shop.tick(0.1)
    (approval,) = store.approvals()
    assert (approval.state, approval.requester, approval.decider) == (State.APPROVED, "the schedule", "the schedule")
    assert (approval.text, approval.job, approval.is_quiet) == ("refresh stale on main", "views", True)
    assert shop.begun == [approval.id]
    assert [(row.actor, row.action) for row in store.audit_of(approval.id)] == [
        ("the schedule", "asked"),
        ("the schedule", "approved"),
    ]
    assert store.unsent() == 0
    assert shop.runs() == ["12:00 under way"]


def test_what_became_of_the_plan_is_kept_as_the_jobs_result(store: Store) -> None:
    shop = known(Shop(store, a_plan("refresh a")))
    shop.tick(0)
    shop.end(State.DONE, "1 of 1 steps done and verified.")
    shop.tick(1)
    assert shop.runs() == ["12:00 done 1 of 1 steps done and verified."]


def test_a_job_of_which_one_step_failed_has_failed_though_the_others_were_done(store: Store) -> None:
    shop = known(Shop(store, a_plan("refresh a")))
    shop.tick(0)
    (approval,) = store.approvals()
    with store.change() as change:
        change.swap_step({StepState.WAITING}, StepRecord(approval=approval.id, number=0, state=StepState.FAILED))
    shop.end(State.DONE, "6 of 7 steps done and verified; failed: Refresh a.")
    shop.tick(1)
    assert shop.runs() == ["12:00 failed 6 of 7 steps done and verified; failed: Refresh a."]


def test_what_went_silently_stands_in_no_history_and_is_forgotten_some_day(store: Store) -> None:
    shop = known(Shop(store, a_plan("refresh a")))
    shop.tick(0)
    assert len(store.approvals(loud=True)) == 1
    shop.end(State.DONE, "1 of 1 steps done and verified.")
    assert (len(store.approvals()), store.approvals(loud=True)) == (1, [])
    shop.tick(30)
    shop.end(State.FAILED, "0 of 1 steps done.")
    store.prune(store.now() + timedelta(days=1))
    assert [one.state for one in store.approvals()] == [State.FAILED]


def test_nobody_is_told_directly_of_what_a_schedule_did(store: Store) -> None:
    shop = known(Shop(store, a_plan("refresh a")))
    shop.tick(0)
    (approval,) = store.approvals()
    assert news_of(approval.model_copy(update={"state": State.DONE}), NOON) == []


def test_having_nothing_to_do_is_a_result_too(store: Store) -> None:
    shop = known(Shop(store))
    shop.tick(0)
    shop.tick(30)
    assert shop.runs() == ["12:00 nothing to do No view is stale", "12:30 nothing to do No view is stale"]
    assert store.approvals() == []


def test_two_replicas_and_a_restart_run_each_time_once(store: Store) -> None:
    one, two = known(Shop(store, a_plan("refresh a"))), Shop(store, a_plan("refresh a"), holder="two")
    stale = one.fences()
    one.tick(0)
    store.let_go("one")
    two.tick(0)
    one.routine.tick(NOON + timedelta(minutes=30), stale)
    assert len(store.approvals()) == 1
    assert one.runs() == ["12:00 under way"]
    Shop(store, a_plan("refresh a"), holder="two").tick(0.2)
    assert one.begun + two.begun == [store.approvals()[0].id]


def test_a_plan_like_it_that_is_open_already_is_left_to_its_asker(store: Store) -> None:
    shop = known(Shop(store, a_plan("refresh a")))
    at = store.now()
    mine = Approval(
        id="a1", text="refresh all", command="refresh", database="main", plan=a_plan("x"), seal="s", requester="U1",
        requester_name="Ana", channel="C1", asked_at=at, expires_at=at,
    )  # fmt: skip
    with store.change() as change:
        change.add_approval(mine)
    shop.tick(0)
    assert shop.runs() == ["12:00 skipped Left out: 'refresh all' is asked (asked by Ana)."]
    assert shop.begun == []


def test_what_can_stop_somebody_is_put_before_people_and_nobody_deciding_is_a_miss(store: Store) -> None:
    plan = a_plan("rewrite").model_copy(update={"risk": Risk.DISRUPT})
    shop = known(Shop(store, plan))
    shop.tick(0)
    (approval,) = store.approvals()
    assert (approval.state, approval.is_quiet, approval.decider) == (State.ASKED, False, "")
    assert store.unsent() == 1
    assert shop.begun == []
    shop.end(State.EXPIRED, "")
    shop.tick(1)
    assert shop.runs() == ["12:00 missed Nobody decided in time."]


def test_what_a_command_refuses_fails_the_job_until_it_goes_well(store: Store) -> None:
    shop = known(Shop(store, BadInput("There is no view.")))
    shop.tick(0)
    assert [one.failing for one in shop.rota.failing("main", NOON)] == ["There is no view."]
    shop.answer = FRESH
    shop.tick(30)
    assert shop.rota.failing("main", NOON) == []


def test_a_database_that_is_down_is_tried_again_before_the_job_fails(store: Store) -> None:
    shop = known(Shop(store, DatabaseDown("It does not answer.")))
    shop.tick(0)
    shop.tick(14)
    assert (shop.asked, shop.runs()) == (2, [])
    shop.tick(16)
    assert shop.runs() == ["12:00 failed It does not answer."]
    shop.tick(17)
    assert shop.asked == 3


def test_an_answer_that_something_is_wrong_is_no_success(store: Store) -> None:
    full = Verdict(level=Level.ALERT, text="No partition can be added: rows are in the way")
    shop = known(Shop(store, Report(title="Partitions", verdict=full)))
    shop.tick(0)
    assert shop.runs() == ["12:00 failed No partition can be added: rows are in the way"]


def test_what_hits_a_bug_fails_with_a_reference_and_the_others_go_on(store: Store) -> None:
    shop = known(Shop(store, ZeroDivisionError("secret")))
    shop.tick(0)
    (said,) = shop.runs()
    assert "reference" in said
    assert "secret" not in said


def test_a_time_that_nobody_came_to_is_missed_and_audited(store: Store) -> None:
    nightly = Job(database="main", name="views", command="refresh stale", cron="0 2 * * *")
    shop = known(Shop(store, job=nightly))
    shop.tick(24 * 60)
    assert shop.runs() == ["02:00 missed Nobody began it within 60 min of its time: Scout or the database was down."]
    assert [row.action for row in store.audit_of("main.views")] == ["job missed"]


def test_another_time_in_the_settings_misses_nothing(store: Store) -> None:
    known(Shop(store)).tick(0)
    other = Shop(store, job=Job(database="main", name="views", command="refresh stale", cron="0 10 * * *"))
    other.tick(1)
    other.tick(2)
    assert other.runs() == ["12:00 nothing to do No view is stale"]


def test_a_clock_that_was_ahead_holds_up_no_job_when_it_is_put_back(store: Store) -> None:
    shop = known(Shop(store))
    shop.tick(6000)
    shop.tick(30)
    shop.tick(60)
    assert shop.runs()[:2] == ["12:30 nothing to do No view is stale", "13:00 nothing to do No view is stale"]


def test_a_job_that_a_clock_which_was_ahead_began_to_count_counts_again(store: Store) -> None:
    shop = Shop(store)
    shop.tick(6000)
    shop.tick(10)
    shop.tick(30)
    assert shop.runs() == ["12:30 nothing to do No view is stale"]


def test_a_paused_job_waits_until_it_is_resumed(store: Store) -> None:
    shop = known(Shop(store))
    orders = Orders(Policy(operators=frozenset({"U1"})), store, Telling(lambda database, name: None))  # noqa: ARG005 - nothing burns here
    with store.change() as change:
        said = orders.carry_out(change, PauseJob(database="main", job="views", why="moving"), ANA)
    assert said.verdict.text == "Paused until somebody resumes it: the job views on main. What runs now goes on."
    shop.tick(0)
    assert shop.runs() == []
    (duty,) = shop.rota.duties("main", NOON)
    assert (duty.paused_by, duty.paused_why, duty.next_at) == ("Ana", "moving", None)
    with store.change() as change:
        orders.carry_out(change, ResumeJob(database="main", job="views"), ANA)
    (duty,) = shop.rota.duties("main", NOON)
    assert duty.paused_by == ""


def test_old_runs_are_forgotten_but_not_the_last(store: Store) -> None:
    shop = known(Shop(store))
    for half_hours in range(3):
        shop.tick(30 * half_hours)
    store.prune(store.now() + timedelta(days=1))
    assert shop.runs() == ["13:00 nothing to do No view is stale"]


MORNING = Job(
    database="main", name="morning", command="morning", cron="30 2 * * *", zone="Europe/Berlin", channel="C9",
    grace_seconds=4 * 3600,
)  # fmt: skip
SIZES = Command(
    name="morning", help="", runbook="", risk=Risk.LOOK, plan=lambda sources, args: FRESH, keeps=Probe("sizes", Statement("s", "select 1"), Row),  # noqa: ARG005
)  # fmt: skip


@pytest.mark.parametrize("day", ["2026-10-25", "2026-03-29", "2026-05-01"])
def test_a_report_is_told_once_a_day_over_replicas_restarts_and_changes_of_the_clock(store: Store, day: str) -> None:
    begin = datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=UTC) - timedelta(hours=1)
    one = Shop(store, job=MORNING, command=SIZES)
    two = Shop(store, job=MORNING, command=SIZES, holder="two")
    one.routine.tick(begin, one.fences())
    store.let_go("one")
    for quarter in range(92):
        two.routine.tick(begin + timedelta(minutes=15 * quarter), two.fences())
        Shop(store, job=MORNING, command=SIZES, holder="two").routine.tick(
            begin + timedelta(minutes=15 * quarter), two.fences()
        )
    posts = [one.message for one in store.claim_notices("sender")]
    assert [(one.channel, one.report) for one in posts if isinstance(one, Post)] == [("C9", FRESH)]
    assert [one.state.value for one in store.job_runs("main")] == ["done"]
    kept = store.keepsake("main", "sizes")
    assert kept is not None
    assert kept.rows == ({"command": "morning", "database": "main"},)
