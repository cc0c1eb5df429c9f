"""The connection pooler: who waits for a connection, how busy they are, and what its version and settings lack."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.command import Command, Database, Pooler, Risk, Sources
from bot.errors import Cannot, ScoutError
from bot.report import Button, Cell, Code, Column, Fact, Facts, Level, Part, Report, Table, Unit, Verdict, worst
from commands.pool_queue import QUEUE
from commands.pooler_tables import Line, Server, Told, ask
from commands.slots import COUNTED, Counted
from commands.wording import duration, listed, several

MOST_POOLS = 12
MOST_SERVERS = 15
SHORT_WAIT_S = 1
"""A client that waits for less is served between two transactions of others, as a pooler is meant to work."""
CROWDED = 0.9
PATIENT_S = 15
COLUMNS = (
    Column(title="Pool"),
    Column(title="Waiting", unit=Unit.COUNT),
    Column(title="Longest wait", unit=Unit.SECONDS),
    Column(title="Clients", unit=Unit.COUNT),
    Column(title="Busy", unit=Unit.COUNT),
    Column(title="Idle", unit=Unit.COUNT),
    Column(title="Size", unit=Unit.COUNT),
    Column(title="Mean wait", unit=Unit.MILLISECONDS),
    Column(title="Mode"),
)
LACKS = (
    (
        (1, 21),
        "no prepared statements in transaction mode (from 1.21): clients must not use them, their drivers are told so",
    ),
    ((1, 23), "SIGTERM, so a rollout too, drops every client at once (from 1.23 it waits): prefer RECONNECT"),
)


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Ask PostgreSQL how many connections it has room for, and the console.

    Raises:
        Cannot: no pooler is configured.
        Unavailable: its console does not answer.
    """
    name = sources.database.name
    if sources.pooler is None:
        raise Cannot(
            f"No pooler is configured for {name}. Set SCOUT_POOLER_URL, or pooler_url below [databases.{name}] in the "
            "SCOUT_CONFIG file, to pgbouncer's console: postgresql://USER:PASSWORD@HOST:6432/pgbouncer, a user of stats_users or admin_users."
        )
    counted = _slots(sources.database, sources.limits.idle_in_transaction_seconds)
    return report(ask(sources.pooler), counted, sources.at)


def _slots(database: Database, idle_s: float) -> Counted | None:
    """How full PostgreSQL is; None when it does not answer, for then the pooler is asked all the more."""
    try:
        return database.rows(COUNTED.statement, Counted, idle_in_transaction_seconds=idle_s)[0]
    except ScoutError:
        return None


def report(told: Told, counted: Counted | None, at: datetime) -> Report:
    """The pools, the one with the longest queue first, and the pooler's limits beside PostgreSQL's."""
    pools = sorted(told.pools, key=lambda pool: (-pool.cl_waiting, -pool.wait_s, -pool.cl_active, pool.name))
    facts = tuple(limits(told, counted))
    rows = tuple(_cells(pool, told) for pool in pools[:MOST_POOLS])
    table = Table(title="Pools", columns=COLUMNS, rows=rows, left_out=len(pools) - len(rows))
    return Report(
        title="Pooler",
        verdict=verdict(told, pools, facts),
        parts=(*((table,) if rows else ()), Facts(title="Limits", facts=facts), *orders(told)),
        more=busiest(told.servers, at),
        notes=tuple(notes(told, counted)),
        buttons=(
            Button(label="Connections", text="connections"),
            Button(label="Active", text="active"),
            Button(label="Reconnect", text="pool reconnect"),
            *((Button(label="Resume", text="pool resume"),) if any(one.paused for one in told.databases) else ()),
        ),
    )


def verdict(told: Told, pools: Sequence[Line], facts: Sequence[Fact]) -> Verdict:
    """Who waits, or what is full, in one line."""
    stopped = stopped_databases(told)
    if stopped:
        return Verdict(level=Level.PAGE, text=f"{listed(stopped, 3)} is paused or disabled: its clients wait")
    waiting = [pool for pool in pools if pool.cl_waiting]
    if waiting and waiting[0].wait_s >= SHORT_WAIT_S:
        return Verdict(level=Level.ALERT, text=queue(waiting, told))
    level = worst([fact.level for fact in facts if fact.level is not Level.INFO])
    if level is not Level.OK:
        full = next(fact for fact in facts if fact.level is level)
        return Verdict(level=level, text=f"{full.name}: {full.value}{f'; {full.note}' if full.note else ''}")
    clients = several(sum(pool.cl_active for pool in pools), "client")
    servers = several(sum(pool.sv_active + pool.idle for pool in pools), "connection")
    return Verdict(level=Level.OK, text=f"Nobody waits for long: {clients} share {servers} to PostgreSQL")


