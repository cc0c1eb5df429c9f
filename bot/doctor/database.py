"""One database in Scout's care: both logins, what they can and lack, its replicas, its pooler and its cache."""

from collections.abc import Iterable, Sequence
from time import time

from psycopg.conninfo import conninfo_to_dict

from bot.cache import LOCKED, Cache
from bot.command import Warmth
from bot.database import Capabilities, capabilities, place
from bot.doctor.finding import BROKEN, DOUBTFUL, FINE, Finding, tried
from bot.errors import ScoutError
from bot.pooler import Pooler
from bot.settings import DatabaseSettings

SKEW_SECONDS = 5
OLDEST = 14


def of_database(name: str, told: DatabaseSettings) -> Iterable[Finding]:
    """Everything about one database; nothing more once it cannot be reached."""
    what = f"database {name}"
    try:
        read = capabilities(name, told.url.get_secret_value(), told.schema_name)
    except ScoutError as error:
        yield Finding(BROKEN, what, str(error))
        return
    yield _version(what, read)
    yield _can(name, read)
    for found in (
        _sight(read),
        _schema(read, told),
        _statements(read),
        _monitor(read, told),
        _clock(read),
        _pooled(read),
    ):
        if found is not None:
            yield Finding(found[0], what, found[1])
    yield from _extensions(what, read)
    yield from _operator(name, told)
    for one in told.replicas:
        yield _replica(name, told, one.get_secret_value(), read)
    if told.pooler_url is not None:
        yield _pooler(name, told.pooler_url.get_secret_value())
    if told.redis_url is not None:
        url = told.redis_url.get_secret_value()
        yield from _redis(name, Cache(url), told)


def _redis(name: str, cache: Cache, told: DatabaseSettings) -> Iterable[Finding]:
    """Whether it answers, and whether `cache clear` and `cache warm` could write; nothing is written to find that out."""
    answers = tried(f"Redis of {name}", lambda: f"answers, version {cache.info().get('redis_version', 'unknown')}")
    yield answers
    if answers.how == FINE:
        yield _writes(f"writing to Redis of {name}", cache, told.cache_warm)


def _writes(what: str, cache: Cache, warmth: Warmth | None) -> Finding:
    """A warning, but a failure where the settings have a cache warmed."""
    how, prefix = (DOUBTFUL, "") if warmth is None else (BROKEN, warmth.prefix)
    try:
        lacks = cache.lacks(prefix)
    except ScoutError as error:
        return Finding(how, what, str(error))
    if not lacks:
        return Finding(FINE, what, "this login may clear and warm keys")
    spoiled = "`cache clear` and `cache warm`" if "unlink" in lacks else "`cache warm`"
    needs = " ".join(f"+{one}" for one in lacks).replace("+watch", "+watch +unwatch").replace("+multi", "+multi +exec")
    keys = f"~{prefix}* ~{LOCKED}{prefix}*" if prefix else "~*"
    return Finding(
        how, what, f"it may not {', '.join(lacks)}, so {spoiled} would fail: `ACL SETUSER <login> {needs} {keys}`"
    )


def _version(what: str, read: Capabilities) -> Finding:
    where = ", a replica" if read.is_replica else ""
    known = FINE if read.major >= OLDEST else BROKEN
    return Finding(known, what, f"PostgreSQL {read.version_text}, as {read.role}{where}")


def _can(name: str, read: Capabilities) -> Finding:
    """What was learned of a database, in a line; what is wrong with it stands in lines of its own."""
    granted = {
        "pg_monitor": read.monitors,
        "pg_read_all_stats": read.reads_all_stats,
        "pg_signal_backend": read.signals,
        "pg_maintain": read.maintains,
    }
    holds = ", ".join(role for role, has in granted.items() if has) or "none of the monitoring roles"
    installed = ", ".join(f"{extension} in {schema}" for extension, schema in sorted(read.extensions.items())) or "none"
    return Finding(
        FINE,
        f"capabilities of {name}",
        f"{'replica' if read.is_replica else 'primary'}, {'through a pooler' if read.pooled else 'no pooler between'};"
        f" holds {holds}; reads {read.readable} of {read.relations} relations; extensions: {installed};"
        f" `scout doctor --roles {name}` prints the whole role script for PostgreSQL {read.major}",
    )


def _sight(read: Capabilities) -> tuple[str, str] | None:
    if read.is_superuser:
        return (
            DOUBTFUL,
            f"{read.role} is a superuser: reading needs no more than `grant pg_monitor`; see scout doctor --roles",
        )
    if read.reads_all_stats:
        return None
    return (
        BROKEN,
        f"{read.hidden_sessions} sessions of others are hidden, so answers would be wrong: `grant pg_monitor to {read.role};`",
    )


def _schema(read: Capabilities, told: DatabaseSettings) -> tuple[str, str] | None:
    if read.schema_owner is None:
        return BROKEN, f"there is no schema {told.schema_name}; set SCOUT_SCHEMA"
    if read.readable < read.relations:
        return DOUBTFUL, (
            f"{read.relations - read.readable} of {read.relations} relations cannot be read, so estimates leave them out: "
            f"`grant select on all tables in schema {told.schema_name} to {read.role};`"
        )
    return None


