"""What Slack takes as blocks, and which of them on which surface."""

from typing import Any, Literal

from practice.slack.data_rules import DATA_TABLE, DATA_VISUALIZATION, HEADER, PLAN, TABLE, TASK_CARD
from practice.slack.element_rules import (
    ICON,
    IN_ACTIONS,
    IN_CARD,
    IN_CONTEXT,
    IN_CONTEXT_ACTIONS,
    IN_INPUT,
    IN_SECTION,
)
from practice.slack.rich_text_rules import RICH_TEXT, RICH_TEXT_ONLY, SLACK_FILE
from practice.slack.shape import Check, any_of, array, both, by_type, choice, flag, plain, record, string, text, wrong
from practice.slack.wire import is_record

Surface = Literal["message", "modal", "home"]

_ID = {"block_id": string(255, least=0)}
_LEVELS = choice("default", "info", "warning", "error", "success")

_SECTION = both(
    any_of("text", "fields"),
    record({}, {**_ID, "text": text(3000), "fields": array(text(2000), 10), "accessory": IN_SECTION, "expand": flag}),
)
_IMAGE = both(
    any_of("image_url", "slack_file"),
    record(
        {"alt_text": string(2000)},
        {**_ID, "image_url": string(3000), "slack_file": SLACK_FILE, "title": plain(2000)},
    ),
)
_INPUT = record(
    {"label": plain(2000), "element": IN_INPUT},
    {**_ID, "hint": plain(2000), "optional": flag, "dispatch_action": flag},
)
_VIDEO = record(
    {"alt_text": string(2000), "title": plain(200), "video_url": string(3000), "thumbnail_url": string(3000)},
    {
        **_ID, "title_url": string(3000), "description": plain(200), "provider_icon_url": string(3000),
        "provider_name": string(), "author_name": string(50),
    },
)  # fmt: skip
_CARD = both(
    any_of("hero_image", "title", "actions", "body"),
    record({}, {
        **_ID, "hero_image": ICON, "icon": ICON, "title": text(150), "subtitle": text(150), "body": text(200),
        "subtext": text(200), "actions": array(IN_CARD, 3),
    }),
)  # fmt: skip

_PLAIN_BLOCKS: dict[str, Check] = {
    "actions": record({"elements": array(IN_ACTIONS, 25)}, _ID),
    "alert": record({"text": text(200)}, {**_ID, "level": _LEVELS}),
    "card": _CARD,
    "carousel": record({"elements": array(by_type({"card": _CARD}), 10)}, _ID),
    "context": record({"elements": array(IN_CONTEXT, 10)}, _ID),
    "context_actions": record({"elements": array(IN_CONTEXT_ACTIONS, 5)}, _ID),
    "data_table": DATA_TABLE,
    "data_visualization": DATA_VISUALIZATION,
    "divider": record({}, _ID),
    "file": record({"external_id": string(), "source": choice("remote")}, _ID),
    "header": HEADER,
    "image": _IMAGE,
    "input": _INPUT,
    "markdown": record({"text": string(12_000)}, _ID),
    "plan": PLAN,
    "rich_text": RICH_TEXT,
    "section": _SECTION,
    "table": TABLE,
    "task_card": TASK_CARD,
    "video": _VIDEO,
}


def _foldable(value: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON of any shape
    folds = is_record(value) and value.get("is_collapsible") is True
    if folds and value.get("has_header_divider"):
        return wrong("has_header_divider cannot be set when is_collapsible is true", at)
    if value.get("default_collapsed") and not folds:
        return wrong("default_collapsed requires is_collapsible", at)
    return []


_CONTAINER = both(
    any_of("title", "rich_text_title"),
    record(
        {"child_blocks": array(by_type(_PLAIN_BLOCKS), 10)},
        {
            **_ID, "title": plain(150), "rich_text_title": RICH_TEXT_ONLY, "subtitle": text(150), "icon": ICON,
            "width": choice("narrow", "standard", "wide", "full"), "is_collapsible": flag, "default_collapsed": flag,
            "has_header_divider": flag,
        },
    ),
    _foldable,
)  # fmt: skip

BLOCKS: dict[str, Check] = {**_PLAIN_BLOCKS, "container": _CONTAINER}
_MESSAGE = tuple(name for name in BLOCKS if name != "alert")
SURFACES: dict[Surface, tuple[str, ...]] = {
    "message": _MESSAGE,
    "modal": (
        "actions",
        "alert",
        "card",
        "context",
        "divider",
        "header",
        "image",
        "input",
        "rich_text",
        "section",
        "video",
    ),
    "home": tuple(
        name for name in _MESSAGE if name not in ("plan", "task_card", "markdown", "context_actions", "file")
    ),
}
MOST_BLOCKS: dict[Surface, int] = {"message": 50, "modal": 100, "home": 100}


def blocks_of(surface: Surface) -> Check:
    """Return the shape of a surface's `blocks`."""
    return array(by_type(BLOCKS, SURFACES[surface]), MOST_BLOCKS[surface], least=0)
