"""A role's settings in one database are given, read back from the catalog, and taken away again."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import House, house_of

from bot.command import Risk, Sql, Step
from bot.errors import BadInput, Cannot
from bot.report import Level
from practice.database import PracticeDatabase

ODD = "Odd \"role' %I"


@pytest.fixture
def house(own_database: PracticeDatabase, tmp_path: Path) -> Generator[House]:
    with house_of(own_database, tmp_path) as opened:
        yield opened


@pytest.fixture
def root(own_database: PracticeDatabase) -> Generator[psycopg.Connection]:
    with psycopg.connect(own_database.admin_url, autocommit=True) as connection:
        yield connection


def allow(root: psycopg.Connection, role: str) -> None:
    """Give the operator what the plan says it needs."""
    root.execute("alter role scout_operate createrole")
    root.execute(f"grant {role} to scout_operate with admin option".encode())


def sql_of(step: Step | None) -> str:
    assert step is not None
    assert isinstance(step.do, Sql)
    return step.do.statement


def shown(url: str, name: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("select current_setting(%s)", [name]).fetchone()
    return str(row[0]) if row else ""


def test_new_sessions_of_the_role_work_with_it_and_the_undo_takes_it_away(
    house: House, root: psycopg.Connection, own_database: PracticeDatabase
) -> None:
    allow(root, "scout_app")
    plan = house.plan("tune work_mem=64mb max_parallel_workers_per_gather=4 for scout_app")
    assert plan.risk is Risk.MEND
    assert [house.check(step) for step in plan.steps] == [(False, "not set"), (False, "not set")]
    assert [house.carry_out(step) for step in plan.steps] == [
        "work_mem = 64MB",
        "max_parallel_workers_per_gather = 4",
    ]
    assert shown(own_database.app_url, "work_mem") == "64MB"
    assert shown(own_database.app_url, "max_parallel_workers_per_gather") == "4"
    assert shown(own_database.report_url, "work_mem") == "4MB"
    again = house.report("tune scout_app 64MB 4")
    assert again.verdict.level is Level.OK
    assert [f"Undo: `{sql_of(step.undo[0])};`" for step in plan.steps] == [
        note for note in plan.notes if note.startswith("Undo")
    ]
    assert [house.carry_out(undo) for step in plan.steps for undo in step.undo] == ["not set", "not set"]
    assert shown(own_database.app_url, "work_mem") == "4MB"


def test_the_undo_of_a_change_is_the_value_there_was(house: House, root: psycopg.Connection) -> None:
    root.execute("""create role "Odd ""role' %I" login""")
    root.execute("""alter role "Odd ""role' %I" in database scout set work_mem = '16MB\'""")
    allow(root, '''"Odd ""role' %I"''')
    plan = house.plan("""tune 'Odd "role'"'"' %I' work_mem=32MB""")
    assert plan.steps[0].title == f"Set work_mem of {ODD} to 32MB"
    assert """Undo: `alter role "Odd ""role' %I" in database scout set work_mem = '16MB';`""" in plan.notes
    multiplier = root.execute("show hash_mem_multiplier").fetchone() or ("",)  # 1 on PostgreSQL 14, 2 from 15 on
    assert f"x 32 MB x {multiplier[0]} (hash_mem_multiplier)" in plan.notes[0]
    assert house.carry_out(plan.steps[0]) == "work_mem = 32MB"
    (undo,) = plan.steps[0].undo
    assert undo.title == f"Set work_mem of {ODD} back to 16MB"
    assert house.carry_out(undo) == "work_mem = 16MB"


def test_what_the_role_has_elsewhere_is_the_before_and_a_limit_of_connections_counts(
    house: House, root: psycopg.Connection
) -> None:
    root.execute("alter role scout_report connection limit 5")
    root.execute("alter role scout_report set work_mem = '8192'")
    root.execute("alter database scout set work_mem = '32MB'")
    (note, *_) = house.plan("tune scout_report parallel=0").notes
    assert note.startswith("Memory, worst case: 5 sessions x 2 sorts or hashes x 1 process x 8 MB x ")


def test_without_the_right_it_is_refused_and_nothing_changes(house: House, own_database: PracticeDatabase) -> None:
    plan = house.plan("tune scout_app work_mem=64MB")
    assert "needs createrole" in plan.notes[2]
    assert "`grant scout_app to OPERATOR with admin option;`" in plan.notes[2]
    with pytest.raises(Cannot, match="may not do this"):
        house.carry_out(plan.steps[0])
    assert shown(own_database.app_url, "work_mem") == "4MB"


def test_a_plan_made_again_binds_the_same_statement(house: House) -> None:
    first, second = (house.plan("tune scout_app work_mem=64MB").steps[0] for _ in range(2))
    assert first.binding == second.binding
    assert isinstance(first.do, Sql)
    assert first.do.statement == "alter role scout_app in database scout set work_mem = '64MB'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tune scout_ap work_mem=64MB", "Did you mean 'scout_app'"),
        ("tune scout_app", "Say what to set"),
        ("tune work_mem=64MB", "Usage"),
        ("tune scout_app work_mem=64", "from 1MB to 1GB"),
    ],
)
def test_a_mistake_gets_a_sentence(house: House, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        house.ask(text)


@pytest.mark.parametrize("role", ["postgres", "pg_monitor"])
def test_a_superuser_and_a_role_of_postgresql_are_left_alone(house: House, role: str) -> None:
    with pytest.raises(Cannot, match=f"I leave {role} as it is"):
        house.ask(f"tune {role} work_mem=64MB")
