"""A dialog as Slack's modal: what it asks, how it looks while it waits, and what stands in it when it may not be."""

import json

from bot.blocks.limits import check_blocks
from bot.blocks.pieces import Block, plain_text, put, section, symbol
from bot.blocks.words import clean, escape, shorten
from bot.chat import Place
from bot.dialog import Ask, Choice, Dialog, Option, Ticks, Words
from bot.report import Report

_TITLE = 24
_TEXT = 2_500
_TICKS_IN_A_BLOCK = 10
_WAITING = ":hourglass_flowing_sand: One moment\u2026"


def draw_dialog(dialog: Dialog, place: Place) -> Block:
    """The modal with its fields; it carries ids only: what it is about and where the answer is said."""
    about = {"subject": dialog.subject, "seal": dialog.seal, "channel": place.channel, "thread": place.thread or ""}
    text = [section(escape(shorten(dialog.text, _TEXT)))] if dialog.text.strip() else []
    blocks = [*text, *(block for asked in dialog.fields for block in _field(asked))]
    named: Block = {
        "callback_id": f"scout_{dialog.verb.value}",
        "private_metadata": json.dumps(about),
        "submit": plain_text(dialog.send, _TITLE),
    }
    return {**_modal(dialog.title, blocks, "Back"), **named}


def draw_waiting() -> Block:
    """What a press opens at once, because Slack gives three seconds, until it is known what is asked."""
    return _modal("Scout", [section(_WAITING)])


def draw_in_dialog(report: Report) -> Block:
    """An answer in the place of the fields: mostly why there are none."""
    return _modal(report.title, [section(f"{symbol(report.verdict.level)} {escape(report.verdict.text)}")])


def _modal(title: str, blocks: list[Block], close: str = "Close") -> Block:
    return {
        "type": "modal",
        "title": plain_text(title, _TITLE),
        "close": plain_text(close, _TITLE),
        "blocks": [*check_blocks(blocks, "modal")],
    }


# --- fields ---


def _field(asked: Ask) -> list[Block]:
    match asked:
        case Words():
            return [_input(asked, asked.name, _written(asked))]
        case Choice():
            return [_input(asked, asked.name, _chosen(asked))]
        case Ticks():
            return _ticks(asked)


def _input(asked: Ask, name: str, element: Block) -> Block:
    drawn: Block = {
        "type": "input",
        "block_id": name,
        "label": plain_text(asked.label, 2000),
        "element": put(element, action_id="given"),
        "optional": not asked.needed,
    }
    return put(drawn, hint=plain_text(asked.hint, 2000)) if asked.hint else drawn


def _written(asked: Words) -> Block:
    drawn: Block = {"type": "plain_text_input", "multiline": asked.long, "max_length": asked.most}
    given = clean(asked.given)
    return put(drawn, initial_value=given) if given else drawn


def _chosen(asked: Choice) -> Block:
    given = next((_option(one) for one in asked.options if one.value == asked.given), None)
    drawn: Block = {"type": "static_select", "options": [_option(one) for one in asked.options]}
    return put(drawn, initial_option=given) if given else drawn


def _ticks(asked: Ticks) -> list[Block]:
    """Slack takes ten in a field, so a longer list becomes several, `NAME`, `NAME:10`, …, and is read back as one."""
    starts = range(0, len(asked.options), _TICKS_IN_A_BLOCK)
    return [_some_ticks(asked, at) for at in starts]


def _some_ticks(asked: Ticks, at: int) -> Block:
    options = asked.options[at : at + _TICKS_IN_A_BLOCK]
    ticked = [_option(one) for one in options if one.value in asked.given]
    element: Block = {"type": "checkboxes", "options": [_option(one) for one in options]}
    drawn = put(element, initial_options=[*ticked]) if ticked else element
    labelled = asked if not at else asked.model_copy(update={"label": f"{asked.label}, from {at + 1} on", "hint": ""})
    return _input(labelled, f"{asked.name}:{at}" if at else asked.name, drawn)


def _option(option: Option) -> Block:
    drawn: Block = {"text": plain_text(option.label, 75), "value": option.value}
    return put(drawn, description=plain_text(option.hint, 75)) if option.hint else drawn
