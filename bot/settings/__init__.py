"""What Scout is told: the environment over a TOML file over the defaults; a secret may also be a file."""

from bot.settings.database import DatabaseSettings, Lines, PrometheusSettings
from bot.settings.environment import (
    ALERTING_ENVIRONMENT,
    DATABASE_ENVIRONMENT,
    ENVIRONMENT,
    PROMETHEUS_ENVIRONMENT,
    SECRETS,
)
from bot.settings.load import load
from bot.settings.settings import Settings

__all__ = [
    "ALERTING_ENVIRONMENT",
    "DATABASE_ENVIRONMENT",
    "ENVIRONMENT",
    "PROMETHEUS_ENVIRONMENT",
    "SECRETS",
    "DatabaseSettings",
    "Lines",
    "PrometheusSettings",
    "Settings",
    "load",
]
