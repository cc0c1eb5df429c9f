"""The role that looks cannot write, whatever it sets or calls: proved against the server for the role that the script makes."""

import re
import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bot.database import capabilities, role_script
from practice.database import PracticeDatabase
from practice.installation import find_installation

READ, OPERATE = "role_read", "role_operate"
WRITES = {
    "insert": "insert into scout.dim_store select * from scout.dim_store",
    "update": "update scout.dim_store set store_id = store_id",
    "delete": "delete from scout.dim_store",
    "truncate": "truncate scout.dim_store cascade",
    "merge": "merge into scout.dim_store as d using scout.dim_store as s on false when not matched then do nothing when matched then delete",
    "a cte that deletes": "with gone as (delete from scout.dim_store returning 1) select count(*) from gone",
    "create table": "create table scout.mine (a int)",
    "create table in public": "create table public.mine (a int)",
    "create schema": "create schema mine",
    "create function": "create function public.f() returns int language sql as 'select 1'",
    "create extension": "create extension dblink",
    "alter table": "alter table scout.dim_store add column mine int",
    "drop table": "drop table scout.dim_store cascade",
    "refresh": "refresh materialized view scout.mv_store_daily_metrics",
    "reindex": "reindex table scout.dim_store",
    "lock": "do $$ begin lock table scout.dim_store in access exclusive mode; end $$",
    "select for update": "select * from scout.dim_store for update",
    "grant to itself": f"grant pg_write_all_data to {READ}",
    "another role": "set role scout_owner",
    "another session": "set session authorization postgres",
    "make a role": "create role mine",
    "make itself superuser": f"alter role {READ} superuser",
    "alter system": "alter system set work_mem = '1GB'",
    "copy to a program": "copy (select 1) to program 'touch FOLDER/by-a-program'",
    "copy to a file": "copy (select 1) to 'FOLDER/by-copy'",
    "copy from stdin": "copy scout.dim_store from stdin",
    "read a file": "select pg_read_file('PG_VERSION')",
    "list a folder": "select pg_ls_dir('.')",
    "import a file": "select lo_import('/etc/passwd')",
    "export to a file": "select lo_export(1, 'FOLDER/by-export')",
    "change a sequence": "select setval(oid, 1) from pg_class where relkind = 'S' limit 1",
    "advance a sequence": "select nextval(oid) from pg_class where relkind = 'S' limit 1",
    "end a session": "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' and pid <> pg_backend_pid()",
    "reload": "select pg_reload_conf()",
    "switch the log": "select pg_switch_wal()",
    "forget the counters": "select pg_stat_reset()",
    "forget the statements": "select pg_stat_statements_reset()",
    "untrusted code": "do language plpython3u 'pass'",
    "code that writes": "do $$ begin delete from scout.dim_store; end $$",
}
ESCAPES = (
    "set default_transaction_read_only = off",
    "set transaction_read_only = off",
    "set session characteristics as transaction read write",
)


@pytest.fixture(scope="module")
def scripted() -> Generator[PracticeDatabase]:
    """A database in which the script of `scout doctor --roles` was run."""
    with PracticeDatabase() as database:
        found = capabilities("scout", database.admin_url, "scout")
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            admin.execute(role_script(found, "scout", READ, OPERATE).encode())
            secret = conninfo_to_dict(database.url(READ))["password"]
            admin.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(READ), sql.Literal(secret)))
        yield database


@pytest.fixture(scope="module")
def folder(scripted: PracticeDatabase) -> Generator[Path]:
    """A folder in which the server can write, as its superuser proves."""
    found = Path(tempfile.mkdtemp(prefix="scout-must-not-write-"))
    try:
        find_installation().account.give(found)
        with psycopg.connect(scripted.admin_url, autocommit=True) as admin:
            admin.execute(f"copy (select 1) to '{found}/by-the-superuser'".encode())
        yield found
    finally:
        shutil.rmtree(found)


def looked(database: PracticeDatabase) -> psycopg.Connection:
    return psycopg.connect(database.url(READ), autocommit=True)


KNOWS_MERGE = 150_000
FORBIDS_LARGE_OBJECTS = 160_000
"""The first PostgreSQL whose read-only transactions create no large object."""


def tables(database: PracticeDatabase) -> list[tuple[object, ...]]:
    """What anybody could have changed: every object of the schema and how often its rows were written."""
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        return admin.execute(
            "select c.relname, c.relkind, (select count(*) from scout.dim_store) from pg_class as c"
            " where c.relnamespace = 'scout'::regnamespace order by 1"
        ).fetchall()


@pytest.mark.parametrize("statement", WRITES.values(), ids=WRITES.keys())
def test_it_is_refused_even_after_the_role_has_made_itself_writable(
    scripted: PracticeDatabase, folder: Path, statement: str
) -> None:
    before = tables(scripted)
    with looked(scripted) as look:
        for escape in ESCAPES:
            look.execute(escape.encode())
        assert look.execute("show default_transaction_read_only").fetchone() == ("off",)
        with pytest.raises(psycopg.Error) as refusal:
            look.execute(statement.replace("FOLDER", str(folder)).encode())
        unknown = {"42601"} if look.info.server_version < KNOWS_MERGE else set[str]()
    assert refusal.value.sqlstate in {"42501", "0A000", "42704", "55000", "25006"} | unknown, refusal.value
    assert tables(scripted) == before
    assert [one.name for one in folder.iterdir()] == ["by-the-superuser"]


@pytest.mark.parametrize("statement", ["vacuum full scout.dim_store", "analyze scout.dim_store"])
def test_what_the_server_skips_with_a_warning_is_skipped(scripted: PracticeDatabase, statement: str) -> None:
    said: list[str | None] = []
    with looked(scripted) as look:
        look.add_notice_handler(lambda notice: said.append(notice.message_primary))
        look.execute(statement.encode())
    assert len(said) == 1
    assert re.match(r'permission denied to |skipping "dim_store" --- only table or database owner', str(said[0]))


def test_large_objects_are_refused_while_the_role_is_as_the_script_left_it(scripted: PracticeDatabase) -> None:
    with looked(scripted) as look:
        if look.info.server_version < FORBIDS_LARGE_OBJECTS:
            assert look.execute("select lo_unlink(lo_create(0))").fetchone() == (1,)  # as docs/security.md says
            return
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            look.execute("select lo_create(0)")


def test_it_reads_everything_of_the_schema_all_the_same(scripted: PracticeDatabase) -> None:
    with looked(scripted) as look:
        assert look.execute("select count(*) > 0 from scout.dim_store").fetchone() == (True,)
        assert look.execute("select has_table_privilege('scout.mv_store_daily_metrics', 'select')").fetchone() == (
            True,
        )


def test_the_role_belongs_to_pg_monitor_and_to_nothing_that_writes(scripted: PracticeDatabase) -> None:
    with looked(scripted) as look:
        writers = look.execute(
            "select r.rolname from pg_roles as r where pg_has_role(current_user, r.oid, 'member')"
            " and r.rolname not in ('pg_monitor', 'pg_read_all_settings', 'pg_read_all_stats', 'pg_stat_scan_tables', current_user)"
        ).fetchall()
        assert writers == []
        own = "select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls from pg_roles where rolname = current_user"
        assert look.execute(own.encode()).fetchone() == (False, False, False, False, False)
