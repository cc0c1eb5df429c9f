"""Who sits at a terminal, what is written there, and the number that a script reads."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.approval import Approval, seal, unticked, without
from bot.blocks import plain
from bot.chat import Verb
from bot.command import Plan, Risk, Sql, Step
from bot.errors import BadInput, DatabaseDown, NotAllowed, ScoutError, TooLate
from bot.registry import discover
from bot.report import Column, Level, Report, Table, Unit, Verdict
from bot.terminal.deciding import INCIDENTS, PLANS, SHOW, typed
from bot.terminal.seat import account_name, seated
from bot.terminal.telling import Answer, Exit, Screen, found, refused
from bot.terminal.trimming import numbers, to_trim

SLOW = Table(
    title="Slow",
    columns=(Column(title="Statement", unit=Unit.CODE), Column(title="Mean", unit=Unit.SECONDS), Column(title="By")),
    rows=(("select " + "x" * 60, 1.84, "a role with a long name"), ("select 1", 0.5, "app")),
)


def answer(level: Level, *parts: Table) -> Report:
    return Report(title="Slow", verdict=Verdict(level=level, text="Two are slow"), parts=parts)


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> str:
    for name in ("NO_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    there = Terminal()
    Screen(there, there).show(found(answer(Level.PAGE, SLOW)))
    return there.getvalue()


# --- who it is


def test_an_account_without_a_person_is_told_what_to_set() -> None:
    account = account_name(os.getuid())
    assert seated({account: "U0ANA"}).person == "U0ANA"
    with pytest.raises(NotAllowed, match=f"SCOUT_TERMINAL={account}=U0123ABC"):
        seated({"somebody else": "U0ANA"})


def test_an_account_without_a_name_is_known_by_its_number() -> None:
    assert account_name(0) == "root"
    assert account_name(4_000_000_000) == "4000000000"


def test_the_account_is_the_kernels_whatever_the_environment_says() -> None:
    lies = dict.fromkeys(("USER", "LOGNAME", "SUDO_USER", "USERNAME"), "ben")
    told = "import os; from bot.terminal.seat import account_name; print(account_name(os.getuid()))"
    said = subprocess.run(
        [sys.executable, "-c", told], env=os.environ | lies, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == account_name(os.getuid())


# --- what is written


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_table_fits_the_terminal_and_keeps_its_figures(width: int) -> None:
    lines = plain(answer(Level.OK, SLOW), width).splitlines()
    table = lines[lines.index("Slow", 2) + 1 :]
    assert max(len(line) for line in table) <= width
    assert "1.8 s" in table[1]
    assert "\u2026" in table[1]


def test_a_table_that_cannot_fit_is_written_row_below_row() -> None:
    lines = plain(answer(Level.OK, SLOW), 20).splitlines()
    assert "Mean       1.8 s" in lines
    assert "By         app" in lines


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on_a_terminal(monkeypatch, {}).startswith("\x1b[31;1mPAGE: Two are slow\x1b[0m\n")
    assert "\x1b" not in on_a_terminal(monkeypatch, {"NO_COLOR": "1"})
    assert "\x1b" not in on_a_terminal(monkeypatch, {"TERM": "dumb"})
    there = io.StringIO()
    Screen(there, there).show(found(answer(Level.PAGE, SLOW)))
    assert there.getvalue() == plain(answer(Level.PAGE, SLOW)) + "\n"


def test_json_holds_no_letter_that_a_terminal_obeys() -> None:
    there = io.StringIO()
    evil = answer(Level.OK).model_copy(update={"title": "\x1b[31m"})
    Screen(there, there, as_json=True).show(found(evil))
    assert "\x1b" not in there.getvalue()


@pytest.mark.parametrize(
    ("level", "code"),
    [(Level.OK, 0), (Level.INFO, 0), (Level.ALERT, 3), (Level.PAGE, 3), (Level.NO_DATA, 4)],
)
def test_the_number_tells_how_bad_the_answer_is(level: Level, code: int) -> None:
    assert found(answer(level)).exit == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("so"), Exit.MISTYPED),
        (NotAllowed("so"), Exit.REFUSED),
        (TooLate("so"), Exit.REFUSED),
        (DatabaseDown("so"), Exit.NO_DATA),
    ],
)
def test_the_number_tells_why_there_is_none(error: ScoutError, code: Exit) -> None:
    assert refused(error).exit is code


def test_the_page_for_scripts_names_every_field_and_every_number() -> None:
    page = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(Answer.model_fields)
    assert [int(number) for number in re.findall(r"^\| (\d+) ", page, re.MULTILINE)] == list(Exit)


# --- what is typed


def test_the_page_says_what_to_type_for_every_button() -> None:
    page = (Path(__file__).parents[2] / "docs" / "terminal.md").read_text(encoding="utf-8")
    assert {word for word in {*PLANS, *INCIDENTS} - {"ack"} if f"`{word} " not in page} == set()


def test_every_button_of_a_plan_and_of_an_incident_can_be_typed() -> None:
    elsewhere = {
        Verb.APPROVE: "approve",  # which asks for a note as well
        Verb.SILENCE: "the command silence",
        Verb.WHY: "because",
        Verb.SHARE: "the answer is not hidden from others",
        Verb.MORE: "all of it is written at once",
        Verb.SHEET: "--json",
    }
    assert {*PLANS.values(), *INCIDENTS.values()} == set(Verb) - set(elsewhere)


def test_no_command_is_called_as_a_word_that_decides() -> None:
    commands = discover("commands").commands
    names = {name for command in commands for name in (command.name, *command.words)}
    assert names & {*PLANS, *INCIDENTS, SHOW} == set()


def test_a_reason_is_no_part_of_what_it_is_the_reason_for() -> None:
    told = typed("Deny 1f0c9a because we wait; on shop")
    assert (told.word, told.rest, told.reason) == ("deny", ("1f0c9a",), "we wait; on shop")


@pytest.mark.parametrize(
    ("typed_words", "left_out", "then"),
    [(["1", "2"], (0,), "0 and 1"), (["12"], (), "11"), (["1", "12"], (), "0 and 11")],
)
def test_unticking_by_numbers_comes_to_the_same_as_unticking_boxes(
    typed_words: list[str], left_out: tuple[int, ...], then: str
) -> None:
    step = Step(title="x", do=Sql(statement="select 1"), locks="none", timeout_s=1, required=False)
    plan = Plan(summary="twelve", risk=Risk.DISRUPT, steps=(step,) * 12, pick=True)
    before = waiting(plan)
    after = without(before, left_out, "Ana") if left_out else before
    while boxes := to_trim(after, "untick", numbers(typed_words)):
        after = without(after, unticked(after, boxes.group, boxes.picked), "Ana")
    assert " and ".join(str(number) for number in after.left_out) == then


def test_a_number_that_is_none_is_told() -> None:
    with pytest.raises(BadInput, match="'two' is no number of a step"):
        numbers(["1", "two"])
    with pytest.raises(BadInput, match="to be taken as it is"):
        to_trim(waiting(Plan(summary="one", risk=Risk.MEND, steps=())), "untick", (0,))


def waiting(plan: Plan) -> Approval:
    at = datetime(2026, 11, 29, tzinfo=UTC)
    return Approval(
        id="a", text="it", command="it", database="shop", plan=plan, seal=seal(plan), requester="U1", channel="C1",
        asked_at=at, expires_at=at,
    )  # fmt: skip
