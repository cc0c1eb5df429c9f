"""Standbys, slots and the standby's own side: their rows, and what is wrong with each; pure."""

from collections.abc import Iterable, Sequence

from bot.command import Row
from bot.report import Level
from commands.wording import duration, size

LATE_S = 60
LATE_BYTES = 1 << 30
KEPT_BYTES = 10 << 30
SAFE_BYTES = 1 << 30


class Here(Row):
    """The side that was asked; lags are those of its own replay, 0 on a primary."""

    is_replica: bool
    replay_bytes: float
    replay_s: float | None
    last_transaction_s: float | None
    is_paused: bool
    wal_level: str
    keep_limit: str
    idle_limit: str
    commits_wait_for: int
    gives_feedback: bool


class Receiver(Row):
    """What a standby receives; `receive_bytes` is what the sender has and it has not."""

    status: str | None
    host: str
    slot: str
    silent_s: float | None
    receive_bytes: float


class Conflicts(Row):
    """How many queries the replay has cancelled since the counters began."""

    cancelled: int
    by_cleanup: int
    by_locks: int


class Standby(Row):
    """Somebody who receives the log from here; lags in bytes behind this server, and in seconds while something is written."""

    pid: int
    role: str
    application: str
    host: str
    state: str
    sync_state: str
    unsent_bytes: float | None
    flush_bytes: float | None
    replay_bytes: float | None
    replay_s: float | None
    xmin_age: int | None
    slot: str

    @property
    def name(self) -> str:
        """Who it is."""
        return self.application or f"pid {self.pid}"

    @property
    def behind(self) -> float:
        """By how many bytes it is behind; one that only stores the log replays nothing."""
        return (self.flush_bytes if self.replay_bytes is None else self.replay_bytes) or 0


class Slot(Row):
    """A replication slot and the log it keeps; `safe_bytes` is how much more may be written before it is lost, `copied` one of a standby's primary."""

    name: str
    kind: str
    database: str
    plugin: str
    temporary: bool
    active: bool
    copied: bool
    wal_status: str
    safe_bytes: float | None
    retained_bytes: float | None
    unconfirmed_bytes: float | None
    xmin_age: int | None
    catalog_xmin_age: int | None
    invalid_because: str
    inactive_s: float | None
    drop_statement: str

    @property
    def is_lost(self) -> bool:
        """Whether its consumer can never go on."""
        return self.wal_status == "lost" or bool(self.invalid_because)

    @property
    def is_unused(self) -> bool:
        """Whether a consumer should be there and is not."""
        return not (self.active or self.temporary or self.copied)


class Subscription(Row):
    """A subscription of this database."""

    name: str
    working: bool
    silent_s: float | None
    behind_bytes: float | None


class Trouble(Row):
    """Something that is wrong, as a clause."""

    level: Level
    text: str


class Configured(Row):
    """A replica that the settings name, asked itself; `wrong` says why it told nothing that counts."""

    name: str
    wrong: str = ""
    here: Here | None = None
    host: str = ""
    connected: bool = False
    cancelled: int = 0

    @property
    def troubles(self) -> list[Trouble]:
        """What is wrong with it."""
        if self.here is None or self.wrong:
            return [_alert(f"replica {self.name} {self.wrong}")]
        found = own_trouble(self.here, is_connected=self.connected)
        return [one.model_copy(update={"text": f"{self.name}: {one.text}"}) for one in found]


def slot_trouble(slot: Slot) -> Trouble | None:
    """What is wrong with a slot, the gravest only."""
    kept = slot.retained_bytes or 0
    if slot.is_lost:
        return _alert(
            f"slot {slot.name} has lost its log ({slot.invalid_because or slot.wal_status}): its consumer must start anew"
        )
    if slot.wal_status == "unreserved":
        return _alert(f"slot {slot.name} loses its log at the next checkpoint")
    if slot.is_unused:
        since = f" for {duration(slot.inactive_s)}" if slot.inactive_s is not None else ""
        level = Level.ALERT if kept > LATE_BYTES else Level.INFO
        return Trouble(level=level, text=f"nobody uses slot {slot.name}{since}, and it keeps {size(kept)} of log")
    if slot.safe_bytes is not None and slot.safe_bytes < SAFE_BYTES:
        return _alert(f"slot {slot.name} loses its log after {size(max(0, slot.safe_bytes))} more")
    return _alert(f"slot {slot.name} keeps {size(kept)} of log") if kept > KEPT_BYTES else None


def standby_trouble(one: Standby) -> Trouble | None:
    """What is wrong with a standby."""
    if one.state == "hidden":
        return None
    if (one.replay_s or 0) > LATE_S or one.behind > LATE_BYTES:
        late = f"{duration(one.replay_s)} and " if one.replay_s else ""
        return _alert(f"{one.name} is {late}{size(one.behind)} behind")
    if one.state not in {"streaming", "backup"}:
        return Trouble(level=Level.INFO, text=f"{one.name} is in {one.state}, {size(one.behind)} behind")
    return None


def commit_trouble(here: Here, standbys: Sequence[Standby]) -> Trouble | None:
    """That every commit waits, because too few synchronous standbys are there."""
    there, wanted = sum(one.sync_state in {"sync", "quorum"} for one in standbys), here.commits_wait_for
    if there >= wanted or any(one.state == "hidden" for one in standbys):
        return None
    who = f"only {there} of {wanted} synchronous standbys are" if there else "no synchronous standby is"
    return Trouble(level=Level.PAGE, text=f"{who} connected: every commit waits")


def own_trouble(here: Here, *, is_connected: bool) -> Iterable[Trouble]:
    """What is wrong with this standby itself."""
    if here.is_paused:
        yield _alert("replay is paused here")
    if not is_connected:
        yield _alert("this standby is connected to no sender: it gets its log from the archive, or not at all")
    if (here.replay_s or 0) > LATE_S:
        yield _alert(f"this standby is {duration(here.replay_s or 0)} and {size(here.replay_bytes)} behind in replay")


def subscription_trouble(one: Subscription) -> Trouble | None:
    """What is wrong with a subscription."""
    return None if one.working else _alert(f"nobody works on subscription {one.name}")


def _alert(text: str) -> Trouble:
    return Trouble(level=Level.ALERT, text=text)
