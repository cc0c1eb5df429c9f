"""The whole house put together: store, databases, rivers and doors, and the order in which they open and close."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.alert import Rule
from bot.approval import State
from bot.chat import Asked, Inbound, Person, Profile, bug
from bot.clock import Clock, now
from bot.command import Limits, Metric
from bot.database import Watched, place
from bot.desk import Desk
from bot.errors import ScoutError, Unavailable
from bot.flow import Flow, Room, Ward
from bot.outbox import Outbox, Speaker
from bot.pooler import Pooler
from bot.prometheus import instant
from bot.registry import Registry
from bot.runner import Runner, Tools
from bot.settings import DatabaseSettings, Lines, Settings
from bot.shell import run_program
from bot.store import Store
from bot.watch import KEEP, Gauge, Watch

if TYPE_CHECKING:
    from bot.cache import Cache

log = logging.getLogger(__name__)

QUESTION_THREADS = 8
PRESS_THREADS = 4
"""Of their own, so that no tedious question keeps a Stop waiting."""
RUN_THREADS = 32
READY_SECONDS = 15.0
PATIENCE_SECONDS = 2.0
"""For how long a person waits for an answer without a word."""
HOUSEKEEPING_SECONDS = 3.0
RUSH_SECONDS = 1.0
"""For how long answers make way at most; Slack gives up on an acknowledgement after three."""
LEASE_SECONDS = 10.0


@dataclass
class House:
    """Everything but Slack's door, which `speaker`, `profile` and `room` stand for."""

    settings: Settings
    store: Store
    registry: Registry
    speaker: Speaker
    profile: Callable[[Person], Profile]
    room: Callable[[str], Room]
    holder: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}")

    crowded: Callable[[], bool] = lambda: False
    """Whether many requests wait for their acknowledgement at the door."""

    def __post_init__(self) -> None:
        metrics = {
            name: [_with_lines(metric, self.settings.metrics, told.limits) for metric in self.registry.metrics]
            for name, told in self.settings.databases.items()
        }
        self.databases = {name: _watched(name, told) for name, told in self.settings.databases.items()}
        self.replicas = {name: _replicas(told) for name, told in self.settings.databases.items()}
        prometheus = partial(instant, self.settings.prometheus_url) if self.settings.prometheus_url else None
        gauges = {
            name: Gauge(database, self.settings.databases[name].limits, metrics[name], prometheus, self.registry.probes)
            for name, database in self.databases.items()
        }
        asleep = frozenset(name for name, told in self.settings.databases.items() if not told.watch)
        self.watch = Watch(
            self.store, gauges, _rule(self.settings), self.settings.alert_channel, self.settings.mention, asleep
        )
        self.flow = Flow(
            registry=self.registry,
            policy=self.settings.policy,
            wards={
                name: _ward(database, self.settings.databases[name], metrics[name], self.replicas[name])
                for name, database in self.databases.items()
            },
            store=self.store,
            profile=self.profile,
            room=self.room,
            measure=lambda name: self.watch.measure(name, now()),
            earlier=self.watch.earlier,
            alert_channel=self.settings.alert_channel,
            approval_seconds=self.settings.approval_seconds,
        )
        self.runner = Runner(
            store=self.store,
            holder=self.holder,
            tools={name: _tools(database, self.settings.databases[name]) for name, database in self.databases.items()},
            again=self.flow.again,
            look=self.flow.look,
            measure=lambda name: self.watch.measure(name, now()),
        )
        self.desk = Desk(
            self.settings.policy,
            self.store,
            self.profile,
            self.begin,
            self.runner.stop,
            lambda channel: self.room(channel).reachable,
        )
        self.outbox = Outbox(
            self.store,
            self.holder,
            self.speaker,
            self.watch.metric,
            self.settings.mention,
        )
        self.clock = Clock(lambda trouble: log.warning("the clock: %s", trouble))
        self._questions = ThreadPoolExecutor(QUESTION_THREADS, "question")
        self._presses = ThreadPoolExecutor(PRESS_THREADS, "press")
        self._runs = ThreadPoolExecutor(RUN_THREADS, "run")
        self._in_hand: set[str] = set()
        self._lock = threading.Lock()
        self._closing = False

    # --- the order of the day

    def open(self) -> None:
        """Claim the store, pick up what a dead process left, and begin to send and to tick."""
        self.store.claim(self.holder)
        self.store.beat(self.holder)
        self._pick_up()
        self.outbox.start()
        self.clock.every(self.settings.tick_seconds, "watch", self._tick)
        self.clock.every(self._beat_seconds, "housekeeping", self._keep_house)
        self.clock.every(READY_SECONDS, "readiness", self._stay_ready)
        self.clock.every(3600, "prune", lambda at: self.store.prune(at - KEEP))
        self.clock.start()

    def _stay_ready(self, _: datetime) -> None:
        """Keep the connections that must be open already on the day when others take the last slot."""
        for database in self.databases.values():
            with suppress(ScoutError):  # the watch tells what is wrong with it
                database.stay_ready()

    def close(self) -> None:
        """Cancel what runs and say so on its card, stop ticking, send what is due, and shut the doors."""
        self._closing = True
        self.runner.leave()
        self._runs.shutdown(wait=True, cancel_futures=True)
        self.clock.stop()
        for pool in (self._questions, self._presses):
            pool.shutdown(wait=True, cancel_futures=True)
        self.outbox.stop()
        self._farewell()
        for database in (*self.databases.values(), *(one for some in self.replicas.values() for one in some)):
            database.close()
        self.store.close()

    def _farewell(self) -> None:
        with suppress(ScoutError):  # without it the others wait a little longer
            self.store.farewell(self.holder)

    @contextmanager
    def alive(self) -> Generator[None]:
        """Beat while a block lasts, in a process that does not keep house, so that nobody takes its run for a dead one's."""
        over = threading.Event()
        heart = threading.Thread(target=self._beat_until, args=(over,), name="heart", daemon=True)
        self.store.beat(self.holder)
        heart.start()
        try:
            yield
        finally:
            over.set()
            heart.join()
            self._farewell()

    def _beat_until(self, over: threading.Event) -> None:
        while not over.wait(self._beat_seconds):
            with suppress(ScoutError):
                self.store.beat(self.holder)

    @property
    def _beat_seconds(self) -> float:
        return min(HOUSEKEEPING_SECONDS, self.settings.dead_after_seconds / 5)

    # --- what comes in

    def receive(self, item: Inbound) -> None:
        """Write a request down, then hand it to a worker; one that is there already was handed over before.

        Raises:
            Unavailable: the store cannot be reached, so nothing may be acknowledged as taken.
        """
        if self.store.receive(item, self.holder):
            self.work_on(item)

    def work_on(self, item: Inbound) -> None:
        """Give a request of the inbox to a worker, unless one has it."""
        with self._lock:
            if item.id in self._in_hand or self._closing:
                return
            self._in_hand.add(item.id)
        pool = self._questions if isinstance(item, Asked) else self._presses
        pool.submit(self._handle, item)

    def begin(self, approval_id: str) -> None:
        """Run an approved plan on a worker of its own."""
        if not self._closing:
            self._runs.submit(self._run, approval_id)

    def _run(self, approval_id: str) -> None:
        try:
            self.runner.run(approval_id)
        except Exception as error:  # noqa: BLE001 - the last net of a worker; the store may be gone
            bug("a run", error)
        self.outbox.wake()

    def _handle(self, item: Inbound) -> None:
        self._make_way()
        try:
            self._answer(item) if isinstance(item, Asked) else self.desk.handle(item)
        except Exception as error:  # noqa: BLE001 - the row stays in the inbox and is taken again by the housekeeping
            bug("a request", error)
        finally:
            with self._lock:
                self._in_hand.discard(item.id)
        self.outbox.wake()

    def _answer(self, asked: Asked) -> None:
        timer = threading.Timer(PATIENCE_SECONDS, self._still, [asked])
        timer.daemon = True
        timer.start()
        try:
            self.flow.handle(asked)
        finally:
            timer.cancel()

    def _still(self, asked: Asked) -> None:
        with suppress(ScoutError):
            self.flow.still(asked)
        self.outbox.wake()

    def _make_way(self) -> None:
        """Acknowledgements first: Python runs one thread at a time, and Slack is less patient than people."""
        until = time.monotonic() + RUSH_SECONDS
        while self.crowded() and time.monotonic() < until and not self._closing:
            time.sleep(0.01)

    # --- what the clock does

    def _tick(self, at: datetime) -> None:
        """Exactly one replica watches: the one that holds the lease in the store."""
        if self.store.lease("watch", self.holder, max(LEASE_SECONDS, 3 * self.settings.tick_seconds)) is not None:
            self.watch.tick(at)
            self.outbox.wake()

    def _keep_house(self, at: datetime) -> None:
        try:
            self.housekeep(at)
        except Unavailable as error:
            log.warning("no housekeeping: %s", error)

    def housekeep(self, at: datetime) -> None:
        """Show that we live, end what nobody decided, take over from the dead, and take again what was left lying."""
        self.store.beat(self.holder)
        for approval in self.store.overdue():
            self.desk.expire(approval)
        self._take_over()
        left_lying = timedelta(seconds=self.settings.dead_after_seconds + HOUSEKEEPING_SECONDS)
        for item in self.store.unanswered(self.holder):
            if item.at < at - left_lying:
                self.work_on(item)
        for approval in self.store.approvals({State.APPROVED}):
            if approval.decided_at is not None and approval.decided_at < at - left_lying:
                self.begin(approval.id)

    def _pick_up(self) -> None:
        self._take_over()
        for approval in self.store.approvals({State.APPROVED}):
            self.begin(approval.id)

    def _take_over(self) -> None:
        """Go on with what the dead were at: their questions, their messages and their runs, and runs of ours that were lost."""
        dead = self.store.dead_holders(self.settings.dead_after_seconds) - {self.holder}
        for item in self.store.adopt(self.holder, dead):
            self.work_on(item)
        self.store.release_notices(dead)
        self.runner.recover(dead)

    def trouble(self) -> list[str]:
        """Why this process is not ready; empty when it is."""
        try:
            self.store.now()
        except ScoutError as error:
            return [str(error)]
        return []


