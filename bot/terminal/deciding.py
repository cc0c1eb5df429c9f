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
from bot.terminal.trimming import TICK, UNTICK, numbers, to_skip, to_trim

PLANS = {
    "approve": Verb.NOTE,
    "deny": Verb.DENY,
    TICK: Verb.TICK,
    UNTICK: Verb.TICK,
    "stop": Verb.STOP,
    "skip": Verb.SKIP,
    "resume": Verb.RESUME,
    "review": Verb.REVIEW,
}
NUMBERED = frozenset({Verb.TICK, Verb.SKIP})
"""What is done with steps, which are named by their numbers."""
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
        self.refuse_another(told, approval)
        common = self._common(verb, approval.id, approval.seal)
        if verb is Verb.DENY and not told.reason:
            raise BadInput(f"Say why not: scout ask '{told.word} {approval.id} because …'")
        if verb in {Verb.NOTE, Verb.DENY}:
            return Submitted.model_validate({**common, "values": {"reason": (told.reason,)}})
        if verb is Verb.SKIP:
            number = to_skip(approval, self.store.steps(approval.id), numbers(_steps(told)))
            return Pressed.model_validate({**common, "seal": str(number)})
        return Pressed.model_validate(common)

    def trim(self, told: Typed, approval: Approval) -> Pressed | None:
        """The next list of boxes that has to change for what was typed; None when all is as it should be.

        Raises:
            BadInput: no step was named, or one that cannot be left out.
        """
        found = to_trim(approval, told.word, numbers(_steps(told)))
        if found is None:
            return None
        common = self._common(Verb.TICK, approval.id, approval.seal)
        return Pressed.model_validate({**common, "group": found.group, "picked": found.picked})

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

    def refuse_another(self, told: Typed, approval: Approval) -> None:
        """Refuse a plan that is another one than the one that was read.

        Raises:
            BadInput: more follows the word than it takes.
            TooLate: the seal that was typed is another plan's.
        """
        seals = _seals(told)
        if len(seals) > 1 or (_steps(told) and PLANS[told.word] not in NUMBERED):
            raise BadInput(f"`{told.word} ID` is enough, or `{told.word} ID SEAL`; a reason goes behind `because`.")
        if seals and not approval.seal.startswith(seals[0].lower()):
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


def _seals(told: Typed) -> list[str]:
    """What follows the id and is long enough to be the beginning of a seal."""
    return [word for word in told.rest[1:] if len(word) >= SHORTEST_SEAL]


def _steps(told: Typed) -> list[str]:
    """What follows the id and is none."""
    return [word for word in told.rest[1:] if len(word) < SHORTEST_SEAL]
