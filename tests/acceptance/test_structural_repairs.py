"""Views and partitions, from the question in Slack to the proof on the card."""

import pytest
from stage_fixture import ANA, BEN, CORA, Scene, buttons

from practice.slack.text import as_text

ENDS_SOON = """
set role scout_owner;
create table scout.ends_soon (at date not null) partition by range (at);
do $$ begin execute format('create table scout.ends_soon_now partition of scout.ends_soon for values from (%L) to (%L)',
  date_trunc('month', now())::date, (date_trunc('month', now()) + interval '1 month')::date); end $$;
"""
IN_TWENTY = """
set role scout_owner;
create table scout.measured (at int not null, place int) partition by range (at);
do $$ begin for n in 0 .. 19 loop
  execute format('create table scout.measured_%s partition of scout.measured for values from (%s) to (%s)', n, n * 10, n * 10 + 10);
end loop; end $$;
insert into scout.measured select n, n from generate_series(0, 199) as n;
"""
ROWS = 400
TO_CONVERT = """
set role scout_owner;
create table scout.to_convert (id bigint not null, at date not null, primary key (id, at));
insert into scout.to_convert select n, current_date - n from generate_series(1, 400) as n;
"""


def test_a_view_is_built_anew_by_another_persons_approval(scene: Scene) -> None:
    before = scene.value("select 'scout.gold_customer_insights'::regclass::oid")
    card = scene.propose(ANA, "/scout view rebuild gold_customer_insights")
    assert "DISRUPT" in as_text(card)
    assert "The definition stays word for word" in as_text(card)
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Done", "rebuilt, and nothing is left aside", within=30)
    assert scene.value("select 'scout.gold_customer_insights'::regclass::oid") != before


def test_what_hinders_a_rebuild_or_a_conversion_is_answered_at_once(scene: Scene) -> None:
    said = scene.ask(ANA, "/scout view rebuild mv_store_daily_metrics")
    assert "view gold_store_performance depends on it" in as_text(said)
    assert "no column of a date or a time" in as_text(scene.ask(ANA, "/scout partition convert dim_product"))


@pytest.mark.slow
def test_a_table_is_converted_when_the_second_of_two_different_people_agrees(scene: Scene) -> None:
    scene.do(TO_CONVERT)
    kind = "select relkind::text from pg_class where oid = 'scout.to_convert'::regclass"
    try:
        card = scene.propose(ANA, "/scout partition convert to_convert")
        assert "2 other people approve" in as_text(card)
        assert "1 of 2" in as_text(scene.press(BEN, card, "scout_approve"))
        assert "You approved it already" in as_text(scene.press(BEN, card, "scout_approve"))
        scene.becomes(card, "1 of 2", "needs another")
        assert scene.value(kind) == "r"
        scene.press(CORA, card, "scout_approve")
        scene.becomes(card, "Done", "Approved by @Ben", "Approved by @Cora", within=60)
        assert scene.value(kind) == "p"
        assert scene.value("select count(*) from scout.to_convert") == ROWS
    finally:
        scene.do("drop table scout.to_convert")


def test_missing_months_are_added_from_the_diagnosis_and_confirmed_by_who_asked(scene: Scene) -> None:
    scene.do(ENDS_SOON)
    try:
        told = scene.ask(ANA, "/scout partitions ends_soon")
        assert "Add the months" in buttons(told)
        card = scene.propose(ANA, "/scout partition ensure ends_soon")
        assert "Confirmation needed" in as_text(card)
        scene.press(ANA, card, "scout_approve")
        scene.becomes(card, "Done", "for values from", "2 of 2 steps done and verified", within=30)
        assert "nothing to do" in as_text(scene.ask(ANA, "/scout partition ensure ends_soon"))
    finally:
        scene.do("drop table scout.ends_soon")


@pytest.mark.slow
def test_a_partitioned_table_gets_its_index_partition_by_partition_and_undo_takes_it_away(scene: Scene) -> None:
    scene.do(IN_TWENTY)
    card = scene.propose(ANA, "/scout index create on measured (place)")
    assert "and *" in as_text(card)
    assert "more steps*, word for word in the thread" in as_text(card)
    whole = scene.found(lambda: scene.said(scene.room, "plan-"), 20, "the whole plan as a file")
    assert whole["thread_ts"] == card["ts"]
    scene.press(ANA, card, "scout_approve")
    over = scene.becomes(card, "Done", "62 of 62 steps done and verified", within=90)
    assert buttons(over) == ["Undo"]
    assert scene.value("select bool_and(indisvalid) from pg_index where indrelid = 'scout.measured'::regclass")
    undo = scene.propose(CORA, "/scout undo")
    scene.press(BEN, undo, "scout_approve")
    scene.becomes(undo, "Done", "it is gone, with those of its partitions", within=30)
    assert not scene.value("select count(*) from pg_class where relname ~ '^measured.*idx$'")
