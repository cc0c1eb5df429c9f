"""From a text to what a command makes of it: parse, authorise, and look."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import TypeVar

from pydantic import JsonValue

from bot.approval import Approval
from bot.chat import Place, Profile, sorry
from bot.command import Command, Duty, Instead, Kept, Measurement, Order, Plan, Probe, R, Risk, Sources
from bot.errors import BadInput, ScoutError
from bot.flow.places import Places
from bot.flow.ward import Past, Ward
from bot.parse import Call, arguments, own_reason, parse
from bot.policy import Deed, Policy, authorise
from bot.recollection import Recollection
from bot.redact import redact
from bot.registry import Registry, entry
from bot.report import Button, Level, Report, Verdict
from bot.store import Store

A = TypeVar("A")


@dataclass(frozen=True)
class Answers:
    """What the commands make of a text: a report, a plan, an order, or what to answer instead. Nothing is written here."""

    registry: Registry
    policy: Policy
    wards: Mapping[str, Ward]
    store: Store
    places: Places
    measure: Callable[[str], Sequence[Measurement]]
    earlier: Past
    duties: Callable[[str, datetime], Sequence[Duty]] = lambda database, at: ()  # noqa: ARG005 - without schedules there are none
    tally: Counter[str] = field(default_factory=Counter[str])
    """How often each command was asked."""

    def answer(
        self, text: str, who: Profile, place: Place, at: datetime
    ) -> tuple[Report | Plan | Order | Instead, Command | None, str]:
        """The report, the plan, the order or what to answer instead, for a text, with its command and database.

        Raises:
            ScoutError: in a sentence to the person.
        """
        authorise(self.policy, who, Deed.LOOK, shared=self.places.is_shared(place))
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
        answer = command.plan(self.sources(database, who, at), given)
        elsewhere = database != self.database_of(replace(call, database=""), place)
        return self._pinned(answer, database) if elsewhere else answer, command, database

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
        answer = command.plan(self.sources(database, who, at), arguments(entry(command), call.args))
        return self._pinned(answer, database) if len(self.wards) > 1 else answer, command

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

    def _pinned(self, answer: A, database: str) -> A:
        """An answer whose buttons go on with its own database, where a text without a name would mean another."""
        if not isinstance(answer, Report):
            return answer
        buttons = tuple(self._naming(one, database) for one in answer.buttons)
        found = answer.choices
        options = tuple(self._naming(one, database) for one in found.options) if found else ()
        choices = found.model_copy(update={"options": options}) if found else None
        return answer.model_copy(update={"buttons": buttons, "choices": choices})

    def _naming(self, button: Button, database: str) -> Button:
        try:
            call = parse(button.text, self.registry.entries)
        except BadInput:
            return button  # a press says the same as typing it would
        if call.database or call.reason:
            return button
        return button.model_copy(update={"text": f"{button.text} on {database}"})

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
