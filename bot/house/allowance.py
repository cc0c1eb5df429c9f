"""How many questions one person may ask: a bucket of tokens each, which fills as time goes by."""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MOST_PEOPLE = 5_000
"""Buckets that are kept; the full ones among them say nothing and are forgotten first."""


class Asking(StrEnum):
    """What becomes of a question."""

    ANSWERED = "answered"
    REFUSED = "refused"
    PASSED_OVER = "passed over"


@dataclass(frozen=True)
class _Bucket:
    left: float
    at: datetime
    told: bool = False


@dataclass
class Allowance:
    """Of one process: with several, somebody may ask as often of each that Slack's requests happen to reach."""

    per_minute: float
    burst: int
    _buckets: dict[str, _Bucket] = field(default_factory=dict[str, _Bucket])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, person: str, at: datetime) -> Asking:
        """Take a token; without one the first question is refused in words, and those behind it are passed over."""
        with self._lock:
            found = self._buckets.get(person, _Bucket(self.burst, at))
            left = self._filled(found, at)
            if left >= 1:
                self._keep(person, _Bucket(left - 1, at))
                return Asking.ANSWERED
            self._keep(person, _Bucket(left, max(at, found.at), told=True))
            return Asking.PASSED_OVER if found.told else Asking.REFUSED

    def _filled(self, bucket: _Bucket, at: datetime) -> float:
        passed = max(timedelta(), at - bucket.at).total_seconds()
        return min(self.burst, bucket.left + passed * self.per_minute / 60)

    def _keep(self, person: str, bucket: _Bucket) -> None:
        if person not in self._buckets and len(self._buckets) >= MOST_PEOPLE:
            self._forget(bucket.at)
        self._buckets[person] = bucket

    def _forget(self, at: datetime) -> None:
        """Those who could ask as if they never had; when nobody could, the tenth of all who asked longest ago."""
        full = [person for person, one in self._buckets.items() if self._filled(one, at) >= self.burst]
        oldest = sorted(self._buckets, key=lambda one: self._buckets[one].at)[: MOST_PEOPLE // 10]
        for person in full or oldest:
            del self._buckets[person]
