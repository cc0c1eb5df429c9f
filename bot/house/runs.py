"""Approved plans under way, each on a worker of its own."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from bot.chat import bug
from bot.errors import Unavailable

log = logging.getLogger(__name__)

RUN_THREADS = 32


@dataclass
class Runs:
    """Runs approved plans, where `run` tells whether one was begun; `wake` is told after each that there may be something to send."""

    run: Callable[[str], bool]
    wake: Callable[[], None]
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(RUN_THREADS, "run"))
    count: int = 0
    seconds: float = 0.0
    """How many were begun and came to their end, and how long they took together."""
    returned: int = 0
    """How often a worker came back, also from a plan that has to wait for its window."""
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: bool = False

    def begin(self, approval_id: str) -> None:
        """Run an approved plan on a worker of its own."""
        if not self._closing:
            self._pool.submit(self._run, approval_id)

    def refuse(self) -> None:
        """Begin none from now on."""
        self._closing = True

    def close(self) -> None:
        """Wait for those under way."""
        self._closing = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, approval_id: str) -> None:
        began, begun = time.monotonic(), False
        try:
            begun = self.run(approval_id)
        except Unavailable as error:  # the housekeeping begins it again
            log.warning("a run waits until the store answers: %s", error)
        except Exception as error:  # noqa: BLE001 - the last net of a worker
            bug("a run", error)
        with self._lock:
            self.returned += 1
            if begun:
                self.count += 1
                self.seconds += time.monotonic() - began
        self.wake()
