"""Named statements from the `.sql` file beside a module, and the one door for a name: the only ways SQL reaches a database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HEAD = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """One statement: `%(name)s` are values, `{name}` identifiers that the caller must give.

    One that was `written` by the database itself, with `format()`, has neither: it is asked letter by letter.
    """

    name: str
    text: str
    written: bool = False

    @property
    def needs_names(self) -> bool:
        """Whether the text holds `{identifiers}`."""
        return re.search(r"\{\w+\}", self.text) is not None


def identifier(name: str) -> str:
    """A name as a quoted identifier, for PostgreSQL and for the console of pgbouncer; NUL, which none can hold, as its symbol."""
    return '"{}"'.format(name.replace('"', '""').replace("\0", "\N{SYMBOL FOR NULL}"))


def queries(module_file: str) -> Mapping[str, Statement]:
    """The named statements of the `.sql` file that has a module's name.

    Raises:
        ValueError: the file has text before the first name, a name twice or an empty statement.
    """
    path = Path(module_file).with_suffix(".sql")
    return _split(path.read_text(encoding="utf-8"), path.name)


def _split(text: str, origin: str) -> dict[str, Statement]:
    parts = _HEAD.split(text)
    if re.sub(r"--[^\n]*", "", parts[0]).strip():
        raise ValueError(f"{origin}: there is a statement before the first '-- name:'")
    found: dict[str, Statement] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        statement = body.strip().removesuffix(";").strip()
        if name in found or not re.sub(r"--[^\n]*", "", statement).strip():
            raise ValueError(f"{origin}: '{name}' is empty or there twice")
        found[name] = Statement(f"{Path(origin).stem}.{name}", statement)
    return found
