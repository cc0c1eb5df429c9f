# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Payloads are whatever Slack sends.
"""What Slack sends, read into what the house understands: pure."""

import json
import logging
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from bot.chat import Asked, Inbound, Opened, Person, Place, Pressed, Submitted, Verb
from bot.errors import BadInput

log = logging.getLogger(__name__)

T = TypeVar("T")
Payload = Mapping[str, Any]
Read = Callable[[Payload, datetime], T]

VERBS = {f"scout_{verb.value}": verb for verb in Verb}
COMMAND = "scout_command"
LINK = "scout_card"
"""A button that Slack follows itself: its press is acknowledged, and that is all."""
HOME_OPENED = "app_home_opened"
ACTIONS = re.compile(r"^scout_\w+(:\d+)?$")
DIALOGS = re.compile(r"^scout_\w+$")


NOT_READABLE = (LookupError, TypeError, AttributeError, ValueError, RecursionError)
"""What Python says of a payload that lacks something or has it in another form."""


def understood(read: Read[T]) -> Read[T]:
    """A reader that says so when a payload has another form than Slack's manual describes; the log tells what was missing, never the payload.

    Raises:
        BadInput: from the reader, in a sentence to the person.
    """

    @wraps(read)
    def reading(body: Payload, at: datetime) -> T:
        try:
            return read(body, at)
        except NOT_READABLE as error:
            log.warning("%s does not understand a payload of Slack's (%s)", read.__name__, type(error).__name__)
            raise BadInput(
                "Slack sent it in a form that Scout does not know, so nothing was done. Try once more, or type the command."
            ) from None

    return reading


@understood
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


@understood
def from_event(body: Payload, at: datetime) -> Asked | Opened | None:
    """A mention, a direct message of a person or an opened home tab; None for what bots say, for edits and for other tabs."""
    event: Payload = body["event"]
    if event.get("type") == HOME_OPENED:
        return _opened(body, event, at)
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


def _opened(body: Payload, event: Payload, at: datetime) -> Opened | None:
    if event.get("tab") != "home":
        return None
    return Opened(
        id=f"event:{body['event_id']}", at=at, person=Person(id=event["user"], team=body.get("team_id") or "")
    )


@understood
def from_action(body: Payload, at: datetime) -> Inbound | None:
    """A pressed button, or what was chosen from a list; None for one that is not ours."""
    action: Payload = body["actions"][0]
    name = str(action["action_id"]).partition(":")[0]
    container: Payload = body.get("container") or {}
    channel = str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")
    person = Person(id=body["user"]["id"], team=body["user"].get("team_id") or "")
    place = Place(channel=channel, thread=container.get("thread_ts"), direct=channel.startswith("D"))
    if not channel:  # the home tab is in no channel
        place = Place(channel=person.id, direct=True)
    common: dict[str, Any] = {"at": at, "person": person, "place": place, "url": body.get("response_url") or ""}
    chosen: Payload = action.get("selected_option") or action
    value = _unescaped(str(chosen.get("value") or ""))
    if name == COMMAND:
        return Asked(id=f"press:{body['trigger_id']}", text=value, **common)
    if name not in VERBS:
        return None
    common["id"] = f"press:{body['trigger_id']}"
    if VERBS[name] is Verb.TICK:
        return _ticked(action, common)
    subject, _, seal = value.partition(" ")
    on = "" if container.get("is_ephemeral") else str(container.get("message_ts") or "")
    return Pressed(verb=VERBS[name], subject=subject, seal=seal, on=on, **common)


def _ticked(action: Payload, common: dict[str, Any]) -> Pressed:
    """Boxes that were ticked or unticked: what they belong to stands in the block's id, because no box may be left ticked."""
    _, subject, seal, group = str(action["block_id"]).split(":")
    picked = tuple(str(option["value"]) for option in action.get("selected_options") or ())
    return Pressed(verb=Verb.TICK, subject=subject, seal=seal, picked=picked, group=int(group), **common)


@understood
def from_dialog(body: Payload, at: datetime) -> Submitted | None:
    """A dialog that was sent off; None for one that is not ours.

    Slack does not escape what was typed into a field, so nothing is taken back here.
    """
    view: Payload = body["view"]
    verb = VERBS.get(str(view["callback_id"]))
    if verb is None:
        return None
    about: dict[str, str] = json.loads(view["private_metadata"])
    channel = about["channel"]
    return Submitted(
        id=f"dialog:{view['id']}",
        at=at,
        person=Person(id=body["user"]["id"], team=body["user"].get("team_id") or ""),
        place=Place(channel=channel, thread=about["thread"] or None, direct=channel.startswith("D")),
        verb=verb,
        subject=about["subject"],
        seal=about["seal"],
        values=_values(view),
    )


def blanks(body: Payload) -> dict[str, str]:
    """The needed fields of a dialog in which only blanks were typed, with what to do; Slack itself sees only the empty ones.

    A dialog that cannot be read has none: `from_dialog` says so.
    """
    try:
        view: Payload = body["view"]
        needed = {one["block_id"] for one in view["blocks"] if one["type"] == "input" and not one.get("optional")}
        typed = [(name, one) for name, one in _states(view) if one["type"] == "plain_text_input" and name in needed]
        return {name: "Say it in a few words." for name, one in typed if not _has_letters(str(one.get("value") or ""))}
    except NOT_READABLE:
        return {}


def fields(body: Payload) -> list[str]:
    """The ids of a dialog's fields, as far as they can be read."""
    try:
        return [str(block["block_id"]) for block in body["view"]["blocks"] if block["type"] == "input"]
    except NOT_READABLE:
        return []


def _has_letters(text: str) -> bool:
    return any(letter.isalnum() for letter in text)


def _values(view: Payload) -> dict[str, tuple[str, ...]]:
    """What each field holds; the parts of a long list, `NAME:10`, belong to one field."""
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for name, state in _states(view):
        found[name.partition(":")[0]] += _held(state)
    return dict(found)


def _states(view: Payload) -> Iterator[tuple[str, Payload]]:
    return ((name, one) for name, fields in view["state"]["values"].items() for one in fields.values())


def _held(state: Payload) -> tuple[str, ...]:
    one: Payload | None = state.get("selected_option")
    options = [*(state.get("selected_options") or ()), *([one] if one else [])]
    written = state.get("value")
    return (*((str(written),) if written else ()), *(_unescaped(str(option["value"])) for option in options))


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _without_mention(text: str) -> str:
    return (
        re.sub(r"^\s*(<@[UW]\w+(\|[^>]*)?>|@scout\b)[:,]?\s*", "", text, flags=re.IGNORECASE)
        .removeprefix("/scout")
        .strip()
    )
