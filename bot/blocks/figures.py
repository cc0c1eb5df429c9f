"""Numbers as people write them."""

import math
from datetime import timedelta
from typing import TypeGuard

from bot.report import Cell, Unit

_SIZES = ("B", "kB", "MB", "GB", "TB", "PB")
_SECONDS = {Unit.SECONDS: 1.0, Unit.MILLISECONDS: 0.001, Unit.MINUTES: 60.0}
_NOTHING = "\u2013"
_HUGE = 1e300
_ALMOST_A_SECOND = 0.9995
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_DECIMALS = ((1000, 0), (100, 1), (99, 2), (10, 1), (0, 2))  # between 99 and 100 per cent the second decimal tells


def amount(value: Cell, unit: Unit) -> str:
    """A value in its unit: "1.8 s", "95 ms", "12.3 GB", "1,234", "87 %", "2 h 5 min"; a dash for nothing.

    Bytes are counted in steps of 1024, as `pg_size_pretty` does.
    """
    if value is None or isinstance(value, str):
        return value or _NOTHING
    return _written(value, unit) if is_figure(value) else _NOTHING


def is_figure(value: object) -> TypeGuard[int | float]:
    """Whether a value is a number that can be written: neither infinite nor absurdly large, nor "not a number"."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -_HUGE < value < _HUGE


def _written(value: float, unit: Unit) -> str:
    if unit in {Unit.TEXT, Unit.CODE}:
        return str(value)
    if unit in _SECONDS:
        return span(value * _SECONDS[unit])
    if unit is Unit.BYTES:
        return _size(value)
    return _number(value) + {Unit.PERCENT: " %", Unit.PER_SECOND: "/s"}.get(unit, "")


def span(seconds: float) -> str:
    """A length of time, in two units at most."""
    if seconds < 0:
        return "-" + span(-seconds)
    if seconds < _ALMOST_A_SECOND:
        return f"{_number(seconds * 1000)} ms" if seconds else "0 s"
    if round(seconds, 1) < _MINUTE:
        return f"{_number(round(seconds, 1))} s"
    return _long(seconds)


def between(length: timedelta) -> str:
    """The same for the difference of two times, never negative."""
    return span(max(0.0, round(length.total_seconds(), 3)))


def _long(seconds: float) -> str:
    if seconds < 10 * _MINUTE:
        return _two(round(seconds), _MINUTE, ("min", "s"))
    if seconds < _DAY:
        return _two(round(seconds / _MINUTE), 60, ("h", "min"))
    return _two(round(seconds / _HOUR), 24, ("d", "h"))


def _two(count: int, step: int, names: tuple[str, str]) -> str:
    parts = zip(divmod(count, step), names, strict=True)
    return " ".join(f"{part:,} {name}" for part, name in parts if part)


def _size(value: float) -> str:
    step = min(int(math.log(abs(value), 1024)), len(_SIZES) - 1) if abs(value) >= 1 else 0
    return f"{_number(value / 1024**step)} {_SIZES[step]}"


def _number(value: float) -> str:
    """Three figures or so, without zeros at the end."""
    if isinstance(value, int) or value.is_integer():
        return f"{int(value):,}"
    digits = next(digits for line, digits in _DECIMALS if abs(value) >= line)
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if digits else text
