"""What pgbouncer's console shows, as records; columns that only some versions have are optional or left alone. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.command import Pool, Row

CONSOLE = "pgbouncer"
SHOWS = ("SHOW VERSION", "SHOW POOLS", "SHOW STATS", "SHOW SERVERS", "SHOW DATABASES", "SHOW LISTS", "SHOW CONFIG")


class Line(Row, extra="ignore"):
    """A pool: the clients of one user in one database and the server connections that they share."""

    database: str
    user: str
    cl_active: int
    cl_waiting: int
    sv_active: int
    sv_idle: int
    sv_used: int
    sv_tested: int
    sv_login: int
    maxwait: float
    maxwait_us: float = 0
    pool_mode: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.database}/{self.user}"

    @property
    def wait_s(self) -> float:
        """How long the first of its waiting clients waits, in seconds."""
        return self.maxwait + self.maxwait_us / 1e6

    @property
    def idle(self) -> int:
        """Server connections that are open and not at work."""
        return self.sv_idle + self.sv_used + self.sv_tested


class Served(Row, extra="ignore"):
    """A database as pgbouncer knows it; `pool_size` is for each of its users, 0 connections at most means no limit."""

    name: str
    host: str | None
    port: int
    pool_size: int
    max_connections: int = 0
    paused: bool
    disabled: bool = False


class Means(Row, extra="ignore"):
    """What a database's transactions took in the last period, in microseconds; waiting is for a server connection."""

    database: str
    avg_xact_count: float
    avg_xact_time: float
    avg_wait_time: float


class Server(Row, extra="ignore"):
    """A server connection; `remote_pid` is its process in PostgreSQL."""

    database: str
    user: str
    state: str
    request_time: str | None
    close_needed: bool = False
    remote_pid: int

    def busy_s(self, at: datetime) -> float | None:
        """How long ago its last order was given, where pgbouncer tells it in UTC."""
        told = re.fullmatch(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) UTC", self.request_time or "")
        return max(0.0, (at - datetime.fromisoformat(told[1]).replace(tzinfo=UTC)).total_seconds()) if told else None


@dataclass(frozen=True)
class Told:
    """Everything that the console told, its own pool left out."""

    version: str
    pools: Sequence[Line]
    means: Mapping[str, Means]
    servers: Sequence[Server]
    databases: Sequence[Served]
    lists: Mapping[str, int]
    config: Mapping[str, str]

    @property
    def release(self) -> tuple[int, int]:
        """Its version as two numbers; zeros when it cannot be read."""
        found = re.search(r"(\d+)\.(\d+)", self.version)
        return (int(found[1]), int(found[2])) if found else (0, 0)

    def served(self, database: str) -> Served | None:
        """The database that a pool is for."""
        return next((one for one in self.databases if one.name == database), None)

    def limit(self, key: str) -> float:
        """A number of its configuration; 0 when it has none, which for a limit means none."""
        value = self.config.get(key, "")
        return float(value) if re.fullmatch(r"\d+(\.\d+)?", value) else 0


def ask(pooler: Pool) -> Told:
    """Ask for everything on one connection.

    Raises:
        ScoutError: the console does not answer or refuses.
    """
    return read(pooler.tables(SHOWS))


def read(tables: Sequence[Sequence[Mapping[str, Any]]]) -> Told:
    """The console's tables as records."""
    version, pools, stats, servers, databases, lists, config = tables
    means = [Means.model_validate(row) for row in stats]
    return Told(
        version=next((str(row["version"]) for row in version), ""),
        pools=[line for row in pools if (line := Line.model_validate(row)).database != CONSOLE],
        means={one.database: one for one in means if one.database != CONSOLE},
        servers=[Server.model_validate(row) for row in servers],
        databases=[one for row in databases if (one := Served.model_validate(row)).name != CONSOLE],
        lists={str(row["list"]): int(row["items"]) for row in lists},
        config={str(row["key"]): str(row["value"] or "") for row in config},
    )
