"""The front page of Scout: how every database is, what burns, what waits and what was done, put together from what is known. Pure."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.alert import Alert
from bot.approval import State
from bot.command import Burning, Direction, Measurement, Metric, Risk, Value
from bot.report import Button, Level, Record, Unit, Verdict, worst

NEAR = 0.8
"""From how much of the way to its line on a value is shown though all is well."""
NAMED = 3
"""How many databases are named in the verdict before they are only counted."""

Known = Callable[[str], Metric[Any] | None]


class Shown(Record):
    """A metric's value; `line` is its alert line where it is not beyond that, `reason` says why there is no value."""

    title: str = ""
    unit: Unit = Unit.COUNT
    value: float | None = None
    line: float | None = None
    below: bool = False
    reason: str = ""


class DatabaseLine(Record):
    """How one database is and since when; `INFO` when nobody watches it."""

    name: str
    level: Level
    since: datetime | None = None
    shown: Shown | None = None


class IncidentLine(Record):
    """An open incident, whose it is, the commands that mend it, and whether its metric has a chart."""

    id: str
    database: str
    metric: str
    level: Level
    since: datetime
    shown: Shown
    charted: bool = False
    repairs: tuple[str, ...] = ()
    owner: str = ""
    silenced_until: datetime | None = None
    link: str = ""


class PlanLine(Record):
    """A plan that waits, runs or has ended; `at` is when it was asked for, or when it came to that state."""

    id: str
    text: str
    database: str
    risk: Risk
    state: State
    requester: str
    at: datetime
    expires_at: datetime
    said: str = ""
    channel: str = ""
    link: str = ""


