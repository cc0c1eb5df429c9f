"""The message as a whole: the one place that keeps what Scout draws within what Slack takes."""

from collections.abc import Callable, Sequence

from bot.blocks.fit import fit
from bot.blocks.fit_tables import DATA_TABLE_CHARACTERS, TABLE_CHARACTERS
from bot.blocks.fit_words import MARKDOWN_CHARACTERS
from bot.blocks.pieces import Block, code, context, rich
from bot.blocks.reading import blocks_of, characters_of, text_of

TEXT_CHARACTERS = 12_000  # Slack answered `msg_blocks_too_long` from some 13,200 on; the limit is not documented
_MOST = {"message": 50, "modal": 100, "home": 100}
_CHARACTERS = {"modal": 250_000}  # Slack counts the text of messages only; each block of a modal has its own limit
_CHARTS = 2
_NOT_ON = {
    "message": set[str](),
    "modal": {"markdown", "plan", "task_card", "table", "data_table", "data_visualization"},
    "home": {"markdown", "plan", "task_card"},
}
_PRESSED = {"actions", "input"}
_LAST = {"context", "divider", "image", "markdown"}
_LEFT_OUT = context("\u2026 the rest does not fit into one message")


def check_blocks(blocks: Sequence[Block], surface: str = "message") -> list[Block]:
    """The same blocks within every limit of a surface ("message", "modal" or "home"); never raises.

    What does not fit is shortened, then split, then left out from the end: buttons and the first block stay longest.
    """
    refused, most = _NOT_ON.get(surface, _NOT_ON["message"]), _MOST.get(surface, 50)
    fitted = [one for block in blocks for one in fit(block) if one["type"] not in refused]
    few = _capped(_one_table(fitted))
    return _own_block_ids(_within(few, most, _CHARACTERS.get(surface, TEXT_CHARACTERS)))


def _one_table(blocks: Sequence[Block]) -> list[Block]:
    """Only the first `table` stays one; Slack has refused a message with two."""
    first = next((at for at, block in enumerate(blocks) if block["type"] == "table"), -1)
    return [_as_code(block) if block["type"] == "table" and at > first else block for at, block in enumerate(blocks)]


def _as_code(block: Block) -> Block:
    rows = block["rows"]
    lines = [[text_of(cell.get("text")) for cell in blocks_of(row)] for row in rows] if isinstance(rows, list) else []
    return fit(rich(code("\n".join(" | ".join(line) for line in lines))))[0]


def _capped(blocks: Sequence[Block]) -> list[Block]:
    """Blocks of a kind that has a limit for the whole message, as long as they keep it."""
    room = {
        "table": TABLE_CHARACTERS,
        "data_table": DATA_TABLE_CHARACTERS,
        "markdown": MARKDOWN_CHARACTERS,
        "data_visualization": _CHARTS,
    }
    kept: list[Block] = []
    for block in blocks:
        kind = str(block["type"])
        left = room.get(kind, 0) - _weight(block)
        kept.append(block if kind not in room or left >= 0 else _LEFT_OUT)
        room |= {kind: left} if kind in room and left >= 0 else {}
    return kept


def _weight(block: Block) -> int:
    """What a block takes of its kind's limit: charts are counted, of the others the characters."""
    return 1 if block["type"] == "data_visualization" else characters_of(block.get("rows", block.get("text")))


def _within(blocks: Sequence[Block], most: int, characters: int) -> list[Block]:
    """Blocks whose texts together are not too long; tables have a limit of their own."""
    kept = list(blocks)
    while _text(kept) > characters or len(kept) > most:
        at = _least(kept)
        told = kept.pop(at) == _LEFT_OUT
        if len(kept) <= 1:
            break
        if not told and _LEFT_OUT not in kept:
            kept.insert(at, _LEFT_OUT)
    return kept


def _text(blocks: Sequence[Block]) -> int:
    return sum(characters_of(block) for block in blocks if block["type"] != "data_table")


def _least(blocks: Sequence[Block]) -> int:
    """The place of the block that can be missed best: small print first, then from the end, the first and the buttons last."""
    order: list[Callable[[Block], bool]] = [
        lambda block: block["type"] in _LAST and block != _LEFT_OUT,
        lambda block: block["type"] not in _PRESSED and block != _LEFT_OUT,
        lambda block: block != _LEFT_OUT,
    ]
    for missed in order:
        places = [at for at, block in enumerate(blocks) if at and missed(block)]
        if places:
            return places[-1]
    return 0


def _own_block_ids(blocks: Sequence[Block]) -> list[Block]:
    """Blocks whose ids differ, as Slack wants within one message: an id used again is taken away."""
    seen: set[str] = set()
    kept: list[Block] = []
    for block in blocks:
        name = text_of(block.get("block_id"))
        again = name in seen or not name
        seen.add(name)
        kept.append({key: one for key, one in block.items() if key != "block_id" or not again})
    return kept
