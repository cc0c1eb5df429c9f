"""The card of an incident: one line that can be read on a lock screen, then since when, how bad, and what to press."""

from collections.abc import Iterable, Sequence

from bot.alert import Alert, Findings, unseen
from bot.blocks.answer import FALLBACK_CHARACTERS, command_buttons
from bot.blocks.charts import draw_chart
from bot.blocks.figures import amount, between
from bot.blocks.limits import check_blocks
from bot.blocks.pieces import SYMBOLS, Block, Drawn, button, context, rows_of_buttons, section
from bot.blocks.words import bold, escape, moment, one_line, person, shorten_markup
from bot.command import Hush, Missing, Value
from bot.report import Button, Chart, Level, Record, Unit


class Around(Record):
    """What is known beside an incident itself: who silenced it, what was found, what was run since, and how the metric went."""

    silence: Hush | None = None
    findings: Findings | None = None
    done: tuple[str, ...] = ()
    chart: Chart | None = None


NOTHING = Around()


def draw_incident(
    alert: Alert, title: str, unit: Unit, lines: str, buttons: Sequence[Button], around: Around = NOTHING
) -> Drawn:
    """The card of an incident in its present state; `lines` tells where the lines are ("alert above 2 s, page above 5 s")."""
    emoji, word = _mark(alert)
    value = _value(alert, unit)
    subject = f"{escape(one_line(title, 120))} on {bold(alert.database)}"
    limits = f" ({escape(one_line(lines, 200))})" if lines.strip() else ""
    headline = f"*{word}* \u00b7 {subject}: {value}{limits}"
    blocks = [
        section("\n".join(filter(None, [f"{emoji} {headline}", _story(alert), *_remarks(alert, around)]))),
        *_found(around.findings),
        *(draw_chart(around.chart) if around.chart else []),
        *_small_print(alert),
        *_buttons(alert, buttons, around.silence),
    ]
    text = shorten_markup(f"{word}: {subject}: {value}{limits}", FALLBACK_CHARACTERS)
    return Drawn(text, check_blocks(blocks))


def _mark(alert: Alert) -> tuple[str, str]:
    if alert.unwatched:
        return SYMBOLS[Level.INFO][0], "ENDED"
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


def _remarks(alert: Alert, around: Around) -> Iterable[str]:
    """What has to be known to read the card right: silence, flapping, a cause, times in which nobody measured, what was run."""
    if alert.unwatched:
        yield f"It is no longer watched: {escape(alert.unwatched)}. Nobody saw it recover"
    hush = around.silence
    if hush is not None and not _is_over(alert):
        why = f": {escape(one_line(hush.why, 200))}" if hush.why else ""
        yield f":no_bell: silenced until {moment(hush.until)} by {person(hush.person)}{why}"
    if alert.flapping:
        yield f"It flaps: {len(alert.turns)} times within the hour. It is over when it has been calm for long"
    if alert.cause and not _is_over(alert):
        yield f"It follows from {escape(alert.cause)}, which has an incident of its own"
    gone = unseen(alert.gaps, alert.opened_at or alert.since)
    if gone:
        yield f"Nobody measured for {between(gone)} of this time"
    if around.done:
        yield "\n".join(["Run since it began:", *(f"\u2022 {escape(one_line(text, 200))}" for text in around.done)])


def _found(findings: Findings | None) -> list[Block]:
    """What was looked at when it last got worse: the verdict of each answer; the whole answers stand in the thread."""
    if findings is None or not findings.answers:
        return []
    told = [
        f"{SYMBOLS[answer.verdict.level][0]} {bold(answer.title)}: {escape(one_line(answer.verdict.text, 300))}"
        for answer in findings.answers
    ]
    return [section("\n".join([f"Looked at {moment(findings.at, '{time}')}:", *told]))]


def _small_print(alert: Alert) -> list[Block]:
    if alert.last is None or isinstance(alert.last.measured, Missing):
        return []
    note = escape(one_line(alert.last.measured.note))
    return [context(" \u00b7 ".join(filter(None, [note, f"measured {moment(alert.last.at, '{time_secs}')}"])))]


def _hush(alert: Alert, silence: Hush | None) -> list[Block]:
    """To silence it, or to end its silence; what is no database, as Scout itself, cannot be named after `on`."""
    if silence is not None:
        return command_buttons([Button(label="End silence", text=f"unsilence {silence.id}")])
    if " " in alert.database or not alert.incident:
        return []
    return [button("Silence\u2026", "scout_silence", alert.incident)]


def _buttons(alert: Alert, repairs: Sequence[Button], silence: Hush | None) -> list[Block]:
    if _is_over(alert):
        return []
    shown = [*command_buttons(repairs), *_hush(alert, silence)]
    if alert.incident and alert.acknowledged_by:
        shown += [button("Give back", "scout_unack", alert.incident)]
    elif alert.incident:
        shown += [button("Acknowledge", "scout_ack", alert.incident)]
    return rows_of_buttons(shown, f"{alert.incident}:{alert.level}:{bool(alert.acknowledged_by)}:{bool(silence)}")
