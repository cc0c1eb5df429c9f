"""The runbook in Slack: item by item, what comes of it as written, and what to type instead."""

import pytest

from bot.command import Offer, Risk
from bot.errors import BadInput
from bot.report import Facts, Table
from commands.runbook import chosen, everything, one
from commands.runbook_items import ITEMS, SECTIONS


def offer(name: str, usage: str = "") -> Offer:
    return Offer(name=name, usage=usage or f"/scout {name}", help="What it does", risk=Risk.LOOK, words=(), menu="")


def test_all_of_it_is_one_table_with_what_to_type() -> None:
    (part,) = everything(ITEMS).parts
    assert isinstance(part, Table)
    assert len(part.rows) == len(ITEMS)
    assert ("1.1", "Find slow queries", "slow, statement") in part.rows


def test_what_is_never_done_stands_behind_more() -> None:
    assert "pg_stat_reset" in str(everything(ITEMS).more)


def test_a_section_is_all_its_items_and_an_item_is_itself() -> None:
    assert [item.number for item in chosen("13")] == ["13"]
    assert [item.number for item in chosen("3")] == ["3.1", "3.2", "3.3", "3.4"]
    assert [item.number for item in chosen("3.3")] == ["3.3"]


def test_an_item_says_what_is_written_and_what_is_done_instead() -> None:
    (item,) = chosen("13.2")
    (part,) = one(item, [offer("pool reconnect"), offer("slow")]).parts
    assert isinstance(part, Facts)
    assert [fact.name for fact in part.facts] == ["As written", "Scout", "Type"]
    assert "Never offered" in part.facts[1].value


def test_its_buttons_are_the_commands_that_the_asker_may_use_and_that_need_nothing_more() -> None:
    (item,) = chosen("3.1")
    offers = [offer("indexes unused"), offer("index drop", "/scout index drop INDEX"), offer("slow")]
    assert [button.text for button in one(item, offers).buttons] == ["indexes unused"]


def test_a_number_that_is_none_is_told_with_the_nearest() -> None:
    with pytest.raises(BadInput, match=r"no item '3\.9'"):
        chosen("3.9")


def test_every_section_has_items() -> None:
    assert {item.section for item in ITEMS} == {*SECTIONS}
