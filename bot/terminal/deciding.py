"""What is pressed in Slack, typed: the words that decide about a plan, steer its run, or take an incident."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.approval import Approval, State
from bot.chat import Person, Place, Pressed, Submitted, Verb, new_id
from bot.clock import now
from bot.command import Burning
from bot.errors import BadInput, TooLate
from bot.parse import with_reason
from bot.recollection import Recollection, plan_named
from bot.store import Store

PLANS = {"approve": Verb.NOTE, "deny": Verb.DENY, "stop": Verb.STOP, "resume": Verb.RESUME, "review": Verb.REVIEW}
INCIDENTS = {"acknowledge": Verb.ACKNOWLEDGE, "ack": Verb.ACKNOWLEDGE, "release": Verb.RELEASE}
SHOW = "plan"
SHORTEST_SEAL = 6
OPEN = frozenset({State.ASKED, State.APPROVED, State.RUNNING, State.INTERRUPTED})


@dataclass(frozen=True)
class Typed:
    """A word, what follows it, and why."""

    word: str
    rest: tuple[str, ...]
    reason: str = ""


def typed(text: str) -> Typed:
    """A text taken apart.

    Raises:
        BadInput: the reason is missing, or there twice.
    """
    said, reason = with_reason(text)
    word, *rest = said.split() or [""]
    return Typed(word.lower(), tuple(rest), reason)


@dataclass(frozen=True)
class Pressing:
    """Reads what a person typed as what that person would have pressed; `place` is where the cards stand."""

    store: Store
    person: Person
    place: Place

    def on_plan(self, told: Typed, approval: Approval) -> Pressed | Submitted:
        """The button of a plan that a word stands for, with what its dialog would have asked.

        Raises:
            BadInput: more follows the word than it takes.
            TooLate: the plan is another one than the one whose seal was typed.
        """
        verb = PLANS[told.word]
        self._refuse_another(told, approval)
        common = self._common(verb, approval.id, approval.seal)
        if verb is Verb.DENY and not told.reason:
            raise BadInput(f"Say why not: scout ask '{told.word} {approval.id} because …'")
        if verb in {Verb.NOTE, Verb.DENY}:
            return Submitted.model_validate({**common, "values": {"reason": (told.reason,)}})
        return Pressed.model_validate(common)

    def on_incident(self, told: Typed) -> Pressed:
        """The button of an incident, which is named by its metric.

        Raises:
            BadInput: no such incident is open, or several are.
        """
        incident = self._incident(told)
        return Pressed.model_validate(self._common(INCIDENTS[told.word], incident.id))

    def plan(self, told: Typed) -> Approval:
        """The plan that is meant, by its id or the beginning of one.

        Raises:
            BadInput: there is none; says which are open.
        """
        found = plan_named(self.store, told.rest[0]) if told.rest else None
        if found is None:
            raise BadInput(f"{self._which(told)} {self._open_ones()}")
        return found

    def _common(self, verb: Verb, subject: str, seal: str = "") -> Mapping[str, object]:
        who = {"id": f"terminal:{new_id()}", "at": now(), "person": self.person, "place": self.place}
        return {**who, "verb": verb, "subject": subject, "seal": seal}

    def _refuse_another(self, told: Typed, approval: Approval) -> None:
        _, *more = told.rest
        if len(more) > 1 or (more and len(more[0]) < SHORTEST_SEAL):
            raise BadInput(f"`{told.word} ID` is enough, or `{told.word} ID SEAL`; a reason goes behind `because`.")
        if more and not approval.seal.startswith(more[0].lower()):
            raise TooLate(f"The plan is another one by now. Look at it: scout ask 'plan {approval.id}'")

    def _which(self, told: Typed) -> str:
        if not told.rest:
            return f"`{told.word}` needs the id of a plan."
        return f"There is no plan '{told.rest[0][:40]}'."

    def _open_ones(self) -> str:
        found = [f"{one.id} ('{one.text}' on {one.database}, {one.state.value})" for one in self.store.approvals(OPEN)]
        return f"Open: {'; '.join(found[:10])}." if found else "None is open; `scout ask history` lists what was."

    def _incident(self, told: Typed) -> Burning:
        *words, database = told.rest if "on" in told.rest[-2:-1] else (*told.rest, "on", "")
        name = "_".join(words[:-1]).lower()
        burning = Recollection(self.store, database).burning()
        fitting = [one for one in burning if one.metric == name and database in {"", one.database}]
        if len(fitting) != 1:
            names = "; ".join(f"{one.metric} on {one.database}" for one in burning) or "none"
            raise BadInput(f"Name one open incident, as `{told.word} METRIC on DATABASE`. Open: {names}.")
        return fitting[0]
