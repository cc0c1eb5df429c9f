"""How often each method may be called: token buckets."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Bucket:
    """A bucket of calls: `burst` at most, refilled at `per_minute`."""

    per_minute: float
    burst: float
    clock: Callable[[], float] = time.monotonic
    _left: float = field(init=False)
    _at: float = field(init=False)

    def __post_init__(self) -> None:
        """Start full."""
        self._left = self.burst
        self._at = self.clock()

    def take(self) -> float:
        """Take one call; returns 0, or the seconds to wait for one."""
        now = self.clock()
        self._left = min(self.burst, self._left + (now - self._at) * self.per_minute / 60)
        self._at = now
        if self._left < 1:
            return (1 - self._left) * 60 / self.per_minute
        self._left -= 1
        return 0.0


@dataclass
class Rates:
    """The buckets of a workspace; `per_minute` and `burst` may be changed by tests at any time before the first call."""

    is_on: bool = True
    burst: float = 10
    clock: Callable[[], float] = time.monotonic
    per_minute: dict[str, float] = field(default_factory=dict[str, float])
    _buckets: dict[str, Bucket] = field(default_factory=dict[str, Bucket])

    def take(self, method: str, usual: float, channel: str) -> float:
        """Take one call of a method; returns 0, or the seconds to wait.

        Posting is counted for each channel, everything else for the whole workspace.
        """
        if not self.is_on:
            return 0.0
        name = f"{method} {channel}" if method in ("chat.postMessage", "chat.postEphemeral") else method
        if name not in self._buckets:
            per_minute = self.per_minute.get(method, usual)
            self._buckets[name] = Bucket(per_minute, max(self.burst, per_minute / 6), self.clock)
        return self._buckets[name].take()
