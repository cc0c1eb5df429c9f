"""How each trouble is brought about, and undone."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from signal import SIGCONT, SIGKILL, SIGSTOP

import psutil
import psycopg

from practice.database import PracticeDatabase
from practice.slack.trouble import Kind
from tests.soak.drama import Strike, Trouble
from tests.soak.ground import REPLICAS, Ground

RETRY_AFTER_S = 2
AT_ONCE = 12
ENVELOPES = 5


class NotStruck(Exception):
    """A trouble that could not be brought about."""


@dataclass(frozen=True)
class Struck:
    """A trouble that came, in seconds of the monotonic clock; `hits` is how much it hit: calls, sockets, processes, envelopes."""

    strike: Strike
    began: float
    ended: float
    hits: int = 1


@dataclass(frozen=True)
class Death:
    """A replica that ended though nobody ended it."""

    at: float
    replica: int
    pid: int
    code: int


@dataclass
class Striking:
    """Brings about what the drama says, each in a thread of its own."""

    ground: Ground
    log: list[Struck] = field(default_factory=list[Struck])
    deaths: list[Death] = field(default_factory=list[Death])
    _hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(AT_ONCE, "strike"))
    _works: "list[Future[None]]" = field(default_factory=list["Future[None]"])
    _meant_to_be_down: set[int] = field(default_factory=set[int])

    def begin(self, strike: Strike) -> None:
        """Let one strike."""
        self._works.append(self._hands.submit(self._strike, strike))

    def end(self) -> None:
        """Wait until all are over; an error of one is raised."""
        for work in self._works:
            work.result()
        self._hands.shutdown()

    def revive(self) -> None:
        """Start what ended by itself, as whatever looks after containers does."""
        for number in range(REPLICAS):
            process = self.ground.replica(number)
            if number not in self._meant_to_be_down and process.poll() is not None:
                self.deaths.append(Death(time.monotonic(), number, process.pid, process.returncode))
                self.ground.start_replica(number)

    def _strike(self, strike: Strike) -> None:
        began = time.monotonic()
        hits = self._ways[strike.trouble](strike)
        self.log.append(Struck(strike, began, time.monotonic(), hits))

    @property
    def _ways(self) -> Mapping[Trouble, Callable[[Strike], int]]:
        ground = self.ground
        return {
            Trouble.REFRESH: self._refresh,
            Trouble.CUT: self._cut,
            Trouble.SILENT: self._silence,
            Trouble.TWICE: self._twice,
            Trouble.BUSY: lambda strike: self._refused(strike, "ratelimited"),
            Trouble.BROKEN: lambda strike: self._refused(strike, "http_error"),
            Trouble.LOST: self._lost,
            Trouble.GONE: self._gone,
            Trouble.STORE_RESTART: lambda _: _restarted(ground.store_database),
            Trouble.STORE_KILL: lambda strike: _killed(ground.store_database, strike.seconds),
            Trouble.DATABASE_RESTART: lambda _: _restarted(ground.database),
            Trouble.DATABASE_KILL: lambda strike: _killed(ground.database, strike.seconds),
            Trouble.KILL: self._kill,
            Trouble.STOP: self._stop,
            Trouble.CLOCK: self._jump,
            Trouble.FIRE: self._burn,
        }

    # --- Slack

    def _refresh(self, strike: Strike) -> int:
        sockets = self.ground.there.sockets()
        self.ground.there.refresh_sockets(grace=strike.seconds)
        time.sleep(strike.seconds)
        return sockets

    def _cut(self, _: Strike) -> int:
        sockets = self.ground.there.sockets()
        self.ground.there.cut_sockets()
        return sockets

    def _silence(self, strike: Strike) -> int:
        sockets = self.ground.there.sockets()
        self.ground.there.silence_sockets(noticed_after=strike.seconds)
        time.sleep(strike.seconds)
        return sockets

    def _twice(self, strike: Strike) -> int:
        self.ground.there.send_twice(ENVELOPES)
        time.sleep(strike.seconds)
        return ENVELOPES - self.ground.there.house.hub.twice

    def _refused(self, strike: Strike, kind: Kind) -> int:
        with self.ground.there.inject(kind, retry_after=RETRY_AFTER_S, status=500) as rule:
            time.sleep(strike.seconds)
        return rule.hits

    def _lost(self, strike: Strike) -> int:
        methods = ("chat.postMessage", "chat.update")
        with self.ground.there.inject("lose_answer", methods=methods, times=3) as rule:
            time.sleep(strike.seconds)
        return rule.hits

    def _gone(self, strike: Strike) -> int:
        with self.ground.there.inject("refuse") as rule:
            sockets = self._cut(strike)
            time.sleep(strike.seconds)
        return sockets + rule.hits

    # --- a replica

    def _kill(self, strike: Strike) -> int:
        self._meant_to_be_down.add(strike.replica)
        victim = self.ground.replica(strike.replica)
        victim.send_signal(SIGKILL)
        code = victim.wait()
        time.sleep(strike.seconds)
        self.ground.start_replica(strike.replica)
        self._meant_to_be_down.discard(strike.replica)
        return int(code == -SIGKILL)

    def _stop(self, strike: Strike) -> int:
        sleeper = self.ground.replica(strike.replica)
        sleeper.send_signal(SIGSTOP)
        time.sleep(strike.seconds)
        with suppress(psutil.Error):  # it may have been killed in its sleep
            asleep = psutil.Process(sleeper.pid).status() == psutil.STATUS_STOPPED
            sleeper.send_signal(SIGCONT)
            return int(asleep)
        return 0

    def _jump(self, strike: Strike) -> int:
        clock = self.ground.clock(strike.replica)
        clock.jump(strike.amount)
        hits = int(clock.is_read_by(self.ground.replica(strike.replica).pid))
        time.sleep(strike.seconds)
        clock.jump(0)
        return hits

    # --- the patient

    def _burn(self, strike: Strike) -> int:
        """Sessions that block others; a server that goes down meanwhile ends them."""
        fire = self.ground.there.fault("lock-queue")
        try:
            fire.start()
        except RuntimeError:
            return 0
        time.sleep(strike.seconds)
        burned = fire.is_on
        with suppress(RuntimeError):
            fire.undo()
        return int(burned)


def _restarted(server: PracticeDatabase) -> int:
    """The same server in another process.

    Raises:
        NotStruck: it is the same process still.
    """
    before = _born(server)
    server.restart()
    if _born(server) == before:
        raise NotStruck("the server was not restarted")
    return 1


def _killed(server: PracticeDatabase, seconds: float) -> int:
    server.kill()
    if server.is_up:
        raise NotStruck("the server lives on")
    time.sleep(seconds)
    server.start()
    return 1


def _born(server: PracticeDatabase) -> str:
    with psycopg.connect(server.url("postgres", "postgres"), autocommit=True) as admin:
        return str(admin.execute("select pg_postmaster_start_time()").fetchone())
