"""Which views count as stale, and why."""

from datetime import UTC, datetime, timedelta

import pytest

from commands.matviews import View
from commands.staleness import stale
from commands.view_ages import Behind, Details, Seen

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
VIEW = View(
    name="gold", level=0, populated=True, has_unique_index=True, size=1, reads_from=(), busy=(), alone="a", statement="s", refreshed="r"
)  # fmt: skip
DETAILS = Details(
    name="gold", locked=False, hindrance="", read_by=(), column=None, source_schema=None, source="sales",
    source_column=None, why_not="",
)  # fmt: skip


def seen(behind: Behind | None = None, last_at: datetime | None = None, **view: object) -> Seen:
    return Seen(VIEW.model_copy(update=view), DETAILS, behind, last_at, None)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (seen(Behind(seconds=7200, is_empty=False)), "2 h behind sales"),
        (seen(Behind(seconds=59, is_empty=False)), ""),
        (seen(Behind(seconds=-5, is_empty=False)), ""),
        (seen(Behind(seconds=None, is_empty=True)), "empty, though sales is not"),
        (seen(Behind(seconds=None, is_empty=False)), ""),
        (seen(), "shows no age, and was never refreshed by Scout"),
        (seen(last_at=AT - timedelta(minutes=59)), ""),
        (seen(last_at=AT - timedelta(minutes=61)), "shows no age, and was refreshed 1 h 1 min ago"),
        (seen(Behind(seconds=1, is_empty=False), populated=False), "never populated"),
    ],
)
def test_a_view_is_stale_by_its_age_or_by_its_last_refresh(one: Seen, why: str) -> None:
    assert stale([one], AT) == ({"gold": why} if why else {})


def test_what_reads_a_stale_view_is_stale_with_it() -> None:
    late = seen(Behind(seconds=7200, is_empty=False))
    fresh = Behind(seconds=0, is_empty=False)
    above = seen(fresh, name="above", level=1, reads_from=("gold",))
    top = seen(fresh, name="top", level=2, reads_from=("above",))
    beside = seen(fresh, name="beside")
    assert stale([top, beside, above, late], AT) == {
        "gold": "2 h behind sales",
        "above": "reads gold",
        "top": "reads above",
    }


def test_the_text_for_the_key_of_an_odd_view_can_be_typed() -> None:
    odd = VIEW.model_copy(update={"name": """A "first" view's"""})
    assert odd.key_text == """index create 'table=A "first" view'"'"'s' unique=yes"""
