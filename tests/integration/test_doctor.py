"""The doctor: what a person reads, with the next step, for both logins and the store."""

import json
from pathlib import Path

import psycopg
import pytest
from pgbouncer import running_bouncer
from psycopg.conninfo import make_conninfo

from bot.database import capabilities, role_script
from bot.doctor import examine, roles
from bot.registry import discover
from bot.settings import load
from practice.database import PracticeDatabase

METRICS = discover("commands").metrics
NO_SLACK = {"SLACK_API_URL": "http://127.0.0.1:9/api/", "SLACK_BOT_TOKEN": "xoxb-none", "SLACK_APP_TOKEN": "xapp-none"}


def findings(capsys: pytest.CaptureFixture[str], tmp_path: Path, **environment: str) -> dict[str, list[str]]:
    """What the doctor says, by what it is about."""
    examine(
        load(NO_SLACK | {"SCOUT_STORE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}"} | environment),
        METRICS,
        as_json=True,
    )
    said: dict[str, list[str]] = {}
    for one in json.loads(capsys.readouterr().out):
        said.setdefault(one["what"], []).append(f"{one['how']}: {one['said']}")
    return said


def test_a_well_kept_database_is_ok_for_both_logins(
    practice_database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = findings(
        capsys, tmp_path, DATABASE_URL=practice_database.read_url, DATABASE_OPERATE_URL=practice_database.operate_url
    )
    assert [line.split(":")[0] for line in said["database scout"]] == ["ok"]
    assert said["repairs on scout"] == ["ok: as scout_operate, who may do all of them"]


def test_what_was_learned_is_told_in_a_line_with_the_way_to_the_role_script(
    practice_database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (line,) = findings(capsys, tmp_path, DATABASE_URL=practice_database.read_url)["capabilities of scout"]
    assert line.startswith("ok: primary, no pooler between; holds pg_monitor, pg_read_all_stats; reads ")
    assert "pg_stat_statements in public" in line
    assert "`scout doctor --roles scout` prints the whole role script for PostgreSQL" in line


def test_a_slack_that_does_not_answer_is_a_failure_and_the_rest_is_examined_all_the_same(
    practice_database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = findings(capsys, tmp_path, DATABASE_URL=practice_database.read_url)
    assert said["Slack"][0].startswith("failure: ")
    assert said["database scout"][0].startswith("ok: PostgreSQL")
    assert "nobody" in said["approvers"][0]


def test_hidden_sessions_are_a_failure_with_the_grant(
    practice_database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with psycopg.connect(practice_database.app_url):
        said = findings(capsys, tmp_path, DATABASE_URL=practice_database.report_url)
    assert any("grant pg_monitor to scout_report;" in line for line in said["database scout"])


def test_an_operator_that_owns_nothing_is_told_what_it_lacks(
    practice_database: PracticeDatabase, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    url = practice_database.read_url
    said = findings(capsys, tmp_path, DATABASE_URL=url, DATABASE_OPERATE_URL=url)
    assert "grant pg_signal_backend to scout_read;" in said["repairs on scout"][0]


def test_a_password_is_in_no_finding(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    examine(
        load(
            NO_SLACK
            | {
                "SCOUT_STORE_URL": f"sqlite:///{tmp_path / 'store.sqlite3'}",
                "DATABASE_URL": "postgresql://me:TopSecret123@127.0.0.1:9/scout",
            }
        ),
        METRICS,
    )
    assert "TopSecret123" not in capsys.readouterr().out


def test_a_pooler_in_the_way_is_seen(practice_database: PracticeDatabase) -> None:
    with running_bouncer(practice_database.read_url) as pool:
        found = capabilities("scout", pool.url("app", "app", "scout"), "scout")
    assert found.pooled
    assert not capabilities("scout", practice_database.read_url, "scout").pooled


def test_the_role_script_runs_and_makes_logins_that_the_doctor_likes(own_database: PracticeDatabase) -> None:
    found = capabilities("scout", own_database.read_url, "scout")
    script = role_script(found, "scout", "new_read", "new_operate")
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute(script.encode())
        admin.execute("alter role new_read password 'w'")
        admin.execute("alter role new_operate password 'w'")
    read = capabilities("scout", _as(own_database, "new_read"), "scout")
    operate = capabilities("scout", _as(own_database, "new_operate"), "scout")
    assert read.reads_all_stats
    assert (read.readable, read.owned) == (read.relations, 0)
    assert operate.signals
    assert operate.owned == operate.relations


def test_no_script_makes_a_login_a_superuser_and_the_one_for_public_runs(own_database: PracticeDatabase) -> None:
    with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
        admin.execute("create table public.of_a_superuser (id int)")
        found = capabilities("scout", own_database.read_url, "public")
        admin.execute(role_script(found, "public", "new_read", "new_operate").encode())
        can = admin.execute("select pg_has_role('new_operate', 'postgres', 'member')").fetchone()
        assert can == (False,)
        admin.execute("alter table public.of_a_superuser owner to scout_owner")
        found = capabilities("scout", own_database.read_url, "public")
        admin.execute(role_script(found, "public", "other_read", "other_operate").encode())
        assert admin.execute("select pg_has_role('other_operate', 'scout_owner', 'member')").fetchone() == (True,)


def test_the_script_is_printed_for_a_named_database(
    practice_database: PracticeDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    assert roles(load({"DATABASE_URL": practice_database.read_url}), "scout") == 0
    assert 'grant pg_monitor to "scout_read";' in capsys.readouterr().out


def _as(database: PracticeDatabase, role: str) -> str:
    return make_conninfo(database.read_url, user=role, password="w")