def _watched(name: str, told: DatabaseSettings) -> Watched:
    operate = told.operate_url or told.url
    return Watched(name, told.url.get_secret_value(), operate.get_secret_value(), told.schema_name)


def _replicas(told: DatabaseSettings) -> tuple[Watched, ...]:
    urls = [one.get_secret_value() for one in told.replicas]
    return tuple(Watched(place(url), url, url, told.schema_name) for url in urls)


def _ward(
    database: Watched, told: DatabaseSettings, metrics: Sequence[Metric[Any]], replicas: Sequence[Watched]
) -> Ward:
    return Ward(database, told.limits, metrics, frozenset(told.channels), _pooler(told), _cache(told), replicas)


def _pooler(told: DatabaseSettings) -> Pooler | None:
    return Pooler(told.pooler_url.get_secret_value()) if told.pooler_url else None


def _cache(told: DatabaseSettings) -> "Cache | None":
    if not told.redis_url:
        return None
    from bot.cache import Cache  # noqa: PLC0415 - the client costs 5 MB and a twentieth of the start, and few have a Redis

    return Cache(told.redis_url.get_secret_value())


def _tools(database: Watched, told: DatabaseSettings) -> Tools:
    pooler = _pooler(told)
    return Tools(database, pooler.order if pooler else None, run_program)


def _rule(settings: Settings) -> Rule:
    seconds = settings.alert_for_seconds
    return Rule(alert_for=seconds, page_for=seconds, no_data_for=3 * seconds, calm_for=seconds)


def _with_lines(metric: Metric[Any], lines: Mapping[str, Lines], limits: Limits) -> Metric[Any]:
    """A metric with the lines of one database: the settings' before the database's limits before the runbook's."""
    own = {"alert": getattr(limits, metric.alert_from)} if metric.alert_from else {}
    told = lines.get(metric.name, Lines()).model_dump(exclude_none=True)
    return replace(metric, **{**own, **told})
