"""What Scout is told: the environment over a TOML file over the defaults; a secret may also be a file."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator

from bot.alerting import Alerting
from bot.command import Limits, Warmth
from bot.errors import BadInput
from bot.muting import Route
from bot.policy import Policy
from bot.report import Record
from bot.timetable import Job, JobSettings, jobs_of, morning, of_the_runbook

HIGHEST_PORT = 65_535
_PAIR = 2
NAME = re.compile(r"[\w.-]{1,40}")


class Lines(Record):
    """A metric's lines, where they differ from the runbook's."""

    target: float | None = None
    alert: float | None = None
    page: float | None = None
    alert_exit: float | None = None
    page_exit: float | None = None
    alert_for: float | None = Field(default=None, ge=0, le=86400)


class PrometheusSettings(Record):
    """Where API latency and error rate are asked, and whatever else a query is given for, by the name of its metric.

    `selector` picks the API's series in the queries that Scout brings along.
    """

    url: str = ""
    token: SecretStr | None = None
    user: str = ""
    password: SecretStr | None = None
    timeout_seconds: float = Field(default=3, ge=0.1, le=30)
    selector: str = 'job="scout-api"'
    queries: dict[str, str] = Field(default_factory=dict[str, str])

    @field_validator("url")
    @classmethod
    def _without_login(cls, value: str) -> str:
        if "@" in value:
            raise ValueError("a login does not belong into the address; it has settings of its own, user and password")
        return value


class DatabaseSettings(Record):
    """One database in Scout's care.

    One that is not to be watched answers questions and takes repairs, but raises no incidents. `operate_url` is the login that carries approved changes; without it the reading login is used. `channels` are the ids of
    the channels in which this database is meant when none is named. `replicas` are its standbys, for looking. `census` counts
    statements by the second. `queries` and `prometheus_selector` are over those of Prometheus' own section, where this database
    stands behind another API. `scheduled` lets what recurs run by itself.
    """

    url: SecretStr
    operate_url: SecretStr | None = None
    replicas: tuple[SecretStr, ...] = ()
    schema_name: str = Field(default="scout", alias="schema")
    channels: tuple[str, ...] = ()
    watch: bool = True
    census: bool = True
    prometheus_selector: str | None = None
    queries: dict[str, str] = Field(default_factory=dict[str, str])
    pooler_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    limits: Limits = Limits()
    cache_warm: Warmth | None = None
    scheduled: bool = False
    schedule: dict[str, JobSettings] = Field(default_factory=dict[str, JobSettings])

    @field_validator("replicas", mode="before")
    @classmethod
    def _apart(cls, value: object) -> object:
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("replicas")
    @classmethod
    def _addresses(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for place, one in enumerate(value, 1):
            try:
                conninfo_to_dict(one.get_secret_value())
            except ProgrammingError:
                raise ValueError(
                    f"number {place} is no PostgreSQL address, as postgresql://scout@standby/shop"
                ) from None
        return value

    @model_validator(mode="after")
    def _has_whole_jobs(self) -> Self:
        wrong = [name for name in self.schedule if not re.fullmatch(r"[\w-]{1,30}", name)]
        if wrong:
            raise ValueError(f"a job's name has letters, digits and hyphen only, 30 at most: {wrong[0]!r}")
        self.jobs("")
        return self

    def jobs(self, database: str, others: Mapping[str, JobSettings] = MappingProxyType({})) -> tuple[Job, ...]:
        """What recurs on this database, by whatever name it has; `others` recur on every one."""
        off = "" if self.scheduled else "nothing runs by itself here until the settings say `scheduled = true`"
        asleep = "" if self.watch else "the database is not watched"
        runbook = of_the_runbook(self.limits, self.cache_warm, redis=self.redis_url is not None)
        return jobs_of(database, {**others, **self.schedule}, runbook, self.limits.time_zone, off, asleep)


class Settings(Record):
    """Everything Scout is told; the name of a setting's environment variable stands in `ENVIRONMENT`."""

    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_api_url: str = "https://slack.com/api/"
    store_url: SecretStr = SecretStr("")
    alert_channel: str = ""
    admin_channel: str = ""
    mention: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()
    own_approval: bool = False
    mend_approvals: int = Field(default=1, ge=1, le=5)
    disrupt_approvals: int = Field(default=1, ge=1, le=5)
    break_glass: tuple[str, ...] = ()
    tick_seconds: float = Field(default=15, ge=0.2, le=3600)
    alert_for_seconds: float = Field(default=60, ge=0)
    approval_seconds: float = Field(default=900, ge=5, le=86400)
    dead_after_seconds: float = Field(default=15, ge=2, le=600)
    questions_per_minute: float = Field(default=20, ge=1, le=6000)
    question_burst: int = Field(default=10, ge=1, le=1000)
    listen: str = ""
    dead_man_url: SecretStr = SecretStr("")
    loop_back_person: str = ""
    sample_days: float = Field(default=8, ge=0.1, le=400)
    prometheus: PrometheusSettings = PrometheusSettings()
    terminal: dict[str, str] = Field(default_factory=dict[str, str])
    databases: dict[str, DatabaseSettings] = Field(default_factory=dict[str, DatabaseSettings])
    morning: str = ""
    morning_time_zone: str = "UTC"
    morning_channel: str = ""
    metrics: dict[str, Lines] = Field(default_factory=dict[str, Lines])
    alerting: Alerting = Alerting()
    routes: tuple[Route, ...] = ()

    @field_validator("mention", "operators", "approvers", "break_glass", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("terminal", mode="before")
    @classmethod
    def _pairs(cls, value: object) -> object:
        """ACCOUNT=PERSON with commas between; an account that is there twice would be two people."""
        if not isinstance(value, str):
            return value
        pairs = [part.split("=") for part in value.split(",") if part.strip()]
        if any(len(pair) != _PAIR for pair in pairs):
            raise ValueError("it has to be ACCOUNT=PERSON with commas between, as ana=U0123ANA,ben=U0456BEN")
        accounts = [account.strip() for account, _ in pairs]
        if len(set(accounts)) < len(accounts):
            raise ValueError("an account is there twice")
        return {account.strip(): person.strip() for account, person in pairs}

    @field_validator("terminal")
    @classmethod
    def _people(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = [account for account, person in value.items() if not re.fullmatch(r"[UW][A-Z0-9]+", person)]
        if wrong:
            raise ValueError(f"the account {wrong[0]!r} has to stand for a person's id, as U0123ANA")
        return value

    @field_validator("databases")
    @classmethod
    def _named(cls, value: dict[str, DatabaseSettings]) -> dict[str, DatabaseSettings]:
        wrong = [name for name in value if not NAME.fullmatch(name)]
        if wrong:
            raise ValueError(f"a database's name has letters, digits, dot and hyphen only: {wrong[0]!r}")
        return value

    @field_validator("listen")
    @classmethod
    def _address(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if value and not (colon and port.isdigit() and 0 <= int(port) <= HIGHEST_PORT):
            raise ValueError(f"it has to be HOST:PORT, as {host or '127.0.0.1'}:8080")
        return value

    @model_validator(mode="after")
    def _routed(self) -> Self:
        unknown = [name for route in self.routes for name in route.databases if name not in self.databases]
        if unknown:
            raise ValueError(f"a route names the database {unknown[0]!r}, which is not there")
        return self

    @model_validator(mode="after")
    def _has_a_morning(self) -> Self:
        self.recurring()
        return self

    def recurring(self) -> dict[str, tuple[Job, ...]]:
        """What recurs on each database."""
        zone, channel = self.morning_time_zone, self.morning_channel or self.alert_channel
        every = {"morning": morning(self.morning, zone, channel)} if self.morning else {}
        return {name: told.jobs(name, every) for name, told in self.databases.items()}

    @property
    def policy(self) -> Policy:
        """Who may do what."""
        return Policy(
            operators=frozenset(self.operators),
            approvers=frozenset(self.approvers),
            own=self.own_approval,
            mend=self.mend_approvals,
            disrupt=self.disrupt_approvals,
            break_glass=frozenset(self.break_glass),
        )

    @property
    def by_http(self) -> bool:
        """Whether Slack comes to Scout: a signing secret and no app token; with both, Socket Mode is used."""
        return bool(self.slack_signing_secret.get_secret_value() and not self.slack_app_token.get_secret_value())

    @property
    def listen_at(self) -> tuple[str, int] | None:
        """Host and port of the health pages; None when they are not wanted."""
        if not self.listen:
            return None
        host, _, port = self.listen.rpartition(":")
        return host or "127.0.0.1", int(port)


ENVIRONMENT = {
    "SLACK_BOT_TOKEN": "slack_bot_token",
    "SLACK_APP_TOKEN": "slack_app_token",
    "SLACK_SIGNING_SECRET": "slack_signing_secret",
    "SLACK_API_URL": "slack_api_url",
    "SCOUT_STORE_URL": "store_url",
    "SCOUT_ALERT_CHANNEL": "alert_channel",
    "SCOUT_ADMIN_CHANNEL": "admin_channel",
    "SCOUT_MENTION": "mention",
    "SCOUT_OPERATORS": "operators",
    "SCOUT_APPROVERS": "approvers",
    "SCOUT_OWN_APPROVAL": "own_approval",
    "SCOUT_MEND_APPROVALS": "mend_approvals",
    "SCOUT_DISRUPT_APPROVALS": "disrupt_approvals",
    "SCOUT_BREAK_GLASS": "break_glass",
    "SCOUT_TICK_SECONDS": "tick_seconds",
    "SCOUT_ALERT_FOR_SECONDS": "alert_for_seconds",
    "SCOUT_APPROVAL_SECONDS": "approval_seconds",
    "SCOUT_DEAD_AFTER_SECONDS": "dead_after_seconds",
    "SCOUT_QUESTIONS_PER_MINUTE": "questions_per_minute",
    "SCOUT_QUESTION_BURST": "question_burst",
    "SCOUT_MORNING": "morning",
    "SCOUT_MORNING_TIME_ZONE": "morning_time_zone",
    "SCOUT_MORNING_CHANNEL": "morning_channel",
    "SCOUT_LISTEN": "listen",
    "SCOUT_DEAD_MAN_URL": "dead_man_url",
    "SCOUT_LOOP_BACK_PERSON": "loop_back_person",
    "SCOUT_SAMPLE_DAYS": "sample_days",
    "SCOUT_TERMINAL": "terminal",
}
PROMETHEUS_ENVIRONMENT = {
    "SCOUT_PROMETHEUS_URL": "url",
    "SCOUT_PROMETHEUS_TOKEN": "token",
    "SCOUT_PROMETHEUS_USER": "user",
    "SCOUT_PROMETHEUS_PASSWORD": "password",
}
DATABASE_ENVIRONMENT = {
    "DATABASE_URL": "url",
    "DATABASE_OPERATE_URL": "operate_url",
    "DATABASE_REPLICA_URLS": "replicas",
    "SCOUT_SCHEMA": "schema",
    "SCOUT_POOLER_URL": "pooler_url",
    "SCOUT_REDIS_URL": "redis_url",
    "SCOUT_SCHEDULED": "scheduled",
    "SCOUT_LONG_QUERY_SECONDS": "long_query_seconds",
}
ALERTING_ENVIRONMENT = {
    "SCOUT_PAGERDUTY_KEY": "pagerduty_key",
    "SCOUT_WEBHOOK_URL": "webhook_url",
    "SCOUT_WEBHOOK_SECRET": "webhook_secret",
}
SECRETS = frozenset(
    {
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "SLACK_SIGNING_SECRET",
        "SCOUT_STORE_URL",
        "DATABASE_URL",
        "DATABASE_OPERATE_URL",
        "DATABASE_REPLICA_URLS",
        "SCOUT_POOLER_URL",
        "SCOUT_REDIS_URL",
        "SCOUT_DEAD_MAN_URL",
        "SCOUT_PAGERDUTY_KEY",
        "SCOUT_WEBHOOK_URL",
        "SCOUT_WEBHOOK_SECRET",
        "SCOUT_PROMETHEUS_TOKEN",
        "SCOUT_PROMETHEUS_PASSWORD",
    }
)


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
