"""No lost click: what was acknowledged is answered once, and who was not heard had a reason that can be named."""

from collections.abc import Iterator, Sequence

from practice.slack.envelope import ACK_SECONDS
from tests.soak.drama import Trouble
from tests.soak.evidence import Evidence
from tests.soak.gauges import STALL_S
from tests.soak.ground import REPLICAS
from tests.soak.ledger import Aside, Request
from tests.soak.sockets import NOBODY

WAKING_S = 3.0
"""For how long a process that slept works off what Slack had sent it meanwhile."""
AWAY_S = 12.0
"""Within which a replica has a socket again when what took it is over: it connects anew, or is started."""
BACK_S = 5.0
"""Within which a replica reaches a store that is back."""
MARK_S = 3.0
"""Between a word that was said and the row that says so: what breaks in this time lets it be said again."""
SKEW_S = 30.0
"""How far the time under which a request is kept may be from when it was sent."""
ANSWER_S = 60.0
"""The longest that anybody waits: a sleep of 20 s, then somebody else who takes over."""
CUTTING = frozenset({Trouble.CUT, Trouble.GONE})
STORE = frozenset({Trouble.STORE_KILL, Trouble.STORE_RESTART})
SOCKETS = frozenset({*CUTTING, Trouble.SILENT, Trouble.KILL, Trouble.STOP, Trouble.REFRESH})
FORGETFUL = frozenset({*STORE, Trouble.KILL, Trouble.STOP, Trouble.GONE})
"""In which it may not be written down that a word to one person was said: it is said again, because it cannot be looked for."""


def clicks(evidence: Evidence) -> Iterator[str]:
    """Everything about requests that does not hold."""
    for one in evidence.found.requests:
        yield from _heard(evidence, one)
        yield from _taken(evidence, one)
    yield from _answered(evidence)
    yield from _unsent(evidence)
    yield from (f"Never answered in the store: {name}" for name, done in evidence.found.inbox.items() if not done)


# --- acknowledged in time, or why not


def _heard(evidence: Evidence, one: Request) -> Iterator[str]:
    if one.is_event:
        if one.heard is None:
            yield f"Slack sent it again and again, and nobody acknowledged {_named(one)}"
    elif (one.heard is None or one.heard > ACK_SECONDS) and not _could_not_be_heard(evidence, one):
        late = "never" if one.heard is None else f"after {one.heard:.1f} s"
        yield f"Its socket was well and its replica awake, and it was acknowledged {late}: {_named(one)}"


def _could_not_be_heard(evidence: Evidence, one: Request) -> bool:
    """The very socket by which it came was cut or silent, the very process slept, or the one who measures did."""
    until = one.sent + ACK_SECONDS
    socket = evidence.sockets[one.socket]
    if socket.deaf_at is not None and socket.deaf_at <= until:
        return True
    if socket.ended_at is not None and socket.ended_at <= until:
        ended = socket.ended_at
        return evidence.was({*CUTTING, Trouble.KILL}, ended - 1, ended + 1, _replica(socket.replica))
    asleep = evidence.was({Trouble.STOP}, one.sent - WAKING_S, until, _replica(socket.replica))
    stalled = any(
        stall.seconds > STALL_S and one.sent - stall.seconds <= stall.at <= until for stall in evidence.stalls
    )
    return asleep or stalled


def _replica(number: int) -> int | None:
    return None if number == NOBODY else number


def _unsent(evidence: Evidence) -> Iterator[str]:
    """Slack itself tells people that nobody is there: it may be so only while nobody can be."""
    for at in evidence.dispatch_failed:
        if not all(_is_away(evidence, replica, at) for replica in range(REPLICAS)):
            yield f"{at - evidence.began:.0f} s after the start Slack found no socket, though nothing kept both replicas away"


