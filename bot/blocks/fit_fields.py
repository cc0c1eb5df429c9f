"""What can be filled in, within Slack's limits."""

from pydantic import JsonValue

from bot.blocks.pieces import Block
from bot.blocks.reading import blocks_of, built, label_object, plain_object, text_of, whole_of
from bot.blocks.words import shorten

_LABEL = 2000
_PLACEHOLDER = 150
_OPTION = 75
_VALUE = 150
_WRITTEN = 3000
_MOST = {"static_select": 100, "checkboxes": 10}


def fit_input(block: Block) -> list[Block]:
    """A field with its label; one that offers nothing to choose from is left out, because Slack refuses it."""
    element = block.get("element")
    fitted = _element(element) if isinstance(element, dict) else None
    if fitted is None:
        return []
    hint, optional = plain_object(block.get("hint"), _LABEL), block.get("optional") is True
    return [built(block, label=label_object(block.get("label"), _LABEL), element=fitted, hint=hint, optional=optional)]


def _element(element: Block) -> Block | None:
    kind = text_of(element.get("type"))
    if kind == "plain_text_input":
        return _written(element)
    return _chosen(element, kind) if kind in _MOST else None


def _written(element: Block) -> Block:
    most = min(whole_of(element.get("max_length")) or _WRITTEN, _WRITTEN)
    fields: Block = {
        "multiline": element.get("multiline") is True,
        "max_length": most,
        "initial_value": shorten(text_of(element.get("initial_value")), most),
        "placeholder": plain_object(element.get("placeholder"), _PLACEHOLDER),
    }
    return _filled(element, fields)


def _chosen(element: Block, kind: str) -> Block | None:
    options = [fitted for one in blocks_of(element.get("options")) if (fitted := _option(one))][: _MOST[kind]]
    values = {text_of(one["value"]) for one in options}
    given = [one for one in _given(element) if text_of(one.get("value")) in values]
    chosen = [fitted for one in given if (fitted := _option(one))]
    begun: Block = (
        {"initial_options": [*chosen]} if kind == "checkboxes" else {"initial_option": next(iter(chosen), None)}
    )
    return _filled(element, {"options": [*options], **begun}) if options else None


def _given(element: Block) -> list[Block]:
    return [*blocks_of(element.get("initial_options")), *blocks_of([element.get("initial_option")])]


def _option(option: Block) -> Block | None:
    """An option; one whose value does not fit is left out, because a value that is cut means something else."""
    value, more = text_of(option.get("value")), plain_object(option.get("description"), _OPTION)
    if not value or len(value) > _VALUE:
        return None
    drawn: Block = {"text": label_object(option.get("text"), _OPTION), "value": value}
    return {**drawn, "description": more} if more else drawn


def _filled(element: Block, fields: Block) -> Block:
    kept: dict[str, JsonValue] = {key: one for key, one in fields.items() if one not in (None, "", [], False)}
    return {"type": element["type"], "action_id": shorten(text_of(element.get("action_id")), 255), **kept}
