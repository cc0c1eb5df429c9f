"""Some minutes after a run its thread tells what the service levels are now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.approval import Approval, Outcome, State
from bot.command import Measurement, Metric, Missing, Plan, PromQuery, Risk, Value
from bot.report import Level, Table, Unit
from bot.runner.later import is_due, nothing, report

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
LATENCY = Metric[Any](
    name="p95", title="Query latency", unit=Unit.SECONDS, alert=1, page=2, source=PromQuery("p95", ""), slo=True
)


def measured(value: float | None, level: Level = Level.OK) -> Measurement:
    found = Missing(reason="no traffic") if value is None else Value(value=value)
    return Measurement(name="p95", measured=found, level=level, at=AT)


RUN = Approval(
    id="a1", text="emergency", command="emergency", database="main", seal="5", requester="U1", channel="C1", asked_at=AT,
    expires_at=AT, started_at=AT, ended_at=AT, state=State.DONE, plan=Plan(summary="s", risk=Risk.DISRUPT, steps=(), look_again_s=300),
    outcome=Outcome(before=(measured(5, Level.PAGE),), after=(measured(1.5, Level.ALERT),)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("minutes", "due"), [(0, False), (4.9, False), (5, True), (60, True), (65, False), (10_000, False)]
)
def test_it_is_looked_when_the_time_has_come_and_not_a_day_later(minutes: float, due: bool) -> None:  # noqa: FBT001 - a table's column
    assert is_due(RUN, AT + timedelta(minutes=minutes)) is due


def test_a_run_that_never_began_or_wants_no_second_look_gets_none() -> None:
    later = AT + timedelta(minutes=6)
    assert not is_due(RUN.model_copy(update={"started_at": None}), later)
    assert not is_due(RUN.model_copy(update={"plan": RUN.plan.model_copy(update={"look_again_s": 0})}), later)


def test_before_after_and_now_stand_side_by_side() -> None:
    answer = report(RUN, [(LATENCY, measured(0.4))])
    (part,) = answer.parts
    assert isinstance(part, Table)
    assert part.rows == (("Query latency", "5 s (page)", "1.5 s (alert)", "400 ms"),)
    assert answer.verdict.level is Level.OK
    assert answer.verdict.text == "5 min after 'emergency': every service level that is measured is well"


def test_what_is_bad_or_unknown_is_never_called_well() -> None:
    assert report(RUN, [(LATENCY, measured(None, Level.NO_DATA))]).verdict.level is Level.NO_DATA
    answer = report(RUN, [(LATENCY, measured(3, Level.PAGE))])
    assert answer.verdict.level is Level.PAGE
    assert answer.verdict.text == "5 min after 'emergency': not well: Query latency"
    assert nothing(RUN, "main is down.").verdict.level is Level.NO_DATA
    assert report(RUN, []).verdict.level is Level.NO_DATA
