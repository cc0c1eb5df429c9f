"""What was found when an incident opened or got worse: the answers to Scout's own questions at that moment."""

from bot.alert import Findings
from bot.sql import queries
from bot.store.engine import Hand, Room, as_body, as_text

SQL = queries(__file__)


class FindingsRoom(Room):
    """Findings."""

    def wanted_findings(self) -> list[str]:
        """The incidents that are still to be looked into, the first before the others."""
        return [row["incident"] for row in self._engine.ask(SQL["wanted"])]

    def findings(self, incident: str) -> Findings | None:
        """What was found when it last got worse."""
        found = self._engine.ask(SQL["found"], incident=incident)
        return next((Findings.model_validate_json(row["body"]) for row in found), None)


class FindingsHand(Hand):
    """Finding, as part of a change."""

    def want_findings(self, incident: str) -> None:
        """Have an incident looked into; what was found before stays until then."""
        self._session.rows(SQL["want"], incident=incident, now=as_text(self._session.now()))

    def settle_findings(self, incident: str, findings: Findings) -> bool:
        """Keep what was found; False when somebody else was faster."""
        now = as_text(self._session.now())
        return bool(self._session.rows(SQL["settle"], incident=incident, body=as_body(findings), now=now))
