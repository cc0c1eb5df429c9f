"""A speaker that says nothing: from a terminal nothing is sent, and cards wait in the store until Slack is back."""

from datetime import datetime

from bot.blocks import Block, Drawn
from bot.chat import Sheet, Whisper
from bot.errors import Cannot

SILENT = "A terminal sends nothing to Slack."


class Mute:
    """Refuses to speak; the outbox of a terminal is never opened."""

    def post(self, channel: str, thread: str | None, drawn: Drawn, key: str) -> tuple[str, str]:  # noqa: ARG002 - the speaker's form
        """Never."""
        raise Cannot(SILENT)

    def edit(self, channel: str, ts: str, drawn: Drawn, key: str) -> None:  # noqa: ARG002 - the speaker's form
        """Never."""
        raise Cannot(SILENT)

    def find(self, channel: str, thread: str | None, key: str, since: datetime) -> str | None:  # noqa: ARG002 - the speaker's form
        """Never."""
        raise Cannot(SILENT)

    def whisper(self, to: Whisper, drawn: Drawn) -> None:  # noqa: ARG002 - the speaker's form
        """Never."""
        raise Cannot(SILENT)

    def send_sheet(self, sheet: Sheet) -> None:  # noqa: ARG002 - the speaker's form
        """Never."""
        raise Cannot(SILENT)

    def publish(self, person: str, blocks: list[Block]) -> None:  # noqa: ARG002 - the speaker's form
        """Never."""
        raise Cannot(SILENT)

    def permalink(self, channel: str, ts: str) -> str:  # noqa: ARG002 - the speaker's form
        """Never."""
        raise Cannot(SILENT)
