"""What can be pressed, within Slack's limits."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.blocks.pieces import Block, put
from bot.blocks.reading import blocks_of, built, label_object, plain_object, text_of
from bot.blocks.words import shorten

_STYLES = {"primary", "danger"}
_IN_ONE_BLOCK = 25
_VALUE_CHARACTERS = 2000
_URL_CHARACTERS = 3000
_BOXES, _CHOICES = 10, 100
_LABEL_CHARACTERS = 150
_OPTION_CHARACTERS = 150


def fit_actions(block: Block) -> list[Block]:
    """Buttons in one block, or in several when they are more than 25."""
    shown = fit_elements(block.get("elements"))
    rest: list[Block] = [
        {"type": "actions", "elements": [*_own_ids(shown[at : at + _IN_ONE_BLOCK])]}
        for at in range(_IN_ONE_BLOCK, len(shown), _IN_ONE_BLOCK)
    ]
    return [built(block, elements=[*_own_ids(shown[:_IN_ONE_BLOCK])]), *rest] if shown else []


def fit_elements(value: JsonValue) -> list[Block]:
    """The buttons, lists of boxes and lists to choose from; other elements are left out, because Scout draws with none."""
    return [fitted for one in blocks_of(value) if (fitted := _button(one) or _boxes(one) or _choice(one))]


def _boxes(element: Block) -> Block | None:
    """A list of boxes, the first ten of it; a box whose value does not fit is left out."""
    if element.get("type") != "checkboxes":
        return None
    options = _options(element.get("options"))[:_BOXES]
    values = [option["value"] for option in options]
    ticked = [one for one in _options(element.get("initial_options")) if one["value"] in values]
    if not options:
        return None
    name = shorten(text_of(element.get("action_id")), 255)
    drawn: Block = {"type": "checkboxes", "action_id": name, "options": [*options]}
    return put(drawn, initial_options=[*ticked]) if ticked else drawn


def _choice(element: Block) -> Block | None:
    """A list to choose one from, the first hundred of it."""
    options = _options(element.get("options"))[:_CHOICES]
    if element.get("type") != "static_select" or not options:
        return None
    name = shorten(text_of(element.get("action_id")), 255)
    drawn: Block = {"type": "static_select", "action_id": name, "options": [*options]}
    label = plain_object(element.get("placeholder"), _LABEL_CHARACTERS)
    return put(drawn, placeholder=label) if label else drawn


def _options(value: JsonValue) -> list[Block]:
    return [
        {"text": label_object(one.get("text"), 75), "value": text_of(one.get("value"))}
        for one in blocks_of(value)
        if 0 < len(text_of(one.get("value"))) <= _OPTION_CHARACTERS
    ]


def _button(element: Block) -> Block | None:
    """A button; one whose value does not fit is left out, because a value that is cut means something else."""
    url, value = text_of(element.get("url")), text_of(element.get("value"))
    if element.get("type") != "button" or len(value) > _VALUE_CHARACTERS or len(url) > _URL_CHARACTERS:
        return None
    asked = element.get("confirm")
    fields: Block = {
        "action_id": shorten(text_of(element.get("action_id")), 255),
        "value": value,
        "url": url,
        "style": _style(element),
        "confirm": _confirm(asked) if isinstance(asked, dict) else None,
    }
    drawn: Block = {"type": "button", "text": label_object(element.get("text"), 75)}
    return {**drawn, **{key: one for key, one in fields.items() if one}}


def _style(element: Block) -> str:
    style = text_of(element.get("style"))
    return style if style in _STYLES else ""


def _confirm(asked: Block) -> Block:
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    drawn: Block = {key: label_object(asked.get(key), limit) for key, limit in limits.items()}
    style = _style(asked)
    return put(drawn, style=style) if style else drawn


def _own_ids(elements: Sequence[Block]) -> list[Block]:
    """Elements whose action ids differ, as Slack wants within one block: those used twice are numbered."""
    ids = [text_of(element.get("action_id")) for element in elements]
    numbered = [
        f"{name[:250]}:{ids[: at + 1].count(name)}" if ids.count(name) > 1 else name for at, name in enumerate(ids)
    ]
    named = zip(elements, numbered, strict=True)
    return [put(element, action_id=name) if name else element for element, name in named]
