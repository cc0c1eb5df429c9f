"""How numbers and sessions are said in a sentence: pure."""

from bot.report import Unit

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
SUFFIX = {Unit.MILLISECONDS: " ms", Unit.PERCENT: " %", Unit.PER_SECOND: "/s"}


def several(number: float, noun: str, plural: str = "") -> str:
    """A number with its noun, as "1 session" or "1,200 sessions"."""
    return f"{number:,.0f} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """A length of time as people say it, in at most two units."""
    whole = round(seconds)
    if whole < MINUTE:
        return f"{seconds:.1f} s" if 0 < seconds < 1 else f"{whole} s"
    if whole < HOUR:
        return _two(whole, MINUTE, "min", 1, "s") if whole < 10 * MINUTE else f"{whole // MINUTE} min"
    if whole < DAY:
        return _two(whole, HOUR, "h", MINUTE, "min")
    return _two(whole, DAY, "d", HOUR, "h")


def size(number: float) -> str:
    """A number of bytes, in powers of 1024."""
    scaled, unit = _scaled(number)
    return f"{scaled:,.1f} {unit}" if unit == "TB" else f"{scaled:,.0f} {unit}"


def quantity(value: float, unit: Unit) -> str:
    """A value with its unit."""
    if unit is Unit.SECONDS:
        return seconds(value)
    if unit is Unit.MINUTES:
        return duration(value * MINUTE)
    return size(value) if unit is Unit.BYTES else _short(value) + SUFFIX.get(unit, "")


def seconds(value: float) -> str:
    """A time that may be short, as "0.37 ms", "250 ms", "1.84 s" or "12 s"."""
    few = 10  # below it three digits are worth reading
    if 0 < abs(value) < 1:
        thousandths = 1000 * value
        return f"{_trimmed(round(thousandths, 2 if abs(thousandths) < few else 0))} ms"
    return f"{value:.2f} s" if 1 <= abs(value) < few else duration(value)


def threshold(value: float, unit: Unit) -> str:
    """A line without needless digits."""
    if unit in {Unit.SECONDS, Unit.MINUTES}:
        return duration(value * (MINUTE if unit is Unit.MINUTES else 1))
    if unit is Unit.BYTES:
        scaled, name = _scaled(value)
        return f"{_trimmed(scaled)} {name}"
    return _trimmed(value) + SUFFIX.get(unit, "")


def listed(names: list[str], most: int = 5) -> str:
    """Some names in a sentence, the rest counted."""
    shown = names[:most]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _scaled(number: float) -> tuple[float, str]:
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(number) < 1024:  # noqa: PLR2004 - the definition of the units
            return number, unit
        number /= 1024
    return number, "TB"


def _two(whole: int, big: int, big_name: str, small: int, small_name: str) -> str:
    many, rest = divmod(whole, big)
    rest //= small
    return f"{many} {big_name} {rest} {small_name}" if rest else f"{many} {big_name}"


def _trimmed(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _short(value: float) -> str:
    if float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.1f}"  # noqa: PLR2004 - three digits tell enough
