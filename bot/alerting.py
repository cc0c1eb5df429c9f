"""What the settings say of incidents: how patient Scout is, when it is quiet, and whom else it calls."""

from pydantic import Field, SecretStr, field_validator

from bot.alert import Rule
from bot.muting import QuietHours
from bot.report import Record

PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"
MISSED_TICKS = 4


class Alerting(Record):
    """The patience of the watch, where it is not to follow from `alert_for_seconds`; quiet hours; receivers of pages."""

    calm_for_seconds: float | None = Field(default=None, ge=0, le=86400)
    no_data_for_seconds: float | None = Field(default=None, ge=0, le=86400)
    no_data_page_seconds: float | None = Field(default=None, ge=0, le=86400)
    flaps_per_hour: int = Field(default=3, ge=1, le=60)
    repeat_page_minutes: float = Field(default=30, ge=0, le=1440)
    remind_owner_minutes: float = Field(default=60, ge=0, le=10080)
    quiet_hours: QuietHours | None = None
    pagerduty_key: SecretStr | None = None
    pagerduty_url: str = PAGERDUTY
    webhook_url: SecretStr | None = None
    webhook_secret: SecretStr | None = None

    @field_validator("pagerduty_url")
    @classmethod
    def _address(cls, value: str) -> str:
        return _is_address(value)

    @field_validator("webhook_url")
    @classmethod
    def _hook(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _is_address(value.get_secret_value())
        return value

    def rule(self, alert_for: float, tick: float) -> Rule:
        """The rule that holds for a metric of which nothing else is said."""
        calm = 5 * alert_for if self.calm_for_seconds is None else self.calm_for_seconds
        return Rule(
            alert_for=alert_for,
            page_for=alert_for,
            no_data_for=_or(self.no_data_for_seconds, 3 * alert_for),
            no_data_page_for=_or(self.no_data_page_seconds, 15 * alert_for),
            calm_for=calm,
            reopen_for=3 * calm,
            gap=max(MISSED_TICKS * tick, 5.0),
            flaps=self.flaps_per_hour,
            repeat_page=60 * self.repeat_page_minutes,
            remind_owner=60 * self.remind_owner_minutes,
        )


def _or(told: float | None, otherwise: float) -> float:
    return otherwise if told is None else told


def _is_address(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        raise ValueError("it has to begin with https:// or http://")
    return value
