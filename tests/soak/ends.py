"""No double run, and no lost notice: every plan ends as people wanted it, once, and everything that was to be told stands in Slack once."""

from collections.abc import Iterator

from tests.soak.drama import Ending, Trouble
from tests.soak.evidence import Evidence
from tests.soak.found import Plan
from tests.soak.ledger import Request
from tests.soak.people import BEN, CORA
from tests.soak.striking import Struck

HEADS = {
    "done": "Done", "failed": "Failed", "stopped": "Stopped", "denied": "Denied", "expired": "Expired",
}  # fmt: skip
"""How a plan may end, and how its card begins then; what was interrupted is resumed, and nothing drifts here."""
BURNING = ("ALERT", "PAGE")
FIRE_METRIC = "blocked_sessions"
UNSEEN_S = 12.0
"""A fire that burned so long while somebody could watch has to be told: two ticks, what makes an alert, a lease that goes over."""
TOLD_S = 30.0
"""Within which it is told, though it may be over by then."""
DOWN = frozenset({Trouble.DATABASE_KILL, Trouble.DATABASE_RESTART})
WATCHLESS = frozenset({
    *DOWN, Trouble.STORE_KILL, Trouble.STORE_RESTART, Trouble.KILL, Trouble.STOP, Trouble.GONE,
})  # fmt: skip
TAKEN_OVER_S = 18.0
"""In which the databases of a replica that is gone are watched by the other."""


def ends(evidence: Evidence) -> Iterator[str]:
    """Everything about plans, cards, posts and incidents that does not hold."""
    for plan in evidence.found.plans:
        yield from _ran(evidence, plan)
        yield from _ended(evidence, plan)
        yield from _card(evidence, plan)
    views = {plan.view for plan in evidence.found.plans}
    yield from (f"{view} was refreshed, and nobody had a plan for it" for view in set(evidence.found.effects) - views)
    yield from _posts(evidence)
    yield from _incidents(evidence)
    yield from _fires(evidence)
    yield from (f"Not told: {one}" for one in evidence.found.unsettled)
    if not evidence.found.audit.holds:
        yield f"The audit does not hold: {evidence.found.audit}"


# --- plans


def _ran(evidence: Evidence, plan: Plan) -> Iterator[str]:
    """The patient itself has counted."""
    times = evidence.found.effects.get(plan.view, 0)
    least, most = int(plan.state == "done"), int(plan.was_begun)
    if not least <= times <= most:
        yield f"{plan.view} is {plan.state} and was refreshed {times} times"


def _ended(evidence: Evidence, plan: Plan) -> Iterator[str]:
    repair = evidence.repair(plan)
    if plan.state not in HEADS:
        yield f"{plan.view} is still {plan.state}: {plan.said[:120]}"
    wrong = set(plan.deciders) - {BEN, CORA}
    if wrong:
        yield f"{plan.view} was decided by {wrong}, who may not"
    if repair is None or plan.state not in _wanted(repair.ending):
        yield f"{plan.view} is {plan.state}, and people meant to {repair.ending if repair else 'do nothing'}"
    if plan.state == "failed" and not _could_fail(evidence, plan):
        yield f"{plan.view} failed though its database was there: {plan.said[:120]}"
    if plan.state == "expired":
        yield from (
            f"{plan.view} expired though {_named(one)} was acknowledged before" for one in _decisions(evidence, plan)
        )


def _wanted(ending: Ending) -> set[str]:
    """`expired` and `failed` have rules of their own."""
    match ending:
        case Ending.DENY:
            return {"denied", "expired"}
        case Ending.LEAVE:
            return {"expired"}
        case Ending.STOP:
            return {"stopped", "done", "failed", "expired"}
        case _:
            return {"done", "failed", "expired"}


def _could_fail(evidence: Evidence, plan: Plan) -> bool:
    return evidence.was(DOWN, plan.began_at - evidence.wall - 1, plan.ended_at - evidence.wall + 1)


def _decisions(evidence: Evidence, plan: Plan) -> list[Request]:
    """What was taken of those who may decide, before it was too late."""
    return [
        one
        for one in evidence.found.requests
        if one.was_taken
        and one.subject == plan.id
        and one.user in {BEN, CORA}
        and one.what in {"scout_approve", "a dialog"}
        and one.sent + (one.heard or 0) + evidence.wall < plan.expires_at
    ]


def _named(one: Request) -> str:
    return f"“{one.what}” of {one.user} ({one.inbox})"


# --- what stands in Slack


def _card(evidence: Evidence, plan: Plan) -> Iterator[str]:
    there = evidence.found.standing.get(f"approval:{plan.id}", [])
    if not there:
        yield f"{plan.view} has no card"
    elif not str(there[0]["text"]).startswith(HEADS.get(plan.state, "?")):
        yield f"{plan.view} is {plan.state}, and its card says: {str(there[0]['text'])[:80]}"


def _posts(evidence: Evidence) -> Iterator[str]:
    standing = evidence.found.standing
    for key, there in standing.items():
        if len(there) > 1:
            yield f"Posted {len(there)} times: {key}: {str(there[0]['text'])[:80]}"
    yield from (
        f"Sent by Scout's own account, and not there: {one}" for one in evidence.found.posts if one not in standing
    )


def _incidents(evidence: Evidence) -> Iterator[str]:
    for one in evidence.found.incidents:
        there = evidence.found.standing.get(f"incident:{one.id}", [])
        if not there:
            yield f"The incident {one.id} has no card"
        elif str(there[0]["text"]).startswith("RECOVERED") == one.is_open:
            yield f"The incident {one.id} is {'open' if one.is_open else 'over'}, and its card says: {str(there[0]['text'])[:80]}"


def _fires(evidence: Evidence) -> Iterator[str]:
    """What people outside see burn has to be told, whatever Scout itself knows of it."""
    for fire in fires(evidence):
        if not any(_tells_of(one.key, one.text, one.at, fire) for one in evidence.found.shown):
            since = fire.began - evidence.began
            yield f"Sessions were blocked for {fire.ended - fire.began:.0f} s, {since:.0f} s after the start, and nobody was told"


def fires(evidence: Evidence) -> list[Struck]:
    """Those that burned long enough while somebody could watch."""
    burned = [one for one in evidence.struck if one.strike.trouble is Trouble.FIRE and one.hits]
    return [one for one in burned if _could_be_seen(evidence, one)]


def _tells_of(key: str, text: str, at: float, fire: Struck) -> bool:
    burning = key.startswith("incident:") and FIRE_METRIC in key and text.startswith(BURNING)
    return burning and fire.began <= at <= fire.ended + TOLD_S


def _could_be_seen(evidence: Evidence, fire: Struck) -> bool:
    """Whether it burned long enough while nothing that a watch needs was broken or had just come back."""
    since = fire.began
    for one in sorted(evidence.of(WATCHLESS, fire.began - TAKEN_OVER_S, fire.ended), key=lambda one: one.began):
        if one.strike.trouble in DOWN and one.ended >= fire.began:
            return False  # it was put out
        if one.began - since >= UNSEEN_S:
            return True
        since = max(since, one.ended + (TAKEN_OVER_S if one.strike.trouble in {Trouble.KILL, Trouble.STOP} else 5.0))
    return fire.ended - since >= UNSEEN_S
