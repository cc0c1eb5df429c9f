"""Slack's limits: what it refuses, said in its own words."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import Any, TypeVar

from practice.slack.block_rules import Surface, blocks_of
from practice.slack.data_rules import MAX_DATA_TABLE_TEXT, MAX_TABLE_TEXT, cell_text
from practice.slack.elements import each_element
from practice.slack.shape import Check, anything, choice, flag, plain, record, string, wrong
from practice.slack.wire import Json, Refusal, is_list, is_record, records

T = TypeVar("T", bound=Hashable)

MAX_MESSAGE_TEXT = 40_000
MAX_ALL_TEXT = 13_200
MAX_MARKDOWN_TEXT = 12_000
MOST_OF_A_KIND = {"table": 1, "data_visualization": 2}
_TEXT_KEYS = ("text", "title", "caption", "alt_text", "name", "label", "fallback")


def message_problems(message: Json) -> list[str]:
    """Return what is wrong with the blocks of a message, its attachments' included."""
    found = block_problems(message.get("blocks"), "message") + _one_of_each(message.get("blocks"))
    for index, attachment in enumerate(records(message.get("attachments"))):
        found += block_problems(attachment.get("blocks"), "message", f"/attachments/{index}/blocks")
    return found


def invalid_blocks(problems: list[str]) -> Refusal:
    """Return the refusal that says what is wrong with blocks."""
    errors = [one.removeprefix("[ERROR] ") for one in problems]
    return Refusal("invalid_blocks", errors=errors, response_metadata={"messages": problems})


def block_problems(blocks: Any, surface: Surface, at: str = "/blocks") -> list[str]:  # noqa: ANN401 - JSON of any shape
    """Return what is wrong with a list of blocks on a surface."""
    if blocks is None:
        return []
    return blocks_of(surface)(blocks, at) or _not_unique(blocks, at)


def message_size_error(message: Json) -> str | None:
    """Return the error name for a message whose blocks hold too much text altogether.

    The cells of data tables have a limit of their own and do not count.
    """
    counted = [block for block in records(message.get("blocks")) if block.get("type") != "data_table"]
    return "msg_blocks_too_long" if sum(len(one) for one in texts(counted)) > MAX_ALL_TEXT else None


def texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON of any shape
    """Yield every text that a person would read."""
    if is_list(value):
        for item in value:
            yield from texts(item)
    elif is_record(value):
        for name, item in value.items():
            if name in _TEXT_KEYS and isinstance(item, str):
                yield item
            else:
                yield from texts(item)


def _not_unique(blocks: Any, at: str) -> list[str]:  # noqa: ANN401 - JSON that passed its shape's check
    found: list[str] = []
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    for name in _twice(ids):
        found += wrong(f"block_id already exists: {name}", at)
    for index, block in enumerate(blocks):
        for _, name in _twice((id(holder), element["action_id"]) for holder, element in each_element([block])):
            found += wrong(f"action_id already exists in block: {name}", f"{at}/{index}")
    return found


def _twice(names: Iterable[T]) -> list[T]:
    return [name for name, times in Counter(names).items() if times > 1]


def _one_of_each(blocks: Any) -> list[str]:  # noqa: ANN401 - JSON of any shape
    kinds = Counter(str(block.get("type")) for block in records(blocks))
    found = [
        one
        for kind, most in MOST_OF_A_KIND.items()
        if kinds[kind] > most
        for one in wrong(f"no more than {most} {kind} allowed in a message", "/blocks")
    ]
    for kind, most in (("table", MAX_TABLE_TEXT), ("data_table", MAX_DATA_TABLE_TEXT)):
        if sum(cell_text(block) for block in records(blocks) if block.get("type") == kind) > most:
            found += wrong(f"must be less than {most + 1} characters in all cells of a {kind}", "/blocks")
    markdown = [block for block in records(blocks) if block.get("type") == "markdown"]
    if sum(len(str(block.get("text"))) for block in markdown) > MAX_MARKDOWN_TEXT:
        found += wrong(f"must be less than {MAX_MARKDOWN_TEXT + 1} characters in all markdown blocks", "/blocks")
    return found


_ANY_VIEW: dict[str, Check] = {
    "private_metadata": string(3000, least=0),
    "callback_id": string(255, least=0),
    "external_id": string(255, least=0),
}
_MODAL = record(
    {"type": choice("modal"), "title": plain(24), "blocks": anything},
    {
        **_ANY_VIEW,
        "submit": plain(24),
        "close": plain(24),
        "clear_on_close": flag,
        "notify_on_close": flag,
        "submit_disabled": flag,
    },
)
_HOME = record({"type": choice("home"), "blocks": anything}, _ANY_VIEW)


def view_problems(view: Json) -> list[str]:
    """Return what is wrong with the definition of a modal or a home tab."""
    is_home = view.get("type") == "home"
    found = (_HOME if is_home else _MODAL)(view, "/view")
    found += block_problems(view.get("blocks"), "home" if is_home else "modal", "/view/blocks")
    inputs = any(block.get("type") == "input" for block in records(view.get("blocks")))
    if inputs and not is_home and view.get("submit") is None:
        found += wrong("submit is required when an input block is within the blocks array", "/view")
    return found
