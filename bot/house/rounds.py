"""What the clock calls again and again, and how often."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock, StoreTime
from bot.errors import ScoutError, Unavailable
from bot.examiner import Examiner
from bot.home_tabs import HOME_SECONDS, HomeTabs
from bot.house.caring import SHARE_SECONDS, Caring
from bot.house.health import DEAD_MAN_SECONDS, DeadMan
from bot.house.housekeeping import Housekeeping
from bot.house.loop_back import LOOP_SECONDS, LoopBack
from bot.house.rooms import Cared
from bot.outbox import Outbox
from bot.routine import Routine
from bot.runner import SecondLook
from bot.settings import Settings
from bot.store import Store
from bot.watch import ITSELF, KEEP

TIME_SECONDS = 3.0
ROUTINE_SECONDS = 5.0
SECOND_LOOK_SECONDS = 5.0
READY_SECONDS = 15.0
PRUNE_SECONDS = 3600.0

Job = tuple[float, str, Callable[[datetime], object]]
"""A pace in seconds, a name, and what is called."""


@dataclass(frozen=True)
class Rounds:
    """The jobs of one process; `beat_seconds` is how often it keeps house."""

    settings: Settings
    store: Store
    time: StoreTime
    cared: Mapping[str, Cared]
    caring: Caring
    examiner: Examiner
    routine: Routine
    second_look: SecondLook
    housekeeping: Housekeeping
    homes: HomeTabs
    outbox: Outbox
    loop_back: LoopBack
    dead_man: DeadMan
    beat_seconds: float

    def begin(self, clock: Clock) -> None:
        """Take this process's share, and let the clock call all jobs."""
        for seconds, name, job in self._jobs():
            clock.every(seconds, name, job)
        self._share(self.time.now())
        clock.start()

    def _jobs(self) -> Iterator[Job]:
        yield TIME_SECONDS, "time", lambda _: self.time.look()
        yield self.settings.tick_seconds, "watch", self._tick
        yield ROUTINE_SECONDS, "routine", self._do_what_is_due
        yield SHARE_SECONDS, "leases", self._share
        yield self.beat_seconds, "housekeeping", self.housekeeping.keep
        yield SECOND_LOOK_SECONDS, "second look", self._look_again
        yield READY_SECONDS, "readiness", self._stay_ready
        yield PRUNE_SECONDS, "prune", self._prune
        yield LOOP_SECONDS, "loop-back", self.loop_back.say
        yield HOME_SECONDS, "home tabs", self._renew_homes
        yield DEAD_MAN_SECONDS, "dead man", self.dead_man.call

    def _tick(self, at: datetime) -> None:
        """Measure and judge what this process holds."""
        self.caring.tick(at)
        self.examiner.go_round()
        self.outbox.wake()

    def _do_what_is_due(self, at: datetime) -> None:
        """Carry out the recurring jobs of what this process holds."""
        self.routine.tick(at, self.caring.fences)
        self.outbox.wake()

    def _share(self, at: datetime) -> None:
        """Take this process's part of the databases, and of what Slack takes from a workspace."""
        self.caring.share(at)
        with suppress(ScoutError):  # until the store is back the last count holds
            self.outbox.share_with(self.store.watchers())

    def _look_again(self, at: datetime) -> None:
        with suppress(Unavailable):  # the store is gone now; the run stays due
            self.second_look.keep(at)
        self.outbox.wake()

    def _stay_ready(self, _: datetime) -> None:
        """Keep the connections that must be open already on the day when others take the last slot."""
        for cared in self.cared.values():
            with suppress(ScoutError):  # the watch tells what is wrong with it
                cared.database.stay_ready()

    def _prune(self, _: datetime) -> None:
        """Forget by the store's clock: one that is ahead here would forget everything."""
        at = self.store.now()
        self.store.prune(at - KEEP)
        self.store.thin(at, timedelta(days=self.settings.sample_days))
        self.store.forget_incidents(at - timedelta(days=self.settings.incident_days))

    def _renew_homes(self, _: datetime) -> None:
        """One of all processes, the one that judges Scout itself, looks whether the home tabs are still true."""
        fence = self.caring.fences.get(ITSELF)
        with suppress(ScoutError):  # the store is gone, or another process has taken over
            if fence is not None and self.homes.renew(fence):
                self.outbox.wake()
