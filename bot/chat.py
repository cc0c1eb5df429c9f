"""Who says what where, without any platform in it, and what Scout sends back."""

import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.errors import ScoutError, Unavailable
from bot.report import Level, Record, Report, Verdict

log = logging.getLogger(__name__)


HOMES = "the home tabs"
"""Where a `Home` goes: Slack counts all home tabs together, as the posts of one channel."""


class Person(Record):
    """A person as the chat names them: an id and the team it belongs to."""

    id: str
    team: str = ""


class Profile(Record):
    """What the chat knows of a person at the moment of asking; groups are those that the settings name."""

    id: str
    name: str
    outsider: str = ""
    groups: frozenset[str] = frozenset()


class Place(Record):
    """A conversation, and the thread in it; what was pressed on the home tab is answered directly, so the channel is the person."""

    channel: str
    thread: str | None = None
    direct: bool = False
    shared_outside: bool = False


class Asked(Record):
    """Somebody typed a command, in whichever of the ways; `url` answers it unseen by others for 30 minutes and five times.

    `reason` is one that was given beside the text, in a dialog; a typed one stands in the text.
    """

    kind: Literal["asked"] = "asked"
    id: str
    at: datetime
    person: Person
    place: Place
    text: str
    reason: str = ""
    url: str = ""


class Verb(StrEnum):
    """What a button of a card means; the dialog that a press opens bears the name of its button."""

    APPROVE = "approve"
    NOTE = "note"
    WHY = "why"
    DENY = "deny"
    TICK = "tick"
    STOP = "stop"
    SKIP = "skip"
    RESUME = "resume"
    REVIEW = "review"
    ACKNOWLEDGE = "ack"
    RELEASE = "unack"
    SILENCE = "silence"
    SHARE = "share"
    MORE = "more"
    SHEET = "sheet"


OPENING = frozenset({Verb.NOTE, Verb.DENY, Verb.WHY, Verb.SILENCE})
"""The buttons that open a dialog: Slack gives three seconds for that, so the door opens it before anything is looked up."""


class Pressed(Record):
    """Somebody pressed a button of a card; `subject` is the id of what the card shows, `seal` the hash that was on it.

    `on` is the ts of the message that the button stands on, empty when only that person sees it. `picked` are the values that are
    ticked in a list of boxes, `group` says which list it is.
    """

    kind: Literal["pressed"] = "pressed"
    id: str
    at: datetime
    person: Person
    place: Place
    verb: Verb
    subject: str
    seal: str = ""
    url: str = ""
    on: str = ""
    picked: tuple[str, ...] = ()
    group: int = 0


class Submitted(Record):
    """Somebody filled in the dialog of a button and sent it off; `subject` and `seal` are those of the dialog.

    `values` has every field by its name: one text for words and for a choice, the ticked ones of a list. `place` is where the
    button stands. A dialog is submitted once: what comes twice has the same id.
    """

    kind: Literal["submitted"] = "submitted"
    id: str
    at: datetime
    person: Person
    place: Place
    verb: Verb
    subject: str
    seal: str = ""
    values: Mapping[str, tuple[str, ...]] = Field(default_factory=dict[str, tuple[str, ...]])
    url: str = ""

    def words(self, name: str) -> str:
        """What was written or chosen in a field, without blanks around it; empty when nothing was."""
        return "".join(self.values.get(name, ())[:1]).strip()

    def ticked(self, name: str) -> frozenset[str]:
        """Which options of a list were ticked."""
        return frozenset(self.values.get(name, ()))


class Opened(Record):
    """Somebody opened Scout's home tab."""

    kind: Literal["opened"] = "opened"
    id: str
    at: datetime
    person: Person


Inbound = Annotated[Asked | Pressed | Submitted | Opened, Field(discriminator="kind")]


class Lane(StrEnum):
    """How urgent a message is; the order of the members is the order of sending."""

    PAGE = "page"
    APPROVAL = "approval"
    ANSWER = "answer"
    ALERT = "alert"
    PROGRESS = "progress"

    @property
    def rank(self) -> int:
        """Its place in the order of sending, 0 first."""
        return list(Lane).index(self)


class Card(Record):
    """A message that is posted once and edited as its subject goes on; drawn from the store when it is sent."""

    kind: Literal["card"] = "card"
    key: str
    channel: str


class Post(Record):
    """A report for everybody in a conversation; below a card when `below` names one that can be posted, else by itself.

    `why` is the id of a request that needs a reason: a button asks for it.
    """

    kind: Literal["post"] = "post"
    channel: str
    thread: str | None = None
    below: str = ""
    mention: tuple[str, ...] = ()
    report: Report
    by: str = ""
    why: str = ""


class Whisper(Record):
    """A report that only one person sees; `why` as in `Post`."""

    kind: Literal["whisper"] = "whisper"
    channel: str
    person: str
    thread: str | None = None
    url: str = ""
    url_until: datetime | None = None
    report: Report
    share: bool = False
    why: str = ""


class Sheet(Record):
    """A text file, in a thread or directly to a person; below a card when `below` names one."""

    kind: Literal["sheet"] = "sheet"
    channel: str
    thread: str | None = None
    below: str = ""
    person: str = ""
    name: str
    title: str
    text: str


class CallEvent(StrEnum):
    """What a call to those on duty says of an incident."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


class Call(Record):
    """A page for a receiver outside of the chat, whose name stands in `channel`; `incident` is the same from first to last."""

    kind: Literal["call"] = "call"
    channel: str
    event: CallEvent
    incident: str
    database: str
    metric: str
    level: Level
    text: str
    since: datetime
    at: datetime
    by: str = ""


class Home(Record):
    """The front page on one person's home tab, composed from the store when it is sent; however often it changes, it waits once."""

    kind: Literal["home"] = "home"
    person: str
    channel: str = HOMES

    @property
    def key(self) -> str:
        """What there is one of."""
        return f"home:{self.person}"


Message = Annotated[Card | Post | Whisper | Sheet | Call | Home, Field(discriminator="kind")]


class Notice(Record):
    """A message on its way: a row that was written together with what it tells of.

    `posting` is when somebody began to post it, if nobody knows what became of that.
    """

    id: str
    lane: Lane
    message: Message
    due: datetime
    tries: int = 0
    posting: datetime | None = None


def sorry(error: ScoutError) -> Report:
    """An error as an answer."""
    level = Level.NO_DATA if isinstance(error, Unavailable) else Level.INFO
    return Report(title="Scout", verdict=Verdict(level=level, text=str(error)))


def bug(doing: str, error: Exception) -> Report:
    """An answer for what nobody foresaw: a reference that finds the trace in the log."""
    reference = new_id()
    log.error("%s failed, reference %s", doing, reference, exc_info=error)
    text = f"Something went wrong inside Scout; nothing was changed. Tell its maintainers the reference {reference}."
    return Report(title="Scout", verdict=Verdict(level=Level.ALERT, text=text))


def new_id() -> str:
    """A fresh short id."""
    return secrets.token_hex(6)
