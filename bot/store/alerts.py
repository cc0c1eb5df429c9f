"""What is known about every metric, the incidents there were, and the samples behind them."""

from collections.abc import Sequence
from datetime import datetime

from bot.alert import Alert
from bot.command import Measurement
from bot.sql import queries
from bot.store.engine import Hand, Room, as_body, as_text

SQL = queries(__file__)


class Alerts(Room):
    """Alerts, incidents and samples."""

    def alerts(self, database: str | None = None) -> list[Alert]:
        """What is known about each metric, of one database or of all."""
        return [Alert.model_validate_json(row["body"]) for row in self._engine.ask(SQL["alerts"], database=database)]

    def incident(self, incident: str) -> Alert | None:
        """The alert as this incident last left it, however many the metric has had since."""
        found = self._engine.ask(SQL["incident"], id=incident)
        return next((Alert.model_validate_json(row["body"]) for row in found), None)

    def samples(self, database: str, metric: str, since: datetime, limit: int = 1000) -> list[Measurement]:
        """The newest samples of a metric since a moment, oldest first."""
        found = self._engine.ask(SQL["samples"], database=database, metric=metric, since=as_text(since), limit=limit)
        return [Measurement.model_validate_json(row["body"]) for row in found]

    def last_samples(self, database: str) -> list[Measurement]:
        """The newest sample of every metric of a database; it stays when older ones are pruned."""
        found = self._engine.ask(SQL["last_samples"], database=database)
        return [Measurement.model_validate_json(row["body"]) for row in found]


class AlertsHand(Hand):
    """Measuring and judging, as part of a change."""

    def alerts(self, database: str) -> list[Alert]:
        """What is known about each metric of a database, read where it is changed: nobody else changes it meanwhile."""
        return [Alert.model_validate_json(row["body"]) for row in self._session.rows(SQL["alerts"], database=database)]

    def incident(self, incident: str) -> Alert | None:
        """The alert of an incident, read where it is changed."""
        found = self._session.rows(SQL["incident"], id=incident)
        return next((Alert.model_validate_json(row["body"]) for row in found), None)

    def put_alert(self, alert: Alert) -> None:
        """Keep what is known about a metric, and the incident it belongs to, so that old cards can still be drawn."""
        body = as_body(alert)
        self._session.rows(SQL["put_alert"], database=alert.database, metric=alert.metric, body=body)
        if alert.incident:
            self._session.rows(SQL["put_incident"], id=alert.incident, body=body)

    def put_samples(self, database: str, samples: Sequence[Measurement]) -> None:
        """Keep samples; one that is there already stays as it is."""
        for sample in samples:
            kept = {"database": database, "metric": sample.name, "at": as_text(sample.at), "body": as_body(sample)}
            self._session.rows(SQL["put_sample"], **kept)
            self._session.rows(SQL["put_last_sample"], **kept)
