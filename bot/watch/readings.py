"""What probes read some time ago, kept to take differences from; the older the sparser."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.command import Kept, Probe, R

SPARSER = 12
"""Kept readings stand no closer together than their age divided by this: for a day at one a minute, about 50."""


@dataclass
class Readings:
    """The readings of one database, by the name of their probe."""

    _kept: dict[str, tuple[Kept[Any], ...]] = field(default_factory=dict[str, tuple[Kept[Any], ...]])
    """Replaced as a whole, because a question may read while the watch writes."""

    def __contains__(self, name: str) -> bool:
        return name in self._kept

    def keep(self, name: str, keep_s: float, rows: list[Any], at: datetime) -> None:
        """Add a reading, and thin out those before; what a clock that was ahead has dated later is of no use."""
        kept = (*(one for one in self._kept.get(name, ()) if one.at < at), Kept(rows, at))
        self._kept[name] = tuple(_thinned(kept, at - timedelta(seconds=keep_s)))

    def earlier(self, probe: Probe[R], seconds: float, at: datetime) -> Kept[R] | None:
        """The youngest kept reading that is so old, else the oldest there is."""
        return self.before(probe.name, seconds, at)

    def before(self, name: str, seconds: float, at: datetime) -> Kept[Any] | None:
        """The same by name."""
        kept = [one for one in self._kept.get(name, ()) if one.at < at]
        old_enough = [one for one in kept if one.at <= at - timedelta(seconds=seconds)]
        return next(iter([*reversed(old_enough), *kept]), None)

    def exactly(self, name: str, at: datetime) -> Kept[Any] | None:
        """The reading of a moment."""
        return next((one for one in self._kept.get(name, ()) if one.at == at), None)

    def is_due(self, probe: Probe[Any], at: datetime) -> bool:
        """Whether the last reading is old enough; a tick that comes a little early is not too early."""
        kept = self._kept.get(probe.name)
        return not kept or not 0 <= (at - kept[-1].at).total_seconds() < 0.9 * probe.every_s


def _thinned(kept: Sequence[Kept[Any]], oldest: datetime) -> Iterable[Kept[Any]]:
    """The readings since a moment, the older the sparser, and the newest in any case; oldest first."""
    newest = kept[-1]
    last: datetime | None = None
    for one in kept:
        far_enough = last is None or (one.at - last) >= (newest.at - one.at) / SPARSER
        if one is newest or (one.at >= oldest and far_enough):
            last = one.at
            yield one
