"""What a button types is read back as it was meant, whatever the names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadInput
from bot.parse import arguments, parse
from bot.registry import entry
from commands import index_create, index_drop
from commands.typed import columns, named

ENTRIES = [entry(index_drop.command), entry(index_create.command)]
NAME = st.text(min_size=1, max_size=63) | st.sampled_from(
    ["a b", 'Odd "x"', "it's", "größe", "a=b", "--", "$x", "“q”", "x" * 500]
)


@given(NAME)
def test_a_name_comes_back(name: str) -> None:
    text = named("index drop", name)
    if text:
        assert parse(text, ENTRIES).args == {"index": name}
        assert parse(text, ENTRIES).database == ""


@given(NAME, st.lists(NAME, min_size=1, max_size=3))
def test_columns_come_back(relation: str, names: list[str]) -> None:
    text = columns("index create", relation, ", ".join(names))
    if text:
        args = arguments(ENTRIES[1], parse(text, ENTRIES).args)
        assert isinstance(args, index_create.Wanted)
        try:
            wish = index_create.wished(args, "scout")
        except BadInput as error:
            assert "twice" in str(error)  # noqa: PT017 - only a column that is there twice may be refused
            return
        assert wish.relation == relation
        assert ",".join(wish.columns) == ",".join(names).replace(", ", ",")


@pytest.mark.parametrize(
    ("name", "text"), [("ix", "index drop ix"), ("a b", "index drop 'a b'"), ("a=b", ""), ("", "")]
)
def test_what_is_typed_for_a_name(name: str, text: str) -> None:
    assert named("index drop", name) == text
