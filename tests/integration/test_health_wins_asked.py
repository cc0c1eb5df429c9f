"""Health and wins asked of the practice database as the reading role."""

from pathlib import Path

import psycopg
from command_fixture import house_of, table

from bot.report import Level
from practice.database import PracticeDatabase

EIGHT = 8


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
    rows = table(said).rows
    assert len(rows) == EIGHT
    assert all(row[2] for row in rows)
    assert {row[0] for row in rows} <= {"yes", "no", "not known"}


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
        rows = {str(row[1]): row for row in table(house.report("wins")).rows}
    applies, _, evidence, _ = rows["Update table statistics"]
    assert applies == "no", evidence
    assert rows["Increase work_mem"][0] != "yes"


def test_a_partitioned_table_that_was_never_analyzed_is_stale(own_database: PracticeDatabase, tmp_path: Path) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("vacuum analyze")
        admin.execute("create table scout.days (at date) partition by range (at)")
        admin.execute("create table scout.days_rest partition of scout.days default")
        admin.execute("insert into scout.days select current_date from generate_series(1, 100)")
        admin.execute("analyze scout.days_rest")
        admin.execute("create table scout.never_filled (id int)")
    with house_of(own_database, tmp_path) as house:
        rows = {str(row[1]): row for row in table(house.report("wins")).rows}
    assert rows["Update table statistics"][2] == (
        "1 of 14 tables never analyzed, or changed by a tenth since, most of all days"
    )
