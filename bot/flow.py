"""From a question to an answer or a proposal: parse, authorise, plan, and write down what is to be said."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches
from statistics import median
from typing import Any, Protocol

from pydantic import JsonValue

from bot.approval import Approval, State, broken, expiry, seal
from bot.blocks import full_plan, open_already
from bot.chat import Asked, Card, Lane, Notice, Person, Place, Post, Profile, Whisper, bug, new_id, sorry
from bot.command import (
    Command,
    Database,
    Duty,
    Instead,
    Kept,
    KeyStore,
    Limits,
    Measurement,
    Metric,
    Order,
    Plan,
    Pool,
    Probe,
    R,
    Risk,
    Sources,
    Warmth,
)
from bot.errors import BadInput, NeedsReason, ScoutError, TooLate, Unavailable
from bot.orders import Orders
from bot.parse import Call, arguments, own_reason, parse, with_reason
from bot.policy import Deed, Policy, authorise, needed
from bot.recollection import Recollection
from bot.redact import redact
from bot.registry import Registry, entry
from bot.report import Code, Level, Report, Verdict
from bot.store import Change, Store
from bot.tidings import alarms, news_of
from bot.timetable import Ran, RunState, answered

URL_LIFE = timedelta(minutes=30)
PIECE = 5_000
ALONE = "You broke the glass: it begins at once, the approvers are called, and one of them reviews it within a day."
ANSWERED = "This was answered already."


@dataclass(frozen=True)
class Ward:
    """A database in Scout's care with what the settings say about it."""

    database: Database
    limits: Limits
    metrics: Sequence[Metric[Any]]
    channels: frozenset[str] = frozenset()
    pooler: Pool | None = None
    cache: KeyStore | None = None
    replicas: Sequence[Database] = ()
    warmth: Warmth | None = None


@dataclass(frozen=True)
class Room:
    """What is known of a channel: whether the bot can post there, and whether another company reads it."""

    reachable: bool = True
    shared_outside: bool = False


class Past(Protocol):
    """What the watch has kept of a probe's readings, by database."""

    def __call__(self, database: str, probe: Probe[R], seconds: float, at: datetime) -> Kept[R] | None:
        """The youngest reading that was so many seconds old at a moment, else the oldest there is."""
        ...


