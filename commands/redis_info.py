"""What a Redis says of itself and what its keys look like, judged. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.command import Key, Row
from bot.report import Fact, Level
from commands.wording import duration, listed, several, size

LOW_HIT_PERCENT = 80
"""A cache that fails one time in five sends too much on; the runbook's own lost 44 %, because it renews no key before it expires."""
FEWEST_LOOKUPS = 1_000
NEARLY_FULL = 0.9
RAGGED = 1.5
RAGGED_FROM = 100 * 1024 * 1024
"""In less memory the server's own needs make the ratio meaningless."""
PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}(?=:)")
OTHER = "(others)"


class Info(Row, extra="ignore"):
    """The fields of INFO that matter; counts are since the server started, sizes in bytes."""

    redis_version: str = ""
    role: str = ""
    db: int
    keys: int
    expires: int
    uptime_in_seconds: float
    keyspace_hits: int
    keyspace_misses: int
    evicted_keys: int
    expired_keys: int
    rejected_connections: int = 0
    used_memory: int
    maxmemory: int = 0
    maxmemory_policy: str = ""
    mem_fragmentation_ratio: float = 0
    rdb_last_bgsave_status: str = "ok"
    cluster_enabled: int = 0

    @property
    def lookups(self) -> int:
        """How many keys were looked up."""
        return self.keyspace_hits + self.keyspace_misses

    @property
    def hit_percent(self) -> float:
        """The share of lookups that found their key; 100 of none."""
        return 100 * self.keyspace_hits / self.lookups if self.lookups else 100

    @property
    def full(self) -> float:
        """How much of its memory is taken, 0 to 1; 0 when it may take all there is."""
        return self.used_memory / self.maxmemory if self.maxmemory else 0


@dataclass(frozen=True)
class Prefix:
    """The keys that begin alike."""

    name: str
    keys: int
    size: int | None
    for_ever: int
    shortest_s: float | None


def facts(info: Info) -> Iterable[Fact]:
    """What it does, each with its level."""
    yield _hits(info)
    yield _memory(info)
    evicted = Level.ALERT if info.evicted_keys and info.hit_percent < LOW_HIT_PERCENT else Level.INFO
    yield Fact(
        name="Evicted", value=several(info.evicted_keys, "key"), level=evicted, note="thrown out for lack of memory"
    )
    yield Fact(name="Expired", value=several(info.expired_keys, "key"), note="as their time to live said")
    if info.rejected_connections:
        note = "maxclients was reached"
        yield Fact(
            name="Turned away", value=several(info.rejected_connections, "connection"), level=Level.ALERT, note=note
        )
    if info.rdb_last_bgsave_status != "ok":
        note = "until one succeeds, Redis may refuse every write"
        yield Fact(name="Last save", value="failed", level=Level.ALERT, note=note)
    if info.mem_fragmentation_ratio > RAGGED and info.used_memory > RAGGED_FROM:
        note = "memory taken from the system for each byte used"
        yield Fact(name="Fragmentation", value=f"{info.mem_fragmentation_ratio:.2f}", note=note)


def _hits(info: Info) -> Fact:
    since = f"of {several(info.lookups, 'lookup')} in {duration(info.uptime_in_seconds)}"
    if info.lookups < FEWEST_LOOKUPS:
        return Fact(name="Hit ratio", value="too few lookups to judge", level=Level.INFO, note=since)
    level = Level.ALERT if info.hit_percent < LOW_HIT_PERCENT else Level.OK
    return Fact(name="Hit ratio", value=f"{info.hit_percent:.1f} %", level=level, note=since)


def _memory(info: Info) -> Fact:
    if not info.maxmemory:
        note = "maxmemory is off: it grows until the machine has none left"
        return Fact(name="Memory", value=size(info.used_memory), note=note)
    value = f"{size(info.used_memory)} of {size(info.maxmemory)}"
    if info.maxmemory_policy == "noeviction":
        level = Level.ALERT if info.full >= NEARLY_FULL else Level.OK
        return Fact(name="Memory", value=value, level=level, note="noeviction: when it is full, writes are refused")
    return Fact(name="Memory", value=value, level=Level.OK, note=info.maxmemory_policy)


def by_prefix(keys: Sequence[Key]) -> list[Prefix]:
    """The keys by what stands before their first colon, the largest group first.

    A name may be a person's: only words that begin several keys are shown.
    """
    groups: dict[str, list[Key]] = {}
    for key in keys:
        found = PREFIX.match(key.name)
        groups.setdefault(found[0] if found else OTHER, []).append(key)
    alone = [name for name, group in groups.items() if len(group) == 1 and name != OTHER]
    rest = [key for name in alone for key in groups.pop(name)]
    if rest:
        groups.setdefault(OTHER, []).extend(rest)
    return sorted((_prefix(*group) for group in groups.items()), key=lambda one: (-(one.size or 0), -one.keys))


def _prefix(name: str, keys: Sequence[Key]) -> Prefix:
    sizes = [key.size for key in keys if key.size is not None]
    lives = [key.ttl_s for key in keys if key.ttl_s is not None]
    return Prefix(name, len(keys), sum(sizes) if sizes else None, len(keys) - len(lives), min(lives, default=None))


def read(told: Mapping[str, str]) -> Info:
    """INFO as a record."""
    return Info.model_validate(told)


def remarks(info: Info) -> Iterable[str]:
    """What else is to be known."""
    yield f"Redis {info.redis_version}: counted since it started, {duration(info.uptime_in_seconds)} ago."
    if info.cluster_enabled:
        yield "It is one node of a cluster; the others are not looked at."
    if info.role == "slave":
        yield "It is a replica; lookups at its primary are not counted here."


def lasting(prefixes: Sequence[Prefix]) -> Iterable[str]:
    """Which keys never expire."""
    names = [one.name for one in prefixes if one.for_ever]
    if names:
        count = sum(one.for_ever for one in prefixes)
        yield f"{several(count, 'key')} without a time to live: {listed(names, 4)}."
