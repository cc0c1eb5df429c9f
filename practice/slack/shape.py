"""Words to describe what a piece of JSON must look like; a finding is said in Slack's own words."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from practice.slack.wire import is_list, is_record

Check: TypeAlias = Callable[[Any, str], list[str]]
"""Takes a value and its JSON pointer, returns what is wrong."""


def wrong(message: str, at: str) -> list[str]:
    """Return one finding."""
    return [f"[ERROR] {message} [json-pointer:{at}]"]


def string(most: int | None = None, least: int = 1) -> Check:
    """A text of so many characters."""

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        if not isinstance(value, str):
            return wrong("must provide a string", at)
        if len(value) < least:
            return wrong(f"must be more than {least - 1} characters", at)
        if most is not None and len(value) > most:
            return wrong(f"must be less than {most + 1} characters", at)
        return []

    return check


def choice(*allowed: str) -> Check:
    """One of some words."""

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        return [] if value in allowed else wrong(f"must be one of {', '.join(allowed)}", at)

    return check


def flag(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
    """A truth value."""
    return [] if isinstance(value, bool) else wrong("must provide a boolean", at)


def anything(_value: Any, _at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
    """Whatever it is."""
    return []


def number(least: float = -math.inf, most: float = math.inf, *, whole: bool = True) -> Check:
    """A finite number within bounds."""

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        kinds = (int,) if whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
            return wrong("must provide an integer" if whole else "must provide a number", at)
        if value < least:
            return wrong(f"must be at least {least:g}", at)
        return wrong(f"must be at most {most:g}", at) if value > most else []

    return check


def array(of: Check, most: int | None = None, least: int = 1) -> Check:
    """A list of so many items, each of one shape."""

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        if not is_list(value):
            return wrong("must provide an array", at)
        if len(value) < least:
            return wrong(f"no less than {least} items allowed", at)
        if most is not None and len(value) > most:
            return wrong(f"no more than {most} items allowed", at)
        return [one for index, item in enumerate(value) for one in of(item, f"{at}/{index}")]

    return check


def record(needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these properties and no others; `type` is looked at elsewhere."""
    known = {"type": anything, **needed, **(optional or {})}

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        if not is_record(value):
            return wrong("must provide an object", at)
        found = [
            one for name in needed if value.get(name) is None for one in wrong(f"missing required field: {name}", at)
        ]
        found += [
            one for name in value if name not in known for one in wrong(f"invalid additional property: {name}", at)
        ]
        present = [(name, item) for name, item in value.items() if name in known and item is not None]
        return found + [one for name, item in present for one in known[name](item, f"{at}/{name}")]

    return check


def by_type(shapes: Mapping[str, Check], allowed: Sequence[str] | None = None) -> Check:
    """An object whose `type` says which shape it has."""

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        if not is_record(value):
            return wrong("must provide an object", at)
        kind = value.get("type")
        if kind is None:
            return wrong("missing required field: type", at)
        if not isinstance(kind, str) or kind not in shapes or (allowed is not None and kind not in allowed):
            return wrong(f"unsupported type: {kind}", f"{at}/type")
        return shapes[kind](value, at)

    return check


def both(*checks: Check) -> Check:
    """Every one of the shapes; the first that is not met speaks."""

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        for one in checks:
            found = one(value, at)
            if found:
                return found
        return []

    return check


def any_of(*names: str) -> Check:
    """An object that has at least one of these properties."""

    def check(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
        if is_record(value) and any(value.get(name) is not None for name in names):
            return []
        return wrong(f"must define either {' or '.join(f'`{name}`' for name in names)}", at)

    return check


def text(most: int, *kinds: str) -> Check:
    """A text object of so many characters, plain or with markup."""
    allowed = kinds or ("plain_text", "mrkdwn")
    shapes: dict[str, Check] = {
        "plain_text": record({"text": string(most)}, {"emoji": flag}),
        "mrkdwn": record({"text": string(most)}, {"verbatim": flag}),
    }
    return by_type(shapes, allowed)


def plain(most: int) -> Check:
    """A `plain_text` object of so many characters."""
    return text(most, "plain_text")
