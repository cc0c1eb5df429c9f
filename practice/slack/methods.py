"""What a Web API method is, and what it gets to work with."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from practice.slack import fixture
from practice.slack.fixture import Channel, User
from practice.slack.passes import Passes
from practice.slack.state import Workspace
from practice.slack.views import Views
from practice.slack.wire import Json, Refusal


@dataclass(frozen=True)
class Desk:
    """The parts of the workspace that methods reach."""

    workspace: Workspace
    views: Views
    triggers: Passes[str]
    tickets: Passes[str]
    uploads: Passes[str]
    address: Callable[[], str]
    scopes: set[str] = field(default_factory=lambda: set(fixture.SCOPES))
    bot_token: str = fixture.BOT_TOKEN
    app_token: str = fixture.APP_TOKEN


@dataclass(frozen=True)
class Call:
    """One call with its arguments, whichever way they came."""

    desk: Desk
    args: Json

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return self.desk.workspace

    def text(self, name: str) -> str:
        """Return an argument as text, empty when it is missing."""
        value = self.args.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Return an argument as a truth value; forms carry them as words and digits."""
        return str(self.args.get(name, "")).lower() in ("1", "true")

    def number(self, name: str, usual: int) -> int:
        """Return an argument as a whole number."""
        try:
            return int(self.args.get(name) or usual)
        except ValueError:
            raise Refusal("invalid_arguments") from None

    def data(self, name: str, error: str = "invalid_json") -> Any:  # noqa: ANN401 - JSON of any shape
        """Return an argument as JSON; forms carry it as text."""
        value = self.args.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError:
            raise Refusal(error) from None

    def needed(self, name: str) -> str:
        """Return an argument that must be there."""
        value = self.text(name)
        if not value:
            raise Refusal(
                "invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]}
            )
        return value

    def user(self, name: str = "user") -> User:
        """Return the person an argument names."""
        found = self.workspace.users.get(self.text(name))
        if found is None:
            raise Refusal("user_not_found")
        return found

    def channel(self) -> Channel:
        """Return the channel an argument names, as far as the bot can see it; a user id means the direct message."""
        name = self.text("channel")
        user = self.workspace.users.get(name)
        found = self.workspace.channels.get(user.direct_message if user else name)
        hidden = found is not None and (found.is_private or found.is_im) and fixture.BOT_USER not in found.members
        if found is None or hidden:
            raise Refusal("channel_not_found")
        return found

    def message(self, error: str = "message_not_found") -> tuple[Channel, Json]:
        """Return the message that `channel` and `ts` name."""
        channel = self.channel()
        found = self.workspace.message(channel.id, self.text("ts"))
        if found is None:
            raise Refusal(error)
        return channel, found


@dataclass(frozen=True)
class Method:
    """A method: what it does, the scopes one of which it needs, and how often it may be called in a minute."""

    run: Callable[[Call], Json]
    scopes: tuple[str, ...] = ()
    per_minute: float = 100
    is_app_level: bool = False