def _statements(read: Capabilities) -> tuple[str, str] | None:
    if "pg_stat_statements" not in read.extensions:
        return DOUBTFUL, "no slow queries and no query latency: `create extension pg_stat_statements;`"
    if not read.pgss_loaded:
        return (
            DOUBTFUL,
            "pg_stat_statements is not preloaded: add it to shared_preload_libraries and restart the server",
        )
    if read.pgss_outdated:
        return DOUBTFUL, "pg_stat_statements is older than its server: `alter extension pg_stat_statements update;`"
    return None


def _monitor(read: Capabilities, told: DatabaseSettings) -> tuple[str, str] | None:
    """Whether what the settings choose to measure query latency by is there; until it is, that is no data."""
    if told.latency_from != "pg_stat_monitor" or ("pg_stat_monitor" in read.extensions and read.pgsm_loaded):
        return None
    if "pg_stat_monitor" in read.extensions:
        return (
            BROKEN,
            "query latency is no data: pg_stat_monitor is not preloaded: add it to shared_preload_libraries and restart the server",
        )
    return BROKEN, (
        "query latency is no data: `latency_from` chooses pg_stat_monitor, which is not there: `create extension pg_stat_monitor;`"
    )


def _clock(read: Capabilities) -> tuple[str, str] | None:
    skew = time() - read.clock
    return (DOUBTFUL, f"its clock differs from ours by {skew:.0f} s") if abs(skew) > SKEW_SECONDS else None


def _pooled(read: Capabilities) -> tuple[str, str] | None:
    if not read.pooled:
        return None
    return (
        BROKEN,
        "a pooler stands between: settings leak to others and cancelling fails; give Scout the server's own address",
    )


def _extensions(what: str, read: Capabilities) -> Iterable[Finding]:
    if "pgstattuple" not in read.extensions:
        yield Finding(DOUBTFUL, what, "bloat is only estimated: `create extension pgstattuple;` lets it be measured")


def _operator(name: str, told: DatabaseSettings) -> Iterable[Finding]:
    what = f"repairs on {name}"
    if told.operate_url is None:
        yield Finding(DOUBTFUL, what, "no login of their own (DATABASE_OPERATE_URL); the reading one is used")
        return
    try:
        found = capabilities(name, told.operate_url.get_secret_value(), told.schema_name)
    except ScoutError as error:
        yield Finding(BROKEN, what, str(error))
        return
    lacks = _lacks(found, told)
    yield Finding(DOUBTFUL if lacks else FINE, what, "; ".join(lacks) or f"as {found.role}, who may do all of them")


def _replica(name: str, told: DatabaseSettings, url: str, primary: Capabilities) -> Finding:
    """A standby that the settings name: without its answer no index is called unused."""
    what = f"replica {place(url)} of {name}"
    try:
        found = capabilities(place(url), url, told.schema_name)
    except ScoutError as error:
        return Finding(BROKEN, what, f"{error} Until then no index is called unused.")
    if not found.is_replica:
        return Finding(BROKEN, what, "it is no replica: it takes writes of its own")
    if (found.system, found.database_oid) != (primary.system, primary.database_oid):
        return Finding(BROKEN, what, f"it is no physical replica of {name}: another server or another database")
    wrong = _sight(found) or _pooled(found)
    return Finding(wrong[0], what, wrong[1]) if wrong else Finding(FINE, what, f"answers, as {found.role}")


def _lacks(found: Capabilities, told: DatabaseSettings) -> Sequence[str]:
    """What the operator's login cannot do, each with the grant."""
    lacks: list[str] = []
    if not found.signals:
        lacks.append(f"cannot cancel or end sessions: `grant pg_signal_backend to {found.role};`")
    if found.owned < found.relations:
        lacks.append(f"owns {found.owned} of {found.relations} relations of {told.schema_name}: {_ownership(found)}")
    if found.is_replica:
        lacks.append("it is a replica: only sessions can be ended there")
    return lacks


def _ownership(found: Capabilities) -> str:
    """How a login comes to own the tables; a superuser's role is granted to nobody."""
    if found.owner_is_superuser:
        return f"they belong to the superuser {found.owner}; give them to a role of their own, and grant {found.role} that one"
    return f"`grant {found.owner} to {found.role};`"


def _pooler(name: str, url: str) -> Finding:
    """Whether the console answers, and takes orders of this login: pgbouncer lets its other users only look."""
    what = f"pooler of {name}"
    try:
        pools, config = Pooler(url).tables(["SHOW POOLS", "SHOW CONFIG"])
    except ScoutError as error:
        return Finding(BROKEN, what, str(error))
    user = str(conninfo_to_dict(url).get("user") or "")
    admins = next((str(row["value"]) for row in config if row["key"] == "admin_users"), "")
    if user not in {one.strip() for one in admins.split(",")}:
        return Finding(
            DOUBTFUL,
            what,
            f"answers, but {user or 'its login'} may only look, so no pool is paused or reconnected: add it to admin_users in pgbouncer.ini",
        )
    return Finding(FINE, what, f"answers, {len(pools)} pools, and takes orders of {user}")
