"""Examines what Scout needs, line by line, each with the next step when something is wrong."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from time import time

from bot.database import Capabilities, capabilities, place, role_script
from bot.errors import BadInput, ScoutError
from bot.pooler import Pooler
from bot.settings import DatabaseSettings, Settings
from bot.store import Store
from bot.transport import SocketSettings, check_tokens
from bot.watch import prometheus

FINE, DOUBTFUL, BROKEN = "ok", "warning", "failure"
SKEW_SECONDS = 5
OLDEST = 14


@dataclass(frozen=True)
class Finding:
    """One line: how it is, about what, and what to do."""

    how: str
    what: str
    said: str


def examine(settings: Settings, *, as_json: bool = False) -> int:
    """Print one line for each thing examined; 0 when nothing is broken."""
    findings = list(_findings(settings))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))  # noqa: T201 - this is the terminal's surface
    else:
        for finding in findings:
            print(f"{finding.how:8} {finding.what}: {finding.said}")  # noqa: T201 - this is the terminal's surface
    return 1 if any(finding.how == BROKEN for finding in findings) else 0


def roles(settings: Settings, name: str) -> int:
    """Print the statements that make Scout's logins in a database, for its version; a database administrator runs them once.

    Raises:
        BadInput: there is no such database.
    """
    told = settings.databases.get(name or next(iter(settings.databases), ""))
    if told is None:
        raise BadInput(
            f"There is no database {name!r} in the settings; there are: {', '.join(settings.databases) or 'none'}."
        )
    found = capabilities(name or "the database", told.url.get_secret_value(), told.schema_name)
    print(role_script(found, told.schema_name))  # noqa: T201 - this is the terminal's surface
    return 0


def _findings(settings: Settings) -> Iterable[Finding]:
    yield _tried("Slack", lambda: _slack(settings))
    yield _tried("store", lambda: _store(settings))
    yield from _people(settings)
    if not settings.databases:
        yield Finding(BROKEN, "databases", "none; set DATABASE_URL, or [databases] in the SCOUT_CONFIG file")
    for name, told in settings.databases.items():
        yield from _database(name, told)
    door = prometheus(settings.prometheus)
    if door:
        yield _tried("Prometheus", lambda: f"answers ({door.value('vector(1)')})")
    else:
        yield Finding(
            DOUBTFUL, "Prometheus", "not configured; API latency and error rate are not measured (SCOUT_PROMETHEUS_URL)"
        )


def _tried(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(FINE, what, look())
    except ScoutError as error:
        return Finding(BROKEN, what, str(error))


def _slack(settings: Settings) -> str:
    sockets = SocketSettings(
        app_token=settings.slack_app_token.get_secret_value(),
        bot_token=settings.slack_bot_token.get_secret_value(),
        api_url=settings.slack_api_url,
    )
    return f"both tokens are good, team {check_tokens(sockets).team_id}"


def _store(settings: Settings) -> str:
    store = Store.open(settings.store_url.get_secret_value())
    try:
        return f"opens; its clock says {store.now():%Y-%m-%d %H:%M:%S} UTC, {store.unsent()} messages wait"
    finally:
        store.close()


def _people(settings: Settings) -> Iterable[Finding]:
    for what, who in (("operators", settings.operators), ("approvers", settings.approvers)):
        if who:
            yield Finding(FINE, what, ", ".join(who))
        else:
            lost = "asked for" if what == "operators" else "approved"
            yield Finding(DOUBTFUL, what, f"nobody; no repair can be {lost} (SCOUT_{what.upper()})")
    if not settings.alert_channel:
        yield Finding(DOUBTFUL, "alert channel", "none; incidents are not told (SCOUT_ALERT_CHANNEL)")


# --- one database


def _database(name: str, told: DatabaseSettings) -> Iterable[Finding]:
    what = f"database {name}"
    try:
        read = capabilities(name, told.url.get_secret_value(), told.schema_name)
    except ScoutError as error:
        yield Finding(BROKEN, what, str(error))
        return
    yield _version(what, read)
    yield _can(name, read)
    for found in (_sight(read), _schema(read, told), _statements(read), _clock(read), _pooled(read)):
        if found is not None:
            yield Finding(found[0], what, found[1])
    yield from _extensions(what, read)
    yield from _operator(name, told)
    for one in told.replicas:
        yield _replica(name, told, one.get_secret_value(), read)
    if told.pooler_url is not None:
        pooler = Pooler(told.pooler_url.get_secret_value())
        yield _tried(f"pooler of {name}", lambda: f"answers, {len(pooler.rows('SHOW POOLS'))} pools")


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
    return None


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
    owner = found.schema_owner or "the owner"
    lacks: list[str] = []
    if not found.signals:
        lacks.append(f"cannot cancel or end sessions: `grant pg_signal_backend to {found.role};`")
    if found.owned < found.relations:
        lacks.append(
            f"owns {found.owned} of {found.relations} relations of {told.schema_name}: `grant {owner} to {found.role};`"
        )
    if found.is_replica:
        lacks.append("it is a replica: only sessions can be ended there")
    return lacks
