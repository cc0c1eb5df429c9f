"""Who did what when: rows that only grow, each carrying the hash of the one before."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum

from pydantic import JsonValue

from bot.report import Record
from bot.sql import queries
from bot.store.engine import Hand, Room, Row, as_text, clean

SQL = queries(__file__)
_BATCH = 500


class AuditRow(Record):
    """One thing that somebody did."""

    seq: int
    at: datetime
    actor: str
    action: str
    subject: str
    body: dict[str, JsonValue]


class Flaw(StrEnum):
    """What is wrong with an audit."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    TRUNCATED = "truncated"


class AuditVerdict(Record):
    """How many rows were checked, and the first that does not hold."""

    checked: int
    broken: int | None = None
    flaw: Flaw | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.flaw is None


class Audit(Room):
    """Reading the audit."""

    def audit(self, limit: int = 100, since_seq: int = 0) -> list[AuditRow]:
        """The newest rows after a number, newest first."""
        return [_read(row) for row in self._engine.ask(SQL["newest"], limit=limit, since_seq=since_seq)]

    def audit_of(self, subject: str) -> list[AuditRow]:
        """The rows about one thing, oldest first."""
        return [_read(row) for row in self._engine.ask(SQL["of_subject"], subject=subject)]

    def verify_audit(self) -> AuditVerdict:
        """Follow the chain from the first row to the head."""
        (head,) = self._engine.ask(SQL["head"])
        verdict, reached = self._followed(1, max(head["seq"], head["last"]), "")
        if verdict.holds and (verdict.checked, reached) != (head["seq"], head["hash"]):
            return AuditVerdict(
                checked=verdict.checked, broken=min(verdict.checked, head["seq"]) + 1, flaw=Flaw.TRUNCATED
            )
        return verdict

    def verify_audit_of(self, subject: str) -> AuditVerdict:
        """Follow the chain from the first row about one thing to its last, and the link to the row on either side.

        It takes as long as the thing took, not as long as the audit is. What was done to the rows of others it does not see.
        """
        (span,) = self._engine.ask(SQL["span"], subject=subject)
        first, last = span["first"], span["last"]
        if first is None:
            return AuditVerdict(checked=0)
        if span["before"] is None:
            return AuditVerdict(checked=0, broken=first - 1, flaw=Flaw.MISSING)
        verdict, reached = self._followed(first, last, span["before"])
        flaw = _behind(span, reached) if verdict.holds else None
        return verdict.model_copy(update={"broken": last + 1, "flaw": flaw}) if flaw else verdict

    def _followed(self, first: int, last: int, previous: str) -> tuple[AuditVerdict, str]:
        """Whether some rows hold, the row before them having a hash, and the hash that was reached."""
        expected = first
        for row in self._chain(first, last):
            flaw = self._flaw(row, expected, previous)
            if flaw is not None:
                return AuditVerdict(checked=expected - first, broken=expected, flaw=flaw), previous
            previous, expected = row["hash"], expected + 1
        return AuditVerdict(checked=expected - first), previous

    def _chain(self, first: int, last: int) -> Iterator[Row]:
        after = first - 1
        while found := self._engine.ask(SQL["chain"], after=after, last=last, limit=_BATCH):
            yield from found
            after = found[-1]["seq"]

    def _flaw(self, row: Row, expected: int, previous: str) -> Flaw | None:
        if (row["seq"], row["previous"], row["hash"]) == (expected, previous, _hash(row)):
            return None
        if self._engine.ask(SQL["elsewhere"], previous=previous, seq=expected):
            return Flaw.REORDERED
        return Flaw.CHANGED if row["seq"] == expected else Flaw.MISSING


class AuditHand(Hand):
    """Recording, as part of the change that it tells of."""

    def record(self, actor: str, action: str, subject: str, body: Mapping[str, JsonValue]) -> None:
        """Add a row; taking the head first lets changes of several processes queue up here."""
        (head,) = self._session.rows(SQL["next"])
        row: Row = {
            "seq": head["seq"],
            "at": as_text(self._session.now()),
            "actor": clean(actor),
            "action": clean(action),
            "subject": clean(subject),
            "body": clean(json.dumps(dict(body), sort_keys=True, ensure_ascii=False)),
            "previous": head["hash"],
        }
        row["hash"] = _hash(row)
        self._session.rows(SQL["add"], **row)
        self._session.rows(SQL["set_head"], hash=row["hash"])


def _behind(span: Row, reached: str) -> Flaw | None:
    """What is wrong with the link from the last of some rows to what comes next: another row, or the head."""
    if span["last"] == span["head"]:
        return None if reached == span["head_hash"] else Flaw.TRUNCATED
    if span["last"] > min(span["head"], span["newest"] - 1):
        return Flaw.TRUNCATED
    if span["after"] is None:
        return Flaw.MISSING
    return None if span["after"] == reached else Flaw.CHANGED


def _hash(row: Row) -> str:
    told = [row[name] for name in ("seq", "at", "actor", "action", "subject", "body", "previous")]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _read(row: Row) -> AuditRow:
    return AuditRow.model_validate(row | {"body": json.loads(row["body"])})
