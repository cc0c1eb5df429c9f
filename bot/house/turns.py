"""Whose turn it is: the workers are shared among people, so that a flood by one keeps nobody else waiting."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field

AT_ONCE = 2
"""How many questions of one person are worked on at the same time; further ones wait behind these."""

Act = Callable[[], None]


@dataclass
class Turns:
    """Hands work to a pool; what a person has beyond `AT_ONCE` stands in a line of that person's own."""

    pool: Executor
    _busy: Counter[str] = field(default_factory=Counter[str])
    _lines: dict[str, deque[Act]] = field(default_factory=dict[str, deque[Act]])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, person: str, act: Act) -> None:
        """Have something done now or when its turn comes."""
        with self._lock:
            if self._busy[person] >= AT_ONCE:
                self._lines.setdefault(person, deque()).append(act)
                return
            self._busy[person] += 1
        self._submit(person, act)

    def _submit(self, person: str, act: Act) -> None:
        with suppress(RuntimeError):  # the pool has shut: what no worker has begun stays in the inbox
            self.pool.submit(self._work, person, act)

    def _work(self, person: str, act: Act) -> None:
        try:
            act()
        finally:
            self._go_on(person)

    def _go_on(self, person: str) -> None:
        """The next of this person's, behind what others have brought meanwhile."""
        with self._lock:
            line = self._lines.get(person)
            if not line:
                self._lines.pop(person, None)
                self._busy[person] -= 1
                if not self._busy[person]:
                    del self._busy[person]
                return
            act = line.popleft()
        self._submit(person, act)
