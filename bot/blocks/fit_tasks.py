"""Lists of tasks within Slack's limits."""

from pydantic import JsonValue

from bot.blocks.fit_words import RICH_CHARACTERS, fit_rich_text
from bot.blocks.pieces import Block, put
from bot.blocks.reading import blocks_of, text_of
from bot.blocks.words import shorten

_TASK_STATES = {"pending", "in_progress", "complete", "error"}


def fit_plan(block: Block) -> list[Block]:
    """A plan of at most 50 tasks."""
    asked = blocks_of(block.get("tasks"))[:50]
    tasks = [fitted for one in asked if (fitted := _task(one, RICH_CHARACTERS // len(asked)))]
    title = shorten(text_of(block.get("title")), 150) or "\u2026"
    return [put(block, title=title, tasks=[*tasks])] if tasks else []


def _task(block: Block, room: int = RICH_CHARACTERS) -> Block | None:
    if block.get("status") not in _TASK_STATES:
        return None
    texts = {key: fitted for key in ("details", "output") if (fitted := _task_text(block.get(key), room // 2))}
    rest = {key: one for key, one in block.items() if key not in {"details", "output"}}
    title, name = shorten(text_of(block.get("title")), 150), shorten(text_of(block.get("task_id")), 255)
    return put(rest, **texts, title=title or "\u2026", task_id=name or "task")


def _task_text(value: JsonValue, room: int) -> Block | None:
    """What stands below a task: a rich text with exactly one element."""
    fitted = fit_rich_text(value, room) if isinstance(value, dict) else []
    return put(fitted[0], elements=[*blocks_of(fitted[0]["elements"])[:1]]) if fitted else None


def fit_lone_task(block: Block) -> list[Block]:
    """A task outside of a plan, which may not be pending."""
    fitted = _task(block)
    return [fitted] if fitted and fitted["status"] != "pending" else []