@dataclass(frozen=True)
class Flow:
    """Everything between a question and its answer."""

    registry: Registry
    policy: Policy
    orders: Orders
    wards: Mapping[str, Ward]
    store: Store
    profile: Callable[[Person], Profile]
    room: Callable[[str], Room]
    measure: Callable[[str], Sequence[Measurement]]
    earlier: Past
    alert_channel: str = ""
    approval_seconds: float = 900
    begin: Callable[[str], None] = lambda _: None
    """Reaches the runner of this process, for what needs no other decision; housekeeping begins what is left lying."""
    duties: Callable[[str, datetime], Sequence[Duty]] = lambda database, at: ()  # noqa: ARG005 - without schedules there are none
    tally: Counter[str] = field(default_factory=Counter[str])
    """How often each command was asked."""

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
        answer, command, database = self.answer(asked.text, who, asked.place, asked.at)
        if isinstance(answer, Plan) and command is not None:
            if self._proposed(asked, who, command, database, answer).state is State.APPROVED:
                return Report(title="Asked", verdict=Verdict(level=Level.OK, text=ALONE))
            return Report(title="Asked", verdict=Verdict(level=Level.OK, text="It waits for a decision on its card."))
        return answer if isinstance(answer, Report) else sorry(BadInput(f"`{asked.text}` needs no reason."))

    def still(self, asked: Asked) -> None:
        """Say that an answer takes longer than anybody waits without a word; however often it is said, it is sent once."""
        text = "Still asking: the database is slow to answer. The answer, or why there is none, comes within half a minute; `active` shows what runs."
        report = Report(title="Scout", verdict=Verdict(level=Level.INFO, text=text))
        message = self._addressed(asked, report, private=True)
        with self.store.change() as change:
            change.put_notice(Notice(id=f"still:{asked.id}", lane=Lane.ANSWER, message=message, due=self.store.now()))

    def put_off(self, asked: Asked, per_minute: float, *, tell: bool) -> None:
        """End a question of somebody who asks too fast; told once, else silence would be the flood's only answer."""
        text = f"That is faster than I answer one person: {per_minute:g} questions a minute. Wait a moment, then ask again; buttons work all the time."
        report = Report(title="Scout", verdict=Verdict(level=Level.INFO, text=text))
        message = self._addressed(asked, report, private=True)
        with self.store.change() as change:
            if change.finish(asked.id) and tell:
                change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=message, due=asked.at))

    def _handle(self, asked: Asked) -> None:
        who = self.profile(asked.person)
        answer, command, database = self.answer(asked.text, who, asked.place, asked.at)
        ran = None
        if isinstance(answer, Instead):
            asked, ran = instead(asked, answer, database, who)
            answer, command, database = self.answer(asked.text, who, asked.place, asked.at)
        if isinstance(answer, Report):
            self._tell(asked, answer, ran=ran)
        elif isinstance(answer, Order):
            self._order(asked, answer, who)
        elif isinstance(answer, Instead) or command is None:
            raise BadInput("A job that stands for another job is none. Name the other one.")
        else:
            self._proposed(asked, who, command, database, answer, ran)

    def _proposed(
        self, asked: Asked, who: Profile, command: Command, database: str, plan: Plan, ran: Ran | None = None
    ) -> Approval:
        """Put it before people, and begin what waits for nobody."""
        approval = self.propose(asked, who, command, database, plan, ran)
        if approval.state is State.APPROVED:
            self.begin(approval.id)
        return approval

    def answer(
        self, text: str, who: Profile, place: Place, at: datetime
    ) -> tuple[Report | Plan | Order | Instead, Command | None, str]:
        """The report, the plan, the order or what to answer instead, for a text, with its command and database.

        Raises:
            ScoutError: in a sentence to the person.
        """
        authorise(self.policy, who, Deed.LOOK, shared=self._is_shared(place))
        if not text.strip():
            return self._menu(who), None, ""
        call = parse(text, self.registry.entries)
        command = self.registry.named(call.name)
        self.tally[command.name] += 1
        if command.risk is not Risk.LOOK:
            authorise(self.policy, who, Deed.PROPOSE, risk=command.risk)
        database = self.database_of(call, place)
        self._refuse_doubtful(call)
        given = arguments(entry(command), call.args)
        return command.plan(self.sources(database, who, at), given), command, database

    def again(self, approval: Approval, at: datetime) -> Report | Plan:
        """The plan of an approval, made anew from the state of the database now."""
        call = parse(approval.text, self.registry.entries)
        command = self.registry.named(call.name)
        who = Profile(id=approval.requester, name=approval.requester)
        given = {**call.args, **own_reason(entry(command), approval.reason)}
        answer = command.plan(self.sources(approval.database, who, at), arguments(entry(command), given))
        return (
            answer if isinstance(answer, Report | Plan) else sorry(BadInput(f"`{approval.text}` is no plan any more."))
        )

    def due(self, text: str, database: str, at: datetime) -> tuple[Report | Plan | Order | Instead, Command]:
        """What a schedule gets for a text.

        Raises:
            ScoutError: in a sentence.
        """
        call = parse(text, self.registry.entries)
        command = self.registry.named(call.name)
        who = Profile(id="scout", name="Scout")
        return command.plan(self.sources(database, who, at), arguments(entry(command), call.args)), command

    def keeps(self, command: Command, database: str) -> list[dict[str, JsonValue]]:
        """What is kept of a command until its next report; nothing where it keeps nothing."""
        if command.keeps is None:
            return []
        patient = self.wards[database].database
        rows = patient.rows(command.keeps.statement, command.keeps.row, schema=patient.schema)
        return [row.model_dump(mode="json") for row in rows]

    def look(self, text: str, database: str, at: datetime) -> Report:
        """The answer to one of Scout's own questions, as evidence before a run; an error is an answer too."""
        try:
            answer, _ = self.due(text, database, at)
        except ScoutError as error:
            return sorry(error)
        return answer if isinstance(answer, Report) else sorry(BadInput(f"`{text}` is not a question."))

    def sources(self, database: str, who: Profile, at: datetime) -> Sources:
        """What a command may look at."""
        ward = self.wards[database]

        def earlier(probe: Probe[R], seconds: float) -> Kept[R] | None:
            return self.earlier(database, probe, seconds, at)

        return Sources(
            database=ward.database,
            at=at,
            limits=ward.limits,
            memory=Recollection(self.store, database),
            offers=self.registry.offers(self.policy, who),
            metrics=ward.metrics,
            measure=lambda: self.measure(database),
            waiting=lambda: self._waiting(at),
            earlier=earlier,
            doing=redact,
            pooler=ward.pooler,
            cache=ward.cache,
            replicas=ward.replicas,
            warmth=ward.warmth,
            duties=lambda: self.duties(database, at),
        )

    def database_of(self, call: Call, place: Place) -> str:
        """The database that is meant: the named one, the channel's, the only one, or the first.

        Raises:
            BadInput: there is no such database, with the names there are.
        """
        if call.database:
            return self._known(call.database)
        here = [name for name, ward in self.wards.items() if place.channel in ward.channels]
        names = here or list(self.wards)
        if not names:
            raise BadInput("No database is configured. Set DATABASE_URL, or [databases] in the SCOUT_CONFIG file.")
        return names[0]

    def _refuse_doubtful(self, call: Call) -> None:
        """A database that stands at the end of a reason is no part of it, or is it?"""
        *_, on, name = ["", "", *call.reason.lower().split()]
        if not call.database and on == "on" and name in self.wards and len(self.wards) > 1:
            raise BadInput(f"Is 'on {name}' the database or part of the reason? Name the database before `because`.")

    def _known(self, name: str) -> str:
        if name in self.wards:
            return name
        close = get_close_matches(name, self.wards, 1, 0.4)
        hint = f" Did you mean '{close[0]}'?" if close else ""
        raise BadInput(f"There is no database '{name[:40]}'.{hint} I look after: {', '.join(self.wards) or 'none'}.")

    def _is_shared(self, place: Place) -> bool:
        return not place.direct and (place.shared_outside or self.room(place.channel).shared_outside)

    def _is_home(self, place: Place) -> bool:
        """A direct message, or the alert channel: the settings say that Scout speaks there."""
        return place.direct or place.channel == self.alert_channel

    def _menu(self, who: Profile) -> Report:
        return Report(
            title="Scout",
            verdict=Verdict(level=Level.INFO, text="What do you want to see?"),
            buttons=self.registry.menu(self.policy, who),
            notes=(
                f"Looking after {', '.join(self.wards) or 'no database'}.",
                "Or type it: /scout slow limit=5 on NAME.",
            ),
        )

    def _waiting(self, at: datetime) -> float:
        oldest = self.store.oldest_unsent()
        return max(0.0, (at - oldest).total_seconds()) if oldest else 0.0

    def _order(self, asked: Asked, order: Order, who: Profile) -> None:
        """Carry it out and answer in one change; both happen once, whoever takes the question over."""
        with self.store.change() as change:
            if change.finish(asked.id):
                said = self.orders.carry_out(change, order, who)
                message = self._addressed(asked, said)
                change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=message, due=change.now()))

    # --- saying it

    def _tell(
        self, asked: Asked, report: Report, *, private: bool = False, why: str = "", ran: Ran | None = None
    ) -> None:
        message = self._addressed(asked, report, private=private).model_copy(update={"why": why})
        with self.store.change() as change:
            if change.finish(asked.id):  # else another process took us for dead and has answered
                if ran is not None:
                    change.add_job_run(answered_by(ran, report))
                change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=message, due=change.now()))

    def _addressed(self, asked: Asked, report: Report, *, private: bool = False) -> Post | Whisper:
        """Public in a direct message and in the alert channel, where what one asks all may see; mistakes are nobody else's business."""
        place = asked.place
        if place.direct or (self._is_home(place) and not private):
            return Post(channel=place.channel, thread=place.thread, report=report, by=asked.person.id)
        return Whisper(
            channel=place.channel,
            person=asked.person.id,
            thread=place.thread,
            url=asked.url,
            url_until=asked.at + URL_LIFE if asked.url else None,
            report=report,
            share=not private,
        )

    def propose(
        self, asked: Asked, who: Profile, command: Command, database: str, plan: Plan, ran: Ran | None = None
    ) -> Approval:
        """Put a plan before people; `ran` is the run of a job that it is.

        Raises:
            NotAllowed: this person may not ask for it, or not alone.
            NeedsReason: it can stop somebody's work, and nobody said why.
            TooLate: one like it is open already.
        """
        deed = Deed.BREAK_GLASS if plan.break_glass else Deed.PROPOSE
        authorise(self.policy, who, deed, risk=plan.risk, shared=self._is_shared(asked.place))
        approval = self._approval(asked, who, command, database, plan)
        unanswered = self._unanswered(approval)
        with self.store.change() as change:
            for one in unanswered:
                set_aside(change, one, approval)
            other = change.add_approval(approval)
            if other is None:
                for notice in self._announce(approval, asked):
                    change.put_notice(notice)
                if ran is not None:
                    begun = {"state": RunState.UNDER_WAY, "approval": approval.id}
                    change.add_job_run(ran.model_copy(update=begun))
                told = {"text": approval.text, "database": database, "seal": approval.seal, "reason": approval.reason}
                change.record(who.id, "broke the glass" if plan.break_glass else "asked", approval.id, told)
                if not change.finish(asked.id):
                    raise TooLate(ANSWERED)
        if other is not None:
            raise TooLate(self._in_the_way(other))
        return approval

    def _unanswered(self, approval: Approval) -> list[Approval]:
        """The same asked for before, which nobody decided: it makes way for one that waits for nobody."""
        if not approval.plan.break_glass:
            return []
        waiting = self.store.approvals({State.ASKED}, approval.database)
        return [one for one in waiting if one.command == approval.command]

    def _approval(self, asked: Asked, who: Profile, command: Command, database: str, plan: Plan) -> Approval:
        at = self.store.now()
        text, typed = with_reason(asked.text)
        reason, people = asked.reason or typed, needed(self.policy, plan)
        if plan.risk is Risk.DISRUPT and not reason:
            raise NeedsReason(
                f"This can stop somebody's work, so say why: press the button, or type `/scout {text} because \u2026`."
            )
        approval = Approval(
            id=new_id(),
            text=text,
            command=command.name,
            database=database,
            plan=plan,
            seal=seal(plan),
            requester=who.id,
            requester_name=who.name,
            channel=self._card_channel(asked.place),
            reason=reason,
            own_allowed=self.policy.own and plan.risk is Risk.DISRUPT and people == 1,
            needed=people,
            asked_at=at,
            expires_at=expiry(at, self.approval_seconds),
        )
        return broken(approval, self.policy.approvers - {who.id}) if plan.break_glass else approval

    def _card_channel(self, place: Place) -> str:
        """Where others can see it: here, or in the alert channel when it was asked where nobody else or no bot is."""
        if place.channel == self.alert_channel or (not place.direct and self.room(place.channel).reachable):
            return place.channel
        if self.alert_channel:
            return self.alert_channel
        if place.direct:
            return place.channel
        raise Unavailable(
            "I cannot post in this channel, so nobody could approve it. Type `/invite @Scout` here, or ask in another channel."
        )

    def _announce(self, approval: Approval, asked: Asked) -> Iterable[Notice]:
        card = Card(key=f"approval:{approval.id}", channel=approval.channel)
        yield Notice(id=new_id(), lane=Lane.APPROVAL, message=card, due=approval.asked_at)
        yield from alarms(approval)
        for report in _word_for_word(approval):
            whole = Post(channel=approval.channel, below=card.key, report=report)
            yield Notice(id=new_id(), lane=Lane.ANSWER, message=whole, due=approval.asked_at)
        if approval.channel != asked.place.channel:
            waits = f"The plan for '{approval.text}' waits for a decision in the alert channel."
            text = f"{ALONE} It is in the alert channel." if approval.plan.break_glass else waits
            told = Report(title="Asked", verdict=Verdict(level=Level.INFO, text=text))
            yield Notice(id=new_id(), lane=Lane.ANSWER, message=self._addressed(asked, told), due=approval.asked_at)

    def _in_the_way(self, other: str) -> str:
        found = self.store.approval(other)
        if found is None:
            return "Another plan like this was just decided. Ask again."
        return f"{open_already(found, self.store.now(), self._usual(found))} You are next: ask again when it is over."

    def _usual(self, approval: Approval) -> float | None:
        """How many seconds its steps took together the last times; None when one of them was never done."""
        titles = [step.title for step in approval.plan.steps]
        found = self.store.durations(approval.database, titles)
        return sum(median(found[title]) for title in titles) if all(title in found for title in titles) else None


