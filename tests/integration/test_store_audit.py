"""The audit only grows, and whoever goes around its guards is found."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from store_fixture import run_raw, tamper

from bot.recollection import Recollection
from bot.store import AuditVerdict, Flaw, Store


@pytest.fixture
def told(store: Store) -> Store:
    """A store whose audit has five rows."""
    for number in range(1, 6):
        with store.change() as change:
            change.record("U1", "approved", f"run {number}", {"seal": "abc", "number": number})
    return store


def test_rows_are_read_newest_first_with_what_they_say(told: Store) -> None:
    rows = told.audit(limit=2)
    assert [(row.seq, row.subject, row.body["number"]) for row in rows] == [(5, "run 5", 5), (4, "run 4", 4)]
    assert [row.seq for row in told.audit(since_seq=3)] == [5, 4]


def test_an_untouched_audit_holds(told: Store) -> None:
    assert told.verify_audit() == AuditVerdict(checked=5)
    assert told.verify_audit().holds


def test_an_empty_audit_holds(store: Store) -> None:
    assert store.verify_audit() == AuditVerdict(checked=0)


def test_many_threads_make_one_chain(store: Store) -> None:
    def record(number: int) -> None:
        with store.change() as change:
            change.record("U1", "did", str(number), {})
            change.record("U1", "did again", str(number), {})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(record, range(32)))
    assert store.verify_audit() == AuditVerdict(checked=64)


@pytest.mark.parametrize(
    "statement",
    [
        "update audit set actor = 'U2' where seq = 3",
        "delete from audit where seq = 3",
        "delete from audit",
        "delete from audit_head",
        "update audit_head set seq = 2",
    ],
)
def test_the_database_itself_refuses_to_change_or_delete(told: Store, store_url: str, statement: str) -> None:
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.RaiseException), match=r"never|only grows"):
        run_raw(store_url, statement)
    assert told.verify_audit().holds


def test_postgres_refuses_to_truncate(postgres_url: str) -> None:
    Store.open(postgres_url).close()
    with pytest.raises(psycopg.errors.RaiseException, match="never changed or deleted"):
        run_raw(postgres_url, "truncate audit")


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "body", "hash", "previous"])
def test_a_changed_row_is_found(told: Store, store_url: str, column: str) -> None:
    tamper(store_url, f"update audit set {column} = {column} || ' ' where seq = 3")  # noqa: S608 - columns are listed above
    assert told.verify_audit() == AuditVerdict(checked=2, broken=3, flaw=Flaw.CHANGED)


@pytest.mark.parametrize("seq", [1, 3])
def test_a_missing_row_is_found(told: Store, store_url: str, seq: int) -> None:
    tamper(store_url, f"delete from audit where seq = {seq}")  # noqa: S608 - a number from above
    assert told.verify_audit() == AuditVerdict(checked=seq - 1, broken=seq, flaw=Flaw.MISSING)


def test_a_missing_row_whose_followers_were_renumbered_is_found(told: Store, store_url: str) -> None:
    tamper(
        store_url,
        "delete from audit where seq = 3",
        "update audit set seq = 3 where seq = 4",
        "update audit set seq = 4 where seq = 5",
    )
    verdict = told.verify_audit()
    assert (verdict.broken, verdict.holds) == (3, False)


def test_exchanged_rows_are_found(told: Store, store_url: str) -> None:
    tamper(
        store_url,
        "update audit set seq = 99 where seq = 2",
        "update audit set seq = 2 where seq = 4",
        "update audit set seq = 4 where seq = 99",
    )
    assert told.verify_audit() == AuditVerdict(checked=1, broken=2, flaw=Flaw.REORDERED)


def test_missing_last_rows_are_found(told: Store, store_url: str) -> None:
    tamper(store_url, "delete from audit where seq > 3")
    assert told.verify_audit() == AuditVerdict(checked=3, broken=4, flaw=Flaw.TRUNCATED)


def test_an_audit_that_was_emptied_is_found(told: Store, store_url: str) -> None:
    tamper(store_url, "delete from audit")
    assert told.verify_audit() == AuditVerdict(checked=0, broken=1, flaw=Flaw.TRUNCATED)


@pytest.mark.parametrize("statement", ["update audit_head set seq = 3", "delete from audit_head"])
def test_a_head_that_was_set_back_is_found(told: Store, store_url: str, statement: str) -> None:
    tamper(store_url, statement)
    verdict = told.verify_audit()
    assert (verdict.checked, verdict.flaw) == (5, Flaw.TRUNCATED)


def test_a_row_that_was_slipped_in_is_found(told: Store, store_url: str) -> None:
    tamper(
        store_url, "insert into audit select 6, at, actor, action, 'run 6', body, hash, hash from audit where seq = 5"
    )
    assert told.verify_audit() == AuditVerdict(checked=5, broken=6, flaw=Flaw.CHANGED)


def test_a_long_audit_is_followed_to_its_end(store: Store, store_url: str) -> None:
    with store.change() as change:
        for number in range(1203):
            change.record("U1", "did", str(number), {})
    assert store.verify_audit() == AuditVerdict(checked=1203)
    tamper(store_url, "update audit set subject = 'x' where seq = 1100")
    assert store.verify_audit().broken == 1100


# --- the rows of one thing


@pytest.fixture
def between(store: Store) -> Store:
    """A store in which a run has the rows 4, 6 and 7 of nine."""
    subjects = ("a", "b", "c", "run", "d", "run", "run", "e", "f")
    for subject in subjects:
        with store.change() as change:
            change.record("U1", "did", subject, {})
    return store


def test_the_rows_of_one_thing_are_followed_from_before_its_first_to_behind_its_last(between: Store) -> None:
    assert between.verify_audit_of("run") == AuditVerdict(checked=4)
    assert between.verify_audit_of("a") == AuditVerdict(checked=1)
    assert between.verify_audit_of("f") == AuditVerdict(checked=1)


@pytest.mark.parametrize("seq", [4, 5, 6, 7])
@pytest.mark.parametrize("column", ["at", "actor", "action", "body", "hash", "previous"])
def test_a_change_among_the_rows_of_one_thing_is_found(between: Store, store_url: str, seq: int, column: str) -> None:
    tamper(store_url, f"update audit set {column} = {column} || ' ' where seq = {seq}")  # noqa: S608 - listed above
    assert between.verify_audit_of("run") == AuditVerdict(checked=seq - 4, broken=seq, flaw=Flaw.CHANGED)


@pytest.mark.parametrize("seq", [3, 5, 6, 8])
def test_a_row_that_is_missing_between_or_beside_them_is_found(between: Store, store_url: str, seq: int) -> None:
    tamper(store_url, f"delete from audit where seq = {seq}")  # noqa: S608 - a number from above
    verdict = between.verify_audit_of("run")
    assert (verdict.broken, verdict.flaw) == (seq, Flaw.MISSING)


def test_rows_that_are_missing_at_the_end_of_the_audit_are_found(between: Store, store_url: str) -> None:
    tamper(store_url, "delete from audit where seq > 6")
    assert between.verify_audit_of("run") == AuditVerdict(checked=3, broken=7, flaw=Flaw.TRUNCATED)


@pytest.mark.parametrize("statement", ["update audit_head set seq = 3", "delete from audit_head"])
def test_a_head_that_was_set_back_before_them_is_found(between: Store, store_url: str, statement: str) -> None:
    tamper(store_url, statement)
    assert between.verify_audit_of("run").flaw is Flaw.TRUNCATED


def test_a_thing_without_rows_has_none_to_stand_by(between: Store) -> None:
    assert between.verify_audit_of("nothing") == AuditVerdict(checked=0)


def test_what_was_changed_far_from_them_is_for_the_whole_audit_to_find(between: Store, store_url: str) -> None:
    tamper(store_url, "update audit set actor = 'U2' where seq = 1")
    assert between.verify_audit_of("run").holds
    assert not between.verify_audit().holds


def test_the_trail_of_a_run_looks_at_no_more_than_its_part_of_the_audit(between: Store) -> None:
    trail = Recollection(between, "shop").trail("run")
    assert ([entry.action for entry in trail.entries], trail.checked, trail.broken) == (["did"] * 3, 4, "")


def test_the_trail_of_a_run_says_that_it_was_changed_or_taken_out(between: Store, store_url: str) -> None:
    tamper(store_url, "update audit set actor = 'U2' where seq = 6")
    assert Recollection(between, "shop").trail("run").broken == "row 6 is changed"
    tamper(store_url, "delete from audit where subject = 'run'")
    assert Recollection(between, "shop").trail("run").broken == "its rows are missing"
