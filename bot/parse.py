"""From what somebody typed to a command's name, its arguments and a database: pure."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.command import Args
from bot.errors import BadInput


@dataclass(frozen=True)
class Entry:
    """What the parser knows of a command."""

    name: str
    args: type[Args]
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """A command as somebody asked for it; `database` is empty when none was named, `reason` when none was given."""

    name: str
    args: Mapping[str, str]
    database: str
    reason: str = ""


MOST_CHARACTERS = 500
MOST_REASON = 1000
KEY = "reason="
_STRAIGHT = {0x201C: '"', 0x201D: '"', 0x2018: "'", 0x2019: "'", 0xA0: " "}
_WORD = re.compile(r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\]|["'\\])+""", re.DOTALL)


def parse(text: str, entries: Sequence[Entry]) -> Call:
    """Read `name arguments key=value on DATABASE`, or the plain words that mean a command.

    Raises:
        BadInput: the command or a key is unknown (with the nearest name and the usage), or the text is too long.
    """
    said, reason = with_reason(text)
    if len(said) > MOST_CHARACTERS:
        raise BadInput(f"That is {len(said):,} characters; a command has at most {MOST_CHARACTERS}. Try `/scout help`.")
    tokens, database = _database(_tokens(said))
    if not tokens:
        raise BadInput(
            "The command is missing. Type one before the database, as `/scout status on NAME`; `/scout help` lists them."
        )
    entry, rest = _entry(tokens, entries)
    return Call(entry.name, {**_arguments(entry, rest), **own_reason(entry, reason)}, database, reason)


def own_reason(entry: Entry, reason: str) -> dict[str, str]:
    """The reason as an argument, for a command that has one of its own to keep."""
    own = next((name for name in ("reason", "why") if reason and name in entry.args.model_fields), None)
    return {own: reason} if own else {}


def with_reason(text: str) -> tuple[str, str]:
    """What was typed without the reason, and the reason: `reason="…"` anywhere, or everything behind `because`, letter by letter.

    Read before the text is taken apart, so that no quotation mark and no colon in a reason means anything.

    Raises:
        BadInput: the reason is missing, there twice, or too long.
    """
    straight = text.translate(_STRAIGHT)
    words = list(_WORD.finditer(straight))
    tail = next((word for word in words[1:] if word[0].lower() == "because"), None)
    named = [one for one in words if one[0].lower().startswith(KEY) and (tail is None or one.end() <= tail.start())]
    if len(named) + (tail is not None) > 1:
        raise BadInput("The reason is there twice. Say it once, at the end: `because …`.")
    if tail is not None:
        return text[: tail.start()].strip(), _checked(text[tail.end() :])
    if not named:
        return text.strip(), ""
    start, end = named[0].span()
    return f"{text[:start]}{text[end:].lstrip()}".strip(), _checked(_unquoted(text[start + len(KEY) : end]))


def _unquoted(value: str) -> str:
    if value[:1].translate(_STRAIGHT) not in {'"', "'"}:
        return value
    inner = value[1:-1] if len(value) > 1 and value[-1:].translate(_STRAIGHT) in {'"', "'"} else value[1:]
    return re.sub(r"\\([\"\\])", r"\1", inner)


def _checked(reason: str) -> str:
    said = reason.strip()
    if not any(letter.isalnum() for letter in said):
        raise BadInput("The reason is missing. Say it at the end: `because …`.")
    if len(said) > MOST_REASON:
        raise BadInput(f"That reason has {len(said):,} characters; {MOST_REASON:,} are enough.")
    return said


def arguments(entry: Entry, given: Mapping[str, str]) -> Args:
    """The typed arguments of a call.

    Raises:
        BadInput: a value has the wrong form or is out of range; names the first, and the usage.
    """
    try:
        return entry.args.model_validate(dict(given))
    except ValidationError as error:
        raise BadInput(f"{_complaint(error.errors()[0])} Usage: `{usage(entry)}`.") from None


