"""Lists of tasks within Slack's limits."""

from pydantic import JsonValue

from bot.blocks.fit_rich import RICH_CHARACTERS, fit_rich_text
from bot.blocks.pieces import Block, put
from bot.blocks.reading import blocks_of, built, text_of
from bot.blocks.words import shorten

_STATES = {"pending", "in_progress", "complete", "error"}
_MOST = 50


def fit_plan(block: Block) -> list[Block]:
    """A plan of at most 50 tasks."""
    asked = blocks_of(block.get("tasks"))[:_MOST]
    tasks = [fitted for one in asked if (fitted := _task(one, RICH_CHARACTERS // len(asked)))]
    title = shorten(text_of(block.get("title")), 150) or "\u2026"
    return [built(block, title=title, tasks=[*tasks])] if tasks else []


def _task(block: Block, room: int = RICH_CHARACTERS) -> Block | None:
    status, title = text_of(block.get("status")), shorten(text_of(block.get("title")), 150)
    if block.get("type") != "task_card" or status not in _STATES:
        return None
    return built(
        block,
        task_id=shorten(text_of(block.get("task_id")), 255) or "task",
        title=title or "\u2026",
        status=status,
        details=_below(block.get("details"), room // 2),
        output=_below(block.get("output"), room // 2),
    )


def _below(value: JsonValue, room: int) -> Block | None:
    """What stands below a task: a rich text with exactly one element."""
    if not isinstance(value, dict) or value.get("type") != "rich_text":
        return None
    fitted = fit_rich_text(value, room)
    return put(fitted[0], elements=[*blocks_of(fitted[0]["elements"])[:1]]) if fitted else None


def fit_lone_task(block: Block) -> list[Block]:
    """A task outside of a plan, which may not be pending."""
    fitted = _task(block)
    return [fitted] if fitted and fitted["status"] != "pending" else []
