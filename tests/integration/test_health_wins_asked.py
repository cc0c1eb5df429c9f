"""Health and wins asked of the practice database as the reading role."""

from pathlib import Path

import psycopg
from command_fixture import house_of

from bot.report import Fact, Level, Report
from practice.database import PracticeDatabase

EIGHT = 8


def wins(said: Report) -> dict[str, Fact]:
    """The wins by their names, those behind *More* too."""
    return {fact.name: fact for part in (*said.parts, *said.more) for fact in getattr(part, "facts", ())}


def test_health_asks_every_diagnosis_and_says_how_many(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(practice_database, tmp_path) as house:
        said = house.report("health")
    lines = [fact.name for part in (*said.parts, *said.more) for fact in getattr(part, "facts", ())]
    first = said.verdict.text.partition(": ")[0] if said.verdict.level in {Level.ALERT, Level.PAGE} else ""
    names = [*filter(None, [first]), *lines]
    assert len(names) == len(set(names))
    assert said.notes[0].startswith(f"{len(names)} diagnoses asked")
    assert said.notes[0].endswith("Not asked: pool (no pooler is configured).")
    assert {"status", "blocked", "indexes unused", "wraparound"} <= set(names)


def test_the_eight_wins_are_judged_with_evidence(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(practice_database, tmp_path) as house:
        said = house.report("wins")
    judged = wins(said).values()
    assert len(judged) == EIGHT
    assert all("; effect " in win.note for win in judged)
    assert {win.value for win in judged} <= {"yes", "no", "not known"}


def test_statistics_are_not_called_stale_because_the_counters_were_lost(
    own_database: PracticeDatabase, tmp_path: Path
) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("create table scout.days (at date) partition by range (at)")
        admin.execute("create table scout.days_rest partition of scout.days default")
        admin.execute("insert into scout.days select current_date from generate_series(1, 100)")
        admin.execute("vacuum analyze")
        admin.execute("select pg_stat_reset()")
    with house_of(own_database, tmp_path) as house:
        judged = wins(house.report("wins"))
    assert judged["Update table statistics"].value == "no", judged
    assert judged["Increase work_mem"].value != "yes"


def test_a_partitioned_table_that_was_never_analyzed_is_stale(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("vacuum analyze")
        admin.execute("create table scout.days (at date) partition by range (at)")
        admin.execute("create table scout.days_rest partition of scout.days default")
        admin.execute("insert into scout.days select current_date from generate_series(1, 100)")
        admin.execute("analyze scout.days_rest")
        admin.execute("create table scout.never_filled (id int)")
    with house_of(own_database, tmp_path) as house:
        judged = wins(house.report("wins"))
    assert judged["Update table statistics"].note.startswith(
        "1 of 14 tables never analyzed, or changed by a tenth since, most of all days; "
    )
