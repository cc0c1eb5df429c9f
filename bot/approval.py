"""A plan waiting for people, its states, and what voids it: pure."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from bot.command import Measurement, Plan, Risk, Sql, Step
from bot.errors import BadInput
from bot.report import Record, Report

REVIEW_WITHIN = timedelta(hours=24)
"""How soon somebody else has to have looked at what was approved by breaking the glass."""
IN_A_GROUP = 10
"""As many boxes as Slack takes in one list."""


class State(StrEnum):
    """asked ─▶ approved ─▶ running ─▶ done | failed | stopped | interrupted (─▶ running); asked ─▶ denied | expired | void."""

    ASKED = "asked"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    DENIED = "denied"
    EXPIRED = "expired"
    VOID = "void"

    @property
    def is_open(self) -> bool:
        """Whether people can still decide about it or it is under way: such a plan keeps others like it waiting."""
        return self in {State.ASKED, State.APPROVED, State.RUNNING}


class StepState(StrEnum):
    """What became of a step."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class StepRecord(Record):
    """The journal of one step: written before it starts and after it ends; `said` is what the check found, or how far it is.

    `skip_asked_by` is who wants the run to go on without it.
    """

    approval: str
    number: int
    state: StepState = StepState.WAITING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    said: str = ""
    skip_asked_by: str = ""


class Outcome(Record):
    """How it ended, the metrics before and after, and the answers kept as evidence."""

    said: str = ""
    before: tuple[Measurement, ...] = ()
    after: tuple[Measurement, ...] = ()
    evidence: tuple[Report, ...] = ()


class Decision(Record):
    """What one person said of a plan, when and why."""

    person: str
    name: str = ""
    at: datetime
    yes: bool
    reason: str = ""


class Approval(Record):
    """A plan with its request and its decisions; the card in the chat is drawn from this and its steps.

    `seal` is the SHA-256 of the plan that people see. `holder` is the process that runs it. `needed` distinct people have to
    approve it; `decider` is who had the last word, `decider_name` are the names of all that led to it.
    `own_allowed` is true where the settings let the requester of this very plan approve it. `job` is the recurring job that asked
    for it; empty when a person did.
    `review` is what somebody else said afterwards of one that was approved by breaking the glass; `called` are those who were called to it.
    `offered` is the plan as it was proposed, when somebody has left steps out of it since: `left_out` are their numbers there.
    """

    id: str
    text: str
    command: str
    database: str
    plan: Plan
    seal: str
    state: State = State.ASKED
    requester: str
    requester_name: str = ""
    channel: str
    reason: str = ""
    job: str = ""
    own_allowed: bool = False
    needed: int = 1
    asked_at: datetime
    expires_at: datetime
    decisions: tuple[Decision, ...] = ()
    decider: str = ""
    decider_name: str = ""
    decided_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    holder: str = ""
    stop_asked_by: str = ""
    difference: tuple[str, ...] = ()
    outcome: Outcome = Outcome()
    revision: int = 0
    offered: Plan | None = None
    left_out: tuple[int, ...] = ()
    left_out_by: str = ""
    review: Decision | None = None
    called: tuple[str, ...] = ()

    @property
    def voices(self) -> int:
        """How many times somebody had a say in it: a decision or a review that is made in the same moment is not lost."""
        return len(self.decisions) + (self.review is not None)

    @property
    def review_by(self) -> datetime:
        """Until when somebody else has to review it, where the glass was broken."""
        return self.asked_at + REVIEW_WITHIN

    @property
    def to_review(self) -> bool:
        """Whether it was approved by breaking the glass, is over, and nobody has reviewed it yet."""
        return self.plan.break_glass and self.review is None and not self.state.is_open

    @property
    def again(self) -> str:
        """What asks for it once more, on the same database wherever that is typed or pressed."""
        is_named = [word.lower() for word in self.text.split()[-2:-1]] == ["on"]
        return self.text if is_named else f"{self.text} on {self.database}"

    @property
    def whole(self) -> Plan:
        """The plan with the steps that somebody left out."""
        return self.offered or self.plan

    @property
    def choices(self) -> tuple[int, ...]:
        """The steps of the whole plan that may be left out, by number; none when it is to be taken as it is.

        What follows another step goes with that one.
        """
        if not self.whole.pick:
            return ()
        return tuple(number for number, step in enumerate(self.whole.steps) if not (step.required or step.follows))

    @property
    def grade(self) -> Risk:
        """How heavy it is."""
        return self.plan.risk

    @property
    def approvals(self) -> tuple[Decision, ...]:
        """Those who said yes."""
        return tuple(one for one in self.decisions if one.yes)

    @property
    def is_quiet(self) -> bool:
        """Whether nobody need see it: a schedule did what nobody notices. Its card is shown when it goes wrong."""
        return bool(self.job) and self.needed == 1 and not self.grade.at_least(Risk.DISRUPT)