def _is_away(evidence: Evidence, replica: int, at: float) -> bool:
    """Whether something took its socket a moment ago, or it was just started; a start takes as long as the store and Slack let it."""
    reborn = [one.at for one in evidence.deaths if one.replica == replica and one.at <= at]
    starts = [*(one.ended for one in evidence.of({Trouble.KILL}, at - 2 * AWAY_S, at, replica)), *reborn]
    hindered = {*SOCKETS, *(STORE | {Trouble.BUSY, Trouble.BROKEN} if starts else ())}
    return evidence.was(hindered, at - AWAY_S, at, replica) or any(at - AWAY_S <= born for born in reborn)


# --- taken, and answered once


def _taken(evidence: Evidence, one: Request) -> Iterator[str]:
    if one.was_taken and one.inbox not in evidence.found.inbox:
        yield f"Acknowledged and not written down: {_named(one)}"
    stamp = evidence.found.stamps.get(one.inbox)
    if stamp is not None and not one.is_event and abs(stamp - evidence.wall - one.sent) > SKEW_S:
        yield f"Written down with a time that is {stamp - evidence.wall - one.sent:+.0f} s wrong: {_named(one)}"
    refused_at = one.sent + (one.heard or 0)
    if one.was_refused and not evidence.was(STORE, refused_at - BACK_S, refused_at):
        yield f"Refused though the store was there: {_named(one)}"


def _answered(evidence: Evidence) -> Iterator[str]:
    left = list(evidence.found.asides)
    for one in evidence.found.requests:
        if not one.opens_dialog:
            yield from _once(evidence, one, _said(evidence, one, left))
    for aside in left:
        if not _is_a_repetition(evidence, aside):
            yield f"Said to {aside.user}, who had asked nothing or had an answer: {aside.text[:80]}"


def _said(evidence: Evidence, one: Request, left: list[Aside]) -> list[float]:
    """When it was answered: by its response URL, on the card that was asked for, or by a word to the person in the same place."""
    said = [at for at, _ in one.answers] + _cards(evidence, one)
    if said or not one.was_taken:
        return sorted(said)
    aside = next((word for word in left if _is_for(one, word)), None)
    if aside is None:
        return []
    left.remove(aside)
    return [aside.at]


def _is_for(one: Request, aside: Aside) -> bool:
    return aside.at > one.sent and _place(one) == _place(aside)


def _place(one: Request | Aside) -> tuple[str, str, str]:
    return one.channel, one.user, one.thread


def _cards(evidence: Evidence, one: Request) -> list[float]:
    if not one.what.startswith("/scout refresh"):
        return []
    keys = [f"approval:{plan.id}" for plan in evidence.found.plans if plan.view == one.what.split()[2]]
    return [min((card.at for card in evidence.found.shown if card.key == key), default=evidence.ended) for key in keys]


def _once(evidence: Evidence, one: Request, said: Sequence[float]) -> Iterator[str]:
    if one.was_taken and not said:
        yield f"Acknowledged and never answered: {_named(one)}"
    if said and said[0] - one.sent > ANSWER_S:
        yield f"Answered after {said[0] - one.sent:.0f} s: {_named(one)}"
    for first in said[:-1]:
        if not _could_be_forgotten(evidence, first):
            yield f"Answered {len(said)} times: {_named(one)}: {[text[:60] for _, text in one.answers]}"


def _is_a_repetition(evidence: Evidence, aside: Aside) -> bool:
    """The same word again, after the first was said in the moment in which something broke."""
    earlier = [
        one.at
        for one in evidence.found.asides
        if one.at < aside.at and _place(one) == _place(aside) and one.text == aside.text
    ]
    earlier += [
        at
        for one in evidence.found.requests
        if _place(one) == _place(aside)
        for at, text in one.answers
        if at < aside.at and text == aside.text
    ]
    return any(_could_be_forgotten(evidence, at) for at in earlier)


def _could_be_forgotten(evidence: Evidence, said_at: float) -> bool:
    return evidence.was(FORGETFUL, said_at - 1, said_at + MARK_S)


def _named(one: Request) -> str:
    return f"“{one.what[:60]}” of {one.user} ({one.inbox})"


def said_again(evidence: Evidence) -> int:
    """How many answers were said more than once, because what said them first broke in that moment."""
    return sum(len(one.answers) > 1 for one in evidence.found.requests)
