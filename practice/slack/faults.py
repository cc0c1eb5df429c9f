"""What the panel can break between Scout and Slack."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from practice.fault import Fault
from practice.slack.socket_mode import Hub
from practice.slack.trouble import Rule, Trouble

Group = Literal["database", "slack"]
InLoop = Callable[[Callable[[], None]], None]
"""Runs a function in the server's loop and waits for it."""

RETRY_AFTER_SECONDS = 5


@dataclass
class _SlackFault:
    """A fault made of rules, in force until it is undone."""

    name: str
    title: str
    detail: str
    trouble: Trouble
    in_loop: InLoop
    rules: Callable[[], list[Rule]]
    also: Callable[[], None] = lambda: None
    group: Group = "slack"
    momentary: bool = False
    _rules: list[Rule] = field(default_factory=list[Rule])

    @property
    def is_on(self) -> bool:
        """Whether it is in force now."""
        return any(not rule.is_over for rule in self._rules)

    def start(self) -> None:
        """Put the rules in force."""
        if not self.is_on:
            self.in_loop(self._start)

    def undo(self) -> None:
        """End the rules."""
        self.in_loop(self._end)

    def _start(self) -> None:
        self._rules = self.rules()
        for rule in self._rules:
            self.trouble.add(rule)
        self.also()

    def _end(self) -> None:
        for rule in self._rules:
            rule.end()


@dataclass(frozen=True)
class _Momentary:
    """A thing that happens once."""

    name: str
    title: str
    detail: str
    in_loop: InLoop
    happen: Callable[[], None]
    group: Group = "slack"
    momentary: bool = True
    is_on: bool = False

    def start(self) -> None:
        """Let it happen."""
        self.in_loop(self.happen)

    def undo(self) -> None:
        """Do nothing: it is over already."""


def slack_faults(trouble: Trouble, hub: Hub, in_loop: InLoop) -> list[Fault]:
    """Return what can be broken between Scout and Slack."""
    return [
        _SlackFault(
            "slack-429",
            "Slack refuses: too many requests",
            f"Every call of the Web API is answered 429 with Retry-After {RETRY_AFTER_SECONDS}; "
            "Scout should wait and lose no message.",
            trouble,
            in_loop,
            lambda: [Rule("ratelimited", retry_after=RETRY_AFTER_SECONDS)],
        ),
        _Momentary(
            "slack-refresh",
            "Slack refreshes the socket",
            "Slack asks Scout to open a new socket and closes the old one, as it does every few hours; "
            "nobody should notice.",
            in_loop,
            hub.refresh,
        ),
        _SlackFault(
            "slack-gone",
            "Slack is gone",
            "Every connection is refused and the open sockets are cut; "
            "Scout should keep watching and tell everything when Slack is back.",
            trouble,
            in_loop,
            lambda: [Rule("refuse")],
            hub.cut,
        ),
    ]
