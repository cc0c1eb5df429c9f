"""What Scout is told of one database and of the sources beside it."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, Self

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, SecretStr, field_validator, model_validator

from bot.command import Limits, Warmth
from bot.report import Record
from bot.timetable import Job, JobSettings, jobs_of, of_the_runbook


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
    statements by the second; with `latency_from` their latency is read from another extension's histogram instead. `queries` and `prometheus_selector` are over those of Prometheus' own section, where this database
    stands behind another API. `scheduled` lets what recurs run by itself.
    """

    url: SecretStr
    operate_url: SecretStr | None = None
    replicas: tuple[SecretStr, ...] = ()
    schema_name: str = Field(default="scout", alias="schema")
    channels: tuple[str, ...] = ()
    watch: bool = True
    census: bool = True
    latency_from: Literal["pg_stat_statements", "pg_stat_monitor"] = "pg_stat_statements"
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
