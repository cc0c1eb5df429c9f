"""A dialog is drawn within Slack's limits, and what comes back is read into the same fields."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.blocks import Block, draw_dialog, draw_in_dialog, draw_waiting
from bot.blocks.reading import blocks_of
from bot.chat import Place, Submitted, Verb, sorry
from bot.dialog import Choice, Dialog, Option, Ticks, Words
from bot.errors import NotAllowed
from bot.slack.payloads import blanks, from_dialog
from practice.slack.limits import view_problems

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
HERE = Place(channel="C1", thread="17.1")
MANY = tuple(Option(value=str(number), label=f"{number}: {'x' * 300}", hint="y" * 300) for number in range(25))
DIALOG = Dialog(
    verb=Verb.DENY,
    subject="a1",
    seal="5" * 64,
    title="A title that is longer than Slack takes in a modal",
    text="<!channel> & `more` " * 300,
    fields=(
        Words(name="reason", label="Why?", hint="h" * 3000, given="z" * 5000, most=1000),
        Choice(name="long", label="How long?", options=MANY, given="3"),
        Ticks(name="steps", label="Which steps?", options=MANY, given=("0", "11", "24"), needed=True),
        Words(name="note", label="Anything else?", needed=False, long=False),
    ),
)


def sent(values: Block, **about: str) -> dict[str, Any]:
    """What Slack sends when a dialog is sent off with these states."""
    drawn = draw_dialog(DIALOG, HERE)
    view = {**drawn, "id": "V1", "state": {"values": values}, **about}
    return {"user": {"id": "U1", "team_id": "T1"}, "view": view}


def read(values: Block) -> Submitted:
    found = from_dialog(sent(values), AT)
    assert found is not None
    return found


def option(value: str) -> Block:
    return {"value": value, "text": {"type": "plain_text", "text": value}}


@pytest.mark.parametrize(
    "drawn", [draw_dialog(DIALOG, HERE), draw_waiting(), draw_in_dialog(sorry(NotAllowed("x" * 9000)))]
)
def test_slack_takes_it_however_long_everything_is(drawn: Block) -> None:
    assert view_problems(drawn) == []


def test_it_carries_ids_only() -> None:
    carried = json.loads(str(draw_dialog(DIALOG, HERE)["private_metadata"]))
    assert carried == {"subject": "a1", "seal": "5" * 64, "channel": "C1", "thread": "17.1"}


def test_a_long_list_of_ticks_is_several_fields_and_comes_back_as_one() -> None:
    names = [block.get("block_id") for block in blocks_of(draw_dialog(DIALOG, HERE)["blocks"]) if "element" in block]
    assert names == ["reason", "long", "steps", "steps:10", "steps:20", "note"]
    first: Block = {"given": {"type": "checkboxes", "selected_options": [option("0"), option("9")]}}
    last: Block = {"given": {"type": "checkboxes", "selected_options": [option("24")]}}
    none: Block = {"given": {"type": "checkboxes", "selected_options": []}}
    assert read({"steps": first, "steps:10": none, "steps:20": last}).ticked("steps") == {"0", "9", "24"}


def test_what_was_sent_off_says_who_where_what_about() -> None:
    found = read(
        {
            "reason": {"given": {"type": "plain_text_input", "value": " a: `b` <!channel> &amp; \n"}},
            "long": {"given": {"type": "static_select", "selected_option": option("3")}},
            "note": {"given": {"type": "plain_text_input", "value": None}},
        }
    )
    assert (found.verb, found.subject, found.seal, found.place) == (Verb.DENY, "a1", "5" * 64, HERE)
    assert (found.person.id, found.person.team, found.at) == ("U1", "T1", AT)
    assert (found.words("reason"), found.words("long"), found.words("note")) == ("a: `b` <!channel> &amp;", "3", "")


def test_a_dialog_sent_twice_has_the_same_id() -> None:
    assert read({}).id == read({}).id == "dialog:V1"


def test_a_dialog_of_another_app_is_none_of_ours() -> None:
    assert from_dialog(sent({}, callback_id="scout_nothing"), AT) is None


@pytest.mark.parametrize("value", [" ", "\n\t", "\u200b", "...", None])
def test_blanks_and_dots_are_no_reason(value: str | None) -> None:
    typed: Block = {"given": {"type": "plain_text_input", "value": value}}
    assert blanks(sent({"reason": typed, "note": typed})) == {"reason": "Say it in a few words."}


def test_words_are_a_reason() -> None:
    assert blanks(sent({"reason": {"given": {"type": "plain_text_input", "value": "ok"}}})) == {}