def set_aside(change: Change, waiting: Approval, broken_by: Approval) -> None:
    """End what nobody answered, when its requester or another breaks the glass; what was decided meanwhile stands."""
    by = broken_by.requester_name or broken_by.requester
    outcome = waiting.outcome.model_copy(update={"said": f"Nobody had answered; {by} broke the glass."})
    ended = {"state": State.VOID, "outcome": outcome, "ended_at": broken_by.asked_at}
    changed = waiting.model_copy(update=ended)
    if not change.swap_approval({State.ASKED}, changed):
        return
    card = Card(key=f"approval:{waiting.id}", channel=waiting.channel)
    change.put_notice(Notice(id=new_id(), lane=Lane.APPROVAL, message=card, due=broken_by.asked_at))
    for notice in news_of(changed, broken_by.asked_at) if waiting.requester != broken_by.requester else ():
        change.put_notice(notice)
    change.record(broken_by.requester, "set aside", waiting.id, {"text": waiting.text, "for": broken_by.id})


def instead(asked: Asked, answer: Instead, database: str, who: Profile) -> tuple[Asked, Ran]:
    """The question as if the other text had been typed, and the run of the job that its answer is."""
    text = f"{answer.text} on {database}"
    ran = Ran(
        database=database,
        job=answer.job,
        slot=asked.at,
        state=RunState.NOTHING,
        by=who.name or who.id,
        at=asked.at,
    )
    return asked.model_copy(update={"text": text}), ran


def answered_by(ran: Ran, report: Report) -> Ran:
    """The run of a job whose answer is a report."""
    return ran.model_copy(update={"state": answered(report.verdict.level), "said": report.verdict.text})


def _word_for_word(approval: Approval) -> Iterable[Report]:
    """The whole plan for the thread below its card, in as many messages as it needs."""
    pieces = _pieces(full_plan(approval).splitlines())
    for number, piece in enumerate(pieces, 1):
        said = "Every word of it" if len(pieces) == 1 else f"Every word of it, {number} of {len(pieces)}"
        yield Report(title="The whole plan", verdict=Verdict(level=Level.INFO, text=said), parts=(Code(text=piece),))


def _pieces(lines: Iterable[str]) -> list[str]:
    pieces = [""]
    for line in lines:
        for start in range(0, max(1, len(line)), PIECE):
            part = line[start : start + PIECE]
            if len(pieces[-1]) + len(part) >= PIECE:
                pieces.append("")
            pieces[-1] += part + "\n"
    return [piece for piece in pieces if piece.strip()]
