"""What people say of an index and of a role's memory is read as a sentence, and nothing of it is free text."""

import pytest

from bot.errors import BadInput
from commands.index_sentence import arguments
from commands.tune import Wanted


def said(text: str) -> list[str]:
    return list(arguments(text.split()))


@pytest.mark.parametrize(("text", "read"), [
    ("on sales (store_id)", ["table=sales", "columns=store_id"]),
    ("on sales(store_id, at)", ["table=sales", "columns=store_id,at"]),
    ("ON sales store_id,-at", ["table=sales", "columns=store_id,-at"]),
    ("mine on sales (store_id asc, at DESC)", ["name=mine", "table=sales", "columns=store_id,-at"]),
    ("on sales (at) where gone is null", ["table=sales", "columns=at", "null=gone"]),
    ("on sales (at) WHERE (gone IS NOT NULL) and paid is null", ["table=sales", "columns=at", "notnull=gone", "null=paid"]),
    ("on views (a, b) unique=yes", ["table=views", "columns=a,b", "unique=yes"]),
    ("on views unique=yes", ["table=views", "unique=yes"]),
    ("idx_transactions_recent", ["idx_transactions_recent"]),
    ("table=sales columns=at", ["table=sales", "columns=at"]),
])  # fmt: skip
def test_an_index_is_said_as_in_sql(text: str, read: list[str]) -> None:
    assert said(text) == read


@pytest.mark.parametrize("condition", ["paid = 'cash'", "lower(a) is null; drop table sales", "1=1", "gone"])
def test_no_other_condition_is_taken(condition: str) -> None:
    with pytest.raises(BadInput, match="COLUMN is null"):
        said(f"on sales (at) where {condition}")


def test_memory_is_given_for_a_role() -> None:
    assert Wanted.spoken(["work_mem=64MB", "for", "app"]) == ["role=app", "work_mem=64MB"]
    wanted = ["MAX_parallel_workers_per_gather=4", "work_mem=1GB", "for", "app"]
    assert Wanted.spoken(wanted) == ["role=app", "parallel=4", "work_mem=1GB"]
    assert Wanted.spoken(["app", "64MB", "4"]) == ["app", "64MB", "4"]
