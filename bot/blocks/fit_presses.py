"""What can be pressed, within Slack's limits."""

from collections.abc import Sequence

from pydantic import JsonValue

from bot.blocks.pieces import Block, put
from bot.blocks.reading import blocks_of, label_object, short, text_of

_STYLES = {"primary", "danger"}
_VALUE_CHARACTERS = 2000
_URL_CHARACTERS = 3000


def fit_actions(block: Block) -> list[Block]:
    """Buttons in one block, or in several when they are more than 25."""
    shown = fit_elements(block.get("elements"))
    return [part_of(block, at, _own_ids(shown[at : at + 25])) for at in range(0, len(shown), 25)]


def fit_elements(value: JsonValue) -> list[Block]:
    """The buttons of a list; other elements are left out, because Scout draws with none."""
    return [fitted for one in blocks_of(value) if (fitted := _button(one))]


def _button(element: Block) -> Block | None:
    """A button; one whose value does not fit is left out, because a value that is cut means something else."""
    url, value = text_of(element.get("url")), text_of(element.get("value"))
    if element.get("type") != "button" or len(value) > _VALUE_CHARACTERS or len(url) > _URL_CHARACTERS:
        return None
    text = put(label_object(element.get("text"), 75), type="plain_text")
    fitted = put(short(element, "action_id", 255), text=text)
    return _styled(_confirmed(fitted))


def _styled(element: Block) -> Block:
    keep = element.get("style") in _STYLES
    return {key: one for key, one in element.items() if key != "style" or keep}


def _confirmed(element: Block) -> Block:
    asked = element.get("confirm")
    if not isinstance(asked, dict):
        return {key: one for key, one in element.items() if key != "confirm"}
    limits = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
    return put(
        element,
        confirm=_styled(put(asked, **{key: label_object(asked.get(key), limit) for key, limit in limits.items()})),
    )


def _own_ids(elements: Sequence[Block]) -> list[Block]:
    """Elements whose action ids differ, as Slack wants within one block: those used twice are numbered."""
    ids = [text_of(element.get("action_id")) for element in elements]
    numbered = [
        f"{name[:250]}:{ids[: at + 1].count(name)}" if ids.count(name) > 1 else name for at, name in enumerate(ids)
    ]
    named = zip(elements, numbered, strict=True)
    return [put(element, action_id=name) if name else element for element, name in named]


def part_of(block: Block, at: int, elements: Sequence[Block]) -> Block:
    """A piece of a block that was split: only the first keeps the block's id."""
    rest = {key: one for key, one in block.items() if at == 0 or key != "block_id"}
    return put(rest, elements=[*elements])
