"""A line of its own to each receiver outside of the chat: one that hangs keeps neither Slack nor another receiver waiting."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bot.chat import Notice


@dataclass
class Lines:
    """Sends calls, to each receiver one after another; a receiver's line is opened with its first call."""

    send: Callable[[Notice], None]
    settled: Callable[[], None]
    """Called after each, because more may be claimed for its receiver then."""
    _open: dict[str, ThreadPoolExecutor] = field(default_factory=dict[str, ThreadPoolExecutor])
    _under_way: Counter[str] = field(default_factory=Counter[str])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, notice: Notice) -> None:
        """Send a call as soon as its line is free."""
        receiver = notice.message.channel
        with self._lock:
            self._under_way[receiver] += 1
        if receiver not in self._open:
            self._open[receiver] = ThreadPoolExecutor(1, f"line-{receiver}")
        self._open[receiver].submit(self._sent, notice)

    @property
    def busy(self) -> frozenset[str]:
        """The receivers that have not answered yet."""
        with self._lock:
            return frozenset(name for name, calls in self._under_way.items() if calls)

    def close(self) -> None:
        """Wait for what is under way; what only waits stays in the store."""
        for line in self._open.values():
            line.shutdown(wait=True, cancel_futures=True)

    def _sent(self, notice: Notice) -> None:
        try:
            self.send(notice)
        finally:
            with self._lock:
                self._under_way[notice.message.channel] -= 1
            self.settled()
