"""The payloads that Slack sends to the app, word for word."""

import time
from typing import Any

from practice.slack import fixture
from practice.slack.fixture import Channel, User
from practice.slack.wire import Json, escape, is_list, is_record, new_id

_HOME = {"token": fixture.VERIFICATION, "api_app_id": fixture.APP, "enterprise": None, "is_enterprise_install": False}
_STATEFUL = {
    "static_select", "multi_static_select", "users_select", "multi_users_select", "conversations_select",
    "multi_conversations_select", "channels_select", "multi_channels_select", "external_select", "multi_external_select",
    "datepicker", "timepicker", "datetimepicker", "checkboxes", "radio_buttons", "plain_text_input", "email_text_input",
    "url_text_input", "number_input", "rich_text_input", "file_input",
}  # fmt: skip
_VALUE_KEYS = (
    "value", "selected_option", "selected_options", "selected_user", "selected_users", "selected_conversation",
    "selected_conversations", "selected_channel", "selected_channels", "selected_date", "selected_time",
    "selected_date_time", "rich_text_value", "files",
)  # fmt: skip


def slash_command(user: User, channel: Channel, command: str, text: str) -> Json:
    """Return the payload of a slash command, but for its response_url and trigger_id."""
    return {
        "token": fixture.VERIFICATION,
        "team_id": user.team_id,
        "team_domain": fixture.TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.command_name,
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text,
        "api_app_id": fixture.APP,
        "is_enterprise_install": "false",
    }


def person(user: User) -> Json:
    """Return the `user` of an interaction."""
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}


def interaction(kind: str, user: User) -> Json:
    """Return what every interaction payload begins with."""
    team: Json = {"id": fixture.TEAM, "domain": fixture.TEAM_DOMAIN}
    return {"type": kind, "team": team, "user": person(user), **_HOME}


def action(block: Json, element: Json, chosen: Json) -> Json:
    """Return an entry of `actions`: the element as clicked."""
    kept = {
        name: element[name]
        for name in ("type", "action_id", "text", "value", "style", "placeholder")
        if name in element
    }
    if "text" in kept and element["type"] == "button":
        kept["text"] = {"type": "plain_text", "text": _again(kept["text"]["text"], "plain_text"), "emoji": True}
    return {**kept, **values_of(chosen), "block_id": block["block_id"], "action_ts": f"{time.time():.6f}"}


def values_of(chosen: Json) -> Json:
    """Keep only what an element can hold as its value."""
    return {name: chosen[name] for name in _VALUE_KEYS if name in chosen}


def is_stateful(element: Json) -> bool:
    """Whether an element keeps a value that `state.values` carries."""
    return element.get("type") in _STATEFUL


def message_container(channel: Channel, message: Json, *, is_ephemeral: bool) -> Json:
    """Return the `container` of a click on a message."""
    container: Json = {
        "type": "message",
        "message_ts": message["ts"],
        "channel_id": channel.id,
        "is_ephemeral": is_ephemeral,
    }
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    return container


def channel_of(channel: Channel) -> Json:
    """Return the `channel` of an interaction."""
    return {"id": channel.id, "name": channel.command_name}


def event(user: User | None, body: Json, *, shared: bool = False) -> Json:
    """Return the payload of an Events API envelope."""
    return {
        "token": fixture.VERIFICATION,
        "team_id": fixture.TEAM,
        "context_team_id": fixture.TEAM,
        "context_enterprise_id": None,
        "api_app_id": fixture.APP,
        "event": body | ({"team": user.team_id, "user_team": user.team_id} if shared and user else {}),
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(time.time()),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": fixture.TEAM,
                "user_id": fixture.BOT_USER,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": shared,
        "event_context": new_id("4-"),
    }


def escaped_again(message: Json) -> Json:
    """Return a message as interaction payloads carry it: its text is escaped once more."""
    return _escaped(message, "mrkdwn")


def _escaped(value: Any, kind: str) -> Any:  # noqa: ANN401 - walks any JSON
    if is_list(value):
        return [_escaped(item, kind) for item in value]
    if not is_record(value):
        return value
    inner = str(value["type"]) if value.get("type") in ("plain_text", "mrkdwn") else kind
    return {
        name: _again(item, inner) if _is_text(name, item) else _escaped(item, inner) for name, item in value.items()
    }


def _is_text(name: str, item: object) -> bool:
    return name == "text" and isinstance(item, str)


def _again(text: str, kind: str) -> str:
    return escape(text) if kind == "plain_text" else text.replace("&", "&amp;")
