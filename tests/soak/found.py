"""What is looked at when all is over: the store's tables, the patient's own count, and everything that stands in Slack."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from bot.store import Store
from bot.store.audit import AuditVerdict
from practice.slack.server import PracticeSlack
from practice.slack.wire import Json, as_record
from tests.soak.ground import Ground
from tests.soak.ledger import Aside, Request, asides, requests

APPROVALS = "select id, state, body from approval order by asked_at"
STEPS = "select approval, state from step"
# An incident that is still open has its card drawn anew again and again: only what waits for long is late.
NOTICES = """select id, state, why, body from notice
where state = 'given up' or state = 'waiting' and (lane <> 4 or created_at::timestamptz < now() - interval '1 minute')"""
POSTS = "select id, body from notice where state = 'sent'"
INBOX = "select id, at, answered_at from inbox"
INCIDENTS = "select id, body from incident"
ACTIONS = "select action, count(*) as count from audit group by action"
EFFECTS = "select view, count(*) as count from soak.effect group by view"


@dataclass(frozen=True)
class Plan:
    """An approval as the store has it; `view` is the one that it refreshes, and nobody else does; moments are of the wall clock."""

    id: str
    state: str
    view: str
    was_begun: bool
    said: str = ""
    deciders: tuple[str, ...] = ()
    expires_at: float = 0.0
    began_at: float = 0.0
    ended_at: float = 0.0


@dataclass(frozen=True)
class Incident:
    """An incident as the store has it."""

    id: str
    metric: str
    is_open: bool


@dataclass(frozen=True)
class Shown:
    """A card as it was posted or edited at some moment."""

    at: float
    key: str
    text: str


@dataclass(frozen=True)
class Found:
    """Everything, at one moment; `inbox` tells of each request whether it was answered, `stamps` by which time it was written down."""

    requests: Sequence[Request] = ()
    plans: Sequence[Plan] = ()
    effects: Mapping[str, int] = field(default_factory=dict[str, int])
    unsettled: Sequence[str] = ()
    posts: Sequence[str] = ()
    inbox: Mapping[str, bool] = field(default_factory=dict[str, bool])
    stamps: Mapping[str, float] = field(default_factory=dict[str, float])
    incidents: Sequence[Incident] = ()
    standing: Mapping[str, Sequence[Json]] = field(default_factory=dict[str, Sequence[Json]])
    shown: Sequence[Shown] = ()
    asides: Sequence[Aside] = ()
    actions: Mapping[str, int] = field(default_factory=dict[str, int])
    audit: AuditVerdict = field(default_factory=lambda: AuditVerdict(checked=0))


def look(ground: Ground) -> Found:
    """Look at everything now."""
    inbox = _rows(ground.store_url, INBOX)
    return Found(
        requests=requests(ground.there),
        plans=_plans(ground),
        effects={row["view"]: row["count"] for row in _rows(ground.database.admin_url, EFFECTS)},
        unsettled=[
            f"notice {row['id']} {row['state']} {row['why']} {row['body'][:300]}"
            for row in _rows(ground.store_url, NOTICES)
        ],
        posts=_posts(ground),
        inbox={row["id"]: row["answered_at"] is not None for row in inbox},
        stamps={row["id"]: _moment(row["at"]) for row in inbox},
        incidents=_incidents(ground),
        standing=_standing(ground),
        shown=_shown(ground.there),
        asides=asides(ground.there),
        actions={row["action"]: row["count"] for row in _rows(ground.store_url, ACTIONS)},
        audit=_audit(ground.store_url),
    )


def is_quiet(ground: Ground) -> bool:
    """Whether nothing is open, waits to be sent or to be answered, and Slack has nothing left to send again."""
    open_ = "select count(*) as count from approval where state in ('asked', 'approved', 'running', 'interrupted')"
    waiting = "select count(*) as count from notice where state = 'waiting' and lane <> 4"
    unanswered = "select count(*) as count from inbox where answered_at is null"
    if ground.there.house.hub.waiting or any(one.is_event for one in list(ground.there.house.hub.open.values())):
        return False
    return not any(_rows(ground.store_url, text)[0]["count"] for text in (open_, waiting, unanswered))


def tally(found: Found) -> Counter[str]:
    """How many plans ended how."""
    return Counter(plan.state for plan in found.plans)


def _plans(ground: Ground) -> list[Plan]:
    begun = {row["approval"] for row in _rows(ground.store_url, STEPS)}
    return [
        _plan(row["id"], row["state"], json.loads(row["body"]), row["id"] in begun)
        for row in _rows(ground.store_url, APPROVALS)
    ]


def _plan(id: str, state: str, body: Mapping[str, Any], has_steps: bool) -> Plan:  # noqa: A002, FBT001 - the record's own word
    return Plan(
        id,
        state,
        view=str(body["text"]).split()[1],
        was_begun=has_steps and bool(body.get("started_at")),
        said=str(body["outcome"]["said"]),
        deciders=tuple(one["person"] for one in body["decisions"]),
        expires_at=_moment(body["expires_at"]),
        began_at=_moment(body.get("started_at") or body.get("decided_at") or body["asked_at"]),
        ended_at=_moment(body.get("ended_at") or body["asked_at"]),
    )


def _posts(ground: Ground) -> list[str]:
    """What was posted for everybody, by Scout's own account."""
    bodies = [(row["id"], json.loads(row["body"])["message"]) for row in _rows(ground.store_url, POSTS)]
    return [name for name, message in bodies if message["kind"] == "post" and message["channel"]]


def _incidents(ground: Ground) -> list[Incident]:
    bodies = [(row["id"], json.loads(row["body"])) for row in _rows(ground.store_url, INCIDENTS)]
    return [Incident(name, body["metric"], body["level"] not in {"ok", "info"}) for name, body in bodies]


def _standing(ground: Ground) -> Mapping[str, Sequence[Json]]:
    """All messages of Scout's, by the key that Scout gave them."""
    workspace = ground.there.house.workspace
    found: dict[str, list[Json]] = {}
    for channel in list(workspace.channels):
        for message in workspace.messages(channel):
            key = _key(message.get("metadata"))
            if message.get("bot_id") and key:
                found.setdefault(key, []).append({**message, "channel": channel})
    return found


def _shown(there: PracticeSlack) -> list[Shown]:
    calls = [*there.calls("chat.postMessage"), *there.calls("chat.update")]
    return [
        Shown(one.at, _key(one.args.get("metadata")), str(one.args.get("text", "")))
        for one in calls
        if as_record(one.answer).get("ok")
    ]


def _key(metadata: object) -> str:
    told: object = json.loads(metadata) if isinstance(metadata, str) else metadata
    return str(as_record(as_record(told).get("event_payload")).get("key") or "")


def _moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


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
