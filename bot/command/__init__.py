"""What a command is, what it may look at, and what it may propose.

A command answers with a `Report` or proposes a `Plan`. It never runs anything: execution, progress, limits of time, stopping,
audit and the comparison of before and after are written once, in the runner.
"""

from bot.command.asking import Answer, Database, Facts, R, Row, Together
from bot.command.command import Args, Command
from bot.command.proposing import Check, Do, Plan, Pooler, Program, Risk, Session, Sql, Step
from bot.command.sources import Doing, Key, Keys, KeyStore, Limits, Memory, Offer, PastRun, PastStep, Pool, Sources
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
    "Answer",
    "Args",
    "Check",
    "Command",
    "Database",
    "Direction",
    "Do",
    "Doing",
    "Earlier",
    "Facts",
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
    "Risk",
    "Row",
    "Session",
    "Sources",
    "Sql",
    "Step",
    "Together",
    "Value",
]
