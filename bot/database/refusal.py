"""What a database refused, as a sentence to the person who asked: never a trace, never a value."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import errors

from bot.errors import Cannot, DatabaseDown, ScoutError, TooSlow, Unavailable
from bot.redact import scrub


class Stopped(ScoutError):
    """Somebody pressed Stop."""


class Locked(TooSlow):
    """A lock was not to be had in the time given; asking again may help."""


@dataclass(frozen=True)
class Whom:
    """Who was asked, for the sentence: the database, its schema, and Scout's role there."""

    database: str
    schema: str
    role: str = "Scout's role"


# libpq gives no code with a failure to connect, only the server's words.
_CROWDED = re.compile(
    r"too many (clients|connections)|remaining connection slots|connection limit exceeded|too_many_conn", re.IGNORECASE
)
_REASONS = (
    (re.compile(r"timeout expired|timed out", re.IGNORECASE), "no answer in time"),
    (re.compile(r"connection refused", re.IGNORECASE), "connection refused"),
    (
        re.compile(r"could not translate|name or service|name resolution|no address|getaddrinfo", re.IGNORECASE),
        "its host name is not known",
    ),
    (re.compile(r"starting up|recovery mode|not yet accepting", re.IGNORECASE), "it is starting up"),
    (re.compile(r"shutting down|administrator command", re.IGNORECASE), "it is shutting down"),
    (re.compile(r"no route to host|network is unreachable", re.IGNORECASE), "no route to its host"),
    (
        re.compile(
            r"closed the connection|connection (is|was) (lost|closed|reset)|broken pipe|reset by peer|EOF detected",
            re.IGNORECASE,
        ),
        "the connection was lost",
    ),
)
_LOGIN = re.compile(
    r"authentication failed|no password supplied|no pg_hba.conf entry|is not permitted to log in|role \".*\" does not exist",
    re.IGNORECASE,
)
_NO_DATABASE = re.compile(r"database \".*\" does not exist", re.IGNORECASE)


def is_crowded(error: psycopg.Error) -> bool:
    """Whether the server has no connection slot left for us."""
    return isinstance(error, errors.TooManyConnections) or _CROWDED.search(str(error)) is not None


def refusal(error: psycopg.Error, whom: Whom) -> ScoutError | None:
    """The sentence for what a database refused; None where the statement itself is wrong, which is a bug."""
    if is_crowded(error):
        return _crowded(whom)
    for kinds, sentence in _SENTENCES:
        if isinstance(error, kinds):
            return sentence(error, whom)
    return None


def _locked(_: psycopg.Error, whom: Whom) -> ScoutError:
    return Locked(
        f"Something on {whom.database} is locked and was not waited for. See who holds it with `active`, then try again."
    )


def _slow(_: psycopg.Error, whom: Whom) -> ScoutError:
    return TooSlow(
        f"{whom.database} took too long and the question was stopped. See `active`, and ask again when it is calmer."
    )


def _in_the_way(_: psycopg.Error, whom: Whom) -> ScoutError:
    return TooSlow(f"{whom.database} was in the way of its own work and gave up. Ask again.")


def _full(error: psycopg.Error, whom: Whom) -> ScoutError:
    return Unavailable(f"{whom.database} is out of disk or memory ({_said(error)}). That comes before anything else.")


_MISSING = (
    errors.UndefinedTable,
    errors.UndefinedFunction,
    errors.UndefinedColumn,
    errors.InsufficientPrivilege,
    errors.ObjectNotInPrerequisiteState,
    errors.InvalidSchemaName,
    errors.UndefinedObject,
    errors.FeatureNotSupported,
)


def _crowded(whom: Whom) -> Unavailable:
    return Unavailable(
        f"{whom.database} has no connection slot left for Scout. Ask again in a few seconds; close idle sessions of the "
        f"application, or let {whom.role} use the reserve: "
        f"`grant pg_use_reserved_connections to {whom.role};` with `reserved_connections` above 0 (PostgreSQL 16 or later)."
    )


def _down(error: psycopg.Error, whom: Whom) -> ScoutError:
    text = str(error)
    if _LOGIN.search(text):
        return Unavailable(
            f"{whom.database} refused Scout's login. Check the user, the password and pg_hba.conf against DATABASE_URL."
        )
    if _NO_DATABASE.search(text):
        return Unavailable(f"The server of {whom.database} has no database of that name. Check DATABASE_URL.")
    return DatabaseDown(
        f"{whom.database} does not answer ({_reason(text)}). Check that the server runs and that Scout's network reaches it; "
        "Scout asks again by itself."
    )


