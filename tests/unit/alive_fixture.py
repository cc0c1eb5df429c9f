"""What comes alive in a message or a view of Slack's, and what a terminal would obey: the judges of hostile texts."""

import re
from collections.abc import Iterator
from typing import Any

from practice.slack.wire import is_list, is_record

OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal obeys, and what turns the letters of a line around."""
MARKS = re.compile(
    r"(?P<token><[^<>\n]+>)|`[^`\n]+`|(?P<bold>(?<![\w*])\*(?=\S)[^*\n]*[^*\s]\*(?![\w*]))|(?P<italic>(?<!\w)_(?=\S)[^_\n]*[^_\s]_(?!\w))"
    r"|(?P<strike>(?<![\w~])~(?=\S)[^~\n]*[^~\s]~(?![\w~]))|(?P<emoji>:[a-z0-9_+-]+:)|(?P<all>@(?:channel|here|everyone|group)\b)"
    r"|(?P<quote>^(?:&gt;|>))|(?P<fence>```)",
    re.MULTILINE | re.IGNORECASE,
)
"""What Slack makes of mrkdwn. A pair of back-ticks is let through: code does nothing."""
LINKED = re.compile(r"https?://|www\.|mailto:|(?<!\S)#[a-z]", re.IGNORECASE)


def alive(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON of any shape
    """What Slack makes of a message or a view besides letters: styles, tokens, emoji, links, elements of rich texts."""
    if is_list(value):
        for one in value:
            yield from alive(one)
    if is_record(value):
        kind, text = value.get("type"), value.get("text")
        if kind == "mrkdwn":
            yield from marks(str(text), links=value.get("verbatim") is not True)
        elif kind == "plain_text" and value.get("emoji") is not False:
            yield from (f"emoji in plain text {one}" for one in re.findall(r":[a-z0-9_+-]+:", str(text)))
        elif kind in {"user", "usergroup", "channel", "broadcast", "link", "emoji", "date"}:
            yield f"element {kind}"
        for key, one in value.items():
            if key not in {"value", "private_metadata"}:
                yield from alive(one)


def marks(text: str, *, links: bool) -> Iterator[str]:
    """What Slack finds in mrkdwn."""
    for one in MARKS.finditer(text):
        if one.lastgroup is not None:
            yield f"token {one[0]}" if one.lastgroup == "token" else one.lastgroup
    if links:
        yield from ("link" for _ in LINKED.finditer(text))


def obeyed(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON of any shape
    """Letters that steer a terminal or turn a line around, in what people see; what a button sends back is not seen."""
    if isinstance(value, str):
        yield from OBEYED.findall(value)
    elif is_list(value):
        for one in value:
            yield from obeyed(one)
    elif is_record(value):
        for key, one in value.items():
            yield from obeyed(one) if key not in {"value", "private_metadata"} else ()
