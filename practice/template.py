"""The practice data directory, made once and copied for each server."""

import fcntl
import hashlib
import secrets
import shutil
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from practice.installation import Installation
from practice.postmaster import Postmaster

ROLES = ("scout_owner", "scout_read", "scout_operate", "scout_app", "scout_report", "postgres")
VIEWS = ("gold_daily_aggregates", "gold_regional_performance", "gold_customer_insights", "mv_store_daily_metrics")
DATABASE = "scout"
_HERE = Path(__file__).parent
_MAX_AGE = 2 * 86400  # seconds; the rows of an older template no longer fill 90 days evenly


def password(home: Path, role: str) -> str:
    """The password of a role, different in every template, so that a loopback port opens nothing to the neighbours."""
    secret = (home / "secret").read_text()
    return hashlib.sha256(f"{secret}:{role}".encode()).hexdigest()[:32]


def copy_template(installation: Installation, cache: Path, home: Path, settings: Mapping[str, str]) -> None:
    """Fill `home` with a fresh copy of the practice data directory, building the template when there is none.

    Safe when several processes do it at once: one builds and the others wait; they copy side by side.
    """
    installation.account.settle_in(cache)
    template = cache / _key(installation)
    while not _copied(installation, cache, template, home):
        with _locked(cache / "lock", fcntl.LOCK_EX):
            if not _is_fresh(template):
                _remove_outdated(cache, installation.version)
                _build(installation, template, settings)


def _copied(installation: Installation, cache: Path, template: Path, home: Path) -> bool:
    """Whether there was a template to copy."""
    with _locked(cache / "lock", fcntl.LOCK_SH):
        if not _is_fresh(template):
            return False
        installation.execute("cp", "-Rp", f"{template}/.", str(home))
        return True


def _is_fresh(template: Path) -> bool:
    ready = template / "ready"
    return ready.exists() and time.time() - ready.stat().st_mtime < _MAX_AGE


def _remove_outdated(cache: Path, version: str) -> None:
    """Remove the templates that are too old, and those of this server from an earlier schema."""
    for ready in cache.glob("*/ready"):
        if not _is_fresh(ready.parent) or ready.read_text() == version:
            shutil.rmtree(ready.parent, ignore_errors=True)


def _key(installation: Installation) -> str:
    parts = [
        installation.version.encode(),
        (_HERE / "schema.sql").read_bytes(),
        (_HERE / "data.sql").read_bytes(),
        Path(__file__).read_bytes(),
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _build(installation: Installation, template: Path, settings: Mapping[str, str]) -> None:
    server = Postmaster(installation, template)
    server.clear_away()
    shutil.rmtree(template, ignore_errors=True)
    installation.account.settle_in(template)
    secret = template / "secret"
    secret.write_text(secrets.token_hex(16))
    secret.chmod(0o600)
    installation.account.give(secret)
    _initialise(installation, template)
    server.start({**settings, "min_wal_size": "16MB", "max_wal_size": "32MB"})  # the log is copied with each template
    try:
        _fill(template, int(settings["port"]))
    finally:
        server.stop()
    server.log.unlink()
    ready = template / "ready"
    ready.write_text(installation.version)
    installation.account.give(ready)


def _initialise(installation: Installation, template: Path) -> None:
    entry = template / "entry"
    entry.write_text(password(template, "postgres"))
    entry.chmod(0o600)
    installation.account.give(entry)
    words = (
        "-U",
        "postgres",
        "-A",
        "scram-sha-256",
        "--pwfile",
        entry,
        "--no-locale",
        "-E",
        "UTF8",
        "--no-sync",
        "--wal-segsize",
        "4",
    )
    installation.run("initdb", "-D", template / "data", *words)
    entry.unlink()


def _fill(template: Path, port: int) -> None:
    with _connect(template, port, "postgres") as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    with _connect(template, port, DATABASE) as database:
        database.execute((_HERE / "schema.sql").read_bytes())
        for role in ROLES:
            database.execute(_set_password(role, password(template, role)))
        database.execute((_HERE / "data.sql").read_bytes())
        database.execute("vacuum analyze")  # before the views: an unfrozen table without statistics reads slower
        refresh_views(database)
        database.execute("select pg_stat_statements_reset()")
        database.execute("checkpoint")


FLUSHES = 15_00_00
"""The first version of the server that can be told to count at once."""


def refresh_views(database: psycopg.Connection) -> None:
    """Bring the materialized views up to date, each in its own transaction."""
    for view in VIEWS:
        name = sql.Identifier("scout", view)
        database.execute(sql.SQL("refresh materialized view {}").format(name))
        if (
            database.info.server_version >= FLUSHES
        ):  # or the rows of the refresh would be counted as changed since the ANALYZE
            database.execute("select pg_stat_force_next_flush()")
        database.execute(sql.SQL("analyze {}").format(name))


def _set_password(role: str, word: str) -> sql.Composed:
    return sql.SQL("alter role {} password {}").format(sql.Identifier(role), sql.Literal(word))


def _connect(template: Path, port: int, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=port,
        dbname=database,
        user="postgres",
        password=password(template, "postgres"),
        autocommit=True,
    )


@contextmanager
def _locked(path: Path, how: int) -> Generator[None]:
    with path.open("w") as file:
        fcntl.flock(file, how)
        yield
