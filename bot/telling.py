"""What a change of an incident is to people: its card, a word in the card's thread, and a call to those on duty."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.alert import OVER, Alert, Change
from bot.approval import Approval
from bot.blocks import amount, between
from bot.chat import Call, CallEvent, Card, Lane, Notice, Post, new_id
from bot.command import Direction, Metric, Missing
from bot.muting import Route, channel_of
from bot.report import Level, Report, Unit, Verdict

MOST_RUNS = 20
WAKES = frozenset({Change.OPENED, Change.REOPENED, Change.WORSE, Change.REPEATED})
NO_MORE = "I say no more of it until it has been calm for long"
UNSEEN = "Its incident ends here, though nobody saw it recover"
UNHEARD = frozenset({Change.OPENED, Change.REOPENED, Change.WORSE})


@dataclass(frozen=True)
class Telling:
    """Whom incidents are told: channels, those who are mentioned at page, and receivers outside of the chat."""

    metric: Callable[[str, str], Metric[Any] | None]
    channel: str = ""
    routes: Sequence[Route] = ()
    mention: tuple[str, ...] = ()
    receivers: tuple[str, ...] = ()

    def channel_for(self, database: str, metric: str) -> str:
        """Where an incident is told."""
        return channel_of(self.routes, database, metric, self.channel)

    def notices(
        self, alert: Alert, news: Change | None, said: Change | None, done: Sequence[str], at: datetime
    ) -> Iterable[Notice]:
        """What goes out; `news` is what happened, `said` what of it is told, `done` the runs since it began."""
        channel = alert.channel or self.channel
        if channel and alert.on_card and (alert.is_open or news in OVER):
            lane = _lane(alert) if said else Lane.ALERT if news else Lane.PROGRESS
            yield card_of(alert.model_copy(update={"channel": channel}), lane, at)
        if channel and said is not None and not (said is Change.OPENED and alert.level is not Level.PAGE):
            yield _notice(self._post(alert, said, done, channel), _lane(alert), at)
        yield from self._calls(alert, news, said, at)

    def calls(self, alert: Alert, event: CallEvent, at: datetime) -> Iterable[Notice]:
        """The same to every receiver outside of the chat."""
        for receiver in self.receivers:
            call = Call(
                channel=receiver,
                event=event,
                incident=alert.incident,
                database=alert.database,
                metric=alert.metric,
                level=alert.level,
                text=self.in_short(alert),
                since=alert.opened_at or alert.since,
                at=at,
                by=alert.acknowledged_name if event is CallEvent.ACKNOWLEDGE else "",
            )
            yield _notice(call, Lane.PAGE, at)

    def in_short(self, alert: Alert) -> str:
        """An incident in one line, as on a lock screen."""
        metric = self.metric(alert.database, alert.metric)
        unit = metric.unit if metric else Unit.COUNT
        return f"{self.title(alert)} on {alert.database}{_value(alert, unit)}"

    def line(self, alert: Alert) -> str:
        """An incident that was held back, in one line with its times."""
        began, ended = alert.opened_at or alert.since, alert.closed_at
        bad = "no data" if alert.worst is Level.NO_DATA else alert.worst.value
        if alert.is_open or ended is None:
            return f"{self.in_short(alert)}: {bad} since {began:%b %d %H:%M} UTC"
        times = f"{began:%b %d %H:%M} to {ended:%H:%M} UTC, {between(ended - began)}"
        return f"{self.title(alert)} on {alert.database}: {bad}, {times}"

    def title(self, alert: Alert) -> str:
        """The metric's title."""
        return self.name(alert.database, alert.metric)

    def name(self, database: str, metric: str) -> str:
        """A metric's title, or its name when it is not there any more."""
        found = self.metric(database, metric)
        return found.title if found else metric

    def _calls(self, alert: Alert, news: Change | None, said: Change | None, at: datetime) -> Iterable[Notice]:
        if said in UNHEARD and alert.level is Level.PAGE:
            yield from self.calls(alert, CallEvent.TRIGGER, at)
        if news in OVER and alert.paged:
            yield from self.calls(alert, CallEvent.RESOLVE, at)

    def _post(self, alert: Alert, said: Change, done: Sequence[str], channel: str) -> Post:
        wakes = self.mention if alert.level is Level.PAGE and said in WAKES else ()
        owner = (alert.acknowledged_by,) if said is Change.REMINDED else ()
        text = self._words(alert, said, done)
        level = Level.INFO if said is Change.UNWATCHED else alert.level  # it is over, and nobody knows that it is well
        report = Report(title=self.title(alert), verdict=Verdict(level=level, text=text))
        return Post(channel=channel, below=key(alert), mention=wakes or owner, report=report)

    def _words(self, alert: Alert, said: Change, done: Sequence[str]) -> str:
        short, word = self.in_short(alert), "no data" if alert.level is Level.NO_DATA else alert.level.value
        at = alert.news_at or alert.since
        lasted = between(at - (alert.opened_at or at))
        words = {
            Change.OPENED: f"{short}: needs somebody now",
            Change.REOPENED: f"{short}: is back, {word}",
            Change.WORSE: f"{short}: got worse, {word}",
            Change.BETTER: f"{short}: {_better(alert)}",
            Change.FLAPPING: f"{short}: flaps, {len(alert.turns)} times within the hour. {NO_MORE}",
            Change.REPEATED: f"{short}: still at page after {lasted}, and nobody has acknowledged it",
            Change.REMINDED: f"{short}: still {word} after {lasted}. It is yours: mend it, silence it, or give it back",
            Change.RECOVERED: f"{self.title(alert)} on {alert.database} has recovered after {lasted}. {_done(done)}",
            Change.UNWATCHED: f"{self.title(alert)} on {alert.database} is no longer watched: {alert.unwatched}. {UNSEEN}",
        }
        return words[said]


