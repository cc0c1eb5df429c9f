"""What the answers and cards look like, kept as JSON. Renew after a wanted change with `SCOUT_RENEW_GOLDEN=1 pytest tests/unit/test_blocks_golden.py`."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.alert import Alert, Findings, Gap
from bot.approval import Approval, Outcome, State, StepRecord, StepState
from bot.blocks import Around, Drawn, draw_approval, draw_incident, draw_report
from bot.command import Check, Hush, Measurement, Missing, Plan, Risk, Session, Sql, Step, Value
from bot.report import Button, Chart, Code, Column, Fact, Facts, Level, Report, Series, Table, Text, Unit, Verdict
from practice.slack.limits import message_problems, message_size_error

GOLDEN = Path(__file__).parents[1] / "golden"
AT = datetime(2026, 10, 2, 3, 14, tzinfo=UTC)

STATUS = Report(
    title="Status of main",
    verdict=Verdict(level=Level.PAGE, text="2 of 8 objectives are broken: data is 2 h 5 min old, queries pile up"),
    parts=(
        Facts(
            title="Objectives",
            facts=(
                Fact(name="Data freshness", value="2 h 5 min", level=Level.PAGE, note="target 5 min"),
                Fact(name="Query p95", value="1.8 s", level=Level.ALERT, note="target 1 s, alert above 1.5 s"),
                Fact(name="Cache hit ratio", value="99.2 %", level=Level.OK),
                Fact(name="API p95", value="no data", level=Level.NO_DATA, note="Prometheus does not answer"),
                Fact(name="Connections", value="42 of 100"),
            ),
        ),
        Table(
            title="Longest at work",
            columns=(
                Column(title="pid"),
                Column(title="for", unit=Unit.SECONDS),
                Column(title="doing"),
            ),
            rows=((4711, 724.2, "select * from gold_sales where a < $1 & b"), (4712, 3.4, None)),
            left_out=3,
        ),
        Table(
            title="Slow statements",
            columns=(Column(title="statement", unit=Unit.CODE), Column(title="mean", unit=Unit.MILLISECONDS)),
            rows=tuple((f"analyze `t{number}` -- <!channel>", number * 310.5) for number in range(1, 8)),
        ),
        Text(text="A *lock queue* waits behind pid 4711."),
        Code(title="What it runs", text="select count(*)\n  from gold_sales where note = '<@U1>'"),
    ),
    more=(Text(text="More on request"),),
    notes=("main, PostgreSQL 18.1, 3 ms; Prometheus was not asked",),
    buttons=(
        Button(label="Refresh all", text="refresh all on main"),
        Button(label="Emergency", text="emergency on main", danger=True),
    ),
)

HIT = Session(
    pid=4711,
    role="app_rw",
    application="etl",
    state="active",
    age_s=724.2,
    doing="update gold_sales set …",
    why="blocks 7 others",
)
SPARED = Session(pid=99, role="replicator", state="streaming", age_s=86_400, why="replication is never ended")


def step(number: int, *hits: Session) -> Step:
    statement = f"do $$ begin /* ends pid {4710 + number}, started at … */ end $$"
    return Step(
        title=f"End pid {4710 + number}",
        do=Sql(statement=statement),
        locks="none",
        timeout_s=10,
        hits=hits,
        check=Check(statement="select 1"),
    )


PLAN = Plan(
    summary="End 1 session that holds up 7 others",
    risk=Risk.DISRUPT,
    steps=(step(1, HIT), step(2), step(3)),
    spared=(SPARED,),
    notes=("Sessions are named by pid and start, so a new one cannot be hit.",),
)
ASKED = Approval(
    id="0190c0de",
    text="emergency on main",
    command="emergency",
    database="main",
    plan=PLAN,
    seal="3f9a1c2b4d5e" + "0" * 52,
    requester="U01ASK",
    channel="C01OPS",
    asked_at=AT,
    expires_at=AT + timedelta(minutes=15),
)


def measured(value: float, level: Level) -> tuple[Measurement, ...]:
    gone = Measurement(
        name="api_p95", measured=Missing(reason="Prometheus does not answer"), level=Level.NO_DATA, at=AT
    )
    return Measurement(name="waiting", measured=Value(value=value), level=level, at=AT), gone


def record(number: int, state: StepState, said: str = "") -> StepRecord:
    over = None if state is StepState.RUNNING else AT + timedelta(seconds=61 + number)
    return StepRecord(
        approval=ASKED.id, number=number, state=state, started_at=AT + timedelta(seconds=60), ended_at=over, said=said
    )


DONE = record(0, StepState.DONE, "pid 4711 is gone")
AFTER: dict[str, object] = {
    "decider": "U02YES",
    "decided_at": AT + timedelta(seconds=59),
    "started_at": AT + timedelta(seconds=60),
}
ENDED = AFTER | {"ended_at": AT + timedelta(seconds=70)}
COMPARED = Outcome(said="The queue is gone.", before=measured(7, Level.PAGE), after=measured(0, Level.OK))
APPROVALS: dict[str, tuple[dict[str, object], list[StepRecord]]] = {
    "asked": ({}, []),
    "asked-alone": ({"own_allowed": True}, []),
    "asked-mend": ({"plan": PLAN.model_copy(update={"risk": Risk.MEND})}, []),
    "asked-sixty-steps": ({"plan": PLAN.model_copy(update={"steps": PLAN.steps * 20})}, []),
    "approved": ({"state": State.APPROVED} | AFTER, []),
    "running": ({"state": State.RUNNING} | AFTER, [DONE, record(1, StepState.RUNNING)]),
    "stopping": ({"state": State.RUNNING, "stop_asked_by": "U03STOP"} | AFTER, [DONE, record(1, StepState.RUNNING)]),
    "done": (
        {"state": State.DONE, "outcome": COMPARED} | ENDED,
        [DONE, record(1, StepState.SKIPPED, "already gone"), record(2, StepState.DONE, "pid 4713 is gone")],
    ),
    "done-but-one": (
        {"state": State.DONE} | ENDED,
        [DONE, record(1, StepState.FAILED, "not allowed"), record(2, StepState.DONE)],
    ),
    "failed": (
        {"state": State.FAILED, "outcome": Outcome(said="Step 2 failed: no right to end it.")} | ENDED,
        [DONE, record(1, StepState.FAILED, "no right to end it")],
    ),
    "stopped": (
        {"state": State.STOPPED, "stop_asked_by": "U03STOP"} | ENDED,
        [DONE, record(1, StepState.FAILED, "stopped before it was through")],
    ),
    "interrupted": (
        {"state": State.INTERRUPTED, "outcome": Outcome(said="Scout was ended in the middle of it.")} | AFTER,
        [DONE, record(1, StepState.UNKNOWN, "pid 4712 is still there")],
    ),
    "denied": ({"state": State.DENIED, "decider": "dba@terminal", "decided_at": AT + timedelta(seconds=59)}, []),
    "expired": ({"state": State.EXPIRED}, []),
    "void": ({"state": State.VOID, "difference": ("End pid 5000: pid 5000 (app_rw, active)",)} | AFTER, []),
}
OPEN = Alert(
    database="main",
    metric="freshness",
    level=Level.PAGE,
    worst=Level.PAGE,
    since=AT,
    opened_at=AT - timedelta(minutes=2),
    incident="main.freshness.1",
    last=Measurement(
        name="freshness", measured=Value(value=125, note="bronze_transactions_raw"), level=Level.PAGE, at=AT
    ),
)
NO_DATA = Measurement(
    name="freshness", measured=Missing(reason="the database does not answer"), level=Level.NO_DATA, at=AT
)
INCIDENTS: dict[str, dict[str, object]] = {
    "page": {},
    "alert": {"level": Level.ALERT, "worst": Level.PAGE},
    "no-data": {"level": Level.NO_DATA, "worst": Level.NO_DATA, "last": NO_DATA},
    "acknowledged": {"acknowledged_by": "U02YES", "acknowledged_at": AT},
    "silenced": {},
    "flapping": {
        "flapping": True,
        "turns": (AT, AT + timedelta(minutes=9)),
        "cause": "reachable",
        "gaps": (Gap(start=AT, end=AT + timedelta(minutes=8)),),
    },
    "recovered": {
        "level": Level.OK,
        "closed_at": AT + timedelta(minutes=31),
        "last": Measurement(name="freshness", measured=Value(value=3), level=Level.OK, at=AT + timedelta(minutes=31)),
    },
}
AROUND = {
    "page": Around(
        findings=Findings(
            at=AT,
            answers=(
                Report(title="Blocked", verdict=Verdict(level=Level.ALERT, text="pid 7 (app) holds up 3 sessions")),
                Report(title="Slow", verdict=Verdict(level=Level.INFO, text="select a from <t> takes 80 %")),
            ),
        ),
        chart=Chart(
            title="Data freshness", labels=("03:10", "03:14"), unit=Unit.MINUTES, series=(Series(name="main", values=(59, 125)),)
        ),
    ),
    "silenced": Around(silence=Hush(
        id="s1", database="main", metric="freshness", since=AT, until=AT + timedelta(hours=1), person="U01ASK", why="moving <disks>",
    )),
    "recovered": Around(done=("'refresh all' by Ana with Ben: done",)),
}  # fmt: skip


def settled(name: str, drawn: Drawn) -> None:
    message = {"text": drawn.text, "blocks": drawn.blocks}
    assert message_problems(message) == []
    assert message_size_error(message) is None
    path = GOLDEN / f"{name}.json"
    now = json.dumps(message, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("SCOUT_RENEW_GOLDEN"):
        path.write_text(now, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == now


def test_the_status_report_looks_as_it_did() -> None:
    settled(
        "report-status",
        draw_report(STATUS, share="n-1", more="status more=1 on main", by="U01ASK", mention=("S01DBA",)),
    )


def test_the_status_report_with_all_its_parts_looks_as_it_did() -> None:
    settled("report-status-more", draw_report(STATUS, show_more=True, by="shared by <@U01ASK>"))


@pytest.mark.parametrize("state", APPROVALS)
def test_the_card_of_an_approval_looks_as_it_did(state: str) -> None:
    changes, records = APPROVALS[state]
    settled(f"approval-{state}", draw_approval(ASKED.model_copy(update=changes), records, AT + timedelta(seconds=68)))


@pytest.mark.parametrize("state", ["running", "done", "interrupted"])
def test_the_card_without_new_blocks_looks_as_it_did(state: str) -> None:
    changes, records = APPROVALS[state]
    drawn = draw_approval(ASKED.model_copy(update=changes), records, AT + timedelta(seconds=68), native=False)
    settled(f"approval-{state}-lines", drawn)


@pytest.mark.parametrize("state", INCIDENTS)
def test_the_card_of_an_incident_looks_as_it_did(state: str) -> None:
    alert = OPEN.model_copy(update=INCIDENTS[state])
    around = AROUND.get(state, Around())
    repairs = [Button(label="Refresh all", text="refresh all on main")]
    lines = "alert above 60 min, page above 2 h"
    settled(f"incident-{state}", draw_incident(alert, "Data freshness", Unit.MINUTES, lines, repairs, around))
