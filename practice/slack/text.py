"""Messages and modals as plain text, for the tour and for what a failed test says."""

import re
from collections.abc import Callable, Iterable, Mapping

from practice.slack import fixture
from practice.slack.text_of_data import chart, data_table, plan, table, task
from practice.slack.text_of_rich import rich_text
from practice.slack.wire import Json, as_record, is_record, records, unescape

_LINK = re.compile(r"<(https?:[^|>]+|mailto:[^|>]+)\|([^>]+)>")
_DATE = re.compile(r"<!date\^[^|>]*\|([^>]*)>")
_LABELLED = re.compile(r"<[@#!][^|>]*\|([^>]*)>")
_USER = re.compile(r"<@([A-Z0-9]+)>")
_GROUP = re.compile(r"<!subteam\^([A-Z0-9]+)>")
_CHANNEL = re.compile(r"<#([A-Z0-9]+)\|?>")
_BROADCAST = re.compile(r"<!(here|channel|everyone)>")
_BARE = re.compile(r"<(https?:[^>]+)>")


def as_text(message: Json) -> str:
    """Return a message, an ephemeral message or a view as a person reads it, without colours."""
    if "root_view_id" in message or message.get("type") in ("modal", "home"):
        return _view(message)
    blocks = records(message.get("blocks"))
    body = [_block(one) for one in blocks] or [markup(str(message.get("text") or ""))]
    attached = [as_text(one) for one in records(message.get("attachments"))]
    files = [_file(one) for one in records(message.get("files"))]
    return "\n".join(line for line in (*body, *attached, *files) if line)


def conversation(messages: Iterable[Json]) -> str:
    """Return messages with who said them, replies indented under what they answer."""
    whole = list(messages)
    known = {one["ts"] for one in whole}
    roots = [one for one in whole if one.get("thread_ts") in (None, one["ts"]) or one["thread_ts"] not in known]
    lines: list[str] = []
    for root in roots:
        lines.append(_said(root))
        replies = [one for one in whole if one.get("thread_ts") == root["ts"] and one["ts"] != root["ts"]]
        lines += [_indented(_said(reply), "    ↳ ") for reply in replies]
    return "\n".join(lines)


def markup(text: str) -> str:
    """Return Slack's markup with its tokens as names and its entities as characters."""
    text = _LINK.sub(r"\2 (\1)", text)
    text = _LABELLED.sub(_labelled, _DATE.sub(r"\1", text))
    text = _USER.sub(lambda found: f"@{_user_name(found[1])}", text)
    text = _GROUP.sub(lambda found: f"@{_group_name(found[1])}", text)
    text = _CHANNEL.sub(lambda found: f"#{_channel_name(found[1])}", text)
    return unescape(_BARE.sub(r"\1", _BROADCAST.sub(r"@\1", text)))


def _labelled(found: re.Match[str]) -> str:
    sign = "#" if found[0].startswith("<#") else "@"
    return sign + found[1].lstrip("@#")


def _user_name(user_id: str) -> str:
    user = fixture.users().get(user_id)
    return user.real_name if user else user_id


def _group_name(group_id: str) -> str:
    group = fixture.groups().get(group_id)
    return group.handle if group else group_id


def _channel_name(channel_id: str) -> str:
    channel = fixture.channels().get(channel_id)
    return channel.name if channel else channel_id


def _said(message: Json) -> str:
    edited = " (edited)" if message.get("edited") else ""
    return f"{_user_name(str(message.get('user')))}{edited}: " + _indented(as_text(message), "  ", first="")


def _indented(text: str, by: str, first: str | None = None) -> str:
    lead = by if first is None else first
    return lead + text.replace("\n", "\n" + " " * len(by))


def _file(file: Json) -> str:
    return f"[file: {file.get('title') or file.get('name')}]\n{file.get('content') or ''}".rstrip()


def _view(view: Json) -> str:
    title = _plain(view.get("title")) or "Home"
    buttons = [f"[{label}]" for label in (_plain(view.get("submit")), _plain(view.get("close"))) if label]
    body = [_block(block) for block in records(view.get("blocks"))]
    return "\n".join(
        [f"┌ {title}", *(f"│ {line}" for part in body for line in part.split("\n")), " ".join(["└", *buttons])]
    )


def _plain(value: object) -> str:
    if not is_record(value):
        return ""
    text = str(value.get("text") or "")
    return markup(text) if value.get("type") == "mrkdwn" else text


def _block(block: Json) -> str:
    draw = _BLOCKS.get(str(block.get("type")))
    return draw(block) if draw else f"[{block.get('type')}]"


def _section(block: Json) -> str:
    fields = [_plain(field).replace("\n", " ") for field in records(block.get("fields"))]
    accessory = _element(block["accessory"]) if is_record(block.get("accessory")) else ""
    head = " ".join(part for part in (_plain(block.get("text")), accessory) if part)
    return "\n".join(line for line in (head, *_two_columns(fields)) if line)


def _two_columns(fields: list[str]) -> list[str]:
    width = max((len(field) for field in fields[::2]), default=0)
    pairs = zip(fields[::2], [*fields[1::2], ""], strict=False)
    return [f"{left:<{width}}  {right}".rstrip() for left, right in pairs]


def _element(element: Json) -> str:
    kind = str(element.get("type"))
    if kind in ("plain_text", "mrkdwn"):
        return _plain(element)
    if kind in ("button", "icon_button", "workflow_button"):
        return f"[{_plain(element.get('text'))}]"
    if kind == "image":
        return f"({element.get('alt_text')})"
    shown = _plain(element.get("placeholder")) or kind
    options = ", ".join(_plain(option.get("text")) for option in records(element.get("options")))
    return f"[{shown}: {options}]" if options else f"[{shown}]"


def _row(block: Json) -> str:
    return "  ".join(_element(one) for one in records(block.get("elements")))


def _input(block: Json) -> str:
    element = as_record(block.get("element"))
    optional = " (optional)" if block.get("optional") else ""
    return f"{_plain(block.get('label'))}{optional}: {_element(element)}"


def _card(block: Json) -> str:
    parts = [_plain(block.get(name)) for name in ("title", "subtitle", "body", "subtext")]
    buttons = "  ".join(_element(one) for one in records(block.get("actions")))
    return "\n".join(part for part in (*parts, buttons) if part)


def _container(block: Json) -> str:
    title = _plain(block.get("title")) or rich_text(block.get("rich_text_title") or {})
    return "\n".join([title, *(_indented(_block(one), "  ") for one in records(block.get("child_blocks")))])


_BLOCKS: Mapping[str, Callable[[Json], str]] = {
    "section": _section,
    "header": lambda block: f"# {_plain(block.get('text'))}",
    "context": lambda block: f"  {_row(block)}",
    "actions": _row,
    "context_actions": _row,
    "divider": lambda _block: "-" * 20,
    "image": lambda block: f"({_plain(block.get('title')) or block.get('alt_text')})",
    "video": lambda block: f"({_plain(block.get('title'))})",
    "input": _input,
    "alert": lambda block: f"! {_plain(block.get('text'))}",
    "markdown": lambda block: str(block.get("text") or ""),
    "card": _card,
    "carousel": lambda block: "\n".join(_card(one) for one in records(block.get("elements"))),
    "container": _container,
    "rich_text": rich_text,
    "table": table,
    "data_table": data_table,
    "data_visualization": chart,
    "plan": plan,
    "task_card": task,
}
