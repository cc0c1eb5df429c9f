"""What can be made to go wrong on purpose between the app and Slack."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "ratelimited", "http_error", "error", "refuse", "hang", "delay", "lose_answer", "handshake", "ticket_used"
]


@dataclass
class Rule:
    """One thing that goes wrong: for some methods, for some calls or until it is undone."""

    kind: Kind
    methods: tuple[str, ...] = ()
    times: int | None = None
    status: int = 500
    error: str = "internal_error"
    retry_after: int = 1
    seconds: float = 0.0
    hits: int = 0
    is_over: bool = False
    _ended: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, method: str) -> bool:
        """Whether the next call of that method goes wrong by this rule."""
        return not self.is_over and (not self.methods or method in self.methods)

    def strike(self) -> None:
        """Count a call that went wrong."""
        self.hits += 1
        if self.times is not None and self.hits >= self.times:
            self.is_over = True

    def end(self) -> None:
        """Let nothing more go wrong by this rule, and free what hangs on it; call it in the server's loop."""
        self.is_over = True
        self._ended.set()

    async def ended(self) -> None:
        """Wait for the end of the rule."""
        await self._ended.wait()


@dataclass
class Trouble:
    """All rules in force."""

    rules: list[Rule] = field(default_factory=list[Rule])

    def add(self, rule: Rule) -> None:
        """Put a rule in force, until it ends."""
        self.rules.append(rule)

    def strike(self, method: str, *kinds: Kind) -> Rule | None:
        """Return the rule that makes this call go wrong, if one does, and count it."""
        self.rules = [rule for rule in self.rules if not rule.is_over]
        for rule in self.rules:
            if rule.kind in kinds and rule.matches(method):
                rule.strike()
                return rule
        return None

    def calm(self) -> None:
        """End every rule."""
        for rule in self.rules:
            rule.end()
