"""Whatever stands in a cell, a spreadsheet shows it and does nothing else."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import as_csv
from bot.report import Column, Level, Report, Table, Unit, Verdict
from tests.unit.payload_fixture import NASTY_TEXTS, UNICODE

FORMULAS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def sheet(*cells: str | float | None, title: str = "t") -> str:
    columns = tuple(Column(title=title, unit=Unit.TEXT) for _ in cells)
    found = Table(title=title, columns=columns, rows=(cells,))
    return as_csv(Report(title="r", verdict=Verdict(level=Level.OK, text="v"), parts=(found,)))


def cells(text: str) -> list[str]:
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


@pytest.mark.parametrize("begin", ["", " ", "\t", "\r", "\n", "\u00a0", "\u200b", "\x00", "\ufeff"])
@pytest.mark.parametrize("sign", FORMULAS)
def test_no_cell_and_no_title_begins_a_formula_whatever_stands_before_the_sign(begin: str, sign: str) -> None:
    wild = f"{begin}{sign}cmd|' /C calc'!A0"
    found = cells(sheet(wild, title=wild))
    assert [cell for cell in found if cell.lstrip().startswith(FORMULAS)] == []
    assert all(cell.startswith("'") for cell in found)


@given(UNICODE | st.sampled_from(NASTY_TEXTS))
def test_any_text_is_one_cell_that_does_nothing(text: str) -> None:
    written = sheet(text)
    assert "\x00" not in written
    assert written.encode()
    assert [cell for cell in cells(written) if cell.lstrip().startswith(FORMULAS)] == []
    assert len(cells(written)) == 3


def test_a_semicolon_is_no_separator_because_every_text_stands_in_quotation_marks() -> None:
    assert sheet("a;=1+1").splitlines()[2] == '"a;=1+1"'


def test_numbers_stay_numbers_negative_ones_too() -> None:
    assert sheet(-1.5, 0, None).splitlines()[2] == '-1.5,0,""'
