"""A plan that was approved, and a process of Scout that runs it, with a real store, tools and journal."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from command_fixture import House

from bot.approval import Approval, State, StepRecord, StepState, seal
from bot.cache import Cache
from bot.command import Plan
from bot.pooler import Pooler
from bot.report import Level, Report, Verdict
from bot.runner import Runner, Tools
from bot.shell import run_program


@dataclass
class Conductor:
    """Approves plans and runs them; `text` is what was typed, `now` what the plan made again says."""

    house: House
    pooler: Pooler | None = None
    cache: Cache | None = None
    holder: str = "one"
    text: str = "it"
    now: Plan | Report | None = None
    threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def __post_init__(self) -> None:
        self.runner = self.another(self.holder)

    def another(self, holder: str) -> Runner:
        """Another process of Scout with the same store."""
        return Runner(
            store=self.house.store,
            holder=holder,
            tools={"scout": Tools(self.house.database, self.pooler, run_program, self.cache)},
            again=lambda approval, at: self.now or approval.plan,  # noqa: ARG005 - every runner asks the same way
            look=lambda text, database, at: Report(title=text, verdict=Verdict(level=Level.OK, text=database)),  # noqa: ARG005
            measure=lambda database: (),  # noqa: ARG005
        )

    def approved(self, plan: Plan, state: State = State.APPROVED) -> str:
        """A plan that people have approved."""
        at = datetime.now(UTC)
        approval = Approval(
            id=f"a{at.timestamp()}", text=self.text, command=self.text, database="scout", plan=plan, seal=seal(plan), requester="U1",
            channel="C1", asked_at=at, expires_at=at + timedelta(hours=1), decider="U2", decided_at=at, holder=self.holder,
        )  # fmt: skip
        with self.house.store.change() as change:
            assert change.add_approval(approval) is None
            assert change.swap_approval({State.ASKED}, approval.model_copy(update={"state": state}))
        return approval.id

    def left_at(self, plan: Plan, number: int = 0) -> str:
        """A run that a process left in the middle of a step, as a kill does."""
        approval = self.approved(plan, State.RUNNING)
        begun = StepRecord(approval=approval, number=number, state=StepState.RUNNING, started_at=datetime.now(UTC))
        with self.house.store.change() as change:
            assert change.swap_step({StepState.WAITING}, begun, held_by=self.holder)
        return approval

    def run(self, plan: Plan) -> Approval:
        """Run it to its end."""
        approval = self.approved(plan)
        self.runner.run(approval)
        return self.approval(approval)

    def begin(self, plan: Plan) -> str:
        """Let it run beside."""
        approval = self.approved(plan)
        self.threads.append(threading.Thread(target=self.runner.run, args=(approval,)))
        self.threads[-1].start()
        return approval

    def joined(self) -> None:
        """Wait until all that was begun is over."""
        for thread in self.threads:
            thread.join(30)
            assert not thread.is_alive()

    def approval(self, approval: str) -> Approval:
        """How it stands now."""
        found = self.house.store.approval(approval)
        assert found is not None
        return found

    def said(self, approval: str) -> Sequence[str]:
        """What each step said."""
        return [one.said for one in self.house.store.steps(approval)]
