"""Things of a short life: socket tickets, trigger ids, response addresses."""

import secrets
import time
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

T = TypeVar("T")
Fate = Literal["unknown", "used", "expired"]


class PassRefused(Exception):
    """A pass is unknown, used up or too old."""

    def __init__(self, fate: Fate) -> None:
        super().__init__(fate)
        self.fate: Fate = fate


@dataclass
class _Pass(Generic[T]):
    about: T
    until: float
    uses: int


class Passes(Generic[T]):
    """Passes of one kind: each lives for some seconds and for some uses."""

    def __init__(self, *, seconds: float, uses: int = 1) -> None:
        self.seconds = seconds
        self.uses = uses
        self._issued: dict[str, _Pass[T]] = {}

    def issue(self, about: T) -> str:
        """Make a pass; its text cannot be guessed."""
        name = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._issued[name] = _Pass(about, time.monotonic() + self.seconds, self.uses)
        return name

    def take(self, name: str) -> T:
        """Use a pass once.

        Raises:
            PassRefused: it is unknown, used up or expired.
        """
        found = self._issued.get(name)
        if found is None:
            raise PassRefused("unknown")
        if found.uses <= 0:
            raise PassRefused("used")
        if time.monotonic() > found.until:
            raise PassRefused("expired")
        found.uses -= 1
        return found.about

    def spend(self, name: str) -> None:
        """Take all remaining uses of a pass away, if it exists."""
        if name in self._issued:
            self._issued[name].uses = 0
