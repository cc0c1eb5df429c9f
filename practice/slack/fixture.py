"""Who and what exists in the practice workspace."""

from dataclasses import dataclass, field
from typing import Literal

from practice.slack.wire import Json

TEAM = "T0PRACTICE"
TEAM_NAME = "Scout Practice"
TEAM_DOMAIN = "scout-practice"
OTHER_TEAM = "T0OTHER"
APP = "A0SCOUT"
BOT = "B0SCOUT"
BOT_USER = "U0SCOUT"
BOT_NAME = "Scout"
BOT_TOKEN = "xoxb-practice"  # noqa: S105 - a fixture, good for nothing but the practice workspace
APP_TOKEN = "xapp-practice"  # noqa: S105 - a fixture, good for nothing but the practice workspace
VERIFICATION = "practice-verification"

Role = Literal["requester", "approver", "member", "guest", "stranger", "bot"]

SCOPES = (
    "app_mentions:read", "channels:history", "channels:read", "chat:write", "chat:write.public", "commands", "files:write",
    "groups:history", "groups:read", "im:history", "im:write", "mpim:read", "usergroups:read", "users:read",
)  # fmt: skip


@dataclass(frozen=True)
class User:
    """Somebody of the workspace, or of one it shares a channel with."""

    id: str
    name: str
    real_name: str
    role: Role
    team_id: str = TEAM

    @property
    def is_bot(self) -> bool:
        """Whether it is the app's own user."""
        return self.role == "bot"

    @property
    def is_stranger(self) -> bool:
        """Whether the person belongs to another workspace."""
        return self.team_id != TEAM

    @property
    def direct_message(self) -> str:
        """The id of the direct message between the person and the bot."""
        return "D0" + self.id[2:]

    def wire(self) -> Json:
        """Return the user object of `users.info`."""
        return {
            "id": self.id, "team_id": self.team_id, "name": self.name, "real_name": self.real_name,
            "deleted": False, "color": "9f69e7", "tz": "Europe/Vienna", "tz_label": "Central European Time",
            "tz_offset": 3600, "is_admin": False, "is_owner": False, "is_primary_owner": False,
            "is_restricted": self.role == "guest", "is_ultra_restricted": False, "is_bot": self.is_bot,
            "is_app_user": False, "is_stranger": self.is_stranger, "updated": 1790000000,
            "profile": {"real_name": self.real_name, "display_name": self.real_name.split()[0], "team": self.team_id},
        }  # fmt: skip


@dataclass(frozen=True)
class Group:
    """A user group, as `@dba`."""

    id: str
    handle: str
    name: str
    members: tuple[str, ...]

    def wire(self) -> Json:
        """Return the object of `usergroups.list`."""
        return {
            "id": self.id, "team_id": TEAM, "is_usergroup": True, "name": self.name, "handle": self.handle,
            "description": "", "date_delete": 0, "user_count": len(self.members), "is_external": False,
        }  # fmt: skip


@dataclass
class Channel:
    """A conversation of any kind."""

    id: str
    name: str
    members: set[str] = field(default_factory=set[str])
    is_private: bool = False
    is_ext_shared: bool = False
    is_archived: bool = False
    user: str | None = None

    @property
    def is_im(self) -> bool:
        """Whether it is a direct message."""
        return self.user is not None

    @property
    def kind(self) -> Literal["im", "group", "channel"]:
        """The `channel_type` of events."""
        return "im" if self.is_im else "group" if self.is_private else "channel"

    @property
    def command_name(self) -> str:
        """The `channel_name` that slash commands carry."""
        return {"im": "directmessage", "group": "privategroup", "channel": self.name}[self.kind]

    def wire(self) -> Json:
        """Return the object of `conversations.info`."""
        whole = {
            "id": self.id, "created": 1790000000, "is_im": self.is_im, "is_archived": self.is_archived,
            "is_private": self.is_private or self.is_im, "is_ext_shared": self.is_ext_shared,
            "is_shared": self.is_ext_shared, "is_org_shared": False, "context_team_id": TEAM,
        }  # fmt: skip
        if self.is_im:
            return whole | {"user": self.user, "is_open": True}
        return whole | {
            "name": self.name, "name_normalized": self.name, "is_channel": not self.is_private,
            "is_group": self.is_private, "is_mpim": False, "is_general": self.name == "general",
            "is_member": BOT_USER in self.members, "num_members": len(self.members), "creator": "U0ANA",
        }  # fmt: skip


def users() -> dict[str, User]:
    """Return everybody, by id."""
    people = (
        User("U0ANA", "ana", "Ana", "requester"),
        User("U0BEN", "ben", "Ben", "approver"),
        User("U0CORA", "cora", "Cora", "approver"),
        User("U0DAN", "dan", "Dan", "member"),
        User("U0GUEST", "gil", "Gil", "guest"),
        User("U0STRANGER", "sam", "Sam", "stranger", OTHER_TEAM),
        User(BOT_USER, "scout", BOT_NAME, "bot"),
    )
    return {user.id: user for user in people}


def groups() -> dict[str, Group]:
    """Return the user groups, by id."""
    found = (
        Group("S0ONCALL", "oncall", "On call", ("U0ANA", "U0BEN", "U0CORA")),
        Group("S0DBA", "dba", "Database administrators", ("U0BEN", "U0CORA")),
    )
    return {group.id: group for group in found}


def channels() -> dict[str, Channel]:
    """Return the channels and a direct message of each person with the bot, by id."""
    everybody = users()
    team = {user.id for user in everybody.values() if not user.is_stranger}
    found = [
        Channel("C0ALERTS", "scout-alerts", set(team)),
        Channel("C0GENERAL", "general", set(team)),
        Channel("C0SHARED", "partners", set(everybody), is_ext_shared=True),
        Channel("C0STAGING", "staging", set(team)),
        Channel("G0PRIVATE", "db-private", team - {BOT_USER, "U0GUEST"}, is_private=True),
    ]
    people = [user for user in everybody.values() if user.role not in ("bot", "stranger")]
    found += [Channel(user.direct_message, "", {user.id, BOT_USER}, user=user.id) for user in people]
    return {channel.id: channel for channel in found}
