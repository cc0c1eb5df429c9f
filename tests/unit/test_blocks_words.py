"""The door that every text from outside goes through, and the figures."""

import re
import sys
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import amount, escape, person
from bot.blocks.words import bold, clean, label, literal, moment, ping, shorten_markup, signed
from bot.report import Cell, Unit

NASTY = st.text(alphabet=st.sampled_from("ab1 \n*_~`:<>&@\u202e\u200b\x00\x1b!|^é")) | st.text()
STYLED = re.compile(r"(?<![A-Za-z0-9])([*_~])(?=\S)[^\n]*?\S\1(?![A-Za-z0-9])")


CODE = re.compile(r"(?<!`)`[^`\n]+`(?!`)")


@given(NASTY)
def test_escaped_text_holds_no_markup_but_pairs_of_back_ticks(text: str) -> None:
    shown = CODE.sub("", escape(text))
    assert not re.search(r"[<>`\x00\x1b\u202e]", shown)
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)
    assert not STYLED.search(shown)


@given(NASTY)
def test_bold_is_one_pair_of_asterisks_on_one_line(text: str) -> None:
    shown = bold(text)
    assert shown == "" or (shown.count("*") == 2 and "\n" not in shown and shown.strip("*") != "")


@given(NASTY, st.integers(min_value=1, max_value=40))
def test_a_label_is_never_empty_and_keeps_its_length(text: str, limit: int) -> None:
    assert 1 <= len(label(text, limit)) <= limit


@given(NASTY, st.integers(min_value=2, max_value=60))
def test_cutting_escaped_text_never_halves_an_entity(text: str, limit: int) -> None:
    shown = shorten_markup(escape(text), limit)
    assert len(shown) <= limit
    assert not re.search(r"&(?!amp;|lt;|gt;)", shown)


def test_a_mention_is_not_cut_in_two() -> None:
    assert shorten_markup("seen by <@U12345678>", 15) == "seen by…"


@pytest.mark.parametrize("text", ["<!channel>", "<@U1>", "<!subteam^S1>", "<!here|x>", "<https://a.b|click>"])
def test_query_text_can_never_ping(text: str) -> None:
    assert "<" not in escape(text)
    assert ">" not in escape(text)


def test_a_quote_an_emoji_and_a_bare_mention_stay_words() -> None:
    assert escape("> quoted") == "\u200b&gt; quoted"
    assert escape("x :tada: y") == "x :\u200btada: y"
    assert escape("@channel look") == "@\u200bchannel look"


def test_times_casts_and_names_with_underscores_stay_as_they_are() -> None:
    for text in ("12:30:45", "now()::date", "mv_store_daily_metrics", "2 * 3", "a ~ b"):
        assert escape(text) == text


def test_what_cannot_be_seen_is_removed_from_words_and_named_in_code() -> None:
    assert clean("a\u202eb\x1b[31m\r\nc") == "ab[31m\nc"
    assert literal("a\u202eb\tc") == "a\u2039U+202E\u203ab\tc"
    assert clean("half \ud800 pair") == "half \ufffd pair"


def test_each_letter_is_cleaned_alone_as_it_is_among_all_others() -> None:
    letters = [chr(one) for one in range(sys.maxunicode + 1)]
    assert "".join(map(clean, letters)) == clean("".join(letters))


def test_only_slack_ids_become_mentions() -> None:
    assert person("U123") == "<@U123>"
    assert person("W9Z") == "<@W9Z>"
    for name in ("ann", "U1><!channel", "u123", "U 1", "U1\n"):
        assert "<" not in person(name)


def test_whom_the_settings_wake() -> None:
    assert [ping(name) for name in ("U1", "S1", "here", "everyone")] == [
        "<@U1>",
        "<!subteam^S1>",
        "<!here>",
        "everyone",
    ]


def test_who_shared_is_a_mention_and_nothing_else_is() -> None:
    assert signed("U1") == "by <@U1>"
    assert signed("shared by <@U1> <!channel>") == "shared by <@U1> &lt;!channel&gt;"
    assert signed(" ") == ""


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (1.8, Unit.SECONDS, "1.8 s"),
        (0.095, Unit.SECONDS, "95 ms"),
        (95, Unit.MILLISECONDS, "95 ms"),
        (0.99999, Unit.SECONDS, "1 s"),
        (59.99, Unit.SECONDS, "1 min"),
        (90, Unit.SECONDS, "1 min 30 s"),
        (180, Unit.SECONDS, "3 min"),
        (125, Unit.MINUTES, "2 h 5 min"),
        (86_399, Unit.SECONDS, "24 h"),
        (90_000, Unit.SECONDS, "1 d 1 h"),
        (-90, Unit.SECONDS, "-1 min 30 s"),
        (0, Unit.SECONDS, "0 s"),
        (12.3 * 1024**3, Unit.BYTES, "12.3 GB"),
        (8192, Unit.BYTES, "8 kB"),
        (512, Unit.BYTES, "512 B"),
        (1234, Unit.COUNT, "1,234"),
        (0.25, Unit.COUNT, "0.25"),
        (87.0, Unit.PERCENT, "87 %"),
        (99.95, Unit.PERCENT, "99.95 %"),
        (0.5, Unit.PER_SECOND, "0.5/s"),
        ("select 1", Unit.CODE, "select 1"),
        (4711, Unit.TEXT, "4711"),
        (None, Unit.SECONDS, "\u2013"),
        (float("nan"), Unit.SECONDS, "\u2013"),
        (float("inf"), Unit.BYTES, "\u2013"),
        (10**400, Unit.COUNT, "\u2013"),
    ],
)
def test_an_amount_is_written_for_people(value: Cell, unit: Unit, shown: str) -> None:
    assert amount(value, unit) == shown


@given(st.none() | st.text() | st.integers() | st.floats(), st.sampled_from(Unit))
def test_every_cell_can_be_written(value: Cell, unit: Unit) -> None:
    assert amount(value, unit)


@given(st.datetimes(timezones=st.timezones()))
def test_a_moment_carries_a_date_for_those_who_know_no_tokens(at: datetime) -> None:
    shown = moment(at)
    assert re.fullmatch(r"<!date\^-?\d+\^[^|<>]*\|[\d :-]+ UTC>", shown)
