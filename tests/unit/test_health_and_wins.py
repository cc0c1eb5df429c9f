"""Health and wins: what is said first, and in which order."""

from datetime import UTC, datetime, timedelta

from bot.report import Fact, Facts, Level, Verdict
from commands.health import as_fact
from commands.health import report as health
from commands.since import Span
from commands.tps import Activity, Done
from commands.wins import Memory, Statistics, Win, analyze, parallel, work_mem
from commands.wins import report as wins

GB = 1 << 30
AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def fact(name: str, level: Level) -> Fact:
    return Fact(name=name, value=f"{name} says so", level=level)


def memory(**changes: float) -> Memory:
    told = {"work_mem": 4 << 20, "hash_multiplier": 2.0}
    more = {"connections": 100, "gather": 2, "workers": 8, "large_tables": 3}
    return Memory.model_validate({**told, **more, **changes})


def spilled(temp_bytes: int, since: datetime | None = AT - timedelta(hours=1)) -> Done:
    """So much was written to temporary files, since the counters began."""
    counts = dict.fromkeys(Activity.model_fields, 0)
    known = {"temp_files": 9, "temp_bytes": temp_bytes, "reset_at": since, "started_at": AT}
    return Done(Span(begin=since, end=AT, since_reset=True), Activity.model_validate({**counts, **known}), None)


def test_the_worst_line_is_the_verdict_and_the_quiet_ones_are_behind() -> None:
    said = health(
        [fact("blocked", Level.PAGE), fact("vacuum", Level.ALERT), fact("pool", Level.NO_DATA), fact("slow", Level.OK)]
    )
    assert said.verdict.level is Level.PAGE
    assert said.verdict.text == "blocked: blocked says so; 1 more below"
    assert [button.text for button in said.buttons] == ["blocked", "vacuum", "pool"]
    assert "slow" in str(said.more)
    (below,) = said.parts
    assert isinstance(below, Facts)
    assert [line.name for line in below.facts] == ["vacuum", "pool"]  # the worst is said already


def test_no_button_is_named_that_stands_in_another_answer() -> None:
    line = Verdict(level=Level.PAGE, text="Blocked sessions: 13. Press Unblock")
    assert as_fact("status", line).value == "Blocked sessions: 13"


def test_what_could_not_look_is_never_called_well() -> None:
    said = health([fact("pool", Level.NO_DATA), fact("slow", Level.OK)])
    assert said.verdict.level is Level.NO_DATA
    assert "1 diagnosis could not look" in said.verdict.text


def test_all_quiet_is_ok() -> None:
    assert health([fact("slow", Level.OK)]).verdict.level is Level.OK


def test_stale_statistics_apply_and_name_the_worst() -> None:
    win = analyze(Statistics(examined=12, stale=2, worst="silver"))
    assert win.applies
    assert "2 of 12 tables" in win.evidence
    assert "silver" in win.evidence


def test_work_mem_applies_only_when_sorts_spill_and_says_the_worst_case() -> None:
    much = spilled(4 * GB)
    assert work_mem(memory(), much).applies
    assert work_mem(memory(), spilled(1 << 20)).applies is False
    assert work_mem(memory(work_mem=64 << 20), much).applies is False
    assert "could cost up to 75 GB at worst" in work_mem(memory(), much).evidence


def test_spilling_of_nobody_knows_how_long_is_not_taken_for_that_of_an_hour() -> None:
    assert work_mem(memory(), spilled(4 * GB, None)).applies is None
    assert work_mem(memory(), spilled(0, None)).applies is False


def test_parallel_applies_only_where_few_workers_meet_large_tables() -> None:
    assert parallel(memory(gather=0)).applies
    assert not parallel(memory(gather=0, large_tables=0)).applies
    assert not parallel(memory()).applies


def test_the_wins_that_apply_come_first_with_one_button_each() -> None:
    known = Win(name="B", applies=True, evidence="seen", effect="high", text="settings")
    said = wins(
        [known.model_copy(update={"name": "A", "applies": False}), known, known.model_copy(update={"applies": None})]
    )
    (first,), (rest,) = said.parts, said.more
    assert isinstance(first, Facts)
    assert isinstance(rest, Facts)
    assert [fact.value for fact in (*first.facts, *rest.facts)] == ["yes", "not known", "no"]
    assert first.facts[0].note == "seen; effect high"
    assert [button.text for button in said.buttons] == ["settings"]
    assert said.verdict.text == "1 of the eight quick wins applies; first: b (seen)"


def test_what_is_not_known_is_never_called_needless() -> None:
    said = wins([Win(name="A", applies=None, evidence="not counted", effect="high")])
    assert said.verdict.level is Level.NO_DATA
    assert said.verdict.text.endswith("; 1 not known")


def test_a_database_that_is_down_is_one_sentence_and_not_one_for_each_diagnosis() -> None:
    down = [Fact(name=name, value="main does not answer", level=Level.NO_DATA) for name in ("status", "slow")]
    said = health(down)
    assert (said.verdict.level, said.verdict.text) == (Level.NO_DATA, "main does not answer")
    assert said.parts == ()
