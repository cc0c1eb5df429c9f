"""Everything that Scout is told, checked."""

import re
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator

from bot.alerting import Alerting
from bot.muting import Route
from bot.policy import Policy
from bot.report import Record
from bot.settings.database import DatabaseSettings, Lines, PrometheusSettings
from bot.timetable import Job, morning

HIGHEST_PORT = 65_535
_PAIR = 2
NAME = re.compile(r"[\w.-]{1,40}")


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
    window_seconds: float = Field(default=60, ge=15, le=60)
    alert_for_seconds: float = Field(default=60, ge=0)
    approval_seconds: float = Field(default=900, ge=5, le=86400)
    dead_after_seconds: float = Field(default=15, ge=2, le=600)
    questions_per_minute: float = Field(default=20, ge=1, le=6000)
    question_burst: int = Field(default=10, ge=1, le=1000)
    listen: str = ""
    dead_man_url: SecretStr = SecretStr("")
    loop_back_person: str = ""
    sample_days: float = Field(default=8, ge=0.1, le=400)
    incident_days: float = Field(default=400, ge=8, le=4000)
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
