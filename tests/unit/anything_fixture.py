"""Rows with anything in them: markup, quotes, very long texts, very large numbers, nothing."""

from datetime import UTC, datetime
from types import UnionType
from typing import TypeVar, get_args

from hypothesis import strategies as st
from pydantic import BaseModel

M = TypeVar("M", bound=BaseModel)
TEXT = st.text(max_size=20) | st.sampled_from(["<!channel>", '"Odd" `name`', "x" * 100_000, "", "a\nb", "*_~&amp;"])
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
BY_TYPE = {
    str: TEXT,
    int: st.integers(-(2**40), 2**60),
    float: st.floats(0, 2**60, allow_nan=False),
    bool: st.booleans(),
    datetime: TIMES,
    type(None): st.none(),
    tuple[int, ...]: st.lists(st.integers(-2, 20), max_size=4).map(tuple),
}


def rows(model: type[M], most: int = 30) -> st.SearchStrategy[list[M]]:
    """Lists of records of a model, whatever their fields hold."""
    return st.lists(row(model), max_size=most)


def row(model: type[M]) -> st.SearchStrategy[M]:
    """A record of a model."""
    fields = {name: of(field.annotation) for name, field in model.model_fields.items()}
    return st.builds(model, **fields)


def of(annotation: object) -> st.SearchStrategy[object]:
    """Values of a field's type."""
    if isinstance(annotation, UnionType):
        return st.one_of(*(of(one) for one in get_args(annotation)))
    return BY_TYPE[annotation]  # pyright: ignore[reportArgumentType] - a type that is not there is a KeyError, as it should
