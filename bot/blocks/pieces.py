"""The few blocks that Scout draws with, as plain JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from bot.blocks.words import clock, is_member, label, literal, one_line
from bot.report import Level

Block = dict[str, JsonValue]

BUTTONS_IN_A_ROW = 5


@dataclass(frozen=True)
class Drawn:
    """A message: its blocks, and the escaped text for notifications and for clients that cannot draw them."""

    text: str
    blocks: list[Block]


SYMBOLS = {
    Level.OK: (":large_green_circle:", "OK"),
    Level.INFO: (":information_source:", ""),
    Level.NO_DATA: (":white_circle:", "NO DATA"),
    Level.ALERT: (":large_yellow_circle:", "ALERT"),
    Level.PAGE: (":red_circle:", "PAGE"),
}


def symbol(level: Level) -> str:
    """A level as mrkdwn: an emoji and a word, because colour alone says nothing to some."""
    emoji, word = SYMBOLS[level]
    return f"{emoji} *{word}*" if word else emoji


def put(block: Block, **fields: JsonValue) -> Block:
    """A block with some of its fields set."""
    return {**block, **fields}


def section(markup: str) -> Block:
    """A paragraph of mrkdwn."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": markup}}


def context(markup: str) -> Block:
    """A small grey line of mrkdwn."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": markup}]}


def plain_text(text: str, limit: int) -> Block:
    """A plain_text object."""
    return {"type": "plain_text", "text": label(text, limit), "emoji": False}


@dataclass(frozen=True)
class Ask:
    """The dialog before a button counts."""

    title: str
    text: str
    yes: str
    no: str = "Back"


def button(text: str, action: str, value: str, style: str = "", ask: Ask | None = None) -> Block:
    """A button; `style` is "", "primary" or "danger"."""
    drawn: Block = {"type": "button", "text": plain_text(text, 75), "action_id": action, "value": value}
    if style:
        drawn["style"] = style
    if ask is not None:
        drawn["confirm"] = _confirm(ask, style)
    return drawn


def _confirm(ask: Ask, style: str) -> Block:
    drawn: Block = {
        "title": plain_text(ask.title, 100),
        "text": plain_text(ask.text, 300),
        "confirm": plain_text(ask.yes, 30),
        "deny": plain_text(ask.no, 30),
    }
    return put(drawn, style=style) if style else drawn


def boxes(action: str, name: str, options: Sequence[tuple[str, str, bool]]) -> Block:
    """A list of boxes, each with its value, its label and whether it is ticked; `name` is the block's id."""
    drawn: list[tuple[JsonValue, bool]] = [
        ({"text": plain_text(text, 75), "value": value}, ticked) for value, text, ticked in options
    ]
    element: Block = {"type": "checkboxes", "action_id": action, "options": [option for option, _ in drawn]}
    ticked = [option for option, is_ticked in drawn if is_ticked]
    return _row([put(element, initial_options=[*ticked]) if ticked else element], name)


def choice_of(label: str, action: str, options: Sequence[tuple[str, str]]) -> Block:
    """A list to choose one from, each with its text and its value; `label` is what stands there before anything is chosen."""
    drawn: list[JsonValue] = [{"text": plain_text(text, 75), "value": value} for text, value in options]
    return {"type": "static_select", "action_id": action, "placeholder": plain_text(label, 150), "options": drawn}


def rows_of_buttons(buttons: Sequence[Block], name: str = "") -> list[Block]:
    """Buttons in rows of five; `name` begins the block ids, which change when the buttons do."""
    starts = range(0, len(buttons), BUTTONS_IN_A_ROW)
    return [_row(buttons[at : at + BUTTONS_IN_A_ROW], f"{name}:{at}" if name else "") for at in starts]


def _row(buttons: Sequence[Block], name: str) -> Block:
    row: Block = {"type": "actions", "elements": [*buttons]}
    return put(row, block_id=name) if name else row


def rich(*elements: Block) -> Block:
    """Lines, lists and code in which nothing is markup."""
    return {"type": "rich_text", "elements": [*elements]}


def line(*parts: Block) -> Block:
    """One line of a rich text."""
    return {"type": "rich_text_section", "elements": [*parts]}


def bullets(lines: Sequence[Block]) -> Block:
    """A list of lines."""
    return {"type": "rich_text_list", "style": "bullet", "elements": [*lines]}


def code(text: str) -> Block:
    """Text shown letter by letter."""
    return {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": literal(text) or " "}]}


def said(text: str, style: str = "") -> Block:
    """Words in a line; `style` is "", "bold", "italic" or "code"."""
    drawn: Block = {"type": "text", "text": text or " "}
    return put(drawn, style={style: True}) if style else drawn


def who(identity: str) -> Block:
    """A person in a line: a mention when it is a Slack id."""
    return {"type": "user", "user_id": identity} if is_member(identity) else said(one_line(identity, 80))


def when(at: datetime) -> Block:
    """A time in a line, in the reader's time zone."""
    return {
        "type": "date",
        "timestamp": int(at.timestamp()),
        "format": "{date_short_pretty} {time}",
        "fallback": clock(at),
    }
