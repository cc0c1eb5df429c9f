"""The presenter: the only place that speaks Block Kit, pure from record to message."""

from bot.blocks.answer import draw_report
from bot.blocks.card import draw_approval
from bot.blocks.deciding import draw_reminder, draw_review, open_already
from bot.blocks.dialog import draw_dialog, draw_in_dialog, draw_waiting
from bot.blocks.figures import amount, between
from bot.blocks.front_page import draw_front_page
from bot.blocks.full import full_plan
from bot.blocks.incident import Around, draw_incident
from bot.blocks.limits import check_blocks
from bot.blocks.pieces import Block, Drawn
from bot.blocks.plain import plain
from bot.blocks.sheet import as_csv
from bot.blocks.words import escape, one_line, person

__all__ = [
    "Around",
    "Block",
    "Drawn",
    "amount",
    "as_csv",
    "between",
    "check_blocks",
    "draw_approval",
    "draw_dialog",
    "draw_front_page",
    "draw_in_dialog",
    "draw_incident",
    "draw_reminder",
    "draw_report",
    "draw_review",
    "draw_waiting",
    "escape",
    "full_plan",
    "one_line",
    "open_already",
    "person",
    "plain",
]
