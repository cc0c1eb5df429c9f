"""What is looked at when all is over: the store's tables, the patient's own count, and everything that stands in Slack."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bot.store import Store
from bot.store.audit import AuditVerdict
from practice.slack.wire import Json, as_record
from tests.soak.ground import Ground
from tests.soak.ledger import Aside, Request, asides, requests

APPROVALS = "select id, state, body from approval order by asked_at"
STEPS = "select approval, state from step"
# An incident that is still open has its card drawn anew again and again: only what waits for long is late.
NOTICES = """select id, state, why, body from notice
where state = 'given up' or state = 'waiting' and (lane <> 4 or created_at::timestamptz < now() - interval '1 minute')"""
INBOX = "select id, answered_at from inbox"
INCIDENTS = "select id from incident"
ACTIONS = "select action, count(*) as count from audit group by action"
EFFECTS = "select view, count(*) as count from soak.effect group by view"


@dataclass(frozen=True)
class Plan:
    """An approval as the store has it; `view` is the one that it refreshes, and nobody else does."""

    id: str
    state: str
    view: str
    was_approved: bool


@dataclass(frozen=True)
class Found:
    """Everything, at one moment."""

    requests: Sequence[Request]
    plans: Sequence[Plan]
    effects: Mapping[str, int]
    unsettled: Sequence[str]
    inbox: Mapping[str, bool]
    incidents: Sequence[str]
    standing: Mapping[str, Sequence[Json]]
    asides: Sequence[Aside]
    actions: Mapping[str, int]
    audit: AuditVerdict

    def is_answered_aside(self, one: Request) -> bool:
        """Whether the person was told something there later, without the response URL of the request."""
        return any(
            aside.at > one.sent and (aside.channel, aside.user) == (one.channel, one.user) for aside in self.asides
        )


def look(ground: Ground) -> Found:
    """Look at everything now."""
    rows = _rows(ground.store_url, APPROVALS)
    decided = {row["approval"] for row in _rows(ground.store_url, STEPS)}
    plans = [_plan(row["id"], row["state"], json.loads(row["body"]), decided) for row in rows]
    return Found(
        requests=requests(ground.there),
        plans=plans,
        effects={row["view"]: row["count"] for row in _rows(ground.database.admin_url, EFFECTS)},
        unsettled=[
            f"notice {row['id']} {row['state']} {row['why']} {row['body'][:300]}"
            for row in _rows(ground.store_url, NOTICES)
        ],
        inbox={row["id"]: row["answered_at"] is not None for row in _rows(ground.store_url, INBOX)},
        incidents=[row["id"] for row in _rows(ground.store_url, INCIDENTS)],
        standing=_standing(ground),
        asides=asides(ground.there),
        actions={row["action"]: row["count"] for row in _rows(ground.store_url, ACTIONS)},
        audit=_audit(ground.store_url),
    )


def is_quiet(ground: Ground) -> bool:
    """Whether nothing is open, waits to be sent or to be answered."""
    open_ = "select count(*) as count from approval where state in ('asked', 'approved', 'running', 'interrupted')"
    waiting = "select count(*) as count from notice where state = 'waiting' and lane <> 4"
    unanswered = "select count(*) as count from inbox where answered_at is null"
    return not any(_rows(ground.store_url, text)[0]["count"] for text in (open_, waiting, unanswered))


def _plan(id: str, state: str, body: Mapping[str, Any], begun: set[str]) -> Plan:  # noqa: A002 - the record's own word
    view = str(body["text"]).split()[1]
    return Plan(id, state, view, bool(body.get("started_at")) and id in begun)


def _standing(ground: Ground) -> Mapping[str, Sequence[Json]]:
    """All messages of Scout's, by the key that Scout gave them."""
    workspace = ground.there.house.workspace
    found: dict[str, list[Json]] = {}
    for channel in list(workspace.channels):
        for message in workspace.messages(channel):
            key = as_record(as_record(message.get("metadata")).get("event_payload")).get("key")
            if message.get("bot_id") and key:
                found.setdefault(str(key), []).append({**message, "channel": channel})
    return found


def _audit(url: str) -> AuditVerdict:
    store = Store.open(url)
    try:
        return store.verify_audit()
    finally:
        store.close()


def _rows(url: str, statement: str) -> list[dict[str, Any]]:
    with (
        psycopg.connect(url, autocommit=True, connect_timeout=5) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(statement.encode()).fetchall()


def tally(found: Found) -> Counter[str]:
    """How many plans ended how."""
    return Counter(plan.state for plan in found.plans)
