"""From a question to an answer or a proposal, written down with what is to be said."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.approval import Approval, State
from bot.chat import Asked, Lane, Notice, Person, Profile, bug, new_id, sorry
from bot.command import Command, Instead, Order, Plan
from bot.errors import BadInput, NeedsReason, ScoutError
from bot.flow.answers import Answers
from bot.flow.proposals import ALONE, Proposals
from bot.orders import Orders
from bot.parse import with_reason
from bot.report import Level, Report, Verdict
from bot.store import Store
from bot.timetable import Ran, RunState, answered


@dataclass(frozen=True)
class Looked:
    """What the commands make of a question; of one that stands for a job's command that one is `asked`, and `ran` the run of the job."""

    asked: Asked
    answer: Report | Plan | Order
    command: Command | None
    database: str
    ran: Ran | None = None


@dataclass(frozen=True)
class Flow:
    """Everything between a question and its answer."""

    answers: Answers
    proposals: Proposals
    orders: Orders
    store: Store
    profile: Callable[[Person], Profile]
    begin: Callable[[str], None] = lambda _: None
    """Reaches the runner of this process, for what needs no other decision; housekeeping begins what is left lying."""

    def handle(self, asked: Asked) -> None:
        """Answer a question that the inbox holds: the answer and the end of the question are one transaction."""
        try:
            self._handle(asked)
        except NeedsReason as error:
            self._tell(asked, sorry(error), private=True, why=asked.id)
        except ScoutError as error:
            self._tell(asked, sorry(error), private=True)
        except Exception as error:  # noqa: BLE001 - the last net: the person sees a reference, the log the trace
            self._tell(asked, bug("answering", error), private=True)

    def with_reason(self, asked: Asked) -> Report:
        """Propose what was asked before without a reason.

        Raises:
            ScoutError: in a sentence to the person.
        """
        who = self.profile(asked.person)
        found = self.looked(asked, who)
        if isinstance(found.answer, Plan):
            if self._proposed(found, found.answer, who).state is State.APPROVED:
                return Report(title="Asked", verdict=Verdict(level=Level.OK, text=ALONE))
            return Report(title="Asked", verdict=Verdict(level=Level.OK, text="It waits for a decision on its card."))
        return found.answer if isinstance(found.answer, Report) else sorry(BadInput(f"`{asked.text}` needs no reason."))

    def looked(self, asked: Asked, who: Profile) -> Looked:
        """What the commands make of a question, by way of the command that a job stands for; nothing is written.

        Raises:
            ScoutError: in a sentence to the person.
        """
        answer, command, database = self.answers.answer(asked.text, who, asked.place, asked.at)
        if not isinstance(answer, Instead):
            return Looked(asked, answer, command, database)
        asked, ran = instead(asked, answer, database, who)
        answer, command, database = self.answers.answer(asked.text, who, asked.place, asked.at)
        if isinstance(answer, Instead):
            raise BadInput("A job that stands for another job is none. Name the other one.")
        return Looked(asked, answer, command, database, ran)

    def still(self, asked: Asked) -> None:
        """Say that an answer takes longer than anybody waits without a word; it is sent once, and not when the answer was first."""
        text = "Still asking: the database is slow to answer. The answer, or why there is none, comes within half a minute; `active` shows what runs."
        report = Report(title="Scout", verdict=Verdict(level=Level.INFO, text=text))
        message = self.proposals.places.addressed(asked, report, private=True)
        with self.store.change() as change:
            if change.is_open(asked.id):
                change.put_notice(Notice(id=f"still:{asked.id}", lane=Lane.ANSWER, message=message, due=change.now()))

    def put_off(self, asked: Asked, per_minute: float, *, tell: bool) -> None:
        """End a question of somebody who asks too fast; told once, else silence would be the flood's only answer."""
        text = f"That is faster than I answer one person: {per_minute:g} questions a minute. Wait a moment, then ask again; buttons work all the time."
        report = Report(title="Scout", verdict=Verdict(level=Level.INFO, text=text))
        message = self.proposals.places.addressed(asked, report, private=True)
        with self.store.change() as change:
            if change.finish(asked.id) and tell:
                change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=message, due=asked.at))

    def _handle(self, asked: Asked) -> None:
        who = self.profile(asked.person)
        found = self.looked(asked, who)
        if isinstance(found.answer, Plan):
            self._proposed(found, found.answer, who)
        elif isinstance(found.answer, Order):
            self._order(found.asked, found.answer, who)
        else:
            self._tell(found.asked, found.answer, ran=found.ran)

    def _proposed(self, found: Looked, plan: Plan, who: Profile) -> Approval:
        """Put it before people, and begin what waits for nobody."""
        if found.command is None:
            raise BadInput("That is no command.")
        approval = self.proposals.propose(found.asked, who, found.command, found.database, plan, found.ran)
        if approval.state is State.APPROVED:
            self.begin(approval.id)
        return approval

    def _order(self, asked: Asked, order: Order, who: Profile) -> None:
        """Carry it out and answer in one change; both happen once, whoever takes the question over."""
        with self.store.change() as change:
            if change.finish(asked.id):
                said = self.orders.carry_out(change, order, who)
                message = self.proposals.places.addressed(asked, said)
                change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=message, due=change.now()))

    def _tell(
        self, asked: Asked, report: Report, *, private: bool = False, why: str = "", ran: Ran | None = None
    ) -> None:
        message = self.proposals.places.addressed(asked, report, private=private).model_copy(update={"why": why})
        with self.store.change() as change:
            if change.finish(asked.id):  # else another process took us for dead and has answered
                if ran is not None:
                    change.add_job_run(answered_by(ran, report))
                change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=message, due=change.now()))


def instead(asked: Asked, answer: Instead, database: str, who: Profile) -> tuple[Asked, Ran]:
    """The question as if the other text had been typed, for the reason that was given or that the job brings along, and the job's run."""
    text, of_the_job = with_reason(answer.text)
    _, typed = with_reason(asked.text)
    reason = asked.reason or typed or of_the_job
    ran = Ran(
        database=database,
        job=answer.job,
        slot=asked.at,
        state=RunState.NOTHING,
        by=who.name or who.id,
        at=asked.at,
    )
    return asked.model_copy(update={"text": f"{text} on {database}", "reason": reason}), ran


def answered_by(ran: Ran, report: Report) -> Ran:
    """The run of a job whose answer is a report."""
    return ran.model_copy(update={"state": answered(report.verdict.level), "said": report.verdict.text})
