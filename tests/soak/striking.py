"""How each trouble is brought about, and undone."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from signal import SIGCONT, SIGKILL, SIGSTOP

from practice.database import PracticeDatabase
from tests.soak.drama import Strike, Trouble
from tests.soak.ground import REPLICAS, Ground

RETRY_AFTER_S = 2
MARGIN_S = 10.0
"""For how long after its end a trouble may still be the reason of something: reconnecting, starting, being taken over."""
AT_ONCE = 8

UNHEARD = frozenset({
    Trouble.CUT, Trouble.SILENT, Trouble.GONE, Trouble.KILL, Trouble.STOP, Trouble.STORE_KILL, Trouble.STORE_RESTART,
})  # fmt: skip
"""In which a press may go unheard, and Slack tells the person so."""
FORGETFUL = frozenset(
    {Trouble.KILL, Trouble.STOP, Trouble.STORE_KILL, Trouble.STORE_RESTART, Trouble.GONE, Trouble.SILENT}
)
"""In which it may not be written down that a word to one person was said, so that it is said again; such a word cannot be looked for."""


@dataclass(frozen=True)
class Struck:
    """A trouble that came, in seconds of the monotonic clock."""

    strike: Strike
    began: float
    ended: float


@dataclass
class Striking:
    """Brings about what the drama says, each in a thread of its own."""

    ground: Ground
    log: list[Struck] = field(default_factory=list[Struck])
    revived: list[float] = field(default_factory=list[float])
    under_way: list[tuple[Strike, float]] = field(default_factory=list[tuple[Strike, float]])
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
            if number not in self._meant_to_be_down and self.ground.replica(number).poll() is not None:
                self.revived.append(time.monotonic())
                self.ground.start_replica(number)

    def could(self, kinds: frozenset[Trouble], since: float, until: float) -> bool:
        """Whether one of some kinds was in force, or just over, in a span."""
        spans = [(one.began, one.ended) for one in self.log if one.strike.trouble in kinds]
        spans += [(began, float("inf")) for strike, began in self.under_way if strike.trouble in kinds]
        return any(began - 1 <= until and since <= ended + MARGIN_S for began, ended in spans)

    def _strike(self, strike: Strike) -> None:
        began = time.monotonic()
        here = (strike, began)
        self.under_way.append(here)
        try:
            self._ways[strike.trouble](strike)
        finally:
            self.log.append(Struck(strike, began, time.monotonic()))
            self.under_way.remove(here)

    @property
    def _ways(self) -> Mapping[Trouble, Callable[[Strike], None]]:
        return {
            Trouble.REFRESH: self._refresh,
            Trouble.CUT: lambda _: self.ground.there.cut_sockets(),
            Trouble.SILENT: self._silence,
            Trouble.TWICE: lambda _: self.ground.there.send_twice(5),
            Trouble.BUSY: self._busy,
            Trouble.BROKEN: self._broken,
            Trouble.LOST: self._lost,
            Trouble.GONE: self._gone,
            Trouble.STORE_RESTART: lambda _: self.ground.store_database.restart(),
            Trouble.STORE_KILL: lambda strike: _killed(self.ground.store_database, strike.seconds),
            Trouble.DATABASE_RESTART: lambda _: self.ground.database.restart(),
            Trouble.DATABASE_KILL: lambda strike: _killed(self.ground.database, strike.seconds),
            Trouble.KILL: self._kill,
            Trouble.STOP: self._stop,
            Trouble.CLOCK: self._jump,
        }

    # --- Slack

    def _refresh(self, strike: Strike) -> None:
        self.ground.there.refresh_sockets(grace=strike.seconds)
        time.sleep(strike.seconds)

    def _silence(self, strike: Strike) -> None:
        self.ground.there.silence_sockets(noticed_after=strike.seconds)
        time.sleep(strike.seconds)

    def _busy(self, strike: Strike) -> None:
        with self.ground.there.inject("ratelimited", retry_after=RETRY_AFTER_S):
            time.sleep(strike.seconds)

    def _broken(self, strike: Strike) -> None:
        with self.ground.there.inject("http_error", status=500):
            time.sleep(strike.seconds)

    def _lost(self, strike: Strike) -> None:
        with self.ground.there.inject("lose_answer", methods=("chat.postMessage", "chat.update"), times=3):
            time.sleep(strike.seconds)

    def _gone(self, strike: Strike) -> None:
        self.ground.there.fault("slack-gone").start()
        time.sleep(strike.seconds)
        self.ground.there.fault("slack-gone").undo()

    # --- a replica

    def _kill(self, strike: Strike) -> None:
        self._meant_to_be_down.add(strike.replica)
        victim = self.ground.replica(strike.replica)
        victim.send_signal(SIGKILL)
        victim.wait()
        time.sleep(strike.seconds)
        self.ground.start_replica(strike.replica)
        self._meant_to_be_down.discard(strike.replica)

    def _stop(self, strike: Strike) -> None:
        sleeper = self.ground.replica(strike.replica)
        sleeper.send_signal(SIGSTOP)
        time.sleep(strike.seconds)
        sleeper.send_signal(SIGCONT)

    def _jump(self, strike: Strike) -> None:
        file = self.ground.shift_file(strike.replica)
        file.write_text(str(strike.amount))
        time.sleep(strike.seconds)
        file.write_text("0")


def _killed(server: PracticeDatabase, seconds: float) -> None:
    server.kill()
    time.sleep(seconds)
    server.start()
