"""What Scout has to say, as data: the verdict first, then parts that any surface can draw.

Texts are plain: nothing in them is markup, and the presenter escapes all of it.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class Record(BaseModel):
    """A frozen record without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Level(StrEnum):
    """How bad it is; the order of the members is the order of urgency."""

    OK = "ok"
    INFO = "info"
    NO_DATA = "no-data"
    ALERT = "alert"
    PAGE = "page"


def worst(levels: list[Level]) -> Level:
    """The most urgent of some levels; `OK` of none."""
    order = list(Level)
    return max(levels, key=order.index, default=Level.OK)


class Verdict(Record):
    """One line that tells what is wrong, or that nothing is."""

    level: Level
    text: str


class Unit(StrEnum):
    """How a number is written for people."""

    TEXT = "text"
    CODE = "code"
    COUNT = "count"
    PER_SECOND = "per second"
    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MINUTES = "minutes"
    PERCENT = "percent"
    BYTES = "bytes"


Cell = str | int | float | None


class Column(Record):
    """A column of a table: its title and how its cells are written."""

    title: str
    unit: Unit = Unit.TEXT


class Table(Record):
    """Rows of cells; `left_out` says how many more there are."""

    kind: Literal["table"] = "table"
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    left_out: int = 0


class Text(Record):
    """A paragraph."""

    kind: Literal["text"] = "text"
    text: str


class Code(Record):
    """Statements or other text to be shown letter by letter."""

    kind: Literal["code"] = "code"
    text: str
    title: str = ""


class Fact(Record):
    """A labelled value with a level of its own."""

    name: str
    value: str
    level: Level = Level.INFO
    note: str = ""


class Facts(Record):
    """A few labelled values."""

    kind: Literal["facts"] = "facts"
    title: str = ""
    facts: tuple[Fact, ...]


class Series(Record):
    """A line of a chart: one value for each of its labels."""

    name: str
    values: tuple[float, ...]


class Chart(Record):
    """A line chart of at most 20 points; `labels` stand below it, `unit` beside it."""

    kind: Literal["chart"] = "chart"
    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: Unit = Unit.COUNT


Part = Annotated[Table | Text | Code | Facts | Chart, Field(discriminator="kind")]


class Button(Record):
    """A next step: pressing it is the same as typing `text` after `/scout`."""

    label: str
    text: str
    danger: bool = False


class Choices(Record):
    """Next steps of one kind that are too many for buttons: choosing one is the same as pressing it."""

    label: str
    options: tuple[Button, ...]


class Report(Record):
    """An answer: the verdict, at most a screen of parts, and the rest behind a button.

    `notes` says what was examined and what was left out, and why.
    """

    title: str
    verdict: Verdict
    parts: tuple[Part, ...] = ()
    more: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    choices: Choices | None = None
