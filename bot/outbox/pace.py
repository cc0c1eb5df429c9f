"""How fast messages may go out: posts by channel, edits by workspace, as Slack counts them."""

import time
from dataclasses import dataclass, field

POST_GAP = 1.0
POST_BURST = 5
EDIT_GAP = 1.5
EDITS_PER_MINUTE = 40
EDIT_BURST = 10


@dataclass
class Pace:
    """How fast one kind of message may go out: a token bucket that refills, and a time before which nothing goes."""

    per_second: float
    burst: float
    tokens: float = field(init=False)
    filled_at: float = field(default_factory=time.monotonic)
    not_before: float = 0

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def wait(self, now: float) -> float:
        """Seconds until one more may go; 0 takes a token."""
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if now < self.not_before:
            return self.not_before - now
        if self.tokens < 1:
            return (1 - self.tokens) / self.per_second
        self.tokens -= 1
        return 0


@dataclass
class Paces:
    """The paces of one workspace: one for the posts of each channel, one for all edits."""

    _posts: dict[str, Pace] = field(default_factory=dict[str, Pace])
    _edits: Pace = field(default_factory=lambda: Pace(EDITS_PER_MINUTE / 60, EDIT_BURST))
    _edited_at: dict[str, float] = field(default_factory=dict[str, float])

    def post_wait(self, channel: str) -> float:
        """Seconds until one more post may go to a channel; 0 takes the turn."""
        return self._channel(channel).wait(time.monotonic())

    def edit_wait(self, key: str, *, progress: bool) -> float:
        """Seconds until a card may be edited; progress keeps to the budget, what matters more goes at once."""
        now = time.monotonic()
        if now < self._edits.not_before:
            return self._edits.not_before - now
        if not progress:
            return 0
        since = now - self._edited_at.get(key, 0)
        return EDIT_GAP - since if since < EDIT_GAP else self._edits.wait(now)

    def shown(self, key: str) -> None:
        """A card was posted or edited just now."""
        self._edited_at[key] = time.monotonic()

    def hold_edits(self, seconds: float) -> None:
        """Slack asked to edit nothing for a while."""
        self._edits.not_before = time.monotonic() + seconds

    def hold_posts(self, channel: str, seconds: float) -> None:
        """Slack asked to post nothing to a channel for a while."""
        self._channel(channel).not_before = time.monotonic() + seconds

    def _channel(self, channel: str) -> Pace:
        return self._posts.setdefault(channel, Pace(1 / POST_GAP, POST_BURST))