def queue(waiting: Sequence[Line], told: Told) -> str:
    """The longest queue, and why it does not move."""
    first = waiting[0]
    count = sum(pool.cl_waiting for pool in waiting)
    who = (
        f"{several(count, 'client')} wait{'s' if count == 1 else ''}, up to {duration(first.wait_s)}, for {first.name}"
    )
    served = told.served(first.database)
    if not first.sv_active + first.idle:
        return f"{who}: no connection to PostgreSQL can be opened. See pgbouncer's log, and connections"
    if served is not None and first.sv_active >= served.pool_size:
        return f"{who}: {_all(first.sv_active)} at work. See active for what holds them"
    return f"{who}: {several(first.sv_active, 'connection')} at work. See active for what holds them"


def _all(number: int) -> str:
    return "its only connection is" if number == 1 else f"all {number} connections are"


def stopped_databases(told: Told) -> list[str]:
    """The databases that somebody stopped on the console."""
    return [one.name for one in told.databases if one.paused or one.disabled]


def orders(told: Told) -> tuple[Part, ...]:
    """What to say on the console to let the stopped ones go on."""
    said = [f"{Pooler.about('RESUME', one.name).order};" for one in told.databases if one.paused]
    said += [f"ENABLE {one.name};" for one in told.databases if one.disabled]
    return (Code(title="On pgbouncer's console, when whoever stopped it agrees", text="\n".join(said)),) if said else ()


def limits(told: Told, counted: Counted | None) -> Iterable[Fact]:
    """How near its limits the pooler is, and whether PostgreSQL could serve what it may ask for."""
    clients, most = told.lists.get("used_clients", 0), told.limit("max_client_conn")
    full = Level.ALERT if most and clients >= CROWDED * most else Level.OK
    yield Fact(name="Clients", value=f"{clients:,} of {most:,.0f}", level=full, note="max_client_conn")
    may = budget(told)
    if counted is not None and may:
        over = may > counted.slots
        note = "the pooler may ask for more than there are: set max_db_connections below them" if over else ""
        value = f"at most {may:,} of PostgreSQL's {counted.slots:,} usable slots"
        yield Fact(name="Connections to PostgreSQL", value=value, level=Level.ALERT if over else Level.OK, note=note)
    patience = told.limit("query_wait_timeout")
    if not patience or patience > PATIENT_S:
        waits = f"a client waits {duration(patience)}" if patience else "a client waits for ever"
        note = f"query_wait_timeout; the runbook's notes say {PATIENT_S} s"
        yield Fact(name="Patience", value=f"{waits} before it is told", note=note)
    if not told.limit("idle_transaction_timeout"):
        note = "idle_transaction_timeout is off"
        yield Fact(name="Idle transactions", value="keep their connection for ever", note=note)


def budget(told: Told) -> int:
    """The most connections that the pooler may open to one server."""
    hosts: dict[tuple[str | None, int], int] = {}
    for one in told.databases:
        users = sum(pool.database == one.name for pool in told.pools)
        most = one.max_connections or max(1, users) * one.pool_size
        hosts[one.host, one.port] = hosts.get((one.host, one.port), 0) + most
    return max(hosts.values(), default=0)


def busiest(servers: Sequence[Server], at: datetime) -> tuple[Part, ...]:
    """The connections at work, the longest first, by their pid in PostgreSQL."""
    at_work = sorted(
        (server for server in servers if server.state == "active"), key=lambda server: -(server.busy_s(at) or 0)
    )
    rows = tuple((one.remote_pid, one.busy_s(at), one.database, one.user) for one in at_work[:MOST_SERVERS])
    columns = (
        Column(title="PID", unit=Unit.CODE),
        Column(title="Last order", unit=Unit.SECONDS),
        Column(title="Database"),
        Column(title="User"),
    )
    table = Table(title="At work", columns=columns, rows=rows, left_out=len(at_work) - len(rows))
    return (table,) if rows else ()


def notes(told: Told, counted: Counted | None) -> Iterable[str]:
    """What was examined, and what this version lacks."""
    yield f"Examined: {several(len(told.pools), 'pool')} of {told.version or 'a pooler without a version'}; its console left out."
    yield from (f"{told.version}: {what}." for since, what in LACKS if (0, 0) < told.release < since)
    leaving = sum(server.close_needed for server in told.servers)
    if leaving:
        yield f"{several(leaving, 'connection')} will close when free, after a RECONNECT or a new configuration."
    if counted is None:
        yield "PostgreSQL does not answer now, so its slots are not compared."


def _cells(pool: Line, told: Told) -> tuple[Cell, ...]:
    served, means = told.served(pool.database), told.means.get(pool.database)
    waits = (pool.cl_waiting, pool.wait_s if pool.cl_waiting else None)
    wait_ms = means.avg_wait_time / 1000 if means else None
    size = served.pool_size if served else None
    return pool.name, *waits, pool.cl_active, pool.sv_active, pool.idle, size, wait_ms, pool.pool_mode


command = Command(
    name="pool",
    help="The connection pooler: who waits, and what its connections do",
    runbook="Application-Level Optimization: connection pooling",
    risk=Risk.LOOK,
    place=44,
    plan=plan,
    metrics=(QUEUE,),
    words=("pooler", "pgbouncer", "pools", "connection pool"),
)
