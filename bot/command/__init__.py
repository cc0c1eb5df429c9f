"""What a command is, what it may look at, and what it may propose.

A command answers with a `Report`, proposes a `Plan`, or gives an `Order` that changes Scout's own state. It never runs anything:
execution, progress, limits of time, stopping, audit and the comparison of before and after are written once, in the runner;
orders are carried out in one place as well, at once.
"""

from bot.command.asking import Answer, Database, Facts, R, Row, Together
from bot.command.command import Args, Command
from bot.command.incidents import Burning, Hush
from bot.command.ordering import EVERYTHING, Acknowledge, EndSilence, Order, Release, Silence
from bot.command.proposing import Check, Do, Plan, Pooler, Program, Risk, Session, Sql, Step
from bot.command.sources import (
    Doing,
    Entry,
    Journaled,
    Key,
    Keys,
    KeyStore,
    Limits,
    Memory,
    Offer,
    PastRun,
    PastStep,
    Pool,
    Remembered,
    Sources,
    Trail,
)
from bot.command.watching import (
    Direction,
    Earlier,
    Kept,
    Measured,
    Measurement,
    Metric,
    Missing,
    Probe,
    PromQuery,
    Reading,
    Value,
)

__all__ = [
    "EVERYTHING",
    "Acknowledge",
    "Answer",
    "Args",
    "Burning",
    "Check",
    "Command",
    "Database",
    "Direction",
    "Do",
    "Doing",
    "Earlier",
    "EndSilence",
    "Entry",
    "Facts",
    "Hush",
    "Journaled",
    "Kept",
    "Key",
    "KeyStore",
    "Keys",
    "Limits",
    "Measured",
    "Measurement",
    "Memory",
    "Metric",
    "Missing",
    "Offer",
    "Order",
    "PastRun",
    "PastStep",
    "Plan",
    "Pool",
    "Pooler",
    "Probe",
    "Program",
    "PromQuery",
    "R",
    "Reading",
    "Release",
    "Remembered",
    "Risk",
    "Row",
    "Session",
    "Silence",
    "Sources",
    "Sql",
    "Step",
    "Together",
    "Trail",
    "Value",
]
