"""What is said when a silence or the quiet hours are over: that they are, and what was held back meanwhile."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from bot.alert import Alert
from bot.chat import Lane, Notice, Post, new_id
from bot.command import EVERYTHING, Hush
from bot.muting import QUIET_HOURS, QuietHours
from bot.report import Level, Report, Text, Verdict
from bot.store import Change, Store
from bot.telling import Telling


def conclude(store: Store, telling: Telling, quiet: QuietHours | None, at: datetime) -> None:
    """End the silences whose time is over, and tell what the quiet hours held back once they are over."""
    with store.change() as change:
        for hush in change.silences():
            if hush.until <= at and change.end_silence(hush, at):
                for notice in _silence_over(change, telling, hush, at):
                    change.put_notice(notice)
        if quiet is None or not quiet.hold(at):
            for notice in _quiet_over(change, telling, at):
                change.put_notice(notice)


def _silence_over(change: Change, telling: Telling, hush: Hush, at: datetime) -> Iterable[Notice]:
    held = _held(change, hush.id)
    metric = "" if hush.metric == EVERYTHING else hush.metric
    what = (
        f"everything on {hush.database}" if not metric else f"{telling.name(hush.database, metric)} on {hush.database}"
    )
    by = f" ({hush.name or hush.person}{f': {hush.why}' if hush.why else ''})"
    ended = f" {hush.ended_by} ended it." if hush.ended_by else ""
    text = f"The silence of {what} is over{by}.{ended} {_counted(held)}"
    channel = telling.channel_for(hush.database, metric)
    if channel:
        yield _post(channel, "Silence", text, [telling.line(alert) for alert in held], at)


def _quiet_over(change: Change, telling: Telling, at: datetime) -> Iterable[Notice]:
    for channel, held in _by_channel(_held(change, QUIET_HOURS), telling).items():
        text = f"The quiet hours are over. {_counted(held)}"
        yield _post(channel, "Quiet hours", text, [telling.line(alert) for alert in held], at)


def _held(change: Change, by: str) -> list[Alert]:
    found = [change.incident(incident) for incident in change.let_go(by)]
    return [alert for alert in found if alert is not None]


def _by_channel(held: Iterable[Alert], telling: Telling) -> Mapping[str, list[Alert]]:
    found: dict[str, list[Alert]] = {}
    for alert in held:
        found.setdefault(alert.channel or telling.channel, []).append(alert)
    return {channel: alerts for channel, alerts in found.items() if channel}


def _counted(held: Sequence[Alert]) -> str:
    if not held:
        return "Nothing was held back"
    burning = len([alert for alert in held if alert.is_open])
    return f"{len(held)} incident{'' if len(held) == 1 else 's'} held back, {burning or 'none'} still open"


def _post(channel: str, title: str, text: str, lines: Sequence[str], at: datetime) -> Notice:
    parts = (Text(text="\n".join(lines)),) if lines else ()
    report = Report(title=title, verdict=Verdict(level=Level.INFO, text=text), parts=parts)
    return Notice(id=new_id(), lane=Lane.ALERT, message=Post(channel=channel, report=report), due=at)
