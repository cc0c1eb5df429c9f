"""Health and wins: what is said first, and in which order."""

from bot.report import Fact, Level, Table
from commands.health import report as health
from commands.wins import Memory, Statistics, Win, analyze, parallel, work_mem
from commands.wins import report as wins

GB = 1 << 30


def fact(name: str, level: Level) -> Fact:
    return Fact(name=name, value=f"{name} says so", level=level)


def memory(**changes: float) -> Memory:
    told = {"temp_files": 9, "temp_bytes": 4 * GB, "since_s": 3600.0, "work_mem": 4 << 20, "hash_multiplier": 2.0}
    more = {"connections": 100, "gather": 2, "workers": 8, "large_tables": 3}
    return Memory.model_validate({**told, **more, **changes})


def test_the_worst_line_is_the_verdict_and_the_quiet_ones_are_behind() -> None:
    said = health(
        [fact("slow", Level.OK), fact("blocked", Level.PAGE), fact("pool", Level.NO_DATA), fact("vacuum", Level.ALERT)]
    )
    assert said.verdict.level is Level.PAGE
    assert said.verdict.text == "blocked: blocked says so; 1 more below"
    assert [button.text for button in said.buttons] == ["blocked", "vacuum", "pool"]
    assert "slow" in str(said.more)
    assert "slow" not in str(said.parts)


def test_what_could_not_look_is_never_called_well() -> None:
    said = health([fact("slow", Level.OK), fact("pool", Level.NO_DATA)])
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
    assert work_mem(memory()).applies
    assert not work_mem(memory(temp_bytes=1 << 20)).applies
    assert not work_mem(memory(work_mem=64 << 20)).applies
    assert "could cost up to 75 GB at worst" in work_mem(memory()).evidence


def test_parallel_applies_only_where_few_workers_meet_large_tables() -> None:
    assert parallel(memory(gather=0)).applies
    assert not parallel(memory(gather=0, large_tables=0)).applies
    assert not parallel(memory()).applies


def test_the_wins_that_apply_come_first_with_one_button_each() -> None:
    known = Win(name="B", applies=True, evidence="seen", effect="high", text="settings")
    said = wins(
        [known.model_copy(update={"name": "A", "applies": False}), known, known.model_copy(update={"applies": None})]
    )
    (table,) = said.parts
    assert isinstance(table, Table)
    assert [row[0] for row in table.rows] == ["yes", "not known", "no"]
    assert [button.text for button in said.buttons] == ["settings"]
    assert said.verdict.text == "1 quick win of eight: b"
