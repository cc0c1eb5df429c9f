"""Scout is killed in the steps of the two longest repairs; its card says what it found, and Resume ends them."""

from collections.abc import Iterator

import pytest
from laboratory import SOON, Laboratory
from stage_fixture import ANA, BEN, CORA

from practice.slack.text import as_text

pytestmark = pytest.mark.slow

ROWS = 400
SOLD = """
set role scout_owner;
create table lab.sold (id int primary key, day date not null);
insert into lab.sold select n, current_date - n from generate_series(1, 400) as n;
"""
SEEN = """
set role scout_owner;
create materialized view lab.seen as select n as id, repeat('x', 100) as filling from generate_series(1, 400) as n;
create unique index seen_id on lab.seen (id);
"""
LEFT = """
select count(*) from pg_class as c
where c.relname ~ '^scout_(re|convert)' or exists (select from pg_index as i where i.indexrelid = c.oid and not i.indisvalid)
"""


@pytest.fixture
def lab(shared_laboratory: Laboratory) -> Iterator[Laboratory]:
    with shared_laboratory.experiment("sqlite") as there:
        yield there


@pytest.fixture
def sold(lab: Laboratory) -> Iterator[Laboratory]:
    """The laboratory with a table to convert."""
    lab.do(SOLD)
    yield lab
    lab.do("drop table lab.sold")


@pytest.fixture
def seen(lab: Laboratory) -> Iterator[Laboratory]:
    """The laboratory with a view to rebuild."""
    lab.do(SEEN)
    yield lab
    lab.do("drop materialized view lab.seen")


@pytest.mark.parametrize(
    ("point", "found"),
    [
        ("begun step: create unique index", "was in flight, and is not done: not there"),
        ("ended step: validate constraint", "was in flight, and is done: every row is before"),
        ("begun step: in access exclusive mode", "was in flight, and is not done: not partitioned"),
        ("ended step: in access exclusive mode", "was in flight, and is done: partitioned"),
        ("begun step: analyze", "was in flight, and is not done: no statistics"),
    ],
)
def test_a_conversion_goes_on_from_where_it_was_killed(sold: Laboratory, point: str, found: str) -> None:
    card = sold.propose(ANA, "/scout partition convert sold")
    sold.arm(point)
    sold.press(BEN, card, "scout_approve")
    sold.slack.click(CORA, sold.now(card), "scout_approve")
    sold.dies()
    sold.rises()
    sold.interrupted(card, found)
    assert "steps done and verified" in sold.resumed(card)
    sold.settled()
    assert sold.value("select relkind::text from pg_class where oid = 'lab.sold'::regclass") == "p"
    assert sold.value("select reltuples from pg_class where oid = 'lab.sold'::regclass") == ROWS
    assert sold.value("select count(*) from lab.sold") == ROWS
    assert sold.value(LEFT) == 0


@pytest.mark.parametrize(
    ("point", "found"),
    [
        ("ended step: create materialized view", "was in flight, and is done: built"),
        ("ended step: rename to", "was in flight, and is done: rebuilt"),
    ],
)
def test_a_rebuild_goes_on_from_where_it_was_killed(seen: Laboratory, point: str, found: str) -> None:
    before = seen.value("select 'lab.seen'::regclass::oid")
    card = seen.propose(ANA, "/scout view rebuild seen")
    seen.arm(point)
    seen.slack.click(BEN, card, "scout_approve")
    seen.dies()
    seen.rises()
    seen.interrupted(card, found)
    assert "3 of 3 steps done and verified" in seen.resumed(card)
    seen.settled()
    assert seen.value("select 'lab.seen'::regclass::oid") != before
    assert seen.value(LEFT) == 0


def test_what_a_rebuild_left_is_named_on_its_card_and_dropped_by_the_next(seen: Laboratory) -> None:
    card = seen.propose(ANA, "/scout view rebuild seen")
    seen.arm("ended step: create materialized view")
    seen.slack.click(BEN, card, "scout_approve")
    seen.dies()
    aside = seen.value("select relname::text from pg_class where relname ~ '^scout_rebuild_' and relkind = 'm'")
    seen.rises()
    seen.interrupted(card)
    assert f"it leaves {aside}, which nobody reads" in as_text(card)
    seen.sql("refresh materialized view lab.seen")  # so that what was built is out of date
    seen.slack.click(BEN, seen.now(card), "scout_resume")
    seen.becomes(card, "the old view stays as it was, and what was built is dropped", within=SOON)
    seen.settled()
    assert seen.value(LEFT) == 0
