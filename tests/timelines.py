"""Timelines as data: "these samples, at these times: these messages".

A line of letters is a sample every 20 s: o(k), a(lert), p(age), n(o data), `-` for a tick that did not come. `news` is what the pure
function says of each metric, written `seconds metric change level`. `said` is what people are told, written `seconds card` when an
incident's card is first posted and `seconds [@who] text` for what is said in its thread or in a channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from bot.alert import Rule
from bot.command import Measured, Measurement, Metric, Missing, PromQuery, Value
from bot.muting import QuietHours, Route
from bot.report import Level, Unit

START = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
EVERY = 20
LETTERS = {"o": Level.OK, "a": Level.ALERT, "p": Level.PAGE, "n": Level.NO_DATA}
VALUES = {"o": 1, "a": 15, "p": 25}
PATIENT = Rule(
    alert_for=60, page_for=60, no_data_for=180, no_data_page_for=600, calm_for=60, reopen_for=180, gap=100,
    repeat_page=0, remind_owner=0,
)  # fmt: skip
HASTY = PATIENT.model_copy(update={"alert_for": 0, "page_for": 0, "calm_for": 20})
NIGHT = QuietHours.model_validate({"from": time(2, 0), "until": time(3, 10)})
CALM = "oooo"
OVER = "Nothing was run on it meanwhile"
NEEDED = "@S0DBA Lag on main, now 25: needs somebody now"


def metric(name: str, *follows: str, looks_back: float = 0) -> Metric[Any]:
    """A metric with the lines 10 and 20."""
    source = PromQuery(name=name, default="")
    title = name.capitalize()
    return Metric(
        name=name,
        title=title,
        unit=Unit.COUNT,
        alert=10,
        page=20,
        source=source,
        follows=follows,
        looks_back=looks_back,
    )


METRICS = {
    "locks": metric("locks"),
    "lag": metric("lag", "locks"),
    "latency": metric("latency", "locks", looks_back=60),
}
"""What is watched; a cause stands before what follows from it."""


def sample(name: str, letter: str, at: datetime) -> Measurement:
    """A sample of a metric."""
    measured: Measured = Missing(reason="no answer") if letter == "n" else Value(value=VALUES[letter])
    return Measurement(name=name, measured=measured, level=LETTERS[letter], at=at)


class Deed(StrEnum):
    """What Ana does in the middle of a timeline; she silences for five minutes."""

    ACKNOWLEDGE = "acknowledge"
    RELEASE = "release"
    SILENCE = "silence"


@dataclass(frozen=True)
class Timeline:
    """What is measured, under which rules, what Ana does at which second, and what follows."""

    name: str
    lag: str = ""
    locks: str = ""
    latency: str = ""
    news: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    rule: Rule = PATIENT
    quiet: QuietHours | None = None
    routes: tuple[Route, ...] = ()
    receivers: tuple[str, ...] = ()
    deeds: Mapping[int, Deed] = field(default_factory=dict[int, Deed])

    @property
    def ticks(self) -> int:
        """How many there are."""
        return max(len(self.lag), len(self.locks), len(self.latency))

    def samples(self, tick: int, start: datetime = START) -> list[Measurement]:
        """What is measured at a tick."""
        at = start + timedelta(seconds=tick * EVERY)
        lines = {"locks": self.locks, "lag": self.lag, "latency": self.latency}
        letters = {name: line[tick : tick + 1].strip("-") for name, line in lines.items()}
        return [sample(name, letter, at) for name, letter in letters.items() if letter]


TIMELINES = (
    Timeline("all is well", lag="oooooooo"),
    Timeline(
        "an alert comes and goes",
        lag="oaaaa" + CALM,
        news=("80 lag opened alert", "160 lag recovered ok"),
        said=("80 card", f"160 Lag on main has recovered after 2 min 20 s. {OVER}"),
    ),
    Timeline(
        "a page wakes people, its end wakes nobody",
        lag="opppp" + CALM,
        news=("80 lag opened page", "160 lag recovered ok"),
        said=("80 card", f"80 {NEEDED}", f"160 Lag on main has recovered after 2 min 20 s. {OVER}"),
    ),
    Timeline(
        "an alert that becomes a page wakes people then",
        lag="oaaaapppp",
        news=("80 lag opened alert", "160 lag worse page"),
        said=("80 card", "160 @S0DBA Lag on main, now 25: got worse, page"),
    ),
    Timeline(
        "a page that becomes an alert says so, and its recovery too",
        lag="oppppaaaa" + CALM,
        news=("80 lag opened page", "160 lag better alert", "240 lag recovered ok"),
        said=(
            "80 card", f"80 {NEEDED}", "160 Lag on main, now 15: is better, not well yet",
            f"240 Lag on main has recovered after 3 min 40 s. {OVER}",
        ),
    ),
    Timeline(
        "a page that was an alert for a while and is a page again wakes people again",
        lag="oppppaaaapppp",
        news=("80 lag opened page", "160 lag better alert", "240 lag worse page"),
        said=(
            "80 card", f"80 {NEEDED}", "160 Lag on main, now 15: is better, not well yet",
            "240 @S0DBA Lag on main, now 25: got worse, page",
        ),
    ),
    Timeline(
        "no data has a card, and wakes people after its own delay",
        lag="o" + "n" * 31,
        news=("200 lag opened no-data", "620 lag worse page"),
        said=("200 card", "620 @S0DBA Lag on main, no value: got worse, page"),
    ),
    Timeline(
        "what comes back soon is the same incident on the same card",
        lag="oaaaa" + CALM + "aaaa",
        news=("80 lag opened alert", "160 lag recovered ok", "240 lag reopened alert"),
        said=(
            "80 card", f"160 Lag on main has recovered after 2 min 20 s. {OVER}", "240 Lag on main, now 15: is back, alert",
        ),
    ),
    Timeline(
        "time in which nobody measured counts neither as bad nor as good",
        lag="oaa" + "-" * 30 + "aaa",
        news=("700 lag opened alert",),
        said=("700 card",),
    ),
    Timeline(
        "an hour of flapping gives one fire, one note and one recovery",
        lag="o" + "aaaaaaooooo" * 16 + CALM * 20,
        rule=PATIENT.model_copy(update={"calm_for": 300}),
        news=("80 lag opened alert", "680 lag flapping alert", "4640 lag recovered ok"),
        said=(
            "80 card",
            "680 Lag on main, now 15: flaps, 4 times within the hour. I say no more of it until it has been calm for long",
            f"4640 Lag on main has recovered after 1 h 17 min. {OVER}",
        ),
    ),
    Timeline(
        "a page is repeated until somebody owns it, and then the owner is reminded",
        lag="o" + "p" * 50,
        rule=PATIENT.model_copy(update={"repeat_page": 200, "remind_owner": 300}),
        deeds={300: Deed.ACKNOWLEDGE, 640: Deed.RELEASE},
        news=(
            "80 lag opened page", "280 lag repeated page", "600 lag reminded page", "800 lag repeated page",
            "1000 lag repeated page",
        ),
        said=(
            "80 card",
            f"80 {NEEDED}",
            "280 @S0DBA Lag on main, now 25: still at page after 4 min 20 s, and nobody has acknowledged it",
            "600 @U0ANA Lag on main, now 25: still page after 9 min 40 s. It is yours: mend it, silence it, or give it back",
            "800 @S0DBA Lag on main, now 25: still at page after 13 min, and nobody has acknowledged it",
            "1000 @S0DBA Lag on main, now 25: still at page after 16 min, and nobody has acknowledged it",
        ),
    ),
    Timeline(
        "a silence mutes what opens and closes in it, and says so when it ends by itself",
        lag="oaaaa" + "o" * 12,
        deeds={0: Deed.SILENCE},
        news=("80 lag opened alert", "160 lag recovered ok"),
        said=(
            ("300 The silence of Lag on main is over (Ana: new disks). 1 incident held back, none still open | "
            "Lag on main: alert, Mar 01 03:00 to 03:02 UTC, 2 min 20 s"),
        ),
    ),
    Timeline(
        "what still burns when a silence ends is told then, and a page wakes people",
        lag="o" + "p" * 17,
        deeds={0: Deed.SILENCE},
        news=("80 lag opened page",),
        said=(
            "300 card",
            f"300 {NEEDED}",
            ("300 The silence of Lag on main is over (Ana: new disks). 1 incident held back, 1 still open | "
            "Lag on main, now 25: page since Mar 01 03:00 UTC"),
        ),
    ),
    Timeline(
        "quiet hours hold an alert back until they are over",
        lag="oaaaaoooo" + "o" * 23,
        quiet=NIGHT,
        news=("80 lag opened alert", "160 lag recovered ok"),
        said=(
            ("600 The quiet hours are over. 1 incident held back, none still open | "
            "Lag on main: alert, Mar 01 03:00 to 03:02 UTC, 2 min 20 s"),
        ),
    ),
    Timeline(
        "what still burns in the morning has its card then",
        lag="o" + "a" * 32,
        quiet=NIGHT,
        news=("80 lag opened alert",),
        said=(
            "600 card",
            ("600 The quiet hours are over. 1 incident held back, 1 still open | "
            "Lag on main, now 15: alert since Mar 01 03:00 UTC"),
        ),
    ),
    Timeline(
        "a page pierces quiet hours and is told to its end",
        lag="oaaaapppp" + CALM,
        quiet=NIGHT,
        news=("80 lag opened alert", "160 lag worse page", "240 lag recovered ok"),
        said=("160 card", f"160 {NEEDED}", f"240 Lag on main has recovered after 3 min 40 s. {OVER}"),
    ),
    Timeline(
        "what follows from another incident has no card until it outlasts it",
        locks="opppp" + CALM + CALM,
        lag="oaaaaaaaaaaaa",
        news=("80 locks opened page", "160 locks recovered ok", "160 lag opened alert"),
        said=(
            "80 card",
            "80 @S0DBA Locks on main, now 25: needs somebody now",
            f"160 Locks on main has recovered after 2 min 20 s. {OVER}",
            "160 card",
        ),
    ),
    Timeline(
        "a value that looks back is no incident of its own for as long",
        rule=HASTY,
        locks="opppoooooo",
        latency="oppppppooo",
        news=("20 locks opened page", "100 locks recovered ok"),
        said=(
            "20 card",
            "20 @S0DBA Locks on main, now 25: needs somebody now",
            f"100 Locks on main has recovered after 1 min 20 s. {OVER}",
        ),
    ),
    Timeline(
        "a page that has become an alert still explains what looks back on it",
        rule=HASTY,
        locks="oppaaaoooo",
        latency="oppppppooo",
        news=("20 locks opened page", "80 locks better alert", "140 locks recovered ok"),
        said=(
            "20 card",
            "20 @S0DBA Locks on main, now 25: needs somebody now",
            "80 Locks on main, now 15: is better, not well yet",
            f"140 Locks on main has recovered after 2 min. {OVER}",
        ),
    ),
    Timeline(
        "what is still bad when its window has left its cause is an incident",
        rule=HASTY,
        locks="opp" + "o" * 12,
        latency="o" + "p" * 14,
        news=("20 locks opened page", "80 locks recovered ok", "160 latency opened page"),
        said=(
            "20 card",
            "20 @S0DBA Locks on main, now 25: needs somebody now",
            f"80 Locks on main has recovered after 1 min. {OVER}",
            "160 card",
            "160 @S0DBA Latency on main, now 25: needs somebody now",
        ),
    ),
    Timeline(
        "an alert does not keep a page that follows from it",
        locks="oaaaa",
        lag="opppp",
        news=("80 locks opened alert", "80 lag opened page"),
        said=("80 card", f"80 {NEEDED}", "80 card"),
    ),
    Timeline(
        "an incident goes to the channel of the first route that fits",
        lag="oaaaa",
        locks="oaaaa" + CALM,
        routes=(
            Route(metrics=("lag",), databases=("other",), channel="C0SHARED"),
            Route(metrics=("locks",), channel="C0STAGING"),
            Route(channel="C0GENERAL"),
        ),
        news=("80 locks opened alert", "160 locks recovered ok"),
        said=("80 card in C0STAGING", f"160 Locks on main has recovered after 2 min 20 s. {OVER}"),
    ),
    Timeline(
        "routes part the metrics of one database",
        lag="opppp",
        routes=(Route(metrics=("lag",), channel="C0STAGING"), Route(channel="C0GENERAL")),
        news=("80 lag opened page",),
        said=("80 card in C0STAGING", f"80 {NEEDED}"),
    ),
    Timeline(
        "a page is told the receivers and taken back",
        lag="opppp" + CALM,
        receivers=("pagerduty", "webhook"),
        news=("80 lag opened page", "160 lag recovered ok"),
        said=(
            "80 card", f"80 {NEEDED}", "80 pagerduty: trigger lag", "80 webhook: trigger lag",
            "160 pagerduty: resolve lag", "160 webhook: resolve lag", f"160 Lag on main has recovered after 2 min 20 s. {OVER}",
        ),
    ),
    Timeline(
        "an alert calls nobody",
        lag="oaaaa" + CALM,
        receivers=("pagerduty",),
        news=("80 lag opened alert", "160 lag recovered ok"),
        said=("80 card", f"160 Lag on main has recovered after 2 min 20 s. {OVER}"),
    ),
)  # fmt: skip
