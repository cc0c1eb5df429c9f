"""Plays timelines against a real store, without a database: what is told, by whatever tells it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.chat import Call, Card, Notice, Post, Profile
from bot.command import Acknowledge, Order, Release, Silence
from bot.orders import Orders
from bot.policy import Policy
from bot.report import Text
from bot.store import Store
from bot.telling import Telling
from bot.watch import Judging
from tests.timelines import EVERY, METRICS, START, Deed, Timeline

ALERTS = "C0ALERTS"
ANA = Profile(id="U0ANA", name="Ana")


@dataclass
class Play:
    """One performance; what is said is kept in `said`."""

    store: Store
    timeline: Timeline
    said: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        told = self.timeline
        self.telling = Telling(lambda _, name: METRICS.get(name), ALERTS, told.routes, ("S0DBA",), told.receivers)
        self.judging = Judging(self.store, told.rule, self.telling, told.quiet)

    def run(self, start: datetime = START) -> list[str]:
        """Play it from beginning to end; what was said."""
        for tick in range(self.timeline.ticks):
            self.tick(tick, start)
        return self.said

    def tick(self, tick: int, start: datetime = START) -> None:
        """Measure, judge, do what is to be done then, and hear what goes out."""
        seconds, at = tick * EVERY, start + timedelta(seconds=tick * EVERY)
        samples = self.timeline.samples(tick, start)
        if samples:
            self.judging.take("main", samples, at)
            self.judging.conclude(at)
        if seconds in self.timeline.deeds:
            self.do(self.timeline.deeds[seconds], at)
        self.said += [f"{seconds} {line}" for line in self.heard()]

    # --- what Ana does

    def do(self, deed: Deed, at: datetime) -> None:
        """A deed; the store's clock is not the play's, so what it stamped is moved."""
        if deed is Deed.SILENCE:
            self.silence(at)
            return
        (alert,) = self.store.alerts("main")
        orders = {Deed.ACKNOWLEDGE: Acknowledge, Deed.RELEASE: Release}
        self.order(orders[deed](incident=alert.incident))
        (alert,) = self.store.alerts("main")
        if alert.acknowledged_by:
            with self.store.change() as change:
                change.put_alert(alert.model_copy(update={"acknowledged_at": at}))

    def silence(self, since: datetime, minutes: float = 5) -> None:
        """Silence the lag."""
        self.order(Silence(metric="lag", database="main", until=self.store.now() + timedelta(hours=1), why="new disks"))
        (hush,) = self.store.silences()
        moved = {"id": "lag 1", "since": since, "until": since + timedelta(minutes=minutes)}
        with self.store.change() as change:
            change.end_silence(hush, since)
            change.add_silence(hush.model_copy(update=moved))

    def order(self, order: Order) -> None:
        """Give an order."""
        with self.store.change() as change:
            Orders(Policy(operators=frozenset({ANA.id})), self.store, self.telling).carry_out(change, order, ANA)

    # --- what is heard

    def heard(self) -> Iterator[str]:
        """What goes out now."""
        while notices := self.store.claim_notices("play"):
            for notice in notices:
                yield from self.sent(notice)

    def sent(self, notice: Notice) -> Iterator[str]:
        """Send one message, and how it is written."""
        message = notice.message
        if isinstance(message, Card) and self.store.card(message.key) is None:
            yield card_in(message.channel)
        if isinstance(message, Post):
            yield written(message)
        if isinstance(message, Call):
            yield called(message)
        with self.store.change() as change:
            change.sent(notice.id, notice.id, message.channel)


def card_in(channel: str) -> str:
    """How a first card is written."""
    return "card" if channel == ALERTS else f"card in {channel}"


def called(call: Call) -> str:
    """How a call to a receiver is written."""
    return f"{call.channel}: {call.event.value} {call.metric}"


def written(post: Post) -> str:
    """A message in a thread, or in a channel with its lines."""
    who = "".join(f"@{name} " for name in post.mention)
    lines = [part.text for part in post.report.parts if isinstance(part, Text)]
    return who + " | ".join([post.report.verdict.text, *lines])
