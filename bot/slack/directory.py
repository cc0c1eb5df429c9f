# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Slack_sdk types its answers loosely.
"""Who people are and which groups they are in, asked of Slack at the moment of the click and kept at most a minute."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.chat import Person, Profile
from bot.errors import NotAllowed, Unavailable
from bot.flow import Room

log = logging.getLogger(__name__)

T = TypeVar("T")

KEEP_SECONDS = 60.0
PATIENCE_SECONDS = 2.0


class Directory:
    """Slack's knowledge of people, groups and channels; what cannot be asked is refused."""

    team = ""
    """The id of our own team, once Slack has told it; until then everybody is refused."""

    def __init__(self, client: WebClient, groups: frozenset[str]) -> None:
        self._client = client
        self._groups = frozenset(group for group in groups if group.startswith("S"))
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    def profile(self, person: Person) -> Profile:
        """A person with the groups that the settings name.

        Raises:
            NotAllowed: Slack does not say who this is, so nothing is allowed.
        """
        try:
            self._learn_team()
            user = self._cached(f"user {person.id}", lambda: self._user(person.id))
            groups = frozenset(group for group in self._groups if person.id in self._members(group))
        except (SlackApiError, OSError, TimeoutError) as error:
            log.warning("Slack does not say who %s is: %s", person.id, code_of(error))
            raise NotAllowed(
                f"I cannot check who you are, so I do nothing: Slack says {code_of(error)}. Try again in a minute."
            ) from None
        return Profile(id=person.id, name=_name(user), outsider=_outsider(user, self.team), groups=groups)

    def people(self, ids: frozenset[str]) -> frozenset[str]:
        """The people that ids of people and groups mean.

        Raises:
            Unavailable: Slack does not say who is in a group.
        """
        try:
            groups = [self._members(one) for one in ids if one.startswith("S")]
        except (SlackApiError, OSError, TimeoutError) as error:
            raise Unavailable(f"I cannot look up who is in a user group: Slack says {code_of(error)}.") from None
        return frozenset(one for one in ids if not one.startswith("S")).union(*groups)

    def room(self, channel: str) -> Room:
        """What is known of a channel.

        Raises:
            Unavailable: Slack does not say whether another company reads it.
        """
        key = f"channel {channel}"
        try:
            found = self._cached(key, lambda: self._room(channel))
        except (SlackApiError, OSError, TimeoutError) as error:
            raise Unavailable(
                f"I cannot check who reads this channel: Slack says {code_of(error)}. Try again in a minute."
            ) from None
        if not found.reachable:  # whoever is told to invite Scout does so, and presses again at once
            self._forget(key)
        return found

    def _forget(self, key: str) -> None:
        with self._lock:
            self._kept.pop(key, None)

    def _learn_team(self) -> None:
        """What a former life left unanswered is looked at before the first request of this one has told the team."""
        if not self.team:
            self.team = str(patiently(self._client.auth_test)["team_id"])

    def _user(self, person: str) -> dict[str, Any]:
        return dict(self._client.users_info(user=person)["user"] or {})

    def _members(self, group: str) -> frozenset[str]:
        return self._cached(
            f"group {group}", lambda: frozenset(self._client.usergroups_users_list(usergroup=group)["users"] or ())
        )

    def _room(self, channel: str) -> Room:
        try:
            info: dict[str, Any] = dict(self._client.conversations_info(channel=channel)["channel"] or {})
        except SlackApiError as error:
            if code_of(error) == "channel_not_found":
                return Room(reachable=False)
            raise
        reachable = bool(info.get("is_member") or info.get("is_im") or not info.get("is_private")) and not info.get(
            "is_archived"
        )
        return Room(reachable=reachable, shared_outside=bool(info.get("is_ext_shared")))

    def _cached(self, key: str, ask: Callable[[], T]) -> T:
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS:
            return kept[1]
        found = patiently(ask)
        with self._lock:
            self._kept[key] = (time.monotonic(), found)
        return found


def patiently(ask: Callable[[], T]) -> T:
    """Ask once more when Slack wants a moment; a person waits, so no longer than that."""
    try:
        return ask()
    except SlackApiError as error:
        wait = (
            float(error.response.headers.get("Retry-After", PATIENCE_SECONDS))
            if code_of(error) == "ratelimited"
            else PATIENCE_SECONDS
        )
        if wait >= PATIENCE_SECONDS:
            raise
        time.sleep(wait)
        return ask()


def _outsider(user: dict[str, Any], team: str) -> str:
    """Why somebody is not a full member; empty for those who are."""
    if user.get("is_stranger") or not _is_of(user, team):
        return "a member of another workspace"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "a guest"
    if user.get("is_bot"):
        return "a bot"
    return "deactivated" if user.get("deleted") else ""


def _is_of(user: dict[str, Any], team: str) -> bool:
    """Whether somebody belongs to our workspace; in an enterprise people have one home and may be in several."""
    enterprise: dict[str, Any] = user.get("enterprise_user") or {}
    teams: list[str] = enterprise.get("teams") or []
    return bool(team) and ((user.get("team_id") or team) == team or team in teams)


def _name(user: dict[str, Any]) -> str:
    profile: dict[str, Any] = user.get("profile") or {}
    return str(profile.get("display_name") or user.get("real_name") or user.get("name") or user.get("id") or "somebody")


def code_of(error: Exception) -> str:
    """Slack's name for what is wrong."""
    return str(error.response.get("error", "error")) if isinstance(error, SlackApiError) else type(error).__name__
