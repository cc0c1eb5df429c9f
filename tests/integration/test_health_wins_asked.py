"""Health and wins asked of the practice database as the reading role."""

from pathlib import Path

from command_fixture import house_of, table

from bot.report import Level
from practice.database import PracticeDatabase

EIGHT = 8


def test_health_asks_every_diagnosis_and_says_how_many(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(practice_database, tmp_path) as house:
        said = house.report("health")
    lines = [fact for part in (*said.parts, *said.more) for fact in getattr(part, "facts", ())]
    assert len(lines) == len({line.name for line in lines})
    assert said.notes[0].startswith(f"{len(lines)} diagnoses asked")
    assert {"status", "blocked", "indexes unused", "wraparound"} <= {line.name for line in lines}
    assert next(line for line in lines if line.name == "pool").level is not Level.OK


def test_the_eight_wins_are_judged_with_evidence(practice_database: PracticeDatabase, tmp_path: Path) -> None:
    with house_of(practice_database, tmp_path) as house:
        said = house.report("wins")
    rows = table(said).rows
    assert len(rows) == EIGHT
    assert all(row[2] for row in rows)
    assert {row[0] for row in rows} <= {"yes", "no", "not known"}
