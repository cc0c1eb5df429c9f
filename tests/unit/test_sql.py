"""Named statements from the file beside a module."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from bot.sql import Statement, identifier, queries


def written(folder: Path, text: str) -> str:
    (folder / "slow.sql").write_text(text, encoding="utf-8")
    return str(folder / "slow.py")


def test_statements_are_found_by_name_with_their_comments(tmp_path: Path) -> None:
    text = "-- What this file answers.\n\n-- name: one\n-- why\nselect 1;\n\n-- name: two  \nselect %(limit)s -- last\n"
    assert queries(written(tmp_path, text)) == {
        "one": Statement("slow.one", "-- why\nselect 1"),
        "two": Statement("slow.two", "select %(limit)s -- last"),
    }


def test_only_the_last_semicolon_goes(tmp_path: Path) -> None:
    assert queries(written(tmp_path, "-- name: one\nselect ';';\n"))["one"].text == "select ';'"


@pytest.mark.parametrize(
    "text",
    [
        "select 1;\n-- name: one\nselect 2;\n",
        "-- name: one\n-- only a comment\n-- name: two\nselect 2;\n",
        "-- name: one\n;\n",
        "-- name: one\nselect 1;\n-- name: one\nselect 2;\n",
    ],
)
def test_a_file_that_is_not_in_order_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=r"slow\.sql"):
        queries(written(tmp_path, text))


def test_a_module_without_its_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        queries(str(tmp_path / "slow.py"))


@pytest.mark.parametrize(
    ("text", "needs"), [("select * from {schema}.t", True), ("select %(limit)s", False), ("select '{}'::int[]", False)]
)
def test_a_statement_knows_whether_it_needs_names(text: str, needs: bool) -> None:  # noqa: FBT001 - a table's column
    assert Statement("slow.one", text).needs_names is needs


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_name_is_quoted_as_the_driver_quotes_it(name: str) -> None:
    assert identifier(name) == sql.Identifier(name).as_string(None)


def test_no_name_is_cut_off_at_a_nul() -> None:
    assert identifier('a\0"b') == '"a\N{SYMBOL FOR NULL}""b"'
