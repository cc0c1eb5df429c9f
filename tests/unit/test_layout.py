"""How much room rows and keys need, against layouts worked out by hand from the manual."""

import pytest

from commands.layout import Field, btree_pages, data_width, heap_pages, key_width, nulls_in_row, row_width

BOOL, SMALL, INT, BIG = Field(1, 1, 0, 1), Field(2, 2, 0, 2), Field(4, 4, 0, 4), Field(8, 8, 0, 8)
NAME, UUID = Field(64, 1, 0, 64), Field(16, 1, 0, 16)


@pytest.mark.parametrize(
    ("fields", "width"),
    [
        ([], 0),
        ([INT], 8),
        ([BOOL, BIG, BOOL, BIG], 32),
        ([BIG, BIG, BOOL, BOOL], 24),
        ([BOOL, SMALL, INT, BIG], 16),
        ([UUID, BOOL, INT], 24),
        ([NAME, BOOL], 72),
    ],
)
def test_fixed_columns_are_padded_one_by_one(fields: list[Field], width: float) -> None:
    assert data_width(fields) == width


def test_a_short_text_is_not_aligned_and_a_long_one_is() -> None:
    short, long = Field(-1, 4, 0, 10), Field(-1, 4, 0, 1000)
    assert data_width([BOOL, short]) < data_width([BOOL, long]) - 980
    assert 8 <= data_width([short]) <= 16


def test_nulls_take_no_room_but_a_bitmap_beyond_eight_columns() -> None:
    empty = [Field(4, 4, 1, 4)] * 9
    assert data_width(empty) == 0
    assert row_width(empty[:8], 8) == 4 + 24
    assert row_width(empty, 9) == 4 + 32
    assert row_width([INT] * 9, 9) == 4 + 24 + 40
    assert row_width([INT], 9, nulls_always=True) == 4 + 32 + 8
    assert nulls_in_row([Field(4, 4, 0.5, 4)] * 2) == 0.75


def test_pages_hold_whole_rows_and_leave_the_fillfactor_free() -> None:
    assert heap_pages(0, 36, 100, 8192, even=True) == 0
    assert heap_pages(226, 36, 100, 8192, even=True) == 1
    assert heap_pages(227, 36, 100, 8192, even=True) == 2
    assert heap_pages(226, 36, 50, 8192, even=True) == 2
    assert heap_pages(3, 9000, 100, 8192, even=True) == 3


def test_a_btree_of_a_million_bigints_has_the_size_that_postgresql_gives_it() -> None:
    assert btree_pages(1_000_000, 1_000_000, key_width([BIG]), 90, 8192) == pytest.approx(2745, rel=0.005)


def test_equal_keys_share_an_entry() -> None:
    assert btree_pages(1_000_000, 100, key_width([INT]), 90, 8192) == pytest.approx(850, rel=0.02)
    assert btree_pages(0, 0, 16, 90, 8192) == 1
