"""What may be given to whom, and how much memory that could take: pure."""

from pathlib import Path

import pytest

from bot.errors import BadInput, Cannot
from bot.parse import arguments, usage
from bot.registry import entry
from commands.tune import Role, Setting, Wanted, choose, command, memory, proposal

ROOT = Path(__file__).parents[2]
APP = Role(
    role="app",
    logs_in=True,
    superuser=False,
    predefined=False,
    members=(),
    sessions=12,
    most_sessions=120,
    work_mem=4 * 2**20,
    workers=2,
    most_workers=8,
    hash_factor=2,
    shared_buffers=2**27,
    temp_files=3,
    temp_bytes=2**30,
    needed="grant app to OPERATOR with admin option",
)


def setting(name: str = "work_mem", value: str = "256MB") -> Setting:
    return Setting(name=name, value=value, was=None, statement="set it", undo="reset it", given="g", taken_back="t")


def test_the_usage_says_what_is_needed() -> None:
    assert usage(entry(command)) == "/scout tune ROLE [WORK_MEM] [PARALLEL]"


@pytest.mark.parametrize(
    ("typed", "meant"), [("64MB", "64MB"), ("64mb", "64MB"), ("1gb", "1GB"), ("1024KB", "1024kB"), ("", "")]
)
def test_an_amount_is_written_as_postgresql_writes_it(typed: str, meant: str) -> None:
    assert Wanted(role="app", work_mem=typed).work_mem == meant


@pytest.mark.parametrize(
    "given",
    [
        {"work_mem": "64"},
        {"work_mem": "512kB"},
        {"work_mem": "2GB"},
        {"work_mem": "64MB; drop table x"},
        {"work_mem": "-1MB"},
        {"work_mem": "٦٤MB"},
        {"parallel": "9"},
        {"parallel": "-1"},
        {"parallel": "many"},
    ],
)
def test_what_is_not_sane_is_refused_with_the_usage(given: dict[str, str]) -> None:
    with pytest.raises(BadInput, match=r"Usage: `/scout tune ROLE"):
        arguments(entry(command), {"role": "app", **given})


def test_the_worst_case_is_that_of_the_runbook_notes() -> None:
    role = APP.model_copy(update={"hash_factor": 1.0})
    assert role.worst(120, 256 * 2**20, 2) == 180 * 2**30
    said = memory(APP, {"work_mem": "256MB"})
    assert "120 sessions x 2 sorts or hashes x 3 processes x 256 MB x 2 (hash_mem_multiplier) = 360 GB" in said
    assert "with the 12 sessions of now 36 GB" in said
    assert "Before: 6 GB." in said


def test_more_workers_count_in_the_worst_case() -> None:
    assert "x 5 processes x 4 MB" in memory(APP, {"max_parallel_workers_per_gather": "4"})


def test_the_plan_has_the_undo_and_the_right_that_is_needed() -> None:
    plan = proposal(APP, [setting(), setting("max_parallel_workers_per_gather", "4")])
    assert [step.title for step in plan.steps] == [
        "Set work_mem of app to 256MB",
        "Set max_parallel_workers_per_gather of app to 4",
    ]
    assert plan.notes.count("Undo: `reset it;`") == 2
    assert "`grant app to OPERATOR with admin option;`" in plan.notes[3]


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"superuser": True}, "a superuser"),
        ({"predefined": True}, "belongs to PostgreSQL"),
        ({"logs_in": False, "members": ("ana", "ben")}, "name one of its members: ana, ben"),
        ({"logs_in": False}, "does not log in"),
    ],
)
def test_who_must_be_left_alone_is_refused_with_the_reason(update: dict[str, object], reason: str) -> None:
    with pytest.raises(Cannot, match=reason):
        choose([APP.model_copy(update=update)], "app")


def test_a_protected_role_is_left_alone_and_an_unknown_one_gets_the_nearest() -> None:
    with pytest.raises(Cannot, match="a protected role"):
        choose([APP], "app", ("app",))
    with pytest.raises(BadInput, match="Did you mean 'app'"):
        choose([APP], "ap")


def test_the_settings_of_the_server_are_offered_nowhere() -> None:
    files = [file for folder in ("bot", "commands") for file in (ROOT / folder).rglob("*.sql")]
    assert len(files) > 20
    assert [file.name for file in files if "alter system" in file.read_text(encoding="utf-8").lower()] == []
