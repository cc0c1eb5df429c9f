"""What the rooms on the way know of databases, channels and the past."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.command import Database, Kept, KeyStore, Limits, Metric, Pool, Probe, R, Warmth


@dataclass(frozen=True)
class Ward:
    """A database in Scout's care with what the settings say about it."""

    database: Database
    limits: Limits
    metrics: Sequence[Metric[Any]]
    channels: frozenset[str] = frozenset()
    pooler: Pool | None = None
    cache: KeyStore | None = None
    replicas: Sequence[Database] = ()
    warmth: Warmth | None = None


class Past(Protocol):
    """What the watch has kept of a probe's readings, by database."""

    def __call__(self, database: str, probe: Probe[R], seconds: float, at: datetime) -> Kept[R] | None:
        """The youngest reading that was so many seconds old at a moment, else the oldest there is."""
        ...
