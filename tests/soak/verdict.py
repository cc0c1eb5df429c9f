"""What must hold, whatever struck; each rule says in a sentence what does not."""

from collections.abc import Iterator
from dataclasses import dataclass

from practice.slack.envelope import ACK_SECONDS
from tests.soak.drama import MENTIONS, Trouble
from tests.soak.found import Found, Plan
from tests.soak.gauges import Gauges, Reading
from tests.soak.ground import REPLICAS, Ground
from tests.soak.ledger import Request
from tests.soak.striking import FORGETFUL, UNHEARD, Striking

PATIENCE_S = 60.0
MOST_GROWTH = 1.10
MOST_MORE_THREADS = 4
POOLS = 95
"""Threads that all pools of a replica have together when they are full; they fill up bit by bit, and no further."""
LINES = 4
"""Reading connections of a database that Scout opens at most; one more is kept for acting."""
STORE_LINES = 10
HEADS = {
    "done": "Done", "failed": "Failed", "stopped": "Stopped", "interrupted": "Interrupted", "denied": "Denied",
    "expired": "Expired", "void": "Void",
}  # fmt: skip
BAD_WORDS = ("Traceback (most recent call last)", "failed, reference ")


@dataclass(frozen=True)
class Court:
    """Everything that is known."""

    ground: Ground
    found: Found
    striking: Striking
    gauges: Gauges
    began: float
    ended: float

    def flaws(self) -> list[str]:
        """Everything that does not hold."""
        return [
            *self._unheard(),
            *self._answered(),
            *self._mentions(),
            *self._plans(),
            *self._cards(),
            *self._twice(),
            *self._incidents(),
            *[f"Not told: {one}" for one in self.found.unsettled],
            *([] if self.found.audit.holds else [f"The audit does not hold: {self.found.audit}"]),
            *self._growth(),
            *self._connections(),
            *self._bugs(),
        ]

    # --- requests

    def _unheard(self) -> Iterator[str]:
        for one in self.found.requests:
            late = one.heard is None or one.heard > ACK_SECONDS
            if late and not one.is_event and not self.striking.could(UNHEARD, one.sent, one.sent + ACK_SECONDS):
                yield f"Nothing was in the way, and nobody acknowledged in time {_named(one)}"

    def _answered(self) -> Iterator[str]:
        for one in self.found.requests:
            if one.was_taken and not self.found.inbox.get(one.inbox, False):
                yield f"Acknowledged and not answered in the store: {_named(one)}"
            if not one.opens_dialog and not one.is_event:
                yield from self._once(one)

    def _once(self, one: Request) -> Iterator[str]:
        times = len(one.answers) + self._cards_asked_for(one)
        if one.was_taken and times == 0 and not (self._is_out_of_time(one) and self.found.is_answered_aside(one)):
            yield f"Acknowledged and never answered: {_named(one)}"
        if times > 1 and not self._may_be_forgotten(one):
            yield f"Answered {times} times: {_named(one)}: {[text[:60] for _, text in one.answers]}"

    def _cards_asked_for(self, one: Request) -> int:
        """A card is the answer to who asks for a repair."""
        if not one.what.startswith("/scout refresh"):
            return 0
        view = one.what.split()[2]
        return len([plan for plan in self.found.plans if plan.view == view])

    def _is_out_of_time(self, one: Request) -> bool:
        """A clock that jumps lets a response URL look too old: the answer then takes another way."""
        return self.striking.could(frozenset({Trouble.CLOCK}), one.sent, one.sent + PATIENCE_S)

    def _may_be_forgotten(self, one: Request) -> bool:
        first, last = one.answers[0][0], one.answers[-1][0]
        return self.striking.could(FORGETFUL, first, last)

    def _mentions(self) -> Iterator[str]:
        asked = len({one.inbox for one in self.found.requests if one.is_event})
        answers = sum(one.channel == MENTIONS for one in self.found.asides)
        surplus = answers - asked
        forgotten = sum(one.strike.trouble in FORGETFUL for one in self.striking.log)
        if not 0 <= surplus <= forgotten:
            yield f"{asked} mentions have {answers} answers"

    # --- plans

    def _plans(self) -> Iterator[str]:
        for plan in self.found.plans:
            times = self.found.effects.get(plan.view, 0)
            if times not in _times(plan):
                yield f"{plan.view} is {plan.state} and was refreshed {times} times"
            if plan.state not in HEADS:
                yield f"{plan.view} is still {plan.state}"

    def _cards(self) -> Iterator[str]:
        for plan in self.found.plans:
            there = self.found.standing.get(f"approval:{plan.id}", [])
            if len(there) != 1:
                yield f"{plan.view} stands on {len(there)} cards"
            elif not str(there[0]["text"]).startswith(HEADS.get(plan.state, "")):
                yield f"{plan.view} is {plan.state}, and its card says: {str(there[0]['text'])[:80]}"

    def _twice(self) -> Iterator[str]:
        for key, there in self.found.standing.items():
            if len(there) > 1:
                yield f"Posted {len(there)} times: {key}: {str(there[0]['text'])[:80]}"

    def _incidents(self) -> Iterator[str]:
        for incident in self.found.incidents:
            there = self.found.standing.get(f"incident:{incident}", [])
            if len(there) != 1:
                yield f"The incident {incident} stands on {len(there)} cards"

    # --- what it takes

    def _growth(self) -> Iterator[str]:
        life = self.gauges.elder()
        before, after = life.thirds(megabytes, self.began, self.ended)
        if after > before * MOST_GROWTH:
            yield f"Memory grew from {before:.0f} MB in the second third to {after:.0f} MB in the last"
        before, after = life.thirds(threads, self.began, self.ended)
        if after > before + MOST_MORE_THREADS and after > POOLS:
            yield f"Threads grew from {before:.0f} in the second third to {after:.0f} in the last"

    def _connections(self) -> Iterator[str]:
        last = self.gauges.backends[-1]
        names = 5
        if last.patient > REPLICAS * names * (LINES + 1):
            yield f"{last.patient} connections to the patient at the end"
        if last.store > REPLICAS * STORE_LINES:
            yield f"{last.store} connections to the store at the end"

    def _bugs(self) -> Iterator[str]:
        for number in range(REPLICAS):
            log = self.ground.log(number)
            for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
                if any(word in line for word in BAD_WORDS):
                    yield f"Replica {number} says: {line[:200]}"


def _times(plan: Plan) -> tuple[int, ...]:
    """How often the effect of a plan may be there."""
    if plan.state == "done":
        return (1,)
    return (0, 1) if plan.was_approved else (0,)


def _named(one: Request) -> str:
    return f"“{one.what[:60]}” of {one.user} ({one.inbox})"


def megabytes(reading: Reading) -> float:
    """Resident memory."""
    return reading.megabytes


def threads(reading: Reading) -> float:
    """Threads of the process."""
    return float(reading.threads)
