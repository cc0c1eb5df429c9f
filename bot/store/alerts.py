"""What is known about every metric, and the incidents there were."""

from datetime import datetime

from bot.alert import Alert
from bot.sql import queries
from bot.store.engine import Hand, Room, as_body, as_text

SQL = queries(__file__)


class Alerts(Room):
    """Alerts and incidents."""

    def alerts(self, database: str | None = None) -> list[Alert]:
        """What is known about each metric, of one database or of all."""
        return [Alert.model_validate_json(row["body"]) for row in self._engine.ask(SQL["alerts"], database=database)]

    def burning(self) -> list[Alert]:
        """The incidents that are not over, of all databases."""
        return [Alert.model_validate_json(row["body"]) for row in self._engine.ask(SQL["burning"])]

    def incident(self, incident: str) -> Alert | None:
        """The alert as this incident last left it, however many the metric has had since."""
        found = self._engine.ask(SQL["incident"], id=incident)
        return next((Alert.model_validate_json(row["body"]) for row in found), None)

    def incidents(self, database: str, since: datetime) -> list[Alert]:
        """The incidents of a database that were open at a moment or later, oldest first."""
        rows = self._engine.ask(SQL["incidents"], prefix=f"{database}.", since=as_text(since))
        found = [Alert.model_validate_json(row["body"]) for row in rows]
        late = [one for one in found if one.database == database and (one.closed_at is None or one.closed_at >= since)]
        return sorted(late, key=lambda one: one.opened_at or one.since)

    def forget_incidents(self, before: datetime) -> int:
        """Forget incidents that were over before a moment, and where their cards stand; never what is open or people had a hand in."""
        gone = len(self._engine.tell(SQL["forget"], before=as_text(before)))
        self._engine.tell(SQL["forget_cards"])
        return gone


class AlertsHand(Hand):
    """Judging, as part of a change."""

    def alerts(self, database: str) -> list[Alert]:
        """What is known about each metric of a database, read where it is changed: nobody else changes it meanwhile."""
        return [Alert.model_validate_json(row["body"]) for row in self._session.rows(SQL["alerts"], database=database)]

    def incident(self, incident: str) -> Alert | None:
        """The alert of an incident, read where it is changed."""
        found = self._session.rows(SQL["incident"], id=incident)
        return next((Alert.model_validate_json(row["body"]) for row in found), None)

    def put_alert(self, alert: Alert) -> None:
        """Keep what is known about a metric, and the incident it belongs to, so that old cards can still be drawn."""
        self.put_calm(alert)
        if alert.incident:
            closed_at = None if alert.is_open or alert.closed_at is None else as_text(alert.closed_at)
            self._session.rows(SQL["put_incident"], id=alert.incident, closed_at=closed_at, body=as_body(alert))

    def put_calm(self, alert: Alert) -> None:
        """Keep what is known about a metric and leave its last incident, which is over, as it was."""
        self._session.rows(SQL["put_alert"], database=alert.database, metric=alert.metric, body=as_body(alert))
