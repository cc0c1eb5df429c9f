"""Whatever a console tells, pool makes a message of it that Slack takes, and says the worst first."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.report import Level
from commands.pool import budget, report
from commands.pooler_tables import Line, Means, Served, Server, Told, read

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
TEXT = st.text(max_size=30) | st.sampled_from(["<!channel>", '"Odd" `name`', "x" * 100_000, ""])
COUNT = st.integers(min_value=0, max_value=10**9)
LINE = st.builds(
    Line,
    database=TEXT, user=TEXT, cl_active=COUNT, cl_waiting=COUNT, sv_active=COUNT, sv_idle=COUNT, sv_used=COUNT,
    sv_tested=COUNT, sv_login=COUNT, maxwait=COUNT, maxwait_us=COUNT, pool_mode=TEXT,
)  # fmt: skip
SERVED = st.builds(
    Served, name=TEXT, host=st.none() | TEXT, port=COUNT, pool_size=COUNT, max_connections=COUNT, paused=st.booleans()
)
SERVER = st.builds(Server, database=TEXT, user=TEXT, state=st.just("active"), request_time=TEXT, remote_pid=COUNT)
TOLD = st.builds(
    Told,
    version=TEXT, pools=st.lists(LINE, max_size=20), means=st.just(dict[str, Means]()),
    servers=st.lists(SERVER, max_size=20), databases=st.lists(SERVED, max_size=4), lists=st.just({"used_clients": 3}),
    config=st.dictionaries(st.sampled_from(["max_client_conn", "query_wait_timeout"]), st.sampled_from(["", "0", "3", "abc"])),
)  # fmt: skip


def pool(**told: object) -> Line:
    idle = {"cl_active": 1, "cl_waiting": 0, "sv_active": 0, "sv_idle": 1, "sv_used": 0, "sv_tested": 0, "sv_login": 0}
    return Line.model_validate({"database": "scout", "user": "app", "maxwait": 0, **idle, **told})


def told(*pools: Line, version: str = "PgBouncer 1.24.0", **served: object) -> Told:
    kept = {"name": "scout", "host": "db", "port": 5432, "pool_size": 2, "paused": 0, **served}
    return Told(version, pools, {}, (), (Served.model_validate(kept),), {}, {"query_wait_timeout": "15"})


@given(TOLD)
@settings(max_examples=25)
def test_anything_makes_a_message_that_slack_takes(anything: Told) -> None:
    assert slack_refuses(report(anything, None, AT)) == []


def test_the_longest_queue_comes_first_with_its_reason() -> None:
    waiting = pool(cl_waiting=4, sv_active=2, sv_idle=0, maxwait=3)
    said = report(told(pool(user="calm"), waiting), None, AT).verdict
    assert (said.level, said.text) == (
        Level.ALERT,
        "4 clients wait, up to 3 s, for scout/app: all 2 connections are at work. See active for what holds them",
    )


def test_a_wait_between_two_transactions_is_no_trouble() -> None:
    assert report(told(pool(cl_waiting=4, sv_active=2, maxwait_us=20_000)), None, AT).verdict.level is Level.OK


def test_a_pool_that_cannot_connect_is_told_apart_from_a_busy_one() -> None:
    said = report(told(pool(cl_waiting=1, sv_idle=0, maxwait=9)), None, AT).verdict.text
    assert "no connection to PostgreSQL can be opened" in said


@pytest.mark.parametrize(("limit", "most"), [(0, 4), (3, 3)])
def test_each_user_has_a_pool_of_its_own_unless_the_database_is_limited(limit: int, most: int) -> None:
    assert budget(told(pool(), pool(user="other"), max_connections=limit)) == most


@pytest.mark.parametrize(
    ("version", "lacking"), [("PgBouncer 1.18.0", 2), ("PgBouncer 1.22.1", 1), ("PgBouncer 1.23.0", 0), ("odd", 0)]
)
def test_what_a_version_lacks(version: str, lacking: int) -> None:
    notes = report(told(pool(), version=version), None, AT).notes
    assert len([note for note in notes if "(from 1.2" in note]) == lacking


def test_columns_of_later_versions_are_left_alone() -> None:
    line = {**pool().model_dump(), "sv_active_cancel": 0, "load_balance_hosts": None}
    nothing: Sequence[Mapping[str, Any]] = ()
    found = read([nothing, [line, {**line, "database": "pgbouncer"}], nothing, nothing, nothing, nothing, nothing])
    assert [one.name for one in found.pools] == ["scout/app"]


def test_a_time_in_another_zone_is_no_age() -> None:
    server = {"database": "a", "user": "b", "state": "active", "remote_pid": 1}
    ages = [
        Server.model_validate({**server, "request_time": f"2026-03-01 02:59:00 {zone}"}).busy_s(AT)
        for zone in ("UTC", "CET")
    ]
    assert ages == [60, None]
