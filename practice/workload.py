"""What the shops and the head office do all day: a gentle, continuous load on the practice database."""

import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from bot.sql import queries

CHANCE = random.Random()  # noqa: S311 - a rhythm, not a secret; its own, because what is drawn elsewhere shall be repeatable
SQL = queries(__file__)
_LOOKUPS = ("transaction", "transaction", "transaction", "store_today", "store_page", "best_sales")
_REPORTS = ("week_by_region", "daily_totals", "best_customers")


@dataclass
class _Worker:
    """One session that runs one of its statements after each pause, and comes back when the database does."""

    url: str
    name: str
    statements: Sequence[str]
    pause: float  # seconds between two statements, on average
    wanted: threading.Event  # cleared: it stays connected and does nothing
    ending: threading.Event
    connection: psycopg.Connection | None = field(default=None, init=False)

    def run(self) -> None:
        """Work until told to end; an error costs the connection, not the worker."""
        while not self.ending.is_set():
            with suppress(psycopg.Error):
                self._work()
            self.ending.wait(0.5)

    def _work(self) -> None:
        with psycopg.connect(self.url, autocommit=True, application_name=self.name, connect_timeout=5) as connection:
            self.connection = connection
            while not self.ending.wait(CHANCE.uniform(0.5, 1.5) * self.pause):
                if self.wanted.is_set():
                    connection.execute(SQL[CHANCE.choice(self.statements)].text.encode())

    def interrupt(self) -> None:
        """Cancel what it waits for, if anything."""
        if self.connection and not self.connection.closed:
            with suppress(psycopg.Error):
                self.connection.cancel_safe(timeout=2)


class Workload:
    """A loader, the API and a report, each in sessions of their own; they survive restarts of the database."""

    def __init__(self, app_url: str, report_url: str | None = None, *, pause: float = 1.0) -> None:
        self._ending = threading.Event()
        self._loading = _set_event()
        always = _set_event()
        sessions = (
            ("scout-loader", app_url, ("sell",), pause, self._loading),
            ("scout-api", app_url, _LOOKUPS, pause / 2, always),
            ("scout-api", app_url, _LOOKUPS, pause / 2, always),
            ("report", report_url or app_url, _REPORTS, pause * 5, always),
        )
        self._workers = [
            _Worker(url, name, statements, rest, wanted, self._ending)
            for name, url, statements, rest, wanted in sessions
        ]
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work; harmless when it works already."""
        if self._threads:
            return
        self._ending.clear()
        self._threads = [threading.Thread(target=worker.run, name=worker.name, daemon=True) for worker in self._workers]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all sessions, also those that wait for a lock."""
        self._ending.set()
        for worker, thread in zip(self._workers, self._threads, strict=False):
            while thread.is_alive():
                worker.interrupt()
                thread.join(timeout=1)
        self._threads = []

    @property
    def is_loading(self) -> bool:
        """Whether sales are being written."""
        return bool(self._threads) and self._loading.is_set()

    def pause_loader(self) -> None:
        """Let no more sales arrive: the data grows stale."""
        self._loading.clear()

    def resume_loader(self) -> None:
        """Let sales arrive again."""
        self._loading.set()


def _set_event() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
