"""What is typed and pressed, and what strikes when: all of it follows from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

CHANNELS = ("C0GENERAL", "C0SOAK1", "C0SOAK2")
PEOPLE = ("U0ANA", "U0BEN", "U0CORA", "U0DAN")
DATABASES = ("one", "two", "three")
TEXTS = ("status", "active", "connections", "slow limit=5", "help", "history", "alerts", "blocked", "wrong word", "tps")
MENTIONS = "C0SOAK3"
"""Where people only mention Scout: such an answer carries no address."""

QUESTION_EVERY_S = 2.0
REPAIR_EVERY_S = 6.0
STRIKE_EVERY_S = 9.0
CALM_SHARE = 0.12
"""The end, in which nothing breaks any more."""
LAST_FIRE_S = 35.0
"""How long the fire burns that has to be told after all that has struck: a replica that was killed last is followed by then."""


class Ending(StrEnum):
    """How people deal with a plan."""

    APPROVE = "approve"
    TWICE = "approve twice at once"
    WRONG = "press as the wrong person, then approve"
    DENY = "deny with a reason"
    STOP = "approve, then stop"
    LEAVE = "leave it"


class Trouble(StrEnum):
    """What strikes."""

    REFRESH = "socket refresh"
    CUT = "sockets cut"
    SILENT = "sockets silent"
    TWICE = "envelopes twice"
    BUSY = "Slack answers 429"
    BROKEN = "Slack answers 500"
    LOST = "Slack's answers lost"
    GONE = "Slack gone"
    STORE_RESTART = "store restarted"
    STORE_KILL = "store killed"
    DATABASE_RESTART = "database restarted"
    DATABASE_KILL = "database killed"
    KILL = "replica killed"
    STOP = "replica stopped for a while"
    CLOCK = "clock jumps"
    FIRE = "sessions blocked"
    """Nothing of Scout's breaks: this is what it has to tell of, whatever else strikes meanwhile."""


@dataclass(frozen=True)
class Question:
    """Somebody types a question."""

    at: float
    who: str
    channel: str
    text: str


@dataclass(frozen=True)
class Repair:
    """Somebody asks for the refresh of a view that only this repair refreshes; its query takes some seconds."""

    at: float
    view: str
    database: str
    channel: str
    ending: Ending
    seconds: float
    gentle: bool


@dataclass(frozen=True)
class Strike:
    """Something breaks, for some seconds; `replica` is the one that it hits, where it hits one."""

    at: float
    trouble: Trouble
    seconds: float
    replica: int
    amount: float = 0.0


@dataclass(frozen=True)
class Drama:
    """Everything that happens, each part in the order of time; seconds since the curtain rose."""

    seed: int
    seconds: float
    questions: tuple[Question, ...]
    repairs: tuple[Repair, ...]
    strikes: tuple[Strike, ...]


def drama(seed: int, seconds: float) -> Drama:
    """The same for the same seed and length."""
    dice = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    questions = tuple(_question(dice, at) for at in _moments(dice, seconds, QUESTION_EVERY_S))
    repairs = tuple(_repair(dice, at, number) for number, at in enumerate(_moments(dice, seconds, REPAIR_EVERY_S)))
    return Drama(seed, seconds, questions, repairs, tuple(_strikes(dice, seconds)))


def _moments(dice: Random, seconds: float, pause: float) -> Iterator[float]:
    at = 1.0
    while at < seconds:
        yield at
        at += dice.uniform(0.2, 1.8) * pause


def _question(dice: Random, at: float) -> Question:
    who, channel, kind = dice.choice(PEOPLE), dice.choice(CHANNELS), dice.random()
    if kind < 0.15:
        return Question(at, who, MENTIONS, f"@Scout {dice.choice(TEXTS)}")
    return Question(at, who, channel, f"/scout {dice.choice(TEXTS)}")


def _repair(dice: Random, at: float, number: int) -> Repair:
    endings = (*(Ending.APPROVE,) * 4, *(Ending.TWICE,) * 3, *Ending)
    return Repair(
        at,
        view=f"plan_{number:04}",
        database=DATABASES[number % len(DATABASES)],
        channel=dice.choice(CHANNELS),
        ending=dice.choice(endings),
        seconds=dice.choice((0.05, 0.5, 2.0, 5.0)),
        gentle=dice.random() < 0.4,
    )


def _strikes(dice: Random, seconds: float) -> Iterator[Strike]:
    """Every kind once before any comes again, and a fire at the end; the first replica lives on from the end of the first third, so that its memory can be judged."""
    last = seconds * (1 - CALM_SHARE)
    pause = min(STRIKE_EVERY_S, last / (len(Trouble) + 1))
    deck: list[Trouble] = []
    for at in _moments(dice, last, pause):
        if not deck:
            deck = dice.sample(list(Trouble), len(Trouble))
        trouble = deck.pop()
        mortal = 1 if trouble is Trouble.KILL and at > seconds / 3 else dice.randrange(2)
        yield Strike(at, trouble, _length(dice, trouble, seconds), mortal, dice.choice((-3600.0, -90.0, 90.0, 3600.0)))
    yield Strike(seconds * (1 - CALM_SHARE / 2), Trouble.FIRE, LAST_FIRE_S, 0)


def _length(dice: Random, trouble: Trouble, seconds: float) -> float:
    sleep = 20.0 if seconds >= 180 else 9.0
    known = {
        Trouble.STOP: sleep,
        Trouble.SILENT: sleep,
        Trouble.REFRESH: 5.0,
        Trouble.CLOCK: 12.0,
        Trouble.TWICE: 5.0,
        Trouble.STORE_KILL: 4.0,
        Trouble.FIRE: sleep + 5.0,
    }
    return known.get(trouble) or dice.uniform(1.5, 5.0)