def usage(entry: Entry) -> str:
    """How a command is typed, as `/scout slow [limit=10] [by=total]`."""
    return " ".join(["/scout", entry.name, *_placeholders(entry.args)])


def _typed_names(args: type[Args]) -> Mapping[str, FieldInfo]:
    """The arguments by the names that are typed; one that is a word of Python, as `for`, has an alias."""
    return {field.alias or name: field for name, field in args.model_fields.items()}


def _placeholders(args: type[Args]) -> Iterable[str]:
    for name, field in _typed_names(args).items():
        if field.is_required():
            yield name.upper()
        elif field.default in ("", None):
            yield f"[{name.upper()}]"
        else:
            yield f"[{name}={field.default}]"


def _tokens(text: str) -> list[str]:
    try:
        return shlex.split(text.translate(_STRAIGHT))
    except ValueError as error:
        what = (
            "A quotation mark has no partner. Close it"
            if "quotation" in str(error)
            else "A backslash stands alone. Add to it"
        )
        raise BadInput(f"{what}, or leave it out.") from None


def _database(tokens: list[str]) -> tuple[list[str], str]:
    if len(tokens) >= 2 and tokens[-2].lower() == "on":  # noqa: PLR2004 - "on" and a name
        return tokens[:-2], tokens[-1]
    return tokens, ""


def _entry(tokens: list[str], entries: Sequence[Entry]) -> tuple[Entry, list[str]]:
    names = {name: entry for entry in entries for name in (entry.name, *entry.words)}
    for length in range(min(5, len(tokens)), 0, -1):
        found = names.get(" ".join(tokens[:length]).lower())
        if found is not None:
            return found, tokens[length:]
    raise BadInput(_unknown(tokens, names))


def _unknown(tokens: list[str], names: Mapping[str, Entry]) -> str:
    typed = " ".join(tokens[:2])[:40]
    close = get_close_matches(typed.lower(), names, 1, 0.65) or get_close_matches(tokens[0].lower(), names, 1, 0.65)
    if not close:
        return f"I do not know '{typed}'. `/scout help` lists what you may do."
    return f"I do not know '{typed}'. Did you mean `{usage(names[close[0]])}`?"


def _arguments(entry: Entry, tokens: list[str]) -> dict[str, str]:
    fields = list(_typed_names(entry.args))
    given: dict[str, str] = {}
    for token in entry.args.spoken(tokens):
        key, value = _pair(token, fields)
        if key is None:
            key = next((name for name in fields if name not in given), None)
        if key is None or key not in fields:
            raise BadInput(_no_such_key(entry, token, fields))
        if key in given:
            raise BadInput(f"'{key}' is there twice. Usage: `{usage(entry)}`.")
        given[key] = value
    return given


def _pair(token: str, fields: list[str]) -> tuple[str | None, str]:
    match = re.fullmatch(r"(\w+)=(.*)", token, re.DOTALL)
    if match is None:
        return None, token
    key = match[1].lower()
    return key if key in fields else match[1], match[2]


def _no_such_key(entry: Entry, token: str, fields: list[str]) -> str:
    key = token.split("=", maxsplit=1)[0][:40]
    close = get_close_matches(key, fields, 1, 0.5)
    hint = f" Did you mean '{close[0]}'?" if close and "=" in token else ""
    return f"`{entry.name}` does not take '{key}'.{hint} Usage: `{usage(entry)}`."


WANTED = {
    "missing": "has to be given",
    "int_parsing": "has to be a whole number",
    "int_from_float": "has to be a whole number",
    "float_parsing": "has to be a number",
    "bool_parsing": "has to be yes or no",
}
"""What is asked for, by pydantic's kind of error, where its own words are a programmer's."""


def _complaint(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] in WANTED:
        return f"'{name}' {WANTED[error['type']]}."
    said = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return f"'{name}' {said[0].lower()}{said[1:]}." if said else f"'{name}' is not right."