def key(alert: Alert) -> str:
    """The key of an incident's card."""
    return f"incident:{alert.incident}"


def card_of(alert: Alert, lane: Lane, at: datetime) -> Notice:
    """A notice that the card of an incident has changed."""
    return _notice(Card(key=key(alert), channel=alert.channel), lane, at)


def lines_of(metric: Metric[Any]) -> str:
    """A metric's lines in words, as "alert above 60 min, page above 120 min"."""
    if metric.unit is Unit.TEXT:
        return ""
    side = "above" if metric.worse is Direction.HIGHER else "below"
    said = f"alert {side} {amount(metric.alert, metric.unit)}"
    return said if metric.page is None else f"{said}, page {side} {amount(metric.page, metric.unit)}"


def _better(alert: Alert) -> str:
    return "cannot be measured any more" if alert.level is Level.NO_DATA else "is better, not well yet"


def _value(alert: Alert, unit: Unit) -> str:
    if alert.last is None or isinstance(alert.last.measured, Missing):
        return ", no value"
    return "" if unit is Unit.TEXT else f", now {amount(alert.last.measured.value, unit)}"


def done_since(newest: Iterable[Approval], since: datetime, until: datetime | None = None) -> tuple[str, ...]:
    """The runs that began in a time, in words, the first before the others."""
    began = sorted((one.started_at, one.id, one) for one in newest if one.started_at is not None)
    return tuple(
        f"'{one.text}' by {one.requester_name or one.requester}{_with(one)}: {one.state.value}"
        for at, _, one in began
        if since <= at and (until is None or at <= until)
    )


def _done(done: Sequence[str]) -> str:
    return f"Done meanwhile: {'; '.join(done)}" if done else "Nothing was run on it meanwhile"


def _with(one: Approval) -> str:
    decider = one.decider_name or one.decider
    return f" with {decider}" if decider and one.decider != one.requester else ""


def _lane(alert: Alert) -> Lane:
    return Lane.PAGE if alert.level is Level.PAGE else Lane.ALERT


def _notice(message: Card | Post | Call, lane: Lane, at: datetime) -> Notice:
    return Notice(id=new_id(), lane=lane, message=message, due=at)
