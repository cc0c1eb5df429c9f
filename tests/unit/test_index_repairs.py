"""What the repairs of indexes and caches propose, pure; and that whatever they say is a message that Slack takes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from message_fixture import slack_refuses

from bot.command import Plan, Risk
from bot.errors import BadInput
from bot.report import Level, Report
from commands import cache_purge, index_create, index_drop, indexes_redundant, indexes_unused, reindex
from commands.cache import Found
from commands.index_catalogue import CATALOGUE, Wish, in_catalogue
from commands.index_site import Site, hindrance, refuse_unknown
from commands.older import Older, note

TEXT = st.text(max_size=40) | st.sampled_from(["", "<!channel>", "`*_~", '"Odd" %s', "x" * 100_000])
NAMES = st.lists(TEXT, max_size=4).map(tuple)
COUNT = st.integers(0, 10**15)
often = settings(max_examples=40)
SITE = st.builds(
    Site, oid=COUNT, directions=st.just(()), keys=TEXT, condition=TEXT, predicate=TEXT, relation=TEXT, kind=st.sampled_from("rpmvf"), owner=TEXT, locked=st.booleans(), size=COUNT, rows=COUNT,
    missing=st.just(()), known=NAMES, columns=st.lists(TEXT, min_size=1, max_size=4).map(tuple), index=TEXT,
    same_name=st.sampled_from(["", "valid", "other", "invalid", "building", "taken"]), same=TEXT, same_lead=NAMES,
    definition=TEXT, left_aside=st.booleans(), statement=TEXT, valid=TEXT, set_aside=TEXT, is_aside=TEXT, drop_it=TEXT,
    drop_aside=TEXT, is_gone=TEXT, aside_is_gone=TEXT, confirmed=TEXT, cleared=TEXT,
)  # fmt: skip
INDEX = st.builds(
    index_drop.Index, index=TEXT, relation=TEXT, size=COUNT, parts=COUNT, owner=TEXT, is_partitioned=st.booleans(), is_part=st.booleans(),
    is_valid=st.booleans(), is_primary=st.booleans(), is_unique=st.booleans(), constraint_name=TEXT, scans=COUNT,
    locked=st.booleans(), statement=TEXT, undo=TEXT, dropped=TEXT, rebuild=TEXT, lost=TEXT, is_back=TEXT,
)  # fmt: skip
REBUILT = st.builds(
    reindex.Index, index=TEXT, relation=TEXT, size=COUNT, owner=TEXT, is_valid=st.booleans(), is_partitioned=st.booleans(),
    is_exclusion=st.booleans(), leftover=st.booleans(), building=TEXT, locked=st.booleans(), rebuild=TEXT, drop_it=TEXT,
    drop_spare=TEXT, is_gone=TEXT, valid=TEXT, confirmed=TEXT, cleared=TEXT,
)  # fmt: skip
PURGE = st.builds(
    cache_purge.Purge, expired=st.just(0) | COUNT, longest_s=st.floats(0, 1e9), statement=TEXT, purged=TEXT
)
TABLE = st.builds(
    Found, name=TEXT, locked=st.booleans(), readable=st.booleans(), filtered=st.booleans(), size=COUNT, about=COUNT, grant_select=TEXT
)  # fmt: skip
NOTHING = index_drop.Judged(
    indexes_unused.Found(
        indexes_unused.Evidence.model_validate(
            {"since": "2026-01-01T00:00:00Z", "seconds": 1e7, "replicas": 0, "is_replica": False, "counting": True,
             "knows_birth": False, "examined": 3}
        ), [], 35,
    ),
    indexes_redundant.Found([], indexes_redundant.Examined(indexes=3, tables=1, invalid=0, partitions=0, extensions=0, locked=())),
)  # fmt: skip
PLAIN = Site(
    oid=1, directions=(0,), keys="a", condition="", predicate="", relation="orders", kind="r", owner="boss", locked=False, size=2**20, rows=100, missing=(), known=("a", "b"), columns=("a",),
    index="orders_a_idx", same_name="", same="", same_lead=(), definition="", left_aside=False, statement="create …", valid="v",
    set_aside="s", is_aside="ia", drop_it="drop index x", drop_aside="da", is_gone="g", aside_is_gone="ag", confirmed="c", cleared="cl",
)  # fmt: skip
WISH = Wish(relation="orders", columns=("a",))
VALID = reindex.Index(
    index="ix", relation="orders", size=1, owner="boss", is_valid=True, is_partitioned=False, is_exclusion=False, leftover=False,
    building="", locked=False, rebuild="r", drop_it="d", drop_spare="ds", is_gone="g", valid="v", confirmed="c", cleared="cl",
)  # fmt: skip


def is_fine(said: Plan | Report) -> bool:
    return isinstance(said, Plan) or slack_refuses(said) == []


@often
@given(SITE)
def test_whatever_is_there_an_answer_about_a_build_can_be_sent(site: Site) -> None:
    assert is_fine(index_create.proposal(site, WISH, []))
    assert is_fine(index_create.catalogue([(wish, site) for wish in CATALOGUE]))


@often
@given(INDEX)
def test_whatever_the_index_an_answer_about_its_drop_can_be_sent(index: index_drop.Index) -> None:
    assert is_fine(index_drop.proposal(index, NOTHING, []))


@often
@given(st.lists(REBUILT, max_size=40))
def test_whatever_is_invalid_an_answer_about_it_can_be_sent(found: list[reindex.Index]) -> None:
    assert is_fine(reindex.proposal(found, []))


@often
@given(st.lists(st.tuples(TABLE, PURGE), max_size=2), NAMES)
def test_whatever_a_cache_holds_an_answer_about_it_can_be_sent(
    counted: list[tuple[Found, cache_purge.Purge]], left_out: tuple[str, ...]
) -> None:
    assert is_fine(cache_purge.proposal(counted, left_out, "scout"))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kind": "v"}, "orders is a view, which has no indexes"),
        ({"locked": True}, "orders is locked exclusively"),
        ({"same_name": "valid"}, "orders_a_idx exists and is valid: nothing to do"),
        ({"same_name": "building"}, "orders_a_idx is being built now"),
        ({"same_name": "taken"}, "The name orders_a_idx is taken"),
        ({"same": "other_idx"}, "other_idx is the same index under another name"),
    ],
)
def test_what_hinders_a_build_is_said(changed: dict[str, object], why: str) -> None:
    assert hindrance(PLAIN.model_copy(update=changed)).startswith(why)


def test_a_build_ends_with_clearing_away_and_only_the_last_step_decides() -> None:
    plan = index_create.proposal(PLAIN, WISH, [])
    assert isinstance(plan, Plan)
    assert plan.risk is Risk.MEND
    assert [step.required for step in plan.steps] == [False, False, True]
    assert [step.timeout_s for step in plan.steps] == [0, 15, 0]


def test_what_is_broken_goes_first() -> None:
    broken = PLAIN.model_copy(update={"same_name": "invalid", "left_aside": True})
    plan = index_create.proposal(broken, WISH, [])
    assert isinstance(plan, Plan)
    assert [step.title for step in plan.steps[:2]] == [
        "Drop invalid index orders_a_idx",
        "Drop what an earlier build left",
    ]


def test_an_unknown_column_gets_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"has no column 'aa'\. Did you mean 'a'"):
        refuse_unknown(PLAIN.model_copy(update={"missing": ("aa",)}))


def test_the_catalogue_is_found_in_any_case() -> None:
    assert in_catalogue("IDX_transactions_RECENT") == CATALOGUE[2]
    assert in_catalogue("idx") is None
    assert all(not wish.null and not wish.notnull for wish in CATALOGUE)


def test_only_the_last_of_several_rebuilds_ends_the_run() -> None:
    left = VALID.model_copy(update={"index": "ix_ccnew", "leftover": True})
    plan = reindex.proposal([left, VALID, VALID.model_copy(update={"index": "iy"})], [])
    assert isinstance(plan, Plan)
    assert [step.required for step in plan.steps] == [False, False, False, False, True]
    assert plan.summary == "Rebuild ix, iy and drop the leftover ix_ccnew; readers and writers go on"


def test_a_rebuild_whose_leftover_has_no_known_name_decides_itself() -> None:
    plan = reindex.proposal([VALID.model_copy(update={"drop_spare": ""})], [])
    assert isinstance(plan, Plan)
    assert [step.required for step in plan.steps] == [True]


def test_an_index_that_is_read_and_not_served_by_another_stays() -> None:
    index = index_drop.Index(
        index="ix", relation="orders", size=1, parts=1, owner="boss", is_partitioned=False, is_part=False, is_valid=True, is_primary=False,
        is_unique=False, constraint_name="", scans=4_000, locked=False, statement="drop", undo="create", dropped="d", rebuild="r",
        lost="", is_back="b",
    )  # fmt: skip
    answer = index_drop.proposal(index, NOTHING, [])
    assert isinstance(answer, Report)
    assert answer.verdict.level is Level.INFO
    assert answer.verdict.text == "Not dropped: ix was read 4,000 times, and no other index serves for it"


def test_who_is_waited_for_is_named() -> None:
    found = [
        Older(pid=7, role="app", state="idle in transaction", age_s=300),
        Older(pid=0, role="app", state="prepared as x", age_s=60),
    ]
    said = note(found)
    assert "pid 7 (app, idle in transaction) for 5 min" in said
    assert "a transaction of app, prepared as x, for 1 min" in said
    assert note([]).startswith("Nobody is in its way now")
