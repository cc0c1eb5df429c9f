# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Payloads are whatever Slack sends.
"""What Slack sends, read into what the house understands: pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bot.chat import Asked, Inbound, Person, Place, Pressed, Verb

Payload = Mapping[str, Any]

VERBS = {f"scout_{verb.value}": verb for verb in Verb}
COMMAND = "scout_command"
ACTIONS = re.compile(r"^scout_\w+(:\d+)?$")


def from_slash(body: Payload, at: datetime) -> Asked:
    """A typed `/scout …`."""
    channel = str(body["channel_id"])
    return Asked(
        id=f"slash:{body['trigger_id']}",
        at=at,
        person=Person(id=body["user_id"], team=body.get("team_id") or ""),
        place=Place(channel=channel, direct=channel.startswith("D")),
        text=_unescaped(body.get("text") or ""),
        url=body.get("response_url") or "",
    )


def from_event(body: Payload, at: datetime) -> Asked | None:
    """A mention or a direct message of a person; None for what bots say and for edits."""
    event: Payload = body["event"]
    if event.get("bot_id") or event.get("subtype") or not event.get("user"):
        return None
    channel = str(event["channel"])
    return Asked(
        id=f"event:{body['event_id']}",
        at=at,
        person=Person(id=event["user"], team=event.get("user_team") or event.get("team") or ""),
        place=Place(
            channel=channel,
            thread=event.get("thread_ts"),
            direct=event.get("channel_type") == "im" or channel.startswith("D"),
            shared_outside=bool(body.get("is_ext_shared_channel")),
        ),
        text=_without_mention(_unescaped(event.get("text") or "")),
    )


def from_action(body: Payload, at: datetime) -> Inbound | None:
    """A pressed button; None for one that is not ours."""
    action: Payload = body["actions"][0]
    name = str(action["action_id"]).partition(":")[0]
    container: Payload = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    person = Person(id=body["user"]["id"], team=body["user"].get("team_id") or "")
    place = Place(channel=channel, thread=container.get("thread_ts"), direct=channel.startswith("D"))
    common: dict[str, Any] = {"at": at, "person": person, "place": place, "url": body.get("response_url") or ""}
    value = _unescaped(str(action.get("value") or ""))
    if name == COMMAND:
        return Asked(id=f"press:{body['trigger_id']}", text=value, **common)
    if name not in VERBS:
        return None
    subject, _, seal = value.partition(" ")
    on = "" if container.get("is_ephemeral") else str(container.get("message_ts") or "")
    return Pressed(id=f"press:{body['trigger_id']}", verb=VERBS[name], subject=subject, seal=seal, on=on, **common)


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _without_mention(text: str) -> str:
    return (
        re.sub(r"^\s*(<@[UW]\w+(\|[^>]*)?>|@scout\b)[:,]?\s*", "", text, flags=re.IGNORECASE)
        .removeprefix("/scout")
        .strip()
    )
