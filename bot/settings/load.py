"""Reading the settings: the environment over a TOML file over the defaults; a secret may also be a file."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import ValidationError

from bot.errors import BadInput
from bot.settings.environment import (
    ALERTING_ENVIRONMENT,
    DATABASE_ENVIRONMENT,
    ENVIRONMENT,
    PROMETHEUS_ENVIRONMENT,
    SECRETS,
)
from bot.settings.settings import NAME, Settings


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises:
        BadInput: a file cannot be read, a name is unknown or a value is wrong; says which, never the value.
    """
    environment = os.environ if environ is None else environ
    path = environment.get("SCOUT_CONFIG", "")
    told = _file(Path(path)) if path else {}
    if "terminal" in told and _variable(environment, "SCOUT_TERMINAL"):
        raise BadInput(f"Both {path} and SCOUT_TERMINAL say who the accounts of this machine are. Keep one of them.")
    told |= _given(environment, ENVIRONMENT)
    if given := _given(environment, PROMETHEUS_ENVIRONMENT):
        told["prometheus"] = {**told.get("prometheus", {}), **given}
    _single_database(told, environment)
    receivers = {
        field: value for name, field in ALERTING_ENVIRONMENT.items() if (value := _variable(environment, name))
    }
    if receivers:
        told["alerting"] = {**told.get("alerting", {}), **receivers}
    told.setdefault("store_url", f"sqlite:///{Path(path).parent / 'scout.sqlite3' if path else 'scout.sqlite3'}")
    try:
        return Settings.model_validate(told)
    except ValidationError as error:
        raise BadInput(_wrong(error)) from None


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"SCOUT_CONFIG: {path} cannot be read ({type(error).__name__}).") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"SCOUT_CONFIG: {path} is not TOML: {error}.") from None


def _variable(environment: Mapping[str, str], name: str) -> str:
    """A variable, or the content of the file that NAME_FILE names, where it is a secret."""
    file = environment.get(f"{name}_FILE", "") if name in SECRETS else ""
    if not file:
        return environment.get(name, "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{name}_FILE: {file} cannot be read ({type(error).__name__}).") from None


def _given(environment: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the environment gives, by name."""
    return {field: value for name, field in variables.items() if (value := _variable(environment, name))}


def _single_database(told: dict[str, Any], environment: Mapping[str, str]) -> None:
    """DATABASE_URL and its kin describe one database, named after the path of its URL."""
    given = _given(environment, DATABASE_ENVIRONMENT)
    seconds = given.pop("long_query_seconds", None)
    if "url" in given:
        name = _database_name(given["url"])
        told.setdefault("databases", {}).setdefault(name, {}).update(given)
    if seconds is not None:
        for database in told.get("databases", {}).values():
            database.setdefault("limits", {})["long_query_seconds"] = seconds


def _database_name(url: str) -> str:
    """The name of the database that DATABASE_URL means, in either of libpq's two forms.

    Raises:
        BadInput: it is in neither.
    """
    try:
        name = str(conninfo_to_dict(url).get("dbname") or "main")
    except ProgrammingError:
        raise BadInput(
            "DATABASE_URL is no PostgreSQL address; it looks like postgresql://user:password@host/database."
        ) from None
    if not NAME.fullmatch(name):  # a name with @ or / in it is mostly half of a password, and must not be told
        raise BadInput(
            "DATABASE_URL names a database with other characters than letters, digits, dot and hyphen. "
            "In a password write / as %2F and @ as %40, or name the database in the SCOUT_CONFIG file."
        )
    return name


def _wrong(error: ValidationError) -> str:
    first = error.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    variable = next((name for name, field in ENVIRONMENT.items() if field == where), "")
    return f"The setting {where}{f' ({variable})' if variable else ''} is wrong: {first['msg']}."