def _reason(text: str) -> str:
    return next((reason for pattern, reason in _REASONS if pattern.search(text)), "the connection failed")


# --- what is missing


def _missing(error: psycopg.Error, whom: Whom) -> Cannot:
    said = _said(error)
    if "pg_stat_statements" in said:
        return no_statements(whom, installed=isinstance(error, errors.ObjectNotInPrerequisiteState))
    if "pg_stat_monitor" in said and isinstance(error, errors.ObjectNotInPrerequisiteState):
        return no_monitor(whom, installed=True)
    if isinstance(error, errors.InsufficientPrivilege):
        return Cannot(f"Scout may not do this on {whom.database}: {said}. {_grant(said, whom)}")
    return Cannot(f"{whom.database} cannot answer this: {said}. {_advice(error, whom)}")


def old_statements(whom: Whom) -> Cannot:
    """The sentence for a database whose pg_stat_statements is still that of an older server."""
    return Cannot(
        f"pg_stat_statements of {whom.database} is older than its server and lacks what Scout reads."
        " Run there, as its owner: `alter extension pg_stat_statements update;`"
    )


def no_statements(whom: Whom, *, installed: bool) -> Cannot:
    """The sentence for a database without pg_stat_statements, or with its extension and not its library."""
    preload = "add pg_stat_statements to shared_preload_libraries and restart the server"
    create = "run `create extension pg_stat_statements;` there as a superuser"
    return Cannot(
        f"{whom.database} keeps no statistics of statements. To change that, {preload if installed else create}."
    )


def no_monitor(whom: Whom, *, installed: bool) -> Cannot:
    """The sentence for a database without pg_stat_monitor, which the settings choose, or with its extension and not its library."""
    preload = "add pg_stat_monitor to shared_preload_libraries and restart the server"
    create = "run `create extension pg_stat_monitor;` there as a superuser"
    return Cannot(
        f"{whom.database} has no statistics of pg_stat_monitor, which `latency_from` chooses."
        f" To change that, {preload if installed else create}, or take the setting out."
    )


_DENIED = re.compile(r"permission denied for (?P<kind>\w+(?: \w+)?) (?P<name>\S+)$")
_PRIVILEGES = {
    "table": "select on",
    "view": "select on",
    "materialized view": "select on",
    "relation": "select on",
    "sequence": "select on sequence",
    "schema": "usage on schema",
    "function": "execute on function",
    "database": "connect on database",
}


def _grant(said: str, whom: Whom) -> str:
    denied = _DENIED.search(said)
    privilege = _PRIVILEGES.get(denied["kind"]) if denied else None
    if denied is None or privilege is None:
        return f"It belongs to its owner: `grant <owner> to {whom.role};`, or `grant pg_monitor to {whom.role};` for what is only read."
    name = denied["name"]
    where = (
        f"{whom.schema}.{name}" if privilege == "select on" and "." not in name and not name.startswith("pg_") else name
    )
    return f"Run there: `grant {privilege} {where} to {whom.role};`"


def _advice(error: psycopg.Error, whom: Whom) -> str:
    if isinstance(error, errors.InvalidSchemaName):
        return f"Scout looks into the schema {whom.schema}: check SCOUT_SCHEMA."
    if isinstance(error, errors.UndefinedFunction):
        return "An extension is missing; the runbook's are pg_stat_statements, pgstattuple and pg_cron: `create extension …;`"
    if isinstance(error, errors.ObjectNotInPrerequisiteState):
        return "Bring it into the state that this needs, then ask again."
    return f"Check the names in the settings, and that {whom.schema} is the schema that the runbook means."


def _said(error: psycopg.Error) -> str:
    return scrub(error.diag.message_primary or str(error)).rstrip(".")


# The first that fits; OperationalError is the parent of some before it.
_SENTENCES: tuple[
    tuple[type[psycopg.Error] | tuple[type[psycopg.Error], ...], Callable[[psycopg.Error, Whom], ScoutError]], ...
] = (
    (errors.LockNotAvailable, _locked),
    (errors.QueryCanceled, _slow),
    (_MISSING, _missing),
    ((errors.SerializationFailure, errors.DeadlockDetected), _in_the_way),
    ((errors.DiskFull, errors.OutOfMemory, errors.InsufficientResources), _full),
    (psycopg.OperationalError, _down),
)
