"""The card of an incident: one line that can be read on a lock screen, then since when, how bad, and what to press."""

from collections.abc import Sequence

from bot.alert import Alert
from bot.blocks.answer import FALLBACK_CHARACTERS, command_buttons
from bot.blocks.figures import amount, between
from bot.blocks.limits import check_blocks
from bot.blocks.pieces import SYMBOLS, Block, Drawn, button, context, rows_of_buttons, section
from bot.blocks.words import bold, escape, moment, one_line, person, ping, shorten_markup
from bot.command import Missing, Value
from bot.report import Button, Level, Unit


def draw_incident(
    alert: Alert, title: str, unit: Unit, lines: str, buttons: Sequence[Button], mention: Sequence[str] = ()
) -> Drawn:
    """The card of an incident in its present state; `lines` tells where the lines are ("alert above 2 s, page above 5 s")."""
    emoji, word = _mark(alert)
    value = _value(alert, unit)
    subject = f"{escape(one_line(title, 120))} on {bold(alert.database)}"
    limits = f" ({escape(one_line(lines, 200))})" if lines.strip() else ""
    headline = f"*{word}* \u00b7 {subject}: {value}{limits}"
    woken = " ".join(ping(name) for name in mention)
    blocks = [
        section("\n".join(filter(None, [f"{emoji} {headline}", _story(alert), woken]))),
        *_small_print(alert),
        *_buttons(alert, buttons),
    ]
    text = shorten_markup(f"{word}: {subject}: {value}{limits} {woken}".rstrip(), FALLBACK_CHARACTERS)
    return Drawn(text, check_blocks(blocks))


def _mark(alert: Alert) -> tuple[str, str]:
    return (SYMBOLS[Level.OK][0], "RECOVERED") if _is_over(alert) else SYMBOLS[alert.level]


def _is_over(alert: Alert) -> bool:
    return alert.level in {Level.OK, Level.INFO}


def _value(alert: Alert, unit: Unit) -> str:
    if alert.last is None:
        return "no value yet"
    measured = alert.last.measured
    if isinstance(measured, Missing):
        return f"no value, {escape(one_line(measured.reason))}"
    shown = bold(_amount(alert, measured, unit))
    return f"no data until now, now {shown}" if alert.level is Level.NO_DATA else shown


def _amount(alert: Alert, measured: Value, unit: Unit) -> str:
    """A value with its unit; of what only holds or does not, whether it does."""
    if unit is Unit.TEXT:
        return "yes" if alert.last is not None and alert.last.level is Level.OK else "no"
    return amount(measured.value, unit)


def _story(alert: Alert) -> str:
    """Since when, or how long it lasted, and how bad it was."""
    told = [_lasted(alert)] if _is_over(alert) else [f"since {moment(alert.opened_at or alert.since)}"]
    worst = SYMBOLS[alert.worst][1]
    told += [f"worst: {worst}"] if worst and alert.worst not in {alert.level, Level.OK} else []
    told += [f"acknowledged by {person(alert.acknowledged_by)}{_acknowledged(alert)}"] if alert.acknowledged_by else []
    return " \u00b7 ".join(told)


def _acknowledged(alert: Alert) -> str:
    return f" at {moment(alert.acknowledged_at, '{time}')}" if alert.acknowledged_at else ""


def _lasted(alert: Alert) -> str:
    closed = alert.closed_at or alert.since
    began = alert.opened_at or closed
    return f"lasted {between(closed - began)}, {moment(began)} to {moment(closed, '{time}')}"


def _small_print(alert: Alert) -> list[Block]:
    if alert.last is None or isinstance(alert.last.measured, Missing):
        return []
    note = escape(one_line(alert.last.measured.note))
    return [context(" \u00b7 ".join(filter(None, [note, f"measured {moment(alert.last.at, '{time_secs}')}"])))]


def _buttons(alert: Alert, repairs: Sequence[Button]) -> list[Block]:
    if _is_over(alert):
        return []
    shown = command_buttons(repairs)
    if alert.incident and alert.acknowledged_by:
        shown += [button("Give back", "scout_unack", alert.incident)]
    elif alert.incident:
        shown += [button("Acknowledge", "scout_ack", alert.incident)]
    return rows_of_buttons(shown, f"{alert.incident}:{alert.level}:{bool(alert.acknowledged_by)}")
