"""The house: what it consists of, what opens first, what closes last."""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from bot.alerting import Alerting
from bot.chat import Inbound, Person, Profile
from bot.clock import Clock, StoreTime
from bot.desk import Desk
from bot.dialog import Show, shown_nowhere
from bot.errors import ScoutError
from bot.flow import Room
from bot.home_tabs import HomeTabs
from bot.house.allowance import Allowance
from bot.house.caring import STUCK_SECONDS, Caring
from bot.house.figures import Figures
from bot.house.health import DeadMan, Health
from bot.house.housekeeping import HOUSEKEEPING_SECONDS, Housekeeping
from bot.house.loop_back import LoopBack
from bot.house.mishaps import Mishaps
from bot.house.reception import Reception
from bot.house.reminders import People, Reminders, those_named
from bot.house.rooms import Given, furnish
from bot.house.rounds import Rounds
from bot.house.runs import Runs
from bot.outbox import Outbox, Speaker
from bot.policy import needed
from bot.receivers import PAGERDUTY, WEBHOOK, PagerDuty, Receivers, Webhook
from bot.registry import Registry
from bot.routine import Routine
from bot.runner import SecondLook
from bot.settings import Settings
from bot.store import Store
from bot.watch import ITSELF

TICKS_MISSED = 4
"""How many ticks may be missed before the watch counts as stuck."""


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
        settings, store = self.settings, self.store
        self.time = StoreTime(store.now)
        self._receivers = _receivers(settings.alerting)
        self._rooms = rooms = furnish(self._given())
        self.cared, self.watch, self.flow, self.runner = rooms.cared, rooms.watch, rooms.flow, rooms.runner
        self.examiner = rooms.examiner
        self.mishaps = Mishaps(store, self.holder, self.watch)
        self.clock = Clock(self.mishaps.note, self.time.now)
        self.homes = self._home_tabs()
        self.outbox = self._outbox()
        self.runs = Runs(self.runner.run, self.outbox.wake)
        self.desk = self._desk()
        self.reception = self._reception()
        self.housekeeping = self._housekeeping()
        self.routine = self._routine()
        self.caring = self._caring()
        self.loop_back = LoopBack(store, self.speaker, settings.loop_back_person, socket.gethostname(), self.renew)
        self.health = Health(store, self.caring, self._late, self.loop_back, self.door, self._receivers.names)
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
        self._rounds().begin(self.clock)

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

    # --- what it consists of

    def _given(self) -> Given:
        """What the rooms get; the outbox and the runs are made after them, and called through this house."""
        return Given(
            settings=self.settings,
            store=self.store,
            registry=self.registry,
            profile=self.profile,
            room=self.room,
            holder=self.holder,
            receivers=self._receivers.names,
            wake=lambda: self.outbox.wake(),  # noqa: PLW0108 - it is made later
            begin=lambda run: self.runs.begin(run),  # noqa: PLW0108 - they are made later
            now=self.time.now,
        )

    def _home_tabs(self) -> HomeTabs:
        return HomeTabs(
            store=self.store,
            policy=self.settings.policy,
            registry=self.registry,
            profile=self.profile,
            metric=self.watch.metric,
            databases=list(self.cared),
            asleep=self.watch.asleep,
            late=self._late,
            permalink=self.speaker.permalink,
        )

    def _outbox(self) -> Outbox:
        return Outbox(
            store=self.store,
            holder=self.holder,
            speaker=self.speaker,
            metric=self.watch.metric,
            call=self._receivers.call,
            admin_channel=self.settings.admin_channel,
            fronts=self.homes,
        )

    def _desk(self) -> Desk:
        return Desk(
            policy=self.settings.policy,
            store=self.store,
            orders=self.flow.orders,
            profile=self.profile,
            begin=self.runs.begin,
            stop=self.runner.stop,
            ask=self.flow.with_reason,
            reachable=lambda channel: self.room(channel).reachable,
            shared=lambda channel: self.room(channel).shared_outside,
            show=self.show,
            skip=self.runner.skip,
        )

    def _reception(self) -> Reception:
        return Reception(
            store=self.store,
            holder=self.holder,
            flow=self.flow,
            desk=self.desk,
            homes=self.homes,
            wake=self.outbox.wake,
            crowded=self.crowded,
            allowance=Allowance(self.settings.questions_per_minute, self.settings.question_burst),
        )

    def _housekeeping(self) -> Housekeeping:
        return Housekeeping(
            store=self.store,
            holder=self.holder,
            dead_after=self.settings.dead_after_seconds,
            desk=self.desk,
            runner=self.runner,
            reception=self.reception,
            runs=self.runs,
            reminders=Reminders(self.store, self.settings.policy, self.people),
        )

    def _routine(self) -> Routine:
        return Routine(
            store=self.store,
            rota=self._rooms.rota,
            plan=self._rooms.answers.due,
            begin=self.runs.begin,
            channel=self.settings.alert_channel,
            approval_seconds=self.settings.approval_seconds,
            needed=partial(needed, self.settings.policy),
            keeps=self._rooms.answers.keeps,
        )

    def _caring(self) -> Caring:
        return Caring(
            store=self.store,
            holder=self.holder,
            watch=self.watch,
            itself=ITSELF,
            stuck_after=self._late,
            gained=lambda: self.clock.soon("watch"),
            judge_itself=self.mishaps.judge,
            mishap=self.mishaps.note,
        )

    def _rounds(self) -> Rounds:
        return Rounds(
            settings=self.settings,
            store=self.store,
            time=self.time,
            cared=self.cared,
            caring=self.caring,
            examiner=self.examiner,
            routine=self.routine,
            second_look=self.second_look,
            housekeeping=self.housekeeping,
            homes=self.homes,
            outbox=self.outbox,
            loop_back=self.loop_back,
            dead_man=self.dead_man,
            beat_seconds=self._beat_seconds,
        )

    # --- its life in the store

    def _farewell(self) -> None:
        with suppress(ScoutError):  # without it the others wait a little longer
            self.caring.let_go()
            self.store.farewell(self.holder)

    def _beat_until(self, over: threading.Event) -> None:
        while not over.wait(self._beat_seconds):
            with suppress(ScoutError):
                self.store.beat(self.holder)

    @property
    def _late(self) -> float:
        """For how many seconds nothing may have been measured."""
        return max(STUCK_SECONDS, TICKS_MISSED * self.settings.tick_seconds)

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
