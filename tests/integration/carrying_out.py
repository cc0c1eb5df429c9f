"""A plan carried out as a run does it, stopped and killed."""

import threading

import psycopg
import pytest

from bot.command import Plan, Sql, Step
from bot.database import Stopped
from bot.errors import DatabaseDown, ScoutError
from tests.integration.command_fixture import House


def carry_out(house: House, plan: Plan) -> list[str]:
    """What became of each step; a required one that fails ends it, as in a run."""
    said: list[str] = []
    for step in plan.steps:
        try:
            said.append(house.carry_out(step))
        except (ScoutError, AssertionError) as error:
            said.append(f"failed: {type(error).__name__}")
            if step.required:
                break
    return said


def stop_in_the_middle(house: House, step: Step, seconds: float = 0.5) -> None:
    """Somebody presses Stop while a step is at work."""
    assert isinstance(step.do, Sql)
    with house.database.operate("scout run test/1") as hand:
        stop = threading.Timer(seconds, hand.cancel)
        stop.start()
        with pytest.raises(Stopped):
            hand.run(step.do.statement, step.timeout_s, step.lock_timeout_s)
        stop.join()


def kill_in_the_middle(house: House, step: Step, boss: psycopg.Connection, seconds: float = 0.5) -> None:
    """The session that does a step is ended from outside."""
    assert isinstance(step.do, Sql)
    with house.database.operate("scout run test/1") as hand:
        kill = threading.Timer(seconds, boss.execute, ["select pg_terminate_backend(%s)", [hand.backend_pid]])
        kill.start()
        with pytest.raises(DatabaseDown):
            hand.run(step.do.statement, step.timeout_s, 60)
        kill.join()


def hasty(plan: Plan, seconds: float) -> Plan:
    """The same plan with less patience for locks."""
    steps = tuple(step.model_copy(update={"lock_timeout_s": seconds}) for step in plan.steps)
    return plan.model_copy(update={"steps": steps})
