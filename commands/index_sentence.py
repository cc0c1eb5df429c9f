"""An index as people say it, `NAME on TABLE (A, B desc) where C is null`, taken apart: pure."""

import re
from collections.abc import Iterable, Sequence

from bot.errors import BadInput

NAMED = re.compile(r"(name|table|columns|null|notnull|unique)=.*", re.DOTALL | re.IGNORECASE)
CONDITION = re.compile(r"(.+?) is (not )?null", re.DOTALL | re.IGNORECASE)


def arguments(words: Sequence[str]) -> Sequence[str]:
    """The same as `name=value`; words that are no such sentence as they are.

    Raises:
        BadInput: the condition is anything else than that a column is null, or is not.
    """
    on = next((at for at, word in enumerate(words[:2]) if word.lower() == "on"), None)
    if on is None or on + 1 == len(words):
        return words
    said, named = (
        [one for one in words[on + 1 :] if not NAMED.fullmatch(one)],
        [one for one in words if NAMED.fullmatch(one)],
    )
    where = next((at for at, word in enumerate(said) if word.lower() == "where"), len(said))
    table, _, first = said[0].partition("(")
    columns = ",".join(_columns(" ".join([first, *said[1:where]])))
    told = {"name": "".join(words[:on]), "table": table, "columns": columns}
    return [
        *(f"{name}={value}" for name, value in told.items() if value),
        *_conditions(" ".join(said[where + 1 :])),
        *named,
    ]


def _columns(text: str) -> Iterable[str]:
    """The columns, with a hyphen before what is descending."""
    for one in text.strip("() ").split(","):
        name, _, direction = one.strip().rpartition(" ")
        if name and direction.lower() in {"asc", "desc"}:
            yield f"-{name.strip()}" if direction.lower() == "desc" else name.strip()
        else:
            yield one.strip()


def _conditions(text: str) -> Iterable[str]:
    for one in re.split(r" and ", text, flags=re.IGNORECASE) if text else ():
        match = CONDITION.fullmatch(one.strip("() "))
        if match is None:
            raise BadInput(
                f"I build no index with the condition '{one[:63]}': it is `COLUMN is null` or `COLUMN is not null`, or one of each with `and`."
            )
        yield f"{'notnull' if match[2] else 'null'}={match[1].strip()}"
