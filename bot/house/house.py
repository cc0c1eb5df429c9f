"""The order of the day: what opens first, what the clock calls, what closes last."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from bot.alerting import Alerting
from bot.chat import Inbound, Person, Profile
from bot.clock import Clock, StoreTime
from bot.desk import Desk
from bot.dialog import Show, shown_nowhere
from bot.errors import ScoutError, Unavailable
from bot.flow import Room
from bot.home_tabs import HOME_SECONDS, HomeTabs
from bot.house.allowance import Allowance
from bot.house.caring import SHARE_SECONDS, STUCK_SECONDS, Caring
from bot.house.figures import Figures
from bot.house.health import DEAD_MAN_SECONDS, DeadMan, Health
from bot.house.housekeeping import HOUSEKEEPING_SECONDS, Housekeeping
from bot.house.loop_back import LOOP_SECONDS, LoopBack
from bot.house.reception import Reception
from bot.house.reminders import People, Reminders, those_named
from bot.house.rooms import Given, furnish
from bot.house.runs import Runs
from bot.outbox import Outbox, Speaker
from bot.policy import needed
from bot.receivers import PAGERDUTY, WEBHOOK, PagerDuty, Receivers, Webhook
from bot.registry import Registry
from bot.routine import Routine
from bot.runner import SecondLook
from bot.settings import Settings
from bot.store import Fence, LostLease, Store
from bot.watch import ITSELF, KEEP, RECENT, own_sample

log = logging.getLogger(__name__)

READY_SECONDS = 15.0
TIME_SECONDS = 3.0
ROUTINE_SECONDS = 5.0
TICKS_MISSED = 4
"""How many ticks may be missed before the watch counts as stuck."""
SECOND_LOOK_SECONDS = 5.0


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

    people: People = those_named
    """Turns people and groups into people; without the chat only those that the settings name themselves."""

    show: Show = shown_nowhere

    crowded: Callable[[], bool] = lambda: False
    """Whether many requests wait for their acknowledgement at the door."""

    door: Callable[[], list[str]] = list
    """Why nothing can be heard from Slack."""

    renew: Callable[[], None] = lambda: None
    """Asks for a new socket to Slack."""

    def __post_init__(self) -> None:
        settings, store, holder = self.settings, self.store, self.holder
        receivers = _receivers(settings.alerting)
        self.time = StoreTime(store.now)
        told = (settings, store, self.registry, self.profile, self.room, holder, receivers.names)
        given = Given(*told, self._wake, lambda run: self.runs.begin(run), self.time.now)  # noqa: PLW0108 - it is made further down
        rooms = furnish(given)
        self.cared, self.watch, self.flow, self.runner = rooms.cared, rooms.watch, rooms.flow, rooms.runner
        self.examiner = rooms.examiner
        late = max(STUCK_SECONDS, TICKS_MISSED * settings.tick_seconds)
        self.homes = HomeTabs(
            store,
            settings.policy,
            self.registry,
            self.profile,
            self.watch.metric,
            list(self.cared),
            self.watch.asleep,
            late,
            self.speaker.permalink,
        )
        self.outbox = Outbox(
            store, holder, self.speaker, self.watch.metric, receivers.call, settings.admin_channel, fronts=self.homes
        )
        self.runs = Runs(self.runner.run, self.outbox.wake)
        self.desk = Desk(
            settings.policy,
            store,
            self.flow.orders,
            self.profile,
            self.runs.begin,
            self.runner.stop,
            self.flow.with_reason,
            lambda c: self.room(c).reachable,
            lambda c: self.room(c).shared_outside,
            self.show,
            self.runner.skip,
        )
        self.routine = Routine(
            store,
            rooms.rota,
            rooms.answers.due,
            self.runs.begin,
            settings.alert_channel,
            settings.approval_seconds,
            partial(needed, settings.policy),
            rooms.answers.keeps,
        )
        allowance = Allowance(settings.questions_per_minute, settings.question_burst)
        self.reception = Reception(
            store, holder, self.flow, self.desk, self.homes, self.outbox.wake, self.crowded, allowance
        )
        self.housekeeping = Housekeeping(
            store,
            holder,
            settings.dead_after_seconds,
            self.desk,
            self.runner,
            self.reception,
            self.runs,
            Reminders(store, settings.policy, self.people),
        )
        self.clock = Clock(self._mishap, self.time.now)
        self.caring = Caring(
            store,
            holder,
            self.watch,
            ITSELF,
            late,
            lambda: self.clock.soon("watch"),
            self._judge_itself,
            self._mishap,
        )
        self.loop_back = LoopBack(store, self.speaker, settings.loop_back_person, socket.gethostname(), self.renew)
        self.health = Health(store, self.caring, late, self.loop_back, self.door, receivers.names)
        self.dead_man = DeadMan(settings.dead_man_url.get_secret_value(), self.health)
        self.figures = Figures(store, self.flow, self.watch, self.caring, self.outbox, self.runs, self.loop_back)
        self.second_look = SecondLook(store, lambda name: self.watch.measure(name, self.time.now()), self.watch.metric)

    def receive(self, item: Inbound) -> None:
        """Write a request down, and have it handled; raises Unavailable when the store cannot be reached."""
        self.reception.receive(item)

    def open(self) -> None:
        """Claim the store, pick up what a dead process left, and begin to send and to tick."""
        self.store.claim(self.holder)
        self.time.look()
        self.store.beat(self.holder)
        self.housekeeping.pick_up()
        self.outbox.start()
        self.clock.every(TIME_SECONDS, "time", lambda _: self.time.look())
        self.clock.every(self.settings.tick_seconds, "watch", self._tick)
        self.clock.every(ROUTINE_SECONDS, "routine", self._do_what_is_due)
        self.clock.every(SHARE_SECONDS, "leases", self._share)
        self.clock.every(self._beat_seconds, "housekeeping", self.housekeeping.keep)
        self.clock.every(SECOND_LOOK_SECONDS, "second look", self._look_again)
        self.clock.every(READY_SECONDS, "readiness", self._stay_ready)
        self.clock.every(3600, "prune", self._prune)
        self.clock.every(LOOP_SECONDS, "loop-back", self.loop_back.say)
        self.clock.every(HOME_SECONDS, "home tabs", self._renew_homes)
        self.clock.every(DEAD_MAN_SECONDS, "dead man", self.dead_man.call)
        self._share(self.time.now())
        self.clock.start()

    def close(self) -> None:
        """Cancel what runs and say so on its card, stop ticking, send what is due, and shut the doors."""
        self.runs.refuse()
        self.reception.refuse()
        self.runner.leave()
        self.runs.close()
        self.clock.stop()
        self.examiner.close()
        self.reception.close()
        self.outbox.stop()
        self.watch.close()
        self._farewell()
        for cared in self.cared.values():
            cared.close()
        self.store.close()

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

    def _share(self, at: datetime) -> None:
        """Take this process's part of the databases, and of what Slack takes from a workspace."""
        self.caring.share(at)
        with suppress(ScoutError):  # until the store is back the last count holds
            self.outbox.share_with(self.store.watchers())

    def _tick(self, at: datetime) -> None:
        """Measure and judge what this process holds."""
        self.caring.tick(at)
        self.examiner.go_round()
        self.outbox.wake()

    def _do_what_is_due(self, at: datetime) -> None:
        """Carry out the recurring jobs of what this process holds."""
        self.routine.tick(at, self.caring.fences)
        self.outbox.wake()

    def _judge_itself(self, at: datetime, fence: Fence) -> None:
        """One of all processes judges how Scout itself is, and ends what nobody judges any more."""
        mishaps = self.store.mishaps(self.store.now() - RECENT)
        with suppress(LostLease):
            self.watch.judge(ITSELF, [own_sample(mishaps, at)], at, fence)
            self.watch.forsake(at, fence)

    def _renew_homes(self, _: datetime) -> None:
        """One of all processes, the one that judges Scout itself, looks whether the home tabs are still true."""
        fence = self.caring.fences.get(ITSELF)
        with suppress(ScoutError):  # the store is gone, or another process has taken over
            if fence is not None and self.homes.renew(fence):
                self.outbox.wake()

    def _mishap(self, what: str) -> None:
        """A job of the clock failed, was missed or hangs: whoever judges Scout itself has to know."""
        log.warning("the clock: %s", what)
        with suppress(ScoutError):  # the store may be what is missing
            self.store.put_mishap(self.holder, what)

    def _look_again(self, at: datetime) -> None:
        with suppress(Unavailable):  # the store is gone now; the run stays due
            self.second_look.keep(at)
        self._wake()

    def _prune(self, _: datetime) -> None:
        """Forget by the store's clock: one that is ahead here would forget everything."""
        at = self.store.now()
        self.store.prune(at - KEEP)
        self.store.thin(at, timedelta(days=self.settings.sample_days))
        self.store.forget_incidents(at - timedelta(days=self.settings.incident_days))

    def _wake(self) -> None:
        self.outbox.wake()

    def _stay_ready(self, _: datetime) -> None:
        """Keep the connections that must be open already on the day when others take the last slot."""
        for cared in self.cared.values():
            with suppress(ScoutError):  # the watch tells what is wrong with it
                cared.database.stay_ready()

    def _farewell(self) -> None:
        with suppress(ScoutError):  # without it the others wait a little longer
            self.caring.let_go()
            self.store.farewell(self.holder)

    def _beat_until(self, over: threading.Event) -> None:
        while not over.wait(self._beat_seconds):
            with suppress(ScoutError):
                self.store.beat(self.holder)

    @property
    def _beat_seconds(self) -> float:
        return min(HOUSEKEEPING_SECONDS, self.settings.dead_after_seconds / 5)


def _receivers(told: Alerting) -> Receivers:
    known: dict[str, PagerDuty | Webhook] = {}
    if told.pagerduty_key is not None:
        known[PAGERDUTY] = PagerDuty(told.pagerduty_key, told.pagerduty_url)
    if told.webhook_url is not None:
        known[WEBHOOK] = Webhook(told.webhook_url, told.webhook_secret)
    return Receivers(known)
