"""Block by block: whatever Slack would refuse is shortened, split or left out. Source of the figures: Slack's Block Kit reference."""

from collections.abc import Callable

from bot.blocks.fit_charts import fit_chart
from bot.blocks.fit_fields import fit_input
from bot.blocks.fit_presses import fit_actions
from bot.blocks.fit_rich import fit_rich_text
from bot.blocks.fit_tables import fit_table
from bot.blocks.fit_tasks import fit_lone_task, fit_plan
from bot.blocks.fit_words import (
    fit_context,
    fit_divider,
    fit_header,
    fit_image,
    fit_markdown,
    fit_section,
)
from bot.blocks.pieces import Block

_FITTERS: dict[str, Callable[[Block], list[Block]]] = {
    "section": fit_section,
    "header": fit_header,
    "context": fit_context,
    "actions": fit_actions,
    "input": fit_input,
    "image": fit_image,
    "markdown": fit_markdown,
    "divider": fit_divider,
    "table": fit_table,
    "data_table": fit_table,
    "data_visualization": fit_chart,
    "rich_text": fit_rich_text,
    "plan": fit_plan,
    "task_card": fit_lone_task,
}


def fit(block: Block) -> list[Block]:
    """The same block within Slack's limits, as one, several or none; a type that Scout does not draw with is left out."""
    fitter = _FITTERS.get(str(block.get("type")))
    return fitter(block) if fitter else []
