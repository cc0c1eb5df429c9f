"""How fast messages may go out: posts by channel, edits by workspace, as Slack counts them."""

import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta

POST_GAP = 1.0
POST_BURST = 5
EDIT_GAP = 1.5
EDITS_PER_MINUTE = 40
"""Slack takes 50 from one workspace; what is left is for pages, which go at once."""
EDIT_BURST = 10
EDITS_KEPT = 3
"""What progress leaves of the burst for decisions and incidents."""


@dataclass(frozen=True)
class Tempo:
    """How fast the outbox's time passes; only whoever plays half an hour in seconds has another than 1."""

    factor: float = 1.0

    def now(self) -> float:
        """Seconds of the outbox's time, from an unknown beginning."""
        return time.monotonic() * self.factor

    def span(self, seconds: float) -> timedelta:
        """How long so many seconds of the outbox's time are."""
        return timedelta(seconds=seconds / self.factor)


@dataclass
class Pace:
    """How fast one kind of message may go out: a token bucket that refills, and a time before which nothing goes."""

    per_second: float
    burst: float
    filled_at: float
    tokens: float = field(init=False)
    not_before: float = 0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def wait(self, now: float, keep: float = 0) -> float:
        """Seconds until one more may go, leaving `keep` tokens, which are fewer than none for what may overdraw; 0 takes a token."""
        wait = self.look(now, keep)
        if not wait:
            self.tokens -= 1
        return wait

    def look(self, now: float, keep: float = 0) -> float:
        """Seconds until one more may go; takes nothing."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if now < self.not_before:
            return self.not_before - now
        return max(0.0, (keep + 1 - self.tokens) / self.per_second)

    def is_fresh(self, now: float) -> bool:
        """Whether it is as if nothing had ever gone out."""
        self.look(now)
        return self.tokens >= self.burst and now >= self.not_before


class Paces:
    """The paces of one workspace: one for the posts of each channel, one for all edits, divided among the processes that send.

    All senders share them, so each turn is taken under a lock; what makes no difference any more is forgotten.
    """

    def __init__(self, tempo: Tempo) -> None:
        self._tempo = tempo
        self._senders = 1
        self._posts: dict[str, Pace] = {}
        self._edits = Pace(EDITS_PER_MINUTE / 60, EDIT_BURST, tempo.now())
        self._edited_at: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def remembered(self) -> int:
        """Of how many channels and cards it is remembered now that something went to them."""
        return len(self._posts) + len(self._edited_at)

    def share_with(self, senders: int) -> None:
        """Slack counts the workspace, not the process: so many processes send beside each other."""
        with self._lock:
            self._senders = max(1, senders)
            self._edits.per_second = EDITS_PER_MINUTE / 60 / self._senders
            for pace in self._posts.values():
                pace.per_second = 1 / POST_GAP / self._senders

    def post_wait(self, channel: str, *, urgent: bool = False) -> float:
        """Seconds until one more post may go to a channel; 0 takes the turn. A page does not wait for the turn of others."""
        with self._lock:
            return self._channel(channel).wait(self._tempo.now(), -POST_BURST if urgent else 0)

    def held(self) -> set[str]:
        """The channels to which no ordinary post may go now."""
        with self._lock:
            now = self._tempo.now()
            self._posts = {channel: pace for channel, pace in self._posts.items() if not pace.is_fresh(now)}
            return {channel for channel, pace in self._posts.items() if pace.look(now)}

    def edit_wait(self, key: str, *, urgent: bool = False, progress: bool = False) -> float:
        """Seconds until a card may be edited; 0 takes the turn. All keep to one budget, progress to a part of it, a page overdraws it."""
        with self._lock:
            now = self._tempo.now()
            since = now - self._edited_at.get(key, -EDIT_GAP)
            if progress and since < EDIT_GAP:
                return EDIT_GAP - since
            return self._edits.wait(now, -EDIT_BURST if urgent else EDITS_KEPT if progress else 0)

    def shown(self, key: str) -> None:
        """A card was posted or edited just now."""
        with self._lock:
            now = self._tempo.now()
            self._edited_at = {one: at for one, at in self._edited_at.items() if now - at < EDIT_GAP} | {key: now}

    def hold_edits(self, seconds: float) -> None:
        """Slack asked to edit nothing for a while."""
        with self._lock:
            self._edits.not_before = self._tempo.now() + seconds

    def hold_posts(self, channel: str, seconds: float) -> None:
        """Slack asked to post nothing to a channel for a while."""
        with self._lock:
            self._channel(channel).not_before = self._tempo.now() + seconds

    def _channel(self, channel: str) -> Pace:
        now = self._tempo.now()
        return self._posts.setdefault(channel, Pace(1 / POST_GAP / self._senders, POST_BURST, now))