def went_wrong(approval: Approval, steps: Sequence[StepRecord]) -> bool:
    """Whether a run did not do all that it should, so that people have to see it."""
    bad = {State.FAILED, State.STOPPED, State.INTERRUPTED}
    return approval.state in bad or any(one.state is StepState.FAILED for one in steps)


def seal(plan: Plan) -> str:
    """The SHA-256 of a plan, over everything that people are shown."""
    return hashlib.sha256(plan.model_dump_json().encode()).hexdigest()


def expiry(asked_at: datetime, seconds: float) -> datetime:
    """When an approval ends by itself."""
    return asked_at + timedelta(seconds=seconds)


def with_decision(approval: Approval, decision: Decision) -> Approval:
    """The approval after one more decision: one No ends it, the last Yes that was needed lets it run."""
    decisions = (*approval.decisions, decision)
    agreed = [one for one in decisions if one.yes]
    if decision.yes and len(agreed) < approval.needed:
        return approval.model_copy(update={"decisions": decisions})
    last = agreed if decision.yes else [decision]
    told = {
        "state": State.APPROVED if decision.yes else State.DENIED,
        "decisions": decisions,
        "decider": decision.person,
        "decider_name": " and ".join(one.name or one.person for one in last),
        "decided_at": decision.at,
    }
    return approval.model_copy(update=told)


def broken(approval: Approval, called: Iterable[str]) -> Approval:
    """The request as it is when its requester breaks the glass: approved alone at once, and others are called to it."""
    yes = Decision(person=approval.requester, name=approval.requester_name, at=approval.asked_at, yes=True)
    alone = {"needed": 1, "own_allowed": False, "called": tuple(sorted(called))}
    return with_decision(approval.model_copy(update=alone), yes)


def without(approval: Approval, left_out: Collection[int], by: str) -> Approval:
    """The same request with a smaller plan: another seal, and whoever approved the other one has to again.

    Raises:
        BadInput: nothing would be left.
    """
    numbers = _with_followers(approval.whole.steps, set(left_out) & set(approval.choices))
    steps = tuple(step for number, step in enumerate(approval.whole.steps) if number not in numbers)
    if not steps:
        raise BadInput("Nothing would be left of the plan. Deny it instead.")
    plan = approval.whole.model_copy(update={"steps": steps})
    changed = {
        "plan": plan,
        "seal": seal(plan),
        "offered": approval.whole,
        "left_out": numbers,
        "left_out_by": by,
        "revision": approval.revision + 1,
        "decisions": (),
    }
    return approval.model_copy(update=changed)


def _with_followers(steps: Sequence[Step], numbers: Collection[int]) -> tuple[int, ...]:
    """The same steps and those that follow them, over others where need be."""
    found: list[int] = []
    titles: set[str] = set()
    for number, step in enumerate(steps):
        if number in numbers or not titles.isdisjoint(step.follows):
            found.append(number)
            titles.add(step.title)
    return tuple(found)


def unticked(approval: Approval, group: int, picked: Collection[str]) -> set[int]:
    """Which steps are left out when so many are ticked in one of the card's lists; the other lists stay as they are."""
    shown = set(approval.choices[group * IN_A_GROUP : (group + 1) * IN_A_GROUP])
    return (set(approval.left_out) - shown) | {number for number in shown if str(number) not in picked}


def can_be_skipped(step: Step) -> bool:
    """Whether a run can go on without a step that is at work: one that may fail, and whose statement can be cancelled."""
    return not step.required and isinstance(step.do, Sql)


def difference(approved: Plan, now: Plan, done: Collection[str] = ()) -> tuple[str, ...]:
    """What a plan made again would do that nobody approved, in words; empty when the approval still holds.

    A step that is no longer needed is not a difference: the run leaves it out. Nor is one more that may fail and strikes nobody,
    as clearing away what has expired since: it was not approved, so it is not run. Nor is another form of a step whose title is
    among those `done`: what it did has changed the database that the plan was made from, and it is not done again.
    """
    known = {step.binding for step in approved.steps}
    titles = {step.title for step in approved.steps}
    return tuple(
        _in_words(step)
        for step in now.steps
        if step.binding not in known and step.title not in done and (step.required or step.hits or step.title in titles)
    )


def still_needed(approved: Plan, now: Plan) -> tuple[bool, ...]:
    """For each approved step whether the plan made again holds it too."""
    wanted = {step.binding for step in now.steps}
    return tuple(step.binding in wanted for step in approved.steps)


def _in_words(step: Step) -> str:
    who = ", ".join(f"pid {hit.pid} ({hit.role}, {hit.state})" for hit in step.hits)
    return f"{step.title}: {who}" if who else step.title
