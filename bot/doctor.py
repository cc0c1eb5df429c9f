"""Examines what Scout needs, line by line, each with the next step when something is wrong."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bot.database import Watched
from bot.errors import ScoutError
from bot.prometheus import instant
from bot.settings import DatabaseSettings, Settings
from bot.store import Store
from bot.transport import SocketSettings, check_tokens

FINE, DOUBTFUL, BROKEN = "ok", "warning", "failure"


@dataclass(frozen=True)
class Finding:
    """One line: how it is, about what, and what to do."""

    how: str
    what: str
    said: str


def examine(settings: Settings) -> int:
    """Print one line for each thing examined; 0 when nothing is broken."""
    findings = list(_findings(settings))
    for finding in findings:
        print(f"{finding.how:8} {finding.what}: {finding.said}")  # noqa: T201 - this is the terminal's surface
    return 1 if any(finding.how == BROKEN for finding in findings) else 0


def _findings(settings: Settings) -> Iterable[Finding]:
    yield _tried("Slack", lambda: _slack(settings))
    yield _tried("store", lambda: _store(settings))
    yield from _people(settings)
    if not settings.databases:
        yield Finding(BROKEN, "databases", "none; set DATABASE_URL, or [databases] in the SCOUT_CONFIG file")
    for name, told in settings.databases.items():
        yield from _database(name, told)
    if settings.prometheus_url:
        yield _tried("Prometheus", lambda: f"answers ({instant(settings.prometheus_url, 'vector(1)')})")
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
            yield Finding(
                DOUBTFUL,
                what,
                f"nobody; no repair can be {'asked for' if what == 'operators' else 'approved'} (SCOUT_{what.upper()})",
            )
    if not settings.alert_channel:
        yield Finding(DOUBTFUL, "alert channel", "none; incidents are not told (SCOUT_ALERT_CHANNEL)")


def _database(name: str, told: DatabaseSettings) -> Iterable[Finding]:
    operate = (told.operate_url or told.url).get_secret_value()
    database = Watched(name, told.url.get_secret_value(), operate, told.schema_name)
    try:
        facts = database.facts()
    except ScoutError as error:
        yield Finding(BROKEN, f"database {name}", str(error))
        return
    finally:
        database.close()
    yield Finding(
        FINE,
        f"database {name}",
        f"PostgreSQL {facts.server_version // 10000}, as {facts.role}{', a replica' if facts.is_replica else ''}",
    )
    if not facts.reads_all_stats:
        yield Finding(BROKEN, f"database {name}", f"other roles' sessions are hidden: grant pg_monitor to {facts.role}")
    if not facts.schema_exists:
        yield Finding(BROKEN, f"database {name}", f"there is no schema {told.schema_name}; set SCOUT_SCHEMA")
    if facts.pgss_schema is None or not facts.pgss_loaded:
        yield Finding(
            DOUBTFUL,
            f"database {name}",
            "pg_stat_statements is missing: preload the library and create extension pg_stat_statements",
        )
    if told.operate_url is None:
        yield Finding(
            DOUBTFUL,
            f"database {name}",
            "no login of its own for repairs (DATABASE_OPERATE_URL); the reading one is used",
        )
