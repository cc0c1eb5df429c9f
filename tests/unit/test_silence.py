"""A silence is asked for in the words that people use."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.command import Hush
from bot.errors import BadInput
from bot.parse import Entry, arguments, parse, usage
from commands import silence, silences

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
ENTRY = Entry("silence", silence.Wanted)
KNOWN = {"all": "all", "lag": "lag", "data freshness": "freshness", "freshness": "freshness"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("1h", 3600), ("1h30m", 5400), ("2 h", 7200), ("1D", 86400), ("45min", 2700), ("30d", 2592000)],
)
def test_a_length_of_time_is_read(text: str, seconds: int) -> None:
    assert silence.seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "1", "0m", "31d", "for ever", "1h and a bit", "-1h", "1.5h", "99999999d"])
def test_what_is_no_length_of_time_is_none(text: str) -> None:
    assert silence.seconds(text) is None


def test_the_length_is_typed_after_for_and_a_wrong_one_is_explained() -> None:
    call = parse('silence lag for=2h why="new disks" on main', [ENTRY])
    assert arguments(ENTRY, call.args) == silence.Wanted.model_validate(
        {"metric": "lag", "for": "2h", "why": "new disks"}
    )
    assert usage(ENTRY) == "/scout silence METRIC [for=1h] [WHY]"
    with pytest.raises(BadInput, match="'for' is a length of time, as 30m, 2h or 1h30m, from a minute to 30 days"):
        arguments(ENTRY, parse("silence lag for=ever", [ENTRY]).args)


@pytest.mark.parametrize("text", ["freshness", "Data Freshness", "FRESHNESS"])
def test_a_metric_is_meant_by_its_name_or_its_title(text: str) -> None:
    assert silence.named(text, KNOWN) == "freshness"


def test_an_unknown_metric_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"There is no metric 'freshnes'\. Did you mean 'freshness'"):
        silence.named("freshnes", KNOWN)
    with pytest.raises(BadInput, match="There are all, freshness, lag"):
        silence.named("xyz", KNOWN)


def hush(metric: str, minutes: int) -> Hush:
    until = AT + timedelta(minutes=minutes)
    return Hush(id=f"s{minutes}", database="main", metric=metric, since=AT, until=until, person="U1", name="Ana")


def test_the_list_says_which_ends_first_and_has_a_button_for_each() -> None:
    found = silences.report([hush("lag", 5), hush("all", 90)], AT, may_end=True)
    assert found.verdict.text == "2 silences; the first to end is lag on main, in 5 min"
    assert [one.text for one in found.buttons] == ["unsilence s5", "unsilence s90"]
    assert silences.report([hush("lag", 5)], AT, may_end=False).buttons == ()
    assert silences.report([], AT, may_end=True).verdict.text == "Nothing is silenced"
