"""Finding the things a person can press or fill in, wherever blocks hold them."""

from collections.abc import Iterator

from practice.slack.wire import Json, is_record, records


def each_element(blocks: object) -> Iterator[tuple[Json, Json]]:
    """Yield every interactive element with the block that holds it."""
    for block in records(blocks):
        for name in ("elements", "actions"):
            yield from ((block, one) for one in records(block.get(name)) if one.get("action_id"))
        for name in ("accessory", "element"):
            if is_record(block.get(name)) and block[name].get("action_id"):
                yield block, block[name]
        for name in ("child_blocks", "elements"):
            yield from each_element([one for one in records(block.get(name)) if not one.get("action_id")])


def find_element(blocks: object, action_id: str, block_id: str | None = None) -> tuple[Json, Json] | None:
    """Return the element of that id, in that block if one is named."""
    for block, element in each_element(blocks):
        if element["action_id"] == action_id and block_id in (None, block["block_id"]):
            return block, element
    return None
