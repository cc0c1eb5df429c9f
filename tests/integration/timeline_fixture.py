"""Timelines: "these samples, at these times: these messages", played against a real store without a database or a chat.

A line of letters is a sample every 20 s: o(k), a(lert), p(age), n(o data), `-` for a tick that did not come. A message is written
`seconds card` when an incident's card is first posted and `seconds [@who] text` for what is said in its thread or in a channel.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.alert import Rule
from bot.chat import Call, Card, Notice, Post, Profile
from bot.command import Measured, Measurement, Metric, Missing, Order, PromQuery, Value
from bot.muting import QuietHours, Route
from bot.orders import Orders
from bot.policy import Policy
from bot.report import Level, Text, Unit
from bot.store import Store
from bot.telling import Telling
from bot.watch import Judging

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
EVERY = 20
LETTERS = {"o": Level.OK, "a": Level.ALERT, "p": Level.PAGE, "n": Level.NO_DATA}
VALUES = {"o": 1, "a": 15, "p": 25}
ANA = Profile(id="U1", name="Ana")
PATIENT = Rule(
    alert_for=60, page_for=60, no_data_for=180, no_data_page_for=600, calm_for=60, reopen_for=180, gap=100,
    repeat_page=0, remind_owner=0,
)  # fmt: skip


def metric(name: str, *follows: str) -> Metric[Any]:
    """A metric with the lines 10 and 20."""
    source = PromQuery(name=name, default="")
    title = name.capitalize()
    return Metric(name=name, title=title, unit=Unit.COUNT, alert=10, page=20, source=source, follows=follows)


METRICS = {"locks": metric("locks"), "lag": metric("lag", "locks")}
Deed = Callable[["Play"], None]


@dataclass
class Play:
    """One performance; what is said is kept in `said`."""

    store: Store
    rule: Rule = PATIENT
    quiet: QuietHours | None = None
    routes: tuple[Route, ...] = ()
    receivers: tuple[str, ...] = ()
    said: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.telling = Telling(lambda _, name: METRICS.get(name), "C0ALERTS", self.routes, ("S0DBA",), self.receivers)
        self.judging = Judging(self.store, self.rule, self.telling, self.quiet)

    def run(self, *, deeds: Mapping[int, Deed] | None = None, start: datetime = START, **letters: str) -> list[str]:
        """Play a line of letters for each metric, doing deeds at some seconds; what was said."""
        for tick in range(max(len(line) for line in letters.values())):
            at = start + timedelta(seconds=tick * EVERY)
            samples = [
                sample(name, line[tick], at) for name, line in letters.items() if line[tick : tick + 1].strip("-")
            ]
            if samples:
                self.judging.take("main", samples, at)
                self.judging.conclude(at)
            if deeds and tick * EVERY in deeds:
                deeds[tick * EVERY](self)
            self.said += [f"{tick * EVERY} {line}" for line in self.heard()]
        return self.said

    def order(self, order: Order) -> None:
        """Ana gives an order."""
        with self.store.change() as change:
            Orders(Policy(operators=frozenset({"U1"})), self.store, self.telling).carry_out(change, order, ANA)

    def heard(self) -> Iterator[str]:
        """What goes out now."""
        while notices := self.store.claim_notices("play"):
            for notice in notices:
                yield from self.sent(notice)

    def sent(self, notice: Notice) -> Iterator[str]:
        """Send one message, and how it is written."""
        message = notice.message
        if isinstance(message, Card) and self.store.card(message.key) is None:
            yield "card" if message.channel == "C0ALERTS" else f"card in {message.channel}"
        if isinstance(message, Post):
            yield written(message)
        if isinstance(message, Call):
            yield f"{message.channel}: {message.event.value} {message.metric}"
        with self.store.change() as change:
            change.sent(notice.id, notice.id, message.channel)


def sample(name: str, letter: str, at: datetime) -> Measurement:
    """A sample of a metric."""
    measured: Measured = Missing(reason="no answer") if letter == "n" else Value(value=VALUES[letter])
    return Measurement(name=name, measured=measured, level=LETTERS[letter], at=at)


def written(post: Post) -> str:
    """A message in a thread, or in a channel with its lines."""
    who = "".join(f"@{name} " for name in post.mention)
    lines = [part.text for part in post.report.parts if isinstance(part, Text)]
    return who + " | ".join([post.report.verdict.text, *lines])
