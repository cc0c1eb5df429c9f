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
        previous, expected = "", 1
        for row in self._chain(max(head["seq"], head["last"])):
            flaw = self._flaw(row, expected, previous)
            if flaw is not None:
                return AuditVerdict(checked=expected - 1, broken=expected, flaw=flaw)
            previous, expected = row["hash"], expected + 1
        if (expected - 1, previous) != (head["seq"], head["hash"]):
            return AuditVerdict(checked=expected - 1, broken=min(expected, head["seq"] + 1), flaw=Flaw.TRUNCATED)
        return AuditVerdict(checked=expected - 1)

    def _chain(self, last: int) -> Iterator[Row]:
        after = 0
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


def _hash(row: Row) -> str:
    told = [row[name] for name in ("seq", "at", "actor", "action", "subject", "body", "previous")]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _read(row: Row) -> AuditRow:
    return AuditRow.model_validate(row | {"body": json.loads(row["body"])})
