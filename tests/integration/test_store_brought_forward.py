"""A store of the very first schema is brought to the newest, with everything that it held."""

import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from store_fixture import AT, approval, asked, card, post

from bot.alert import Alert
from bot.approval import State
from bot.chat import Lane
from bot.command import Measurement, Value
from bot.report import Level
from bot.sql import Statement
from bot.store import Store
from bot.store.engine import Engine
from bot.store.postgres import Postgres
from bot.store.schema import SQL, migrate
from bot.store.sqlite import Sqlite

FIRST = {name: text for name, text in SQL.items() if re.fullmatch(r"step_1(_\w+)?", name)}
HEAD = Statement("head", "update audit_head set seq = %(seq)s, hash = %(hash)s")


def fill(store: Store) -> None:
    """What a Scout of those days had in its store."""
    store.receive(asked("kept"), "one")
    incident = Alert(database="main", metric="lag", since=AT, incident="main.lag.1", opened_at=AT)
    with store.change() as change:
        change.add_approval(approval("run"))
        change.put_notice(post("said", lane=Lane.PAGE))
        change.put_notice(card("waiting", key="approval:run"))
        change.placed("approval:old", "C1", "1.1")
        change.put_alert(incident)
        change.put_samples("main", [Measurement(name="lag", measured=Value(value=7), level=Level.OK, at=AT)])
        change.record("U1", "asked", "run", {"text": "vacuum"})
        change.record("U2", "approved", "run", {})


def rows_of(file: Path) -> Mapping[str, list[dict[str, Any]]]:
    """Every row of a store in a file, by table."""
    with closing(sqlite3.connect(file)) as store:
        store.row_factory = sqlite3.Row
        names = [row["name"] for row in store.execute("select name from sqlite_master where type = 'table'")]
        return {name: [dict(row) for row in store.execute(f"select * from {name}")] for name in names}  # noqa: S608


def put(engine: Engine, table: str, row: Mapping[str, Any], columns: list[str]) -> None:
    """A row of today's store with the columns of those days."""
    kept = {name: value for name, value in row.items() if name in columns}
    places = ", ".join(f"%({name})s" for name in kept)
    engine.tell(Statement("put", f"insert into {table} ({', '.join(kept)}) values ({places})"), **kept)  # noqa: S608


def columns_of_the_first(folder: Path) -> Mapping[str, list[str]]:
    """The tables of the first schema with their columns."""
    engine = Sqlite(folder / "first.sqlite3")
    migrate(engine, FIRST)
    engine.close()
    with closing(sqlite3.connect(folder / "first.sqlite3")) as first:
        names = [name for (name,) in first.execute("select name from sqlite_master where type = 'table'")]
        return {name: [row[1] for row in first.execute(f"pragma table_info({name})")] for name in names}


@pytest.fixture
def old(store_url: str, tmp_path: Path) -> str:
    """The address of a store with the first schema, filled."""
    donor = tmp_path / "donor.sqlite3"
    store = Store.open(f"sqlite:///{donor}")
    fill(store)
    store.close()
    tables, columns = rows_of(donor), columns_of_the_first(tmp_path)
    engine = Sqlite(Path(store_url.removeprefix("sqlite:///"))) if store_url[:6] == "sqlite" else Postgres(store_url)
    migrate(engine, FIRST)
    for table in sorted(columns.keys() - {"audit_head", "scout_schema", "process"}):
        for row in tables[table]:
            put(engine, table, row, columns[table])
    (head,) = tables["audit_head"]
    engine.tell(HEAD, seq=head["seq"], hash=head["hash"])
    engine.close()
    return store_url


def test_nothing_of_the_first_schema_is_lost(old: str) -> None:
    store = Store.open(old)
    assert store.unanswered("one") == [asked("kept")]
    assert store.approval("run") == approval("run")
    assert [one.number for one in store.steps("run")] == [0, 1]
    assert store.card("approval:old") == ("C1", "1.1")
    assert [one.incident for one in store.alerts("main")] == ["main.lag.1"]
    assert [one.measured for one in store.samples("main", "lag", AT)] == [Value(value=7)]
    assert [row.action for row in store.audit_of("run")] == ["asked", "approved"]
    assert (store.verify_audit().holds, store.verify_audit().checked) == (True, 2)
    assert [one.id for one in store.claim_notices("one")] == ["said", "waiting"]
    store.close()


def test_what_waited_then_is_decided_and_written_on_now(old: str) -> None:
    store = Store.open(old)
    denied = approval("run").model_copy(update={"state": State.DENIED})
    with store.change() as change:
        assert change.swap_approval({State.ASKED}, denied)
        change.record("U3", "denied", "run", {})
        change.sent("waiting", "2.2", "C1")
    assert store.approval("run") == denied
    assert store.verify_audit().checked == 3
    assert store.card("approval:run") == ("C1", "2.2")
    store.close()
