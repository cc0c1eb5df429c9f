"""What Slack takes as rich text."""

from practice.slack.shape import Check, any_of, anything, array, both, by_type, choice, flag, number, record, string

_STYLE = record(
    {},
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), flag),
)


def _part(**needed: Check) -> Check:
    return record(needed, {"style": _STYLE})


_PARTS: dict[str, Check] = {
    "text": _part(text=string()),
    "link": record({"url": string(3000)}, {"text": string(), "unsafe": flag, "style": _STYLE}),
    "emoji": record({"name": string()}, {"unicode": string(), "skin_tone": number(1, 6), "style": _STYLE}),
    "user": _part(user_id=string()),
    "usergroup": _part(usergroup_id=string()),
    "channel": _part(channel_id=string()),
    "team": _part(team_id=string()),
    "broadcast": _part(range=choice("here", "channel", "everyone")),
    "color": _part(value=string()),
    "date": record(
        {"timestamp": number(), "format": string()}, {"url": string(3000), "fallback": string(), "style": _STYLE}
    ),
}
_PART_LIST = array(by_type(_PARTS), least=0)
_SECTION = record({"elements": _PART_LIST})
_HOLDERS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_preformatted": record(
        {"elements": array(by_type(_PARTS, ("text", "link")), least=0)}, {"border": number(0), "language": string()}
    ),
    "rich_text_quote": record({"elements": _PART_LIST}, {"border": number(0)}),
    "rich_text_list": record(
        {"style": choice("bullet", "ordered"), "elements": array(by_type({"rich_text_section": _SECTION}), least=0)},
        {"indent": number(0, 8), "offset": number(0), "border": number(0)},
    ),
}

RICH_TEXT: Check = record({"elements": array(by_type(_HOLDERS), least=0)}, {"block_id": string(255, least=0)})
RICH_TEXT_ONLY: Check = by_type({"rich_text": RICH_TEXT})
SLACK_FILE: Check = both(any_of("id", "url"), record({}, {"id": string(), "url": string(3000), "name": anything}))
