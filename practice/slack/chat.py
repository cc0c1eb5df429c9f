"""The methods `chat.*`, `conversations.history` and what else deals with messages."""

from typing import Any

from practice.slack import fixture, hooks
from practice.slack.files import unusable
from practice.slack.fixture import Channel
from practice.slack.limits import MAX_MESSAGE_TEXT, invalid_blocks, message_problems, message_size_error
from practice.slack.methods import Call, Method
from practice.slack.wire import Json, Refusal, is_record, records


def _body(call: Call) -> Json:
    """Return text, blocks, attachments and metadata of a call, checked."""
    body: Json = {"text": call.text("text"), "blocks": call.data("blocks", "invalid_blocks_format")}
    body |= {"attachments": call.data("attachments"), "metadata": call.data("metadata", "invalid_metadata_format")}
    if body["blocks"] is not None and not isinstance(body["blocks"], list):
        raise Refusal("invalid_blocks_format")
    if not body["text"] and not body["blocks"] and not body["attachments"]:
        raise Refusal("no_text")
    if len(body["text"]) > MAX_MESSAGE_TEXT:
        raise Refusal("msg_too_long")
    _check_blocks(call, body)
    _check_metadata(body["metadata"])
    return body


def _check_blocks(call: Call, body: Json) -> None:
    problems = message_problems(body) or unusable(call.workspace, body["blocks"])
    if problems:
        raise invalid_blocks(problems)
    error = message_size_error(body)
    if error:
        raise Refusal(error)


def _check_metadata(metadata: Any) -> None:  # noqa: ANN401 - whatever the app sent
    if metadata is None:
        return
    if not is_record(metadata) or not is_record(metadata.get("event_payload")) or not metadata.get("event_type"):
        raise Refusal("invalid_metadata_format")


def _writable(call: Call) -> Channel:
    channel = call.channel()
    if channel.is_archived:
        raise Refusal("is_archived")
    if fixture.BOT_USER not in channel.members and "chat:write.public" not in call.desk.scopes:
        raise Refusal("not_in_channel")
    return channel


def _thread(call: Call, channel: Channel) -> Json:
    thread_ts = call.text("thread_ts")
    if not thread_ts:
        return {}
    parent = call.workspace.message(channel.id, thread_ts)
    if parent is None:
        raise Refusal("invalid_thread_ts")
    return {"thread_ts": parent.get("thread_ts") or thread_ts}


def _post_message(call: Call) -> Json:
    channel = _writable(call)
    message = hooks.from_the_app(_body(call)) | _thread(call, channel)
    kept = call.workspace.post(channel.id, message)
    return {"channel": channel.id, "ts": kept["ts"], "message": kept}


def _post_ephemeral(call: Call) -> Json:
    channel = _writable(call)
    user = call.user()
    if user.id not in channel.members:
        raise Refusal("user_not_in_channel")
    body = _body(call)
    said: Json = {"text": body["text"], "blocks": body["blocks"] or []}
    kept = call.workspace.whisper(channel.id, user.id, said | _thread(call, channel))
    return {"message_ts": kept["ts"]}


def _update(call: Call) -> Json:
    channel, message = call.message()
    if message.get("bot_id") != fixture.BOT:
        raise Refusal("cant_update_message")
    body = _body(call)
    changes: Json = {"text": body["text"], "edited": {"user": fixture.BOT_USER, "ts": call.workspace.clock.ts()}}
    # What is not sent stays, blocks included: a text alone leaves the buttons where they are. Metadata does not stay.
    message.pop("metadata", None)
    changes |= {name: body[name] for name in ("blocks", "attachments", "metadata") if body[name] is not None}
    kept = call.workspace.edit(channel.id, message["ts"], changes)
    return {"channel": channel.id, "ts": kept["ts"], "text": kept["text"], "message": kept}


def _delete(call: Call) -> Json:
    channel, message = call.message()
    if message.get("bot_id") != fixture.BOT:
        raise Refusal("cant_delete_message")
    call.workspace.delete(channel.id, message["ts"])
    return {"channel": channel.id, "ts": message["ts"]}


def _permalink(call: Call) -> Json:
    channel = call.channel()
    ts = call.text("message_ts")
    if call.workspace.message(channel.id, ts) is None:
        raise Refusal("message_not_found")
    return {"channel": channel.id, "permalink": f"{call.desk.address()}/archives/{channel.id}/p{ts.replace('.', '')}"}


def _readable(call: Call) -> Channel:
    channel = call.channel()
    if fixture.BOT_USER not in channel.members:
        raise Refusal("not_in_channel")
    kind = "im" if channel.is_im else "groups" if channel.is_private else "channels"
    if f"{kind}:history" not in call.desk.scopes:
        raise Refusal("missing_scope", needed=f"{kind}:history", provided=",".join(sorted(call.desk.scopes)))
    return channel


def _within(call: Call, messages: list[Json]) -> list[Json]:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9999999999.999999"
    inclusive = call.flag("inclusive")
    found = [one for one in messages if oldest < one["ts"] < latest or (inclusive and one["ts"] in (oldest, latest))]
    if call.flag("include_all_metadata"):
        return found
    return [{name: value for name, value in one.items() if name != "metadata"} for one in found]


def _page(call: Call, messages: list[Json]) -> Json:
    start, limit = call.number("cursor", 0), min(call.number("limit", 100), 999)
    more = len(messages) > start + limit
    cursor: Json = {"response_metadata": {"next_cursor": str(start + limit)}} if more else {}
    return {"messages": messages[start : start + limit], "has_more": more, "pin_count": 0, **cursor}


def _history(call: Call) -> Json:
    channel = _readable(call)
    roots = [one for one in call.workspace.messages(channel.id) if one.get("thread_ts") in (None, one["ts"])]
    return _page(call, _within(call, roots)[::-1])


def _replies(call: Call) -> Json:
    channel = _readable(call)
    root = call.workspace.message(channel.id, call.text("ts"))
    if root is None:
        raise Refusal("thread_not_found")
    return _page(call, _within(call, [root, *call.workspace.replies(channel.id, root["ts"])]))


def _add_reaction(call: Call) -> Json:
    channel = call.channel()
    message = call.workspace.message(channel.id, call.text("timestamp"))
    if message is None:
        raise Refusal("message_not_found")
    name = call.needed("name").strip(":")
    reactions = records(message.get("reactions"))
    if any(one["name"] == name for one in reactions):
        raise Refusal("already_reacted")
    added: Json = {"name": name, "users": [fixture.BOT_USER], "count": 1}
    call.workspace.edit(channel.id, message["ts"], {"reactions": [*reactions, added]})
    return {}


_HISTORY = ("channels:history", "groups:history", "im:history")

METHODS = {
    "chat.postMessage": Method(_post_message, ("chat:write",), 60),
    "chat.postEphemeral": Method(_post_ephemeral, ("chat:write",), 100),
    "chat.update": Method(_update, ("chat:write",), 50),
    "chat.delete": Method(_delete, ("chat:write",), 50),
    "chat.getPermalink": Method(_permalink, (), 600),
    "conversations.history": Method(_history, _HISTORY, 50),
    "conversations.replies": Method(_replies, _HISTORY, 50),
    "reactions.add": Method(_add_reaction, ("reactions:write",), 50),
}
