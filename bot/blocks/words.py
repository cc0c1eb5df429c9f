"""The one door through which text from outside gets into a message: cleaned, escaped, cut.

Three kinds of text go into a block: mrkdwn (`escape`, `bold`), plain_text (`label`) and letters shown as they are (`literal`).
"""

import re
from datetime import UTC, datetime

_UNSEEN = "\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_HIDDEN = re.compile(f"[{_CONTROL}{_UNSEEN}]")
_NOT_TEXT = re.compile("[\ud800-\udfff\ufffe\uffff]")
_BREAK = re.compile("\r\n?|\u2028|\u2029|\x85")
_RUN = re.compile(r"(?<![A-Za-z0-9])[*_~]+(?=\S|$)")  # at the end: words of ours may follow
_QUOTE = re.compile(r"^(?=&gt;)", re.MULTILINE)
_ICON = r"(?:[0-9_+-]*[a-z][a-z0-9_+-]*|[+-]1|100|1234)"
_EMOJI = re.compile(
    rf":(?={_ICON}:)|(?<!:):(?={_ICON}$)"
)  # at the end, because a colon of ours may follow; but a::date stays
_ALL = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
_HALF = re.compile(r"&[a-z]{0,3}$|<[^<>]*$")
_LIKE = str.maketrans({"*": "\u2217", "_": "\u02cd", "~": "\u223c"})
_RESERVED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_LONE = re.compile(r"(?<!`)(`[^`\n]+`)(?!`)|`")
_ANGLES = str.maketrans({"<": "\u2039", ">": "\u203a"})
_GAP = "\u200b"
_MEMBER = re.compile(r"[UW][A-Z0-9]+")
_MENTION = re.compile(r"&lt;@([UW][A-Z0-9]+)&gt;")
_GROUP = re.compile(r"S[A-Z0-9]+")


def clean(text: str) -> str:
    """Text without control characters, bidi overrides, invisible characters and lone surrogates."""
    if text.isprintable():  # none of them is; a statement may be 100 kB long, and this look takes a quarter of the time
        return text
    return _HIDDEN.sub("", _NOT_TEXT.sub("\ufffd", _BREAK.sub("\n", text)))


def one_line(text: str, limit: int = 300) -> str:
    """Cleaned text on one line, cut to a number of characters."""
    return shorten(" ".join(clean(text).split()), limit)


def literal(text: str) -> str:
    """Text for a block that shows every letter: what cannot be seen is named by its code point instead of being removed."""
    return _HIDDEN.sub(_named, _NOT_TEXT.sub("\ufffd", _BREAK.sub("\n", text)))


def _named(found: re.Match[str]) -> str:
    return f"\u2039U+{ord(found[0]):04X}\u203a"


def escape(text: str) -> str:
    """Text from outside as mrkdwn that shows it and does nothing else.

    Slack has no escape for `* _ ~` and the back-tick: where they would begin a style, a character that looks alike stands for them.
    A pair of back-ticks on one line stays, because Scout's own advice is to be copied, and code can do nothing.
    Source: Slack's manual, "Formatting message text" (the three reserved characters).
    """
    paired = _LONE.sub(lambda tick: tick[1] or "\u02cb", clean(text))
    shown = _RUN.sub(lambda run: run[0].translate(_LIKE), paired).translate(_RESERVED)
    quiet = _ALL.sub(f"@{_GAP}", _EMOJI.sub(f":{_GAP}", shown))
    return _QUOTE.sub(_GAP, quiet)


def bold(text: str) -> str:
    """A few words from outside in bold; nothing when there are none."""
    words = escape(one_line(text)).replace("*", "\u2217")
    return f"*{words}*" if words else ""


def label(text: str, limit: int) -> str:
    """Text for a plain_text object, on one line; never empty, because Slack refuses that."""
    return one_line(text, limit).translate(_ANGLES) or "\u2026"


def shorten(text: str, limit: int) -> str:
    """Text of at most so many characters, with an ellipsis where it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "\u2026"


def shorten_markup(text: str, limit: int) -> str:
    """Escaped text of at most so many characters; no entity and no mention is cut in two."""
    if len(text) <= limit:
        return text
    return _HALF.sub("", text[: limit - 1]).rstrip() + "\u2026"


def is_member(identity: str) -> bool:
    """Whether an identity is a Slack user id."""
    return bool(_MEMBER.fullmatch(identity))


def person(identity: str) -> str:
    """A person as mrkdwn: a mention when it is a Slack id, else the name as text."""
    return f"<@{identity}>" if is_member(identity) else escape(one_line(identity, 80))


def signed(by: str) -> str:
    """Who asked or shared, as mrkdwn: "by" and a person when it is only a name, else the words with their mentions."""
    if not by.strip():
        return ""
    words = escape(one_line(by, 200))
    return f"by {person(by)}" if " " not in by.strip() else _MENTION.sub(r"<@\1>", words)


def ping(name: str) -> str:
    """Whom the settings want woken: a person, a user group, `here` or `channel`; anything else is only text."""
    if name in {"here", "channel"}:
        return f"<!{name}>"
    return f"<!subteam^{name}>" if _GROUP.fullmatch(name) else person(name)


def moment(at: datetime, shape: str = "{date_short_pretty} {time}") -> str:
    """A time as mrkdwn that everybody reads in their own time zone."""
    return f"<!date^{int(at.timestamp())}^{shape}|{clock(at)}>"


def clock(at: datetime) -> str:
    """A time in UTC for places that know no time zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
