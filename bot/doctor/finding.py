"""A line of the examination: how it is, about what, and the next step where something is wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.errors import ScoutError

FINE, DOUBTFUL, BROKEN = "ok", "warning", "failure"


@dataclass(frozen=True)
class Finding:
    """One line: how it is, about what, and what to do."""

    how: str
    what: str
    said: str


def tried(what: str, look: Callable[[], str]) -> Finding:
    """What a look says; that it fails is a failure, in the error's own sentence."""
    try:
        return Finding(FINE, what, look())
    except ScoutError as error:
        return Finding(BROKEN, what, str(error))
