"""Which settings are dangerous, or worth a thought: pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.command import Row
from bot.report import Level
from commands.wording import listed, several, size

DANGEROUS = {
    "fsync": ("off", "a crash of the machine may destroy the database"),
    "full_page_writes": ("off", "a crash of the machine may destroy pages"),
    "autovacuum": ("off", "tables grow, and the server stops at the wraparound of transaction ids"),
    "track_counts": ("off", "autovacuum does not know what there is to do"),
    "temp_file_limit": ("-1", "one runaway query can fill the disk"),
}
"""The value that is dangerous, and why."""
WORTH = {
    "shared_buffers": "128 MB is the factory's; a quarter of the memory is usual",
    "effective_cache_size": "4 GB is the factory's; the planner takes it for the memory there is",
    "random_page_cost": "4 is for turning disks; with SSDs 1.1 is usual",
    "track_io_timing": "off: how long reads take is not counted",
    "maintenance_work_mem": "64 MB is the factory's; index builds and vacuums take several passes",
}
"""What is worth a thought when nobody has set it."""
WANTED = (*DANGEROUS, *WORTH)
NODES = 2


class Setting(Row):
    """A setting; `own` ones are Scout's session's alone."""

    name: str
    value: str
    boot_value: str
    at_default: bool | None
    unit: str
    source: str
    pending_restart: bool
    own: bool

    @property
    def factory(self) -> str:
        """What the server was built with."""
        return " ".join(filter(None, (self.boot_value, self.unit)))


class Sizes(Row):
    """What bounds the memory of all sorts and hashes, in bytes and numbers."""

    sessions: int
    workers: int
    work_mem: int
    multiplier: float
    all_workers: int
    buffers: int
    limit_statement: str
    limit_undo: str

    @property
    def worst(self) -> float:
        """All sessions at once, each with two hashes, in bytes; the parallel workers of all sessions together are bounded."""
        processes = self.sessions + min(self.all_workers, self.sessions * self.workers)
        return processes * NODES * self.work_mem * self.multiplier


class Finding(Row):
    """Something to look at, as a clause."""

    level: Level
    name: str
    text: str


def findings(known: Mapping[str, Setting], unvacuumed: Sequence[str]) -> list[Finding]:
    """What is dangerous first, then what is worth a thought."""
    return [*_dangerous(known), *_pending(known.values()), *_unvacuumed(unvacuumed), *_worth(known)]


def memory(sizes: Sizes) -> str:
    """The worst case of work_mem, as a clause."""
    return (
        f"{size(sizes.worst)} at worst: {sizes.sessions} sessions and {min(sizes.all_workers, sizes.sessions * sizes.workers)}"
        f" parallel workers, {NODES} hashes each of {size(sizes.work_mem)} x {sizes.multiplier:g}"
    )


def _dangerous(known: Mapping[str, Setting]) -> Iterable[Finding]:
    for name, (value, why) in DANGEROUS.items():
        if name in known and known[name].value == value:
            yield Finding(level=Level.ALERT, name=name, text=f"off: {why}")


def _pending(known: Iterable[Setting]) -> Iterable[Finding]:
    names = [one.name for one in known if one.pending_restart]
    if names:
        yield Finding(level=Level.ALERT, name=listed(names), text="changed, but only a restart brings the change")


def _unvacuumed(names: Sequence[str]) -> Iterable[Finding]:
    if names:
        text = f"off for {several(len(names), 'table')}: {listed(list(names), 3)}"
        yield Finding(level=Level.ALERT, name="autovacuum_enabled", text=text)


def _worth(known: Mapping[str, Setting]) -> Iterable[Finding]:
    for name, why in WORTH.items():
        if name in known and known[name].at_default:
            yield Finding(level=Level.INFO, name=name, text=why)
