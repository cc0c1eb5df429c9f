"""A dialog that a press opens, as data: what it asks; what comes back is `bot.chat.Submitted`."""

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol

from pydantic import Field

from bot.chat import Place, Verb
from bot.report import Record, Report


class Option(Record):
    """Something to choose: its value comes back, its label is shown, the hint in small letters below."""

    value: str
    label: str
    hint: str = ""


class Words(Record):
    """A field to write in, of one line or of several; what is `needed` cannot be left blank."""

    kind: Literal["words"] = "words"
    name: str
    label: str
    hint: str = ""
    needed: bool = True
    long: bool = True
    most: int = 1000
    given: str = ""


class Choice(Record):
    """One of at most 100 options; `given` is the value that is chosen beforehand."""

    kind: Literal["choice"] = "choice"
    name: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    needed: bool = True
    given: str = ""


class Ticks(Record):
    """Options that can be ticked one by one; `given` are the values that are ticked beforehand."""

    kind: Literal["ticks"] = "ticks"
    name: str
    label: str
    options: tuple[Option, ...]
    hint: str = ""
    needed: bool = False
    given: tuple[str, ...] = ()


Ask = Annotated[Words | Choice | Ticks, Field(discriminator="kind")]


class Dialog(Record):
    """What a press opens: the button's name, the id of what it is about, and the fields.

    It is made by the `press` of a `bot.desk.Duty`, and what the person sends off comes to the same duty's `submit`. Only ids travel
    with it, so look everything up anew when it comes back: much may have happened while it was open.
    """

    verb: Verb
    subject: str
    seal: str = ""
    title: str
    text: str = ""
    fields: Sequence[Ask]
    send: str = "Send"


class Show(Protocol):
    """What fills the dialog that a press has opened."""

    def __call__(self, press: str, what: Dialog | Report, place: Place) -> bool:
        """Put a dialog, or what is to be said instead, into it; False when there is none to be seen."""
        ...


def shown_nowhere(press: str, what: Dialog | Report, place: Place) -> bool:  # noqa: ARG001 - the form of `Show`
    """For a surface without dialogs."""
    return False
