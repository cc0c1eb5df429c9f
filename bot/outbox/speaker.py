"""What the outbox needs of a chat, and what a chat may answer when it does not want to."""

from datetime import datetime
from typing import Protocol

from bot.blocks import Block, Drawn
from bot.chat import Sheet, Whisper
from bot.errors import ScoutError, Unavailable


class Busy(Unavailable):
    """Slack said 429: nothing of this kind before `seconds` have passed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Slack asks to wait {seconds:.0f} s.")
        self.seconds = seconds


class Refused(ScoutError):
    """Slack will never take this message; the text is Slack's name for why."""


class NotDrawable(Refused):
    """Slack does not know a block of this message: a plainer one may pass."""


class Gone(Refused):
    """The message that was to be edited is not there any more."""


class Unseen(ScoutError):
    """What stands in a conversation may not be read; the text is Slack's name for why."""


class Speaker(Protocol):
    """What can say something in the chat."""

    def post(self, channel: str, thread: str | None, drawn: Drawn, key: str) -> tuple[str, str]:
        """Post a message; its channel and ts."""
        ...

    def find(self, channel: str, thread: str | None, key: str, since: datetime) -> str | None:
        """The ts of a message that was posted with this key since a moment; None when there is none.

        Raises:
            Unseen: the conversation may not be read.
        """
        ...

    def edit(self, channel: str, ts: str, drawn: Drawn, key: str) -> None:
        """Replace a message."""
        ...

    def whisper(self, to: Whisper, drawn: Drawn) -> None:
        """Say something to one person, unseen by others."""
        ...

    def send_sheet(self, sheet: Sheet) -> None:
        """Send a text file."""
        ...

    def publish(self, person: str, blocks: list[Block]) -> None:
        """Put a page on a person's home tab, in the place of the one before."""
        ...

    def permalink(self, channel: str, ts: str) -> str:
        """The address of a message in a browser."""
        ...
