"""The verdict of the soak: an evidence in which everything holds, and each violation that must turn it red."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bot.store.audit import AuditVerdict, Flaw
from tests.soak.drama import Drama, Ending, Repair, Strike, Trouble
from tests.soak.evidence import Evidence
from tests.soak.found import Found, Incident, Plan, Shown
from tests.soak.gauges import Backends, Reading
from tests.soak.ledger import Aside, Request
from tests.soak.sockets import Socket
from tests.soak.striking import Death, Struck
from tests.soak.verdict import flaws

WALL = 1_000_000.0
"""The wall clock, where the monotonic one is at 0."""
MINUTES = 10
END = MINUTES * 60.0
ASKED, PLANNED, PRESSED, MENTIONED = 100.0, 200.0, 205.0, 300.0

QUESTION = Request(
    "slash:1", "/scout status", "U0ANA", ASKED, 0.02, answers=((ASKED + 1, "All is well"),), channel="C1", socket=1
)
WISH = Request("slash:2", "/scout refresh plan_0000 on one", "U0ANA", PLANNED, 0.02, channel="C1", socket=1)
PRESS = Request(
    "press:3",
    "scout_approve",
    "U0BEN",
    PRESSED,
    0.02,
    answers=((PRESSED + 1, "Approved"),),
    channel="C1",
    subject="a1",
    socket=1,
)
MENTION = Request(
    "event:4", "<@U0SCOUT> tps", "U0DAN", MENTIONED, 0.02, channel="C0SOAK3", thread="300.1", is_event=True, socket=1
)
ANSWER = Aside(MENTIONED + 1, "C0SOAK3", "U0DAN", "20 a second", "300.1")
PLAN = Plan(
    "a1",
    "done",
    "plan_0000",
    was_begun=True,
    deciders=("U0BEN",),
    expires_at=WALL + PLANNED + 30,
    began_at=WALL + PRESSED + 1,
    ended_at=WALL + PRESSED + 2,
)
REPAIR = Repair(PLANNED, "plan_0000", "one", "C1", Ending.APPROVE, 0.5, gentle=False)
CARD = {"text": "Done: refresh plan_0000 on one", "channel": "C1"}
FOUND = Found(
    requests=(QUESTION, WISH, PRESS, MENTION),
    plans=(PLAN,),
    effects={"plan_0000": 1},
    posts=("n1",),
    inbox={"slash:1": True, "slash:2": True, "press:3": True, "event:4": True},
    stamps={"slash:1": WALL + ASKED, "slash:2": WALL + PLANNED, "press:3": WALL + PRESSED, "event:4": WALL + MENTIONED},
    incidents=(Incident("scout:blocked_sessions:1", "blocked_sessions", is_open=False),),
    standing={
        "approval:a1": [CARD],
        "incident:scout:blocked_sessions:1": [{"text": "RECOVERED: Blocked sessions", "channel": "C0ALERTS"}],
        "n1": [{"text": "The whole plan", "channel": "C1"}],
    },
    shown=(
        Shown(PLANNED + 1, "approval:a1", "Waits: refresh plan_0000 on one"),
        Shown(405.0, "incident:scout:blocked_sessions:1", "PAGE: Blocked sessions: 9"),
    ),
    asides=(ANSWER,),
    audit=AuditVerdict(checked=5),
)


def struck(trouble: Trouble, began: float, ended: float, replica: int = 0, hits: int = 1) -> Struck:
    """A trouble that came."""
    return Struck(Strike(began, trouble, ended - began, replica), began, ended, hits)


FIRE = struck(Trouble.FIRE, 400.0, 440.0)
GOOD = Evidence(
    Drama(1, END, (), (REPAIR,), ()),
    FOUND,
    (FIRE,),
    0.0,
    END,
    sockets={1: Socket(0, 11), 2: Socket(1, 12)},
    readings=tuple(Reading(float(at), 0, 11, 110.0, 40, 50) for at in range(0, int(END), 10)),
    backends=(Backends(END, 20, 12),),
    wall=WALL,
)


def among(found: Found, *, instead: Request) -> Found:
    """What was found, with one request in the place of the one that has the same id."""
    return replace(found, requests=[instead if one.inbox == instead.inbox else one for one in found.requests])


def with_requests(*instead: Request) -> Evidence:
    """The good evidence, with some requests otherwise."""
    found = FOUND
    for one in instead:
        found = among(found, instead=one)
    return replace(GOOD, found=found)


def with_plan(**otherwise: object) -> Evidence:
    """The good evidence, with its plan otherwise."""
    return replace(GOOD, found=replace(FOUND, plans=(replace(PLAN, **otherwise),)))


def found(**otherwise: object) -> Evidence:
    """The good evidence, with something else found."""
    return replace(GOOD, found=replace(FOUND, **otherwise))


def growing(by: float, at: str) -> Sequence[Reading]:
    """Readings in which something grows, in each step of ten seconds."""
    return [replace(one, **{at: getattr(one, at) + by * step}) for step, one in enumerate(GOOD.readings)]


def test_where_everything_holds_there_are_no_flaws() -> None:
    assert flaws(GOOD) == []


LOST = replace(QUESTION, answers=())
UNHEARD = replace(QUESTION, heard=None, answers=())
REFUSED = replace(QUESTION, told_at_once="Scout cannot take this now: the store is gone", answers=())
VIOLATIONS = {
    "a question acknowledged and never answered": (with_requests(LOST), "never answered"),
    "a question answered twice": (
        with_requests(replace(QUESTION, answers=((101.0, "All is well"), (107.0, "All is well")))),
        "Answered 2 times",
    ),
    "a question answered after minutes": (with_requests(replace(QUESTION, answers=((290.0, "Well"),))), "after 190 s"),
    "a question that nobody heard": (with_requests(UNHEARD), "never"),
    "a question heard too late": (with_requests(replace(QUESTION, heard=3.5)), "after 3.5 s"),
    "a click acknowledged and not written down": (
        found(inbox={"slash:1": True, "slash:2": True, "event:4": True}),
        "not written down",
    ),
    "a click written down and never dealt with": (found(inbox={**FOUND.inbox, "press:3": False}), "Never answered"),
    "a click that let its plan expire": (with_plan(state="expired", was_begun=False), "was acknowledged before"),
    "a question refused for no reason": (with_requests(REFUSED), "the store was there"),
    "a question kept with a wrong time": (found(stamps={"slash:1": WALL + 3700}), "+3600 s wrong"),
    "a mention that nobody answered": (found(asides=()), "never answered"),
    "a mention answered twice": (found(asides=(ANSWER, replace(ANSWER, at=309.0))), "had an answer"),
    "a mention that Slack sent in vain": (with_requests(replace(MENTION, heard=None)), "again and again"),
    "a word out of nowhere": (found(asides=(ANSWER, replace(ANSWER, user="U0ANA"))), "had asked nothing"),
    "no socket in calm weather": (replace(GOOD, dispatch_failed=(50.0,)), "no socket"),
    "no socket while one replica lives": (
        replace(GOOD, dispatch_failed=(50.0,), struck=(FIRE, struck(Trouble.KILL, 45, 50, 1))),
        "no socket",
    ),
    "a plan run twice": (found(effects={"plan_0000": 2}), "refreshed 2 times"),
    "a plan done by its own account only": (found(effects={}), "refreshed 0 times"),
    "a denied plan that ran": (with_plan(state="denied", was_begun=False), "refreshed 1 times"),
    "a view that nobody asked for": (found(effects={"plan_0000": 1, "plan_0009": 1}), "nobody had a plan"),
    "a plan that was denied and not approved": (with_plan(state="denied"), "people meant to approve"),
    "a plan left in the middle": (with_plan(state="interrupted"), "still interrupted"),
    "a plan that drifted": (with_plan(state="void"), "still void"),
    "a plan that failed for no reason": (with_plan(state="failed"), "its database was there"),
    "a plan decided by who may not": (with_plan(deciders=("U0DAN",)), "who may not"),
    "a plan without a card": (found(standing={**FOUND.standing, "approval:a1": []}), "has no card"),
    "a card that stopped half-way": (
        found(standing={**FOUND.standing, "approval:a1": [{**CARD, "text": "Running: refresh plan_0000"}]}),
        "its card says",
    ),
    "a card posted twice": (found(standing={**FOUND.standing, "approval:a1": [CARD, CARD]}), "Posted 2 times"),
    "a post sent and not there": (found(posts=("n1", "n2")), "not there: n2"),
    "a notice that waits for ever": (found(unsettled=("notice n3 waiting",)), "Not told"),
    "an incident without a card": (found(incidents=(Incident("scout:x:1", "x", is_open=True),)), "has no card"),
    "an incident that burns on on its card": (
        found(incidents=(Incident("scout:blocked_sessions:1", "blocked_sessions", is_open=True),)),
        "is open, and its card says",
    ),
    "a fire that nobody was told of": (found(shown=FOUND.shown[:1]), "nobody was told"),
    "a fire told of when it was long over": (
        found(shown=(FOUND.shown[0], replace(FOUND.shown[1], at=500.0))),
        "nobody was told",
    ),
    "an audit that was bent": (
        found(audit=AuditVerdict(checked=3, broken=4, flaw=next(iter(Flaw)))),
        "audit does not hold",
    ),
    "memory that leaks two megabytes a minute": (replace(GOOD, readings=growing(1 / 3, "megabytes")), "Memory grew"),
    "threads that pile up": (replace(GOOD, readings=growing(2, "threads")), "Threads grew"),
    "sockets that pile up": (replace(GOOD, readings=growing(2, "files")), "Open files grew"),
    "connections that stay": (replace(GOOD, backends=(Backends(END, 20, 40),)), "connections to the store"),
    "a replica that ends by itself": (replace(GOOD, deaths=(Death(500.0, 0, 11, 1),)), "ended by itself"),
    "a replica that worked and gave up when the store was gone": (
        replace(GOOD, deaths=(Death(500.0, 0, 11, 1),), struck=(FIRE, struck(Trouble.STORE_KILL, 495, 499))),
        "ended by itself",
    ),
    "a trace in the log": (replace(GOOD, words=("Replica 0 says: Traceback",)), "Traceback"),
    "a trouble that never hits": (
        replace(GOOD, struck=(FIRE, *(struck(Trouble.BUSY, at, at + 2, hits=0) for at in (10.0, 20.0, 30.0)))),
        "hit nothing",
    ),
}


@pytest.mark.parametrize(("evidence", "said"), VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_violation_is_found(evidence: Evidence, said: str) -> None:
    assert any(said in flaw for flaw in flaws(evidence)), flaws(evidence)


CUT_ONE = {1: Socket(0, 11, ended_at=ASKED + 0.5), 2: Socket(1, 12)}
TWICE = replace(QUESTION, answers=((101.0, "All is well"), (107.0, "All is well")))
EXCUSES = {
    "its very socket was cut": replace(
        with_requests(UNHEARD), sockets=CUT_ONE, struck=(FIRE, struck(Trouble.CUT, ASKED + 0.5, ASKED + 0.5))
    ),
    "its very socket was silent": replace(with_requests(UNHEARD), sockets={1: Socket(0, 11, deaf_at=ASKED - 5)}),
    "its very replica slept": replace(with_requests(UNHEARD), struck=(FIRE, struck(Trouble.STOP, 95, 115, 0))),
    "the store was gone": replace(with_requests(REFUSED), struck=(FIRE, struck(Trouble.STORE_KILL, 99, 101))),
    "the store was gone when Slack sent it again": replace(
        with_requests(replace(REFUSED, heard=20.0)),
        sockets={1: Socket(0, 11, deaf_at=ASKED - 2), 2: Socket(1, 12)},
        struck=(FIRE, struck(Trouble.STORE_KILL, ASKED + 17, ASKED + 21)),
    ),
    "who answered was killed in that moment": replace(
        with_requests(TWICE), struck=(FIRE, struck(Trouble.KILL, 101.2, 104))
    ),
    "nobody was left to hear": replace(
        GOOD,
        dispatch_failed=(50.0,),
        struck=(FIRE, struck(Trouble.KILL, 45, 50, 1), struck(Trouble.CUT, 49, 49)),
    ),
    "the patient was restarted in the middle": replace(
        GOOD,
        found=replace(
            FOUND,
            plans=(replace(PLAN, state="failed"),),
            standing={**FOUND.standing, "approval:a1": [{**CARD, "text": "Failed: refresh plan_0000"}]},
        ),
        struck=(FIRE, struck(Trouble.DATABASE_RESTART, PRESSED + 1, PRESSED + 2)),
    ),
    "the fire was put out": replace(
        found(shown=FOUND.shown[:1]), struck=(FIRE, struck(Trouble.DATABASE_RESTART, 404, 405))
    ),
    "it gave up while it started without a store": replace(
        GOOD, deaths=(Death(500.0, 0, 99, 1),), struck=(FIRE, struck(Trouble.STORE_KILL, 495, 499))
    ),
}


@pytest.mark.parametrize("evidence", EXCUSES.values(), ids=EXCUSES.keys())
def test_what_has_a_reason_that_can_be_named_is_no_flaw(evidence: Evidence) -> None:
    assert flaws(evidence) == []


TOO_FAR = {
    "another socket was cut": replace(
        with_requests(UNHEARD),
        sockets={1: Socket(0, 11), 2: Socket(1, 12, ended_at=ASKED + 0.5)},
        struck=(FIRE, struck(Trouble.CUT, ASKED + 0.5, ASKED + 0.5)),
    ),
    "its socket ended, and nobody had cut it": replace(with_requests(UNHEARD), sockets=CUT_ONE),
    "the other replica slept": replace(with_requests(UNHEARD), struck=(FIRE, struck(Trouble.STOP, 95, 115, 1))),
    "the store alone is no reason to be silent": replace(
        with_requests(UNHEARD), struck=(FIRE, struck(Trouble.STORE_KILL, 99, 101))
    ),
    "the store was gone before and was back when it was heard": replace(
        with_requests(replace(REFUSED, heard=20.0)),
        sockets={1: Socket(0, 11, deaf_at=ASKED - 2), 2: Socket(1, 12)},
        struck=(FIRE, struck(Trouble.STORE_KILL, ASKED, ASKED + 4)),
    ),
    "who answered was killed long before": replace(with_requests(TWICE), struck=(FIRE, struck(Trouble.KILL, 80, 90))),
    "a clock that jumps is no reason for no answer": replace(
        with_requests(LOST), struck=(FIRE, struck(Trouble.CLOCK, 99, 111))
    ),
    "the patient was restarted long before": replace(
        with_plan(state="failed"), struck=(FIRE, struck(Trouble.DATABASE_RESTART, 150, 152))
    ),
}


@pytest.mark.parametrize("evidence", TOO_FAR.values(), ids=TOO_FAR.keys())
def test_a_trouble_elsewhere_excuses_nothing(evidence: Evidence) -> None:
    assert flaws(evidence)
