"""What the composed PostgreSQL runs on its first day gives Scout the rights that it needs, and the passwords of the files."""

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from bot.database import capabilities
from practice.database import PracticeDatabase

SCRIPT = Path(__file__).parents[2] / "deploy" / "compose" / "first-start.sql"
PASSWORDS = {"app_password": "of-the-app", "look_password": "of-the-'look", "mend_password": "of-the-mend"}


def psql() -> str:
    found = shutil.which("psql")
    if found is None:
        pytest.skip("psql is not installed (Debian package postgresql-client)")
    return found


def first_start(admin_url: str, secrets: Path) -> str:
    for name, password in PASSWORDS.items():
        (secrets / name).write_text(password, encoding="utf-8")
    with psycopg.connect(admin_url, autocommit=True) as admin:
        admin.execute("alter role scout_owner rename to owner_of_practice")  # a server of its own has no such role yet
        admin.execute("create database shop")
    url = make_conninfo(admin_url, dbname="shop")
    environment = {"PATH": os.environ["PATH"], "SECRETS": str(secrets)}
    subprocess.run([psql(), "--no-psqlrc", "--quiet", "--file", SCRIPT, url], env=environment, check=True, timeout=60)
    return url


def test_scout_can_look_and_mend_after_the_first_start(own_database: PracticeDatabase, tmp_path: Path) -> None:
    url = first_start(own_database.admin_url, tmp_path)
    look = make_conninfo(url, user="scout_look", password=PASSWORDS["look_password"])
    mend = make_conninfo(url, user="scout_mend", password=PASSWORDS["mend_password"])
    app = make_conninfo(url, user="shop_app", password=PASSWORDS["app_password"])
    with psycopg.connect(app, autocommit=True) as shop:
        shop.execute("set role scout_owner")
        shop.execute("create table scout.bronze_transactions_raw (id bigint primary key, created_at timestamptz)")
    found = capabilities("shop", look, "scout")
    assert (found.reads_all_stats, found.readable, found.relations, found.pgss_loaded) == (True, 1, 1, True)
    able = capabilities("shop", mend, "scout")
    assert (able.signals, able.owned) == (True, 1)
    with psycopg.connect(look, autocommit=True) as reader, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reader.execute("create table scout.other (a int)")


def test_no_password_is_kept_where_statements_are_counted(own_database: PracticeDatabase, tmp_path: Path) -> None:
    url = first_start(own_database.admin_url, tmp_path)
    with psycopg.connect(url) as admin:
        kept = admin.execute("select query from pg_stat_statements").fetchall()
    log = own_database.log.read_text(encoding="utf-8")
    assert [text for (text,) in kept if any(password in text for password in PASSWORDS.values())] == []
    assert [password for password in PASSWORDS.values() if password in log] == []
