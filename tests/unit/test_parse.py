"""What somebody typed, and what it means."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from bot.command import Args
from bot.errors import BadInput, ScoutError
from bot.parse import MOST_CHARACTERS, Call, Entry, arguments, parse, usage, with_reason


class Slow(Args):
    limit: int = Field(default=10, ge=1, le=50)
    by: Literal["total", "mean"] = "total"


class Create(Args):
    table: str
    columns: str = ""


class Wanted(Args):
    view: str = "all"


SLOW = Entry("slow", Slow, ("slow queries",))
CREATE = Entry("index create", Create, ("new index",))
REFRESH = Entry("refresh", Wanted, ("refresh views",))
EMERGENCY = Entry("emergency", Args, ("emergency fix", "fix"))
STATUS = Entry("status", Args, ("how is it",))
ENTRIES = (SLOW, CREATE, REFRESH, EMERGENCY, STATUS)


def call(name: str, database: str = "", **args: str) -> Call:
    return Call(name, args, database)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("status", call("status")),
        ("  STATUS  ", call("status")),
        ("slow 5", call("slow", limit="5")),
        ("slow 5 mean", call("slow", limit="5", by="mean")),
        ("slow by=mean 5", call("slow", limit="5", by="mean")),
        ("slow LIMIT=5", call("slow", limit="5")),
        ("slow limit=", call("slow", limit="")),
        ("index create orders", call("index create", table="orders")),
        ("Index  Create orders store_id,created_at", call("index create", table="orders", columns="store_id,created_at")),
        ('index create "My Orders"', call("index create", table="My Orders")),
        ("index create \u201cMy Orders\u201d", call("index create", table="My Orders")),
        ("index create \u2018My Orders\u2019", call("index create", table="My Orders")),
        ("index\u00a0create orders", call("index create", table="orders")),
        ('index create columns="a, b" orders', call("index create", table="orders", columns="a, b")),
        ("index create orders columns=a=b", call("index create", table="orders", columns="a=b")),
        ("slow queries 3", call("slow", limit="3")),
        ("refresh views", call("refresh")),
        ("refresh views gold", call("refresh", view="gold")),
        ("refresh gold", call("refresh", view="gold")),
        ("emergency fix", call("emergency")),
        ("fix", call("emergency")),
        ("How is it", call("status")),
        ("status on staging", call("status", "staging")),
        ("status ON Staging", call("status", "Staging")),
        ("slow 5 on staging", call("slow", "staging", limit="5")),
        ("how is it on staging", call("status", "staging")),
        ("refresh on", call("refresh", view="on")),
    ],
)  # fmt: skip
def test_a_text_means_a_call(text: str, meant: Call) -> None:
    assert parse(text, ENTRIES) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("statu", "Did you mean `/scout status`?"),
        ("slwo 5", "Did you mean `/scout slow [limit=10] [by=total]`?"),
        ("emergancy fix", "Did you mean `/scout emergency`?"),
        ("index creat orders", "Did you mean `/scout index create TABLE [COLUMNS]`?"),
        ("xyzzy", "I do not know 'xyzzy'. `/scout help` lists what you may do."),
        ("slow limt=5", "Did you mean 'limit'? Usage: `/scout slow [limit=10] [by=total]`."),
        ("slow colour=red", "`slow` does not take 'colour'. Usage: `/scout slow"),
        ("slow 5 mean more", "`slow` does not take 'more'."),
        ("status now", "`status` does not take 'now'."),
        ("slow 5 limit=6", "'limit' is there twice."),
        ("slow limit=5 LIMIT=6", "'limit' is there twice."),
        ('index create "My Orders', "A quotation mark has no partner."),
        ("status " + "x" * MOST_CHARACTERS, "That is 507 characters; a command has at most 500."),
    ],
)
def test_what_is_not_understood_is_answered_with_what_to_type(text: str, said: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse(text, ENTRIES)
    assert said in str(refusal.value)


def test_an_answer_does_not_repeat_a_long_text() -> None:
    with pytest.raises(BadInput) as refusal:
        parse("y" * 400, ENTRIES)
    assert len(str(refusal.value)) < 120


def test_arguments_get_their_types() -> None:
    assert arguments(SLOW, {"limit": "5", "by": "mean"}) == Slow(limit=5, by="mean")
    assert arguments(SLOW, {}) == Slow()


@pytest.mark.parametrize(
    ("entry", "given_args", "said"),
    [
        (SLOW, {"limit": "51"}, "'limit' should be less than or equal to 50."),
        (SLOW, {"limit": "0"}, "'limit' should be greater than or equal to 1."),
        (SLOW, {"limit": "many"}, "'limit' has to be a whole number."),
        (SLOW, {"by": "colour"}, "'by' should be 'total' or 'mean'."),
        (CREATE, {}, "'table' has to be given."),
    ],
)
def test_a_wrong_value_is_answered_with_the_rule_and_the_usage(
    entry: Entry, given_args: dict[str, str], said: str
) -> None:
    with pytest.raises(BadInput) as refusal:
        arguments(entry, given_args)
    assert said in str(refusal.value)
    assert f"Usage: `{usage(entry)}`." in str(refusal.value)


def test_usage_shows_what_is_needed_and_what_may_be_left_out() -> None:
    assert usage(CREATE) == "/scout index create TABLE [COLUMNS]"
    assert usage(STATUS) == "/scout status"


@pytest.mark.parametrize("text", ["on staging", "ON staging"])
def test_a_database_alone_is_no_command(text: str) -> None:
    with pytest.raises(BadInput) as refusal:
        parse(text, ENTRIES)
    assert "as `/scout status on NAME`" in str(refusal.value)


@given(st.text(max_size=600))
def test_whatever_is_typed_is_understood_or_refused_in_a_sentence(text: str) -> None:
    try:
        understood = parse(text, ENTRIES)
    except ScoutError as refusal:
        assert str(refusal)  # noqa: PT017 - either way is right, and no third
    else:
        assert understood.name in {entry.name for entry in ENTRIES}


# --- why


@pytest.mark.parametrize(
    ("text", "rest", "reason"),
    [
        ("emergency because it is stuck", "emergency", "it is stuck"),
        ("emergency BECAUSE it's \"late\": `x` <!channel> \\ 'ok", "emergency", "it's \"late\": `x` <!channel> \\ 'ok"),
        ("refresh all on staging because a = b", "refresh all on staging", "a = b"),
        ('refresh reason="it: is, late" all on staging', "refresh all on staging", "it: is, late"),
        ("refresh all reason='it is \"late\"'", "refresh all", 'it is "late"'),
        ("refresh reason=\u201cit\u2019s late\u201d", "refresh", "it\u2019s late"),
        (r'refresh reason="a \"b\" \\ c \n"', "refresh", r'a "b" \ c \n'),
        ("refresh Reason=late on staging", "refresh on staging", "late"),
        ('refresh reason="because of it"', "refresh", "because of it"),
        ("refresh all", "refresh all", ""),
        ("because", "because", ""),
    ],
)
def test_a_reason_is_read_letter_by_letter(text: str, rest: str, reason: str) -> None:
    assert with_reason(text) == (rest, reason)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("emergency because", "The reason is missing"),
        ("emergency because ...", "The reason is missing"),
        ('emergency reason=""', "The reason is missing"),
        ("emergency reason=a because b", "there twice"),
        ("emergency reason=a reason=b", "there twice"),
        ("emergency because " + "x" * 1001, "1,001 characters"),
    ],
)
def test_a_reason_that_says_nothing_is_refused(text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        parse(text, ENTRIES)


def test_a_reason_may_be_long_and_does_not_count_as_command() -> None:
    assert parse("refresh all on a because " + "x" * 1000, ENTRIES) == Call("refresh", {"view": "all"}, "a", "x" * 1000)


@given(st.text(max_size=300).map(lambda text: f"x{text}y".strip()))
def test_any_reason_survives_whole(reason: str) -> None:
    assert with_reason(f"emergency on a because {reason}") == ("emergency on a", reason)


def test_a_command_that_keeps_a_reason_of_its_own_is_given_it() -> None:
    class Now(Args):
        reason: str

    assert parse("now because it burns", (Entry("now", Now),)).args == {"reason": "it burns"}
