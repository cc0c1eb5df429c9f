"""Several processes, dead processes, old and future schemas, and databases that go away."""

import re
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from store_fixture import approval, asked, card, post, run_raw

from bot.approval import State
from bot.errors import BadInput, Unavailable
from bot.sql import Statement
from bot.store import Change, Store
from bot.store.engine import Engine
from bot.store.postgres import Postgres
from bot.store.schema import SQL, migrate
from bot.store.sqlite import Sqlite
from practice.database import PracticeDatabase

SCOUT = """
import sys, time
from bot.store import Store
store = Store.open(sys.argv[1])
store.claim("child")
print("claimed", flush=True)
sys.stdin.readline()
with store.change() as change:
    change.record("child", "half done", "", {})
    print("changing", flush=True)
    sys.stdin.readline()
"""
NEWEST = len({name for name in SQL if re.fullmatch(r"step_\d+", name)})
NOVELTY = "create table novelty (id integer)"
NEXT = f"step_{NEWEST + 1}"
NEXT_STEP = {**SQL, NEXT: Statement(NEXT, NOVELTY)}


VISITOR = """
import sys
from bot.store import Store
store = Store.open(sys.argv[1])
print(len(store.unanswered("one")))
store.close()
"""


def visitor(url: str) -> str:
    """What a process sees that opens the store and closes it again."""
    return subprocess.run(
        [sys.executable, "-c", VISITOR, url], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()


@contextmanager
def child_scout(url: str) -> Generator["subprocess.Popen[str]"]:
    """A real second process that has claimed the store."""
    with subprocess.Popen(
        [sys.executable, "-c", SCOUT, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        try:
            says(child, "claimed")
            yield child
        finally:
            child.kill()


def says(child: "subprocess.Popen[str]", expected: str) -> None:
    assert child.stdout
    assert child.stdout.readline().strip() == expected


def go_on(child: "subprocess.Popen[str]") -> None:
    assert child.stdin
    child.stdin.write("\n")
    child.stdin.flush()


def eventually(answers: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if answers():
                return True
        except Unavailable:
            pass
        time.sleep(0.02)
    return False


def engine_of(url: str) -> Engine:
    return Sqlite(Path(url.removeprefix("sqlite:///"))) if url.startswith("sqlite:") else Postgres(url)


def kill_half_way(change: Change, server: PracticeDatabase) -> None:
    change.add_approval(approval("half done"))
    server.kill()
    change.put_notice(post("n"))


def recorded(store: Store) -> bool:
    with store.change() as change:
        change.record("parent", "goes on", "", {})
    return True


# --- who runs Scout -----------------------------------------------------------------------------------------------------------------


def test_a_second_process_is_refused_a_file_until_the_first_is_dead(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    with child_scout(sqlite_url) as child:
        with pytest.raises(Unavailable, match="Another Scout uses this store"):
            store.claim("parent")
        child.kill()
        child.wait()
        store.claim("parent")
    store.claim("parent")
    assert store.dead_holders(patience_s=3600) == {"child"}
    store.close()


def test_a_process_that_comes_and_goes_beside_another_leaves_the_file_whole(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    store.receive(asked("before"), "one")
    assert visitor(sqlite_url) == "1"
    assert len(store.unanswered("one")) == 1
    assert visitor(sqlite_url) == "1"
    store.receive(asked("after"), "one")
    assert visitor(sqlite_url) == "2"
    store.close()


def test_a_file_is_free_again_after_closing(sqlite_url: str) -> None:
    first, second = Store.open(sqlite_url), Store.open(sqlite_url)
    first.claim("first")
    with pytest.raises(Unavailable, match="Another Scout"):
        second.claim("second")
    first.close()
    second.claim("second")
    second.close()


def test_several_replicas_share_postgres_and_the_silent_ones_are_dead(postgres_url: str) -> None:
    one, two = Store.open(postgres_url), Store.open(postgres_url)
    one.claim("one")
    two.claim("two")
    assert one.dead_holders(patience_s=60) == set()
    run_raw(postgres_url, "update process set beat_at = '2026-01-01T00:00:00.000000+00:00' where holder = 'one'")
    assert two.dead_holders(patience_s=60) == {"one"}
    one.beat("one")
    assert two.dead_holders(patience_s=60) == set()
    one.close()
    two.close()


def test_a_process_killed_in_the_middle_of_a_change_leaves_nothing_of_it(store: Store, store_url: str) -> None:
    with child_scout(store_url) as child:
        go_on(child)
        says(child, "changing")
        child.kill()
    assert eventually(lambda: recorded(store))
    assert [row.actor for row in store.audit()] == ["parent"]
    assert store.verify_audit().holds


def test_two_processes_write_one_chain(store: Store, store_url: str) -> None:
    with child_scout(store_url) as child:
        recorded(store)
        go_on(child)
        says(child, "changing")
        go_on(child)
        assert child.wait(timeout=20) == 0
    recorded(store)
    assert [row.actor for row in store.audit()] == ["parent", "child", "parent"]
    assert store.verify_audit().holds


def test_a_dead_process_is_forgotten_only_when_nothing_is_left_of_it(store: Store) -> None:
    store.claim("alive")
    for holder in ("asked", "runs", "gone"):
        store.beat(holder)
    store.receive(asked("x"), "asked")
    with store.change() as change:
        change.add_approval(approval("a").model_copy(update={"state": State.RUNNING, "holder": "runs"}))
    store.prune(store.now() + timedelta(seconds=1))
    store.beat("alive")
    assert store.dead_holders(patience_s=-10) - {"alive"} == {"asked", "runs"}


# --- the schema ---------------------------------------------------------------------------------------------------------------------


def test_many_that_open_a_new_store_at_once_all_get_it(store_url: str) -> None:
    with ThreadPoolExecutor(6) as pool:
        stores = list(pool.map(Store.open, [store_url] * 6))
    for number, store in enumerate(stores):
        assert store.receive(asked(f"{number}"), "one")
    for store in stores:
        store.close()


def test_a_store_is_brought_forward_once_by_many_and_keeps_its_rows(store_url: str) -> None:
    store = Store.open(store_url)
    store.receive(asked("kept"), "one")
    engines = [engine_of(store_url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, engines, [NEXT_STEP] * 4))
    migrate(engines[0], NEXT_STEP)
    run_raw(store_url, "insert into novelty values (1)")
    assert store.unanswered("one") == [asked("kept")]
    for engine in engines:
        engine.close()
    store.close()


def test_a_schema_from_the_future_is_refused(store_url: str) -> None:
    Store.open(store_url).close()
    run_raw(store_url, "update scout_schema set version = 99")
    with pytest.raises(Unavailable, match=f"has schema 99, this Scout knows up to {NEWEST}"):
        Store.open(store_url)


def test_a_step_that_fails_leaves_the_schema_as_it_was(store_url: str) -> None:
    Store.open(store_url).close()
    engine = engine_of(store_url)
    broken = {**NEXT_STEP, f"step_{NEWEST + 2}": Statement("again", NOVELTY)}
    with pytest.raises(Exception, match="novelty"):
        migrate(engine, broken)
    migrate(engine, NEXT_STEP)
    engine.close()


# --- stores that cannot be reached --------------------------------------------------------------------------------------------------


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    with pytest.raises(Unavailable):
        store.receive(asked("x"), "one")
    with pytest.raises(Unavailable):
        store.unsent()
    with pytest.raises(Unavailable), store.change():
        pass


def test_a_file_in_no_directory_or_of_another_kind_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="cannot be opened"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/scout.db")
    (tmp_path / "letter.db").write_text("Dear Scout, " * 500)
    with pytest.raises(Unavailable, match="not a database"):
        Store.open(f"sqlite:///{tmp_path}/letter.db")


def test_the_file_is_for_nobody_else(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    store.receive(asked("x"), "one")
    kept = Path(sqlite_url.removeprefix("sqlite:///"))
    assert {file.stat().st_mode & 0o077 for file in kept.parent.glob("scout.db*")} == {0}
    store.close()


def test_a_wrong_address_is_told_without_its_secret(store_database: str) -> None:
    wrong = re.sub(r":[^:/@]+@", ":very-secret@", store_database)
    with pytest.raises(Unavailable, match="password authentication failed") as refused:
        Store.open(wrong)
    with pytest.raises(Unavailable, match="nobody answers there") as silent:
        Store.open("postgresql://scout:very-secret@127.0.0.1:1/x")
    with pytest.raises(BadInput, match="not a valid") as odd:
        Store.open("postgresql://scout:very-secret@127.0.0.1:port/x?y")
    for said in (refused, silent, odd):
        assert "very-secret" not in "".join(traceback.format_exception_only(said.value))
        assert "very-secret" not in str(said.value.__cause__)


def test_postgres_may_be_restarted_and_killed_under_the_store(own_database: PracticeDatabase) -> None:
    store = Store.open(own_database.admin_url)
    store.receive(asked("before"), "one")
    own_database.restart()
    assert eventually(lambda: store.receive(asked("after the restart"), "one"))
    with pytest.raises(Unavailable, match="cannot be reached"), store.change() as change:
        kill_half_way(change, own_database)
    with pytest.raises(Unavailable, match="cannot be reached"):
        store.receive(asked("while it is down"), "one")
    own_database.start()
    assert eventually(lambda: store.unsent() == 0)
    assert store.approval("half done") is None
    assert store.receive(asked("after the crash"), "one")
    assert [item.id for item in store.unanswered("one")] == ["after the crash", "after the restart", "before"]
    store.close()


def test_who_waits_too_long_for_the_turn_is_told_that_the_store_is_busy(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine._PATIENCE_S", 0.05)

    def change() -> None:
        with store.change() as change:
            change.put_notice(card("n"))

    with store.change(), ThreadPoolExecutor(1) as pool, pytest.raises(Unavailable, match="busy"):
        pool.submit(change).result(timeout=5)
    assert store.unsent() == 0
    change()
    assert store.unsent() == 1


def test_a_receipt_that_was_refused_because_the_file_was_busy_is_not_written_later(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.engine._PATIENCE_S", 0.05)
    store = Store.open(sqlite_url)
    with store.change(), ThreadPoolExecutor(1) as pool, pytest.raises(Unavailable, match="busy"):
        pool.submit(store.receive, asked("refused"), "one").result(timeout=5)
    assert store.receive(asked("next"), "one")
    assert [item.id for item in store.unanswered("one")] == ["next"]
    store.close()


def test_receipts_wait_for_a_long_change_and_go_to_the_disk_together(sqlite_url: str) -> None:
    store = Store.open(sqlite_url)
    started = threading.Barrier(9)

    def receive(number: int) -> bool:
        started.wait(timeout=5)
        return store.receive(asked(f"{number % 4}"), "one")

    with ThreadPoolExecutor(8) as pool:
        with store.change():
            waiting = [pool.submit(receive, number) for number in range(8)]
            started.wait(timeout=5)
        assert [one.result(timeout=5) for one in waiting].count(True) == 4
    store.close()
