"""Whatever size things have, the answer takes bounded time and is a message that Slack takes."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import thread_time

import pytest
from door_fixture import opened
from store_fixture import approval

from bot.approval import seal
from bot.blocks import as_csv, draw_approval, draw_report, full_plan, plain
from bot.command import Plan, Risk, Session, Sql, Step
from bot.errors import BadInput
from bot.parse import parse
from bot.redact import redact, scrub
from bot.registry import discover
from bot.report import Code, Column, Level, Report, Table, Text, Unit, Verdict
from practice.slack.limits import message_problems, message_size_error
from tests.unit.message_fixture import slack_refuses
from tests.unit.payload_fixture import ANYBODY, deep, press, slash

ENTRIES = discover("commands").entries
MEGABYTES = 1_000_000


def bounded(act: Callable[[], object], seconds: float, megabytes: float) -> None:
    """Fail when something takes more time of this thread, or more memory at its peak."""
    tracemalloc.start()
    try:
        began = thread_time()
        act()
        spent, (_, peak) = thread_time() - began, tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert spent < seconds
    assert peak < megabytes * MEGABYTES


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "slow " + "limit=5 " * 10_000,
        "'" * 100_000,
        "\\" * 100_000,
        "a=" * 50_000,
        "(" * 100_000,
        "\x00" * 100_000,
    ],
    ids=range(7),
)
def test_a_command_of_a_hundred_thousand_characters_is_refused_at_once(text: str) -> None:
    def asked() -> None:
        with pytest.raises(BadInput, match=r"characters; a command has at most 500"):
            parse(text, ENTRIES)

    bounded(asked, 0.5, 30)


def big(rows: int) -> Report:
    table = Table(
        title="many",
        columns=(
            Column(title="name"),
            Column(title="size", unit=Unit.BYTES),
            Column(title="statement", unit=Unit.CODE),
        ),
        rows=tuple((f"<!channel> {number}", number, "select '`' " * 5) for number in range(rows)),
    )
    return Report(title="r", verdict=Verdict(level=Level.OK, text="v"), parts=(table,), more=(table,))


@pytest.mark.slow
def test_a_report_of_a_hundred_thousand_rows_is_drawn() -> None:
    report = big(100_000)
    bounded(lambda: draw_report(report), 1, 50)
    assert slack_refuses(report) == []


@pytest.mark.slow
def test_its_sheet_and_its_text_are_written() -> None:
    report = big(20_000)
    bounded(lambda: as_csv(report), 20, 200)
    bounded(lambda: plain(report), 30, 300)


@pytest.mark.slow
@pytest.mark.parametrize(
    "letters", ["x", "*_~`", "&<>", "<!channel>", "\u202e", "\n", ":a", "@channel", "\N{PILE OF POO}"]
)
def test_a_text_of_a_million_characters_is_drawn(letters: str) -> None:
    long = (letters * 1_000_000)[:1_000_000]
    report = Report(
        title=long, verdict=Verdict(level=Level.OK, text=long), parts=(Text(text=long), Code(text=long)), notes=(long,)
    )
    bounded(lambda: draw_report(report), 30, 200)
    assert slack_refuses(report) == []


@pytest.mark.slow
def test_a_plan_of_ten_thousand_steps_is_shown_and_sealed() -> None:
    hit = Session(pid=1, role="r", application="<!channel>", state="idle", age_s=1, doing="x", why="y")
    step = Step(title="drop", do=Sql(statement="drop index i"), locks="none", timeout_s=5, hits=(hit,) * 3)
    plan = Plan(summary="many", risk=Risk.DISRUPT, steps=(step,) * 10_000)
    waiting = approval("1").model_copy(update={"plan": plan})
    bounded(lambda: seal(plan), 10, 200)
    bounded(lambda: full_plan(waiting), 20, 200)
    bounded(lambda: draw_approval(waiting, [], waiting.asked_at), 20, 200)
    drawn = draw_approval(waiting, [], waiting.asked_at)
    message = {"text": drawn.text, "blocks": drawn.blocks}
    assert message_problems(message) == []
    assert message_size_error(message) is None


@pytest.mark.parametrize("unit", ["(", "[", "'", '"', "/*", "$a$", "\\", "select ", "a@", "=>", "Key (a)=(", "x://"])
def test_redaction_takes_bounded_time_on_anything(unit: str) -> None:
    bomb = (unit * 200_000)[:200_000]
    bounded(lambda: redact(bomb), 5, 100)
    bounded(lambda: redact(bomb[:15_000]), 5, 100)
    bounded(lambda: scrub(bomb), 5, 100)


def test_a_payload_as_deep_as_python_reads_is_acknowledged(tmp_path: Path) -> None:
    with opened(tmp_path) as door:
        whole = press(ANYBODY, "scout_deny", "x", is_ephemeral=False)
        assert door.flaws("interactive", whole | {"message": deep(400)}) == []
        assert door.flaws("slash_commands", slash(ANYBODY, "x" * 1_000_000, "/scout")) == []
