"""Which of the six emergency steps a plan has, and what it says of the others."""

from bot.command import Limits, Plan, Row
from bot.report import Level, Report
from commands.damage import Damage
from commands.emergency import proposal
from commands.overdue import Holder, Overdue, vacuum
from commands.reindex import Index
from commands.slots import Counted
from commands.victims import MOST, Struck, Unseen

FULL = Counted(active=1, used=95, hidden=0, idle=0, oldest_idle_s=0, slots=97, role="scout_read")
CALM = FULL.model_copy(update={"used": 3})
SEEN = Unseen(hidden=0, behind_prepared=0, role="scout_read")
TABLE = Overdue(
    relation="silver", dead=9, live=1, vacuuming=False, locked=False, statement="vacuum silver", vacuumed="select true"
)
HOLDER = Holder(pid=7, who="pid 7 (app, idle in transaction)", age_s=120)


def struck(pid: int = 7, spared: str = "", *, idle: bool = False, holds_up: int = 0) -> Struck:
    return Struck(
        pid=pid,
        role="app",
        application="",
        state="active",
        age_s=400,
        idle=idle,
        holds_up=holds_up,
        query_id=None,
        query="select 1",
        spared=spared,
        statement=f"select pg_cancel_backend({pid})",
        gone="select true, ''",
    )


EXCLUDES = Index(
    index="i", relation="t", size=1, owner="boss", is_valid=False, is_partitioned=False, is_exclusion=True, leftover=False,
    building="", locked=False, rebuild="r", drop_it="d", drop_spare="ds", is_gone="g", valid="v", confirmed="c", cleared="cl",
)  # fmt: skip


def hide(text: str, query_id: int | None) -> str:
    return f"hidden {len(text)} {query_id}"


def said(limits: Limits | None = None, **parts: list[Row] | Row) -> Plan | Report:
    seen = {"struck": [], "unseen": SEEN, "overdue": [], "holders": [], "invalid": [], "slots": CALM, **parts}
    return proposal(Damage(**seen), limits or Limits(), hide)  # pyright: ignore[reportArgumentType] - the parts by name


def planned(limits: Limits | None = None, **parts: list[Row] | Row) -> Plan:
    answer = said(limits, **parts)
    assert isinstance(answer, Plan)
    return answer


def test_texts_pass_the_redaction_door() -> None:
    (step,) = planned(struck=[struck()]).steps
    assert step.hits[0].doing == "hidden 8 None"


def test_titles_hold_no_age() -> None:
    assert [step.title for step in planned(struck=[struck()]).steps] == ["Cancel pid 7 (app)"]


def test_no_plan_has_more_victims_than_people_can_read_and_says_so() -> None:
    plan = planned(struck=[struck(pid) for pid in range(1, MOST + 3)])
    assert len(plan.steps) == MOST
    assert plan.notes[0].startswith("2 sessions more would qualify")


def test_a_holder_of_an_old_snapshot_keeps_the_vacuum_away_and_is_named() -> None:
    steps, notes = vacuum([TABLE], [HOLDER], ended=set())
    assert steps == []
    assert notes == [
        "No vacuum of silver: it would remove nothing while an old snapshot is held by pid 7 (app, idle in transaction) for 2 min."
    ]


def test_a_holder_that_is_ended_first_is_no_obstacle() -> None:
    steps, notes = vacuum([TABLE], [HOLDER], ended={7})
    assert [step.title for step in steps] == ["Vacuum silver"]
    assert notes == []


def test_a_locked_table_is_left_alone_and_named() -> None:
    steps, notes = vacuum([TABLE.model_copy(update={"locked": True})], [], ended=set())
    assert (steps, notes) == ([], ["silver: locked, left alone."])


def test_an_index_that_cannot_be_rebuilt_is_no_step() -> None:
    answer = said(invalid=[EXCLUDES])
    assert isinstance(answer, Report)
    assert answer.verdict.level is Level.ALERT
    assert any(note.startswith("i stays invalid (exclusion constraint: ") for note in answer.notes)


def test_only_spared_sessions_make_an_answer_and_no_plan() -> None:
    answer = said(struck=[struck(spared="superuser session: needs a DBA")])
    assert isinstance(answer, Report)
    assert answer.verdict.text == "Something is wrong, but nothing that I may end or mend"
    assert "superuser session: needs a DBA" in str(answer.parts)


def test_full_slots_alone_are_worth_a_reconnect_where_there_is_a_pooler() -> None:
    plan = planned(Limits(pooler_database="scout"), slots=FULL)
    assert [step.title for step in plan.steps] == ["Reconnect the pooler"]
    assert isinstance(said(slots=FULL), Report)


def test_the_plan_says_why_the_statistics_are_not_reset_and_what_is_done_instead() -> None:
    without, beside = planned(struck=[struck()]), planned(Limits(pooler_database="scout"), struck=[struck()])
    assert "No pg_stat_reset(): it resets no connection" in without.notes[-1]
    assert without.notes[-1].endswith("No pooler is configured to reconnect.")
    assert beside.notes[-1].startswith("No pg_stat_reset(): it resets no connection")
    assert "Reconnect the pooler" in [step.title for step in beside.steps]


def test_a_prepared_transaction_at_the_head_of_a_queue_is_said() -> None:
    answer = said(unseen=SEEN.model_copy(update={"behind_prepared": 2}))
    assert isinstance(answer, Report)
    assert any("A prepared transaction holds up 2 sessions" in note for note in answer.notes)
