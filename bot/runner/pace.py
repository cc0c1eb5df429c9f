"""How far a step is, in words: the phase that PostgreSQL tells of, how much of it is through, and what is usual."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bot.blocks import amount
from bot.database import Advance
from bot.report import Unit

SURE_S = 2.0
"""A phase is watched for so long before anything is said of its rest."""


@dataclass(frozen=True)
class Seen:
    """When a phase of a step was seen first, in seconds of its run, and how much of it was through then."""

    phase: str
    at_s: float
    done: float


def seen(before: Seen | None, advance: Advance | None, elapsed_s: float) -> Seen | None:
    """The phase that is going on, as it was when it was seen first; one that begins anew is another."""
    if advance is None or advance.phase is None:
        return None
    if before is not None and before.phase == advance.phase and before.done <= (advance.done or 0):
        return before
    return Seen(advance.phase, elapsed_s, advance.done or 0)


def in_words(advance: Advance | None, first: Seen | None, elapsed_s: float, past: Sequence[float]) -> str:
    """What is said of a running step; `past` are the seconds that it took before."""
    return "; ".join(filter(None, [_phase(advance, first, elapsed_s), _waits(advance), _usual(elapsed_s, past)]))


def _phase(advance: Advance | None, first: Seen | None, elapsed_s: float) -> str:
    if advance is None or not advance.phase:
        return ""
    share = _share(advance)
    if share is None:
        return advance.phase
    rest = _rest(advance, first, elapsed_s)
    return f"{advance.phase}, {share:.0f} %" + (
        f", about {amount(rest, Unit.SECONDS)} more of this phase" if rest is not None else ""
    )


def _share(advance: Advance) -> float | None:
    return min(100.0, 100 * (advance.done or 0) / advance.total) if advance.total else None


def _rest(advance: Advance, first: Seen | None, elapsed_s: float) -> float | None:
    """Seconds, by the speed since the phase was seen first."""
    if first is None or advance.total is None or advance.done is None:
        return None
    took, through = elapsed_s - first.at_s, advance.done - first.done
    return round(took * max(0.0, advance.total - advance.done) / through) if took >= SURE_S and through > 0 else None


def _waits(advance: Advance | None) -> str:
    pids = list(dict.fromkeys(advance.waits_for)) if advance else []
    return f"waits for pid {', '.join(str(pid) for pid in pids[:3])}" if pids else ""


def _usual(elapsed_s: float, past: Sequence[float]) -> str:
    if not past:
        return ""
    usual = median(past)
    said = amount(round(usual, 1), Unit.SECONDS)
    return f"longer than the usual {said}" if elapsed_s > usual else f"usually {said}"
