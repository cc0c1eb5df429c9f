"""What a census sees from look to look: what came, what is gone, and how long the looks were apart; pure."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.command import Census, Crowd, Sighting

TOO_FAR = 3.0
"""Looks that are further apart than so many intervals have missed too much to count from."""
BEGUN = "the count has just begun"


@dataclass
class Sightings:
    """The looks since the last time that somebody took what was found; times in seconds of one clock."""

    census: Census[Any]
    _there: dict[Hashable, Any] = field(default_factory=dict[Hashable, Any])
    _gone: list[Sighting[Any]] = field(default_factory=list[Sighting[Any]])
    _last_s: float | None = None
    _why: str = BEGUN

    def look(self, rows: Iterable[Any], at_s: float) -> None:
        """One more look."""
        now = {self.census.key(row): row for row in rows}
        gap_s = self._gap(at_s)
        self._gone += [Sighting(row, gap_s) for key, row in self._there.items() if key not in now]
        self._there, self._last_s = now, at_s

    def lost(self) -> None:
        """The server is gone, and with it all that was there: how long that took nobody knows."""
        self._there = {}
        self._why = "the database was away"

    def taken(self, at_s: float) -> Crowd[Any]:
        """What was found since the last time."""
        self._gap(at_s)
        found = Crowd(tuple(self._gone), tuple(self._there.values()), not self._why, self._why)
        self._gone, self._why = [], ""
        return found

    def _gap(self, at_s: float) -> float:
        gap_s = at_s - self._last_s if self._last_s is not None else 0.0
        if gap_s > TOO_FAR * self.census.every_s:
            self._why = f"{gap_s:.0f} s were missed"
        return gap_s


def merged(parts: Sequence[Crowd[Any]]) -> Crowd[Any]:
    """Several crowds, one after another, as one."""
    why = next((part.why for part in parts if not part.whole), "")
    gone = tuple(one for part in parts for one in part.gone)
    return Crowd(gone, parts[-1].there, not why, why)
