"""Who blocks whom, settings and replication: the verdict names the worst, and anything makes a message."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from anything_fixture import row, rows
from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.command import Metric, PromQuery
from bot.redact import redact
from bot.report import Code, Level, Report, Unit
from commands import active, blocked, hitratio, replication, slow, statement, tps
from commands import settings as settings_command
from commands.lock_queue import Waiting, tree
from commands.pressure import Pressure
from commands.replicas import Conflicts, Here, Receiver, Slot, Standby, Subscription, slot_trouble, standby_trouble
from commands.settings_judged import Setting, Sizes, findings
from commands.since import Span
from commands.statement_costs import Cost, Counting, Spent

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
CALM = Pressure(blocked=0, longest_s=0, longest_pid=0, hidden=0, role="scout_read")
BLOCKED = Metric[Any](
    name="blocked_sessions", title="", unit=Unit.COUNT, alert=0, page=9, source=PromQuery("blocked", "")
)
HERE = Here(
    is_replica=False, replay_bytes=0, replay_s=0, last_transaction_s=None, is_paused=False, wal_level="replica",
    keep_limit="-1", idle_limit="0", commits_wait_for=0, gives_feedback=False,
)  # fmt: skip
SIZES = Sizes(
    sessions=100, workers=2, work_mem=4 << 20, multiplier=2, all_workers=8, buffers=2**27,
    limit_statement="alter database scout set temp_file_limit = '20GB'",
    limit_undo="alter database scout reset temp_file_limit",
)  # fmt: skip
NOT_ALL = settings(max_examples=25)


def waiting(pid: int, *blocked_by: int, waited_s: float = 60, **known: Any) -> Waiting:  # noqa: ANN401 - any field
    return Waiting(
        pid=pid, role="app", age_s=70, blocked_by=blocked_by, waited_s=waited_s if blocked_by else None, **known
    )


def said(found: list[Waiting], pressure: Pressure = CALM) -> Report:
    return blocked.report(found, pressure, [BLOCKED], redact)


def setting(name: str, value: str, *, pending: bool = False, at_default: bool = False, own: bool = False) -> Setting:
    return Setting(
        name=name, value=value, boot_value="", at_default=at_default, unit="", source="configuration file",
        pending_restart=pending, own=own,
    )  # fmt: skip


def slot(**known: object) -> Slot:
    common = {
        "name": "one",
        "kind": "physical",
        "database": "",
        "plugin": "",
        "temporary": False,
        "active": True,
        "copied": False,
    }
    figures = dict.fromkeys(
        ("safe_bytes", "retained_bytes", "unconfirmed_bytes", "xmin_age", "catalog_xmin_age", "inactive_s")
    )
    rest = {"wal_status": "reserved", "invalid_because": "", "drop_statement": "select pg_drop_replication_slot('one')"}
    return Slot.model_validate({**common, **figures, **rest, **known})


def refused(answer: Report) -> list[str]:
    """What Slack would refuse about an answer, and about it with More pressed."""
    opened = answer.model_copy(update={"parts": (*answer.parts, *answer.more), "more": ()})
    return [*slack_refuses(answer), *slack_refuses(opened)]


# --- who blocks whom


def test_the_head_with_the_most_behind_it_comes_first_and_everybody_once() -> None:
    found = [waiting(1), waiting(2, 1), waiting(9), waiting(10, 9), waiting(11, 10), waiting(12, 10, 11)]
    placed = [(branch.session.pid, branch.depth, branch.directly, branch.behind) for branch in tree(found)]
    assert placed == [(9, 0, 1, 3), (10, 1, 2, 2), (11, 2, 1, 1), (12, 3, 0, 0), (1, 0, 1, 1), (2, 1, 0, 0)]


def test_a_circle_of_sessions_is_shown_though_it_has_no_head() -> None:
    assert [branch.session.pid for branch in tree([waiting(1, 2), waiting(2, 1)])] == [1, 2]
    assert said([waiting(1, 2), waiting(2, 1)]).verdict.level is Level.ALERT


def test_a_queue_of_a_thousand_is_counted_and_cut() -> None:
    found = [waiting(1), *(waiting(pid, pid - 1) for pid in range(2, 1002))]
    answer = said(found)
    assert "holds up 1,000 sessions" in answer.verdict.text
    assert any("Left out: 901 sessions" in note for note in answer.notes)


def test_only_waits_of_five_seconds_in_this_database_are_an_incident() -> None:
    assert said([waiting(1), waiting(2, 1, waited_s=4)]).verdict.level is Level.INFO
    assert said([waiting(1), waiting(2, 1, here=False, database="other")]).verdict.level is Level.INFO
    assert said([waiting(1), waiting(2, 1)]).verdict.level is Level.ALERT
    assert said([waiting(1), *(waiting(pid, 1) for pid in range(2, 13))]).verdict.level is Level.PAGE


def test_an_idle_head_and_a_prepared_one_say_what_frees_the_queue() -> None:
    idle = waiting(1, state="idle in transaction")
    assert said([idle, waiting(2, 1)]).verdict.text.endswith("It does nothing: ending it frees the queue")
    prepared = waiting(-1, state="prepared", gid="tx", ending="rollback prepared 'tx'", database="scout")
    answer = said([prepared, waiting(2, -1)])
    assert answer.verdict.text.startswith("prepared 'tx' (app, prepared for 1 min 10 s) holds up 1 session")
    assert any(isinstance(part, Code) and "rollback prepared 'tx';" in part.text for part in answer.parts)


def test_hidden_sessions_are_said() -> None:
    answer = said([], CALM.model_copy(update={"hidden": 3}))
    assert any("grant pg_read_all_stats to scout_read" in note for note in answer.notes)


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        (("relation", "ShareLock", "scout.t"), "ShareLock on scout.t"),
        (("relation", "ShareLock", ""), "ShareLock on relation"),
        (("transactionid", "ShareLock", "scout.t"), "a row of scout.t"),
        (("transactionid", "ShareLock", ""), "the end of a transaction"),
        (("advisory", "ExclusiveLock", "1, 2"), "advisory lock 1, 2"),
        (("extend", "ExclusiveLock", "scout.t"), "room at the end of a table of scout.t"),
        (("virtualxid", "ShareLock", ""), "the end of an older transaction"),
        (("", "", ""), ""),
    ],
)
def test_a_lock_is_said_in_words(lock: tuple[str, str, str], wanted: str) -> None:
    kind, mode, name = lock
    assert waiting(1, 2, lock_kind=kind, lock_mode=mode, lock_on=name).wanted == wanted


# --- settings


def test_what_can_destroy_comes_before_what_is_worth_a_thought() -> None:
    known = {
        one.name: one
        for one in (
            setting("temp_file_limit", "-1"),
            setting("fsync", "off"),
            setting("shared_buffers", "128MB", at_default=True),
            setting("max_connections", "200", pending=True),
        )
    }
    found = findings(known, ["scout.t"])
    assert [one.name for one in found] == [
        "fsync", "temp_file_limit", "max_connections", "autovacuum_enabled", "shared_buffers",
    ]  # fmt: skip
    assert [one.level for one in found] == [Level.ALERT] * 4 + [Level.INFO]


def test_temp_file_limit_off_comes_with_a_statement_and_its_undo() -> None:
    done = tps.Done(Span(begin=AT - timedelta(hours=1), end=AT), _activity(), None)
    answer = settings_command.report([setting("temp_file_limit", "-1")], SIZES, [], [], done)
    assert answer.verdict.text == "temp_file_limit is off: one runaway query can fill the disk"
    (code,) = [part for part in answer.parts if isinstance(part, Code)]
    assert code.text.splitlines()[1] == "-- undo: alter database scout reset temp_file_limit;"


def test_the_worst_case_of_work_mem_counts_sessions_and_the_workers_there_can_be() -> None:
    assert SIZES.worst == (100 + 8) * 2 * 2 * (4 << 20)


def test_settings_that_only_scout_has_are_said_to_be_unknown() -> None:
    done = tps.Done(Span(begin=AT - timedelta(hours=1), end=AT), _activity(), None)
    answer = settings_command.report([setting("lock_timeout", "50ms", own=True)], SIZES, [], [], done)
    assert answer.verdict.level is Level.OK
    assert any(note.startswith("Not seen: what others get for lock_timeout") for note in answer.notes)


# --- replication


@pytest.mark.parametrize(
    ("found", "level", "text"),
    [
        (slot(), None, ""),
        (slot(wal_status="lost"), Level.ALERT, "has lost its log (lost)"),
        (slot(invalid_because="idle_timeout"), Level.ALERT, "has lost its log (idle_timeout)"),
        (slot(wal_status="unreserved"), Level.ALERT, "at the next checkpoint"),
        (slot(active=False, retained_bytes=1 << 20), Level.INFO, "keeps 1 MB of log"),
        (slot(active=False, retained_bytes=2 << 30, inactive_s=7200), Level.ALERT, "nobody uses slot one for 2 h"),
        (slot(active=False, temporary=True), None, ""),
        (slot(safe_bytes=1 << 20), Level.ALERT, "loses its log after 1 MB more"),
        (slot(retained_bytes=20 << 30), Level.ALERT, "keeps 20 GB of log"),
    ],
)
def test_a_slot_is_judged_by_the_gravest(found: Slot, level: Level | None, text: str) -> None:
    trouble = slot_trouble(found)
    assert (trouble.level if trouble else None) is level
    assert text in (trouble.text if trouble else "")


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, None),
        ({"replay_s": 90}, Level.ALERT),
        ({"replay_bytes": 2 << 30}, Level.ALERT),
        ({"replay_bytes": None, "flush_bytes": 2 << 30}, Level.ALERT),
        ({"state": "catchup"}, Level.INFO),
        ({"state": "hidden", "replay_bytes": None}, None),
    ],
)
def test_a_standby_is_judged_by_bytes_and_seconds(changed: dict[str, object], level: Level | None) -> None:
    calm = {
        "pid": 1, "role": "r", "application": "a", "host": "h", "state": "streaming", "sync_state": "async",
        "unsent_bytes": 0, "flush_bytes": 0, "replay_bytes": 0, "replay_s": None, "xmin_age": None, "slot": "",
    }  # fmt: skip
    trouble = standby_trouble(Standby.model_validate(calm | changed))
    assert (trouble.level if trouble else None) is level


def test_a_standby_without_a_sender_or_paused_says_so() -> None:
    lonely = HERE.model_copy(update={"is_replica": True, "is_paused": True, "replay_s": 300})
    seen = replication.Seen(lonely, None, Conflicts(cancelled=0, by_cleanup=0, by_locks=0), [], [], [])
    texts = [trouble.text for trouble in seen.troubles()]
    assert texts[0] == "replay is paused here"
    assert "connected to no sender" in texts[1]
    assert "5 min behind in replay" in texts[2].replace("and 0 bytes ", "")


# --- anything makes a message


@given(rows(Waiting), row(Pressure))
@NOT_ALL
def test_any_queue_makes_a_message(found: list[Waiting], pressure: Pressure) -> None:
    assert refused(said(found, pressure)) == []


@given(rows(active.Running, 20), rows(Waiting, 10))
@NOT_ALL
def test_any_sessions_make_a_message(found: list[active.Running], queue: list[Waiting]) -> None:
    verdict = active.verdict(found, queue, CALM, [])
    texts = [redact(one.query, one.query_id) for one in found]
    assert refused(active.report(found, queue, texts, verdict, ())) == []


@given(rows(Setting), rows(settings_command.Override), st.lists(st.text(), max_size=5), row(Sizes), row(tps.Activity))
@NOT_ALL
def test_any_settings_make_a_message(
    found: list[Setting],
    overrides: list[settings_command.Override],
    unvacuumed: list[str],
    sizes: Sizes,
    activity: tps.Activity,
) -> None:
    done = tps.Done(Span(begin=None, end=AT), activity, None)
    assert refused(settings_command.report(found, sizes, overrides, unvacuumed, done)) == []


@given(
    st.builds(
        replication.Seen,
        row(Here), st.none() | row(Receiver), row(Conflicts), rows(Standby, 5), rows(Slot, 5), rows(Subscription, 5),
    )
)  # fmt: skip
@NOT_ALL
def test_any_replication_makes_a_message(seen: replication.Seen) -> None:
    assert refused(replication.report(seen, "scout_read")) == []


@given(now=row(tps.Activity), before=row(tps.Activity), reset=st.booleans())
@NOT_ALL
def test_any_counters_make_a_message(now: tps.Activity, before: tps.Activity, *, reset: bool) -> None:
    span = Span(begin=None if reset else AT - timedelta(hours=1), end=AT, since_reset=reset)
    assert refused(tps.report([tps.Done(span, now, None if reset else before)], "<!channel>", None)) == []


COSTS = st.builds(Cost, *(st.floats(0, 2**50) for _ in range(6)))
SPENT = st.builds(
    Spent,
    st.builds(Span, begin=st.just(AT - timedelta(hours=1)), end=st.just(AT), wanted_s=st.floats(0, 86_400)),
    st.dictionaries(st.integers(-(2**63), 2**63 - 1), COSTS, max_size=20),
    st.integers(0, 10),
)


@given(SPENT, row(slow.Described), row(Counting), row(statement.Entry))
@NOT_ALL
def test_any_statements_make_a_message(
    found: Spent, described: slow.Described, counting: Counting, entry: statement.Entry
) -> None:
    ranked = slow.highest(found, "io")
    named = [described.model_copy(update={"query_id": key}) for key in ranked]
    assert refused(slow.report(found, ranked, named, slow.Wanted(), redact, counting)) == []
    wanted = statement.Wanted(query_id=ranked[0] if ranked else 0)
    assert refused(statement.report(wanted, [entry], found, [found], redact(entry.query, 1, 4000))) == []


TRAFFIC = st.builds(hitratio.Traffic, *(st.floats(0, 2**50) for _ in range(4)))


@given(st.dictionaries(st.integers(1, 9), TRAFFIC), rows(hitratio.Named, 15), row(hitratio.Memory))
@NOT_ALL
def test_any_traffic_makes_a_message(
    found: dict[int, hitratio.Traffic], names: list[hitratio.Named], memory: hitratio.Memory
) -> None:
    known = [one.model_copy(update={"relid": relid}) for relid, one in zip(found, names, strict=False)]
    span = Span(begin=None, end=AT, since_reset=True)
    assert refused(hitratio.report(span, found, known, memory, None)) == []


def _activity() -> tps.Activity:
    names = set(tps.Activity.model_fields) - {"reset_at", "started_at"}
    return tps.Activity.model_validate(dict.fromkeys(names, 0) | {"reset_at": None, "started_at": AT})