class Affairs(Record):
    """What everybody may see, the worst first; `more_incidents` and `more_waiting` are those for which there is no room."""

    databases: tuple[DatabaseLine, ...] = ()
    incidents: tuple[IncidentLine, ...] = ()
    more_incidents: tuple[Level, ...] = ()
    waiting: tuple[PlanLine, ...] = ()
    more_waiting: int = 0
    runs: tuple[PlanLine, ...] = ()

    @property
    def seal(self) -> str:
        """The SHA-256 of all of it: as long as it stays the same there is nothing to publish."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class FrontPage(Record):
    """What one person finds: the affairs with the buttons that this person may press, or the one sentence for who may see nothing.

    `repairs` are by incident. `lasts` is false for who is not to be shown anything new.
    """

    affairs: Affairs = Affairs()
    refusal: str = ""
    lasts: bool = True
    at: datetime
    orders: bool = False
    repairs: Mapping[str, Button] = {}
    menu: tuple[Button, ...] = ()

    @property
    def seal(self) -> str:
        """What of it is compared with what was published last."""
        return "" if self.refusal else self.affairs.seal


def database_line(
    name: str, alerts: Sequence[Alert], samples: Sequence[Measurement], known: Known, oldest: datetime
) -> DatabaseLine:
    """How a watched database is: its worst incident, else what is not known, else what is nearest to a line.

    What was measured before `oldest` says nothing about now, and no data is never well.
    """
    burning = sorted((one for one in alerts if one.is_open), key=lambda one: (-_rank(one.level), one.since))
    newest = max((one.at for one in samples), default=None)
    if newest is None or newest < oldest:
        reason = "nothing was measured yet" if newest is None else "nothing measured since then"
        level = worst([Level.NO_DATA, *(one.level for one in burning)])
        return DatabaseLine(name=name, level=level, since=newest, shown=Shown(reason=reason))
    if burning:
        first = burning[0]
        shown = of_incident(first.metric, first.last, known(first.metric))
        return DatabaseLine(name=name, level=first.level, since=first.opened_at or first.since, shown=shown)
    blind = [one for one in samples if one.level is Level.NO_DATA and known(one.name)]
    if blind:
        shown = of_incident(blind[0].name, blind[0], known(blind[0].name))
        return DatabaseLine(name=name, level=Level.NO_DATA, since=blind[0].at, shown=shown)
    since = max((one.since for one in alerts), default=None)
    return DatabaseLine(name=name, level=Level.OK, since=since, shown=_nearest(samples, known))


def of_incident(name: str, last: Measurement | None, metric: Metric[Any] | None) -> Shown:
    """The value of a metric as an incident shows it, without its line, which it is beyond."""
    title, unit = (metric.title, metric.unit) if metric else (name, Unit.COUNT)
    if last is None:
        return Shown(title=title, unit=unit, reason="no value yet")
    if not isinstance(last.measured, Value):
        return Shown(title=title, unit=unit, reason=f"no value, {last.measured.reason}")
    if unit is Unit.TEXT:
        return Shown(title=title, unit=unit, reason="yes" if last.level is Level.OK else "no")
    return Shown(title=title, unit=unit, value=last.measured.value)


def incident_line(one: Burning, metric: Metric[Any] | None, link: str) -> IncidentLine:
    """An open incident as a line."""
    return IncidentLine(
        id=one.id,
        database=one.database,
        metric=one.metric,
        level=one.level,
        since=one.since,
        shown=of_incident(one.metric, one.last, metric),
        charted=metric is not None and metric.charted,
        repairs=metric.repairs if metric else (),
        owner=one.owner,
        silenced_until=one.silenced_until,
        link=link,
    )


def verdict(affairs: Affairs) -> Verdict:
    """What is worst, in one line: what burns where, else that all is well, and what waits for people."""
    text, level = _burning(affairs) or _calm(affairs)
    count = len(affairs.waiting) + affairs.more_waiting
    plans = f"; {count} {'plan waits' if count == 1 else 'plans wait'} for a decision" if count else ""
    return Verdict(level=level, text=text + plans)


def _burning(affairs: Affairs) -> tuple[str, Level] | None:
    where: dict[str, Counter[Level]] = {}
    for one in affairs.incidents:
        where.setdefault(one.database, Counter())[one.level] += 1
    for line in affairs.databases:
        if line.level is Level.NO_DATA:
            where.setdefault(line.name, Counter({Level.NO_DATA: 1}))
    everything = sum(where.values(), Counter(affairs.more_incidents))
    if not everything:
        return None
    places = "; ".join(f"{_counted(counts)} on {name}" for name, counts in where.items())
    if len(where) > NAMED or affairs.more_incidents:
        places = f"{_counted(everything)} in all"
    return places, worst(list(everything))


def _counted(counts: Counter[Level]) -> str:
    names = {Level.PAGE: ("page", "pages"), Level.ALERT: ("alert", "alerts")}
    told = [f"{counts[one]} {words[counts[one] != 1]}" for one, words in names.items() if counts[one]]
    return ", ".join([*told, "no data"] if counts[Level.NO_DATA] else told)


def _calm(affairs: Affairs) -> tuple[str, Level]:
    watched = [one.name for one in affairs.databases if one.level is not Level.INFO]
    asleep = [one.name for one in affairs.databases if one.level is Level.INFO]
    if not watched:
        return ("No database is watched" if asleep else "I look after no database yet"), Level.INFO
    well = f"{watched[0]} is well" if len(watched) == 1 else f"All {len(watched)} databases are well"
    if not asleep:
        return well, Level.OK
    names = ", ".join(asleep) if len(asleep) <= NAMED else f"{len(asleep)} more"
    return f"{well}; {names} {'is' if len(asleep) == 1 else 'are'} not watched", Level.OK


def _nearest(samples: Sequence[Measurement], known: Known) -> Shown | None:
    """The value that is nearest to its alert line, if it is near."""
    found = [
        (one.measured.value, metric)
        for one in samples
        if isinstance(one.measured, Value) and (metric := known(one.name))
    ]
    value, metric = max(found, key=lambda pair: _share(*pair), default=(0.0, None))
    if metric is None or _share(value, metric) < NEAR:
        return None
    below = metric.worse is Direction.LOWER
    return Shown(title=metric.title, unit=metric.unit, value=value, line=metric.alert, below=below)


def _share(value: float, metric: Metric[Any]) -> float:
    """How far a value has come on its way to the alert line, 1 at the line; a percentage that should be high starts from 100."""
    if metric.unit is Unit.TEXT:
        return 0
    if metric.worse is Direction.HIGHER:
        return value / metric.alert if metric.alert > 0 else float(value > metric.alert)
    if metric.unit is Unit.PERCENT:
        return (100 - value) / (100 - metric.alert) if metric.alert < 100 else float(value < metric.alert)  # noqa: PLR2004 - per cent
    return metric.alert / value if value > 0 else float(value < metric.alert)


def _rank(level: Level) -> int:
    return list(Level).index(level)
