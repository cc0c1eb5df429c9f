"""The front page: what is said of every database, and that Slack takes the page whatever there is to say."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.alert import Alert
from bot.approval import State
from bot.blocks import Block, draw_front_page
from bot.command import Direction, Measured, Measurement, Metric, Missing, PromQuery, Risk, Value
from bot.front_page import Affairs, DatabaseLine, FrontPage, IncidentLine, PlanLine, Shown, database_line, verdict
from bot.report import Button, Level, Unit
from practice.slack.limits import view_problems

AT = datetime(2026, 10, 2, 3, 14, tzinfo=UTC)
OLDEST = AT - timedelta(minutes=1)
EVIL = "*x* <!channel> <@U0EVIL> `a\n>b :boom: & \u202e" + "y" * 500
SOURCE = PromQuery(name="any", default="")


def metric(name: str, alert: float, worse: Direction = Direction.HIGHER, unit: Unit = Unit.COUNT) -> Metric[Any]:
    return Metric(name=name, title=name.title(), unit=unit, alert=alert, page=None, source=SOURCE, worse=worse)


METRICS = {
    one.name: one
    for one in (
        metric("blocked", 0),
        metric("active", 50),
        metric("hits", 90, Direction.LOWER, Unit.PERCENT),
        metric("throughput", 100, Direction.LOWER),
        metric("answers", 0.5, unit=Unit.TEXT),
    )
}


def sample(name: str, measured: Measured, level: Level = Level.OK, at: datetime = AT) -> Measurement:
    return Measurement(name=name, measured=measured, level=level, at=at)


def alert(name: str, level: Level, minutes: int = 5, value: float = 3) -> Alert:
    since = AT - timedelta(minutes=minutes)
    last = sample(name, Value(value=value), level)
    incident = "" if level is Level.OK else f"shop.{name}"
    return Alert(database="shop", metric=name, level=level, since=since, incident=incident, opened_at=since, last=last)


def line(alerts: Sequence[Alert], *samples: Measurement) -> DatabaseLine:
    return database_line("shop", alerts, samples, METRICS.get, OLDEST)


def test_the_worst_incident_speaks_for_a_database() -> None:
    found = line([alert("active", Level.ALERT, 9), alert("blocked", Level.PAGE, 2)], sample("blocked", Value(value=3)))
    assert (found.level, found.since) == (Level.PAGE, AT - timedelta(minutes=2))
    assert found.shown == Shown(title="Blocked", value=3)


def test_nothing_measured_is_not_well() -> None:
    assert line([]) == DatabaseLine(name="shop", level=Level.NO_DATA, shown=Shown(reason="nothing was measured yet"))


def test_what_was_measured_long_ago_says_nothing_about_now() -> None:
    before = OLDEST - timedelta(seconds=1)
    found = line([alert("active", Level.OK)], sample("active", Value(value=1), at=before))
    assert (found.level, found.since) == (Level.NO_DATA, before)
    still = line([alert("active", Level.PAGE)], sample("active", Value(value=1), at=before))
    assert still.level is Level.PAGE


def test_a_metric_without_data_is_not_well_before_it_is_an_incident() -> None:
    found = line([], sample("active", Value(value=1)), sample("hits", Missing(reason="refused"), Level.NO_DATA))
    assert found.level is Level.NO_DATA
    assert found.shown == Shown(title="Hits", unit=Unit.PERCENT, reason="no value, refused")


def test_well_is_since_the_last_thing_was_over() -> None:
    found = line([alert("active", Level.OK, 9), alert("blocked", Level.OK, 4)], sample("active", Value(value=1)))
    assert found == DatabaseLine(name="shop", level=Level.OK, since=AT - timedelta(minutes=4))


@pytest.mark.parametrize(
    ("name", "value", "is_shown"),
    [
        ("active", 39, False),
        ("active", 40, True),
        ("hits", 99.9, False),
        ("hits", 91, True),
        ("throughput", 200, False),
        ("throughput", 110, True),
        ("throughput", 0, True),
        ("blocked", 0, False),
        ("blocked", 1, True),
        ("answers", 1, False),
        ("unheard of", 1, False),
    ],
)
def test_a_value_is_shown_when_it_is_near_its_line(name: str, value: float, *, is_shown: bool) -> None:
    assert (line([], sample(name, Value(value=value))).shown is not None) is is_shown


def test_of_several_the_nearest_is_shown() -> None:
    found = line([], sample("active", Value(value=41)), sample("throughput", Value(value=101)))
    assert found.shown == Shown(title="Throughput", value=101, line=100, below=True)


# --- the verdict


def database(name: str, level: Level = Level.OK) -> DatabaseLine:
    return DatabaseLine(name=name, level=level, since=AT, shown=Shown(title=EVIL, value=1))


def incident(number: int, where: str = "shop", level: Level = Level.ALERT, name: str = "Blocked") -> IncidentLine:
    shown = Shown(title=name, value=number)
    return IncidentLine(id=f"{where}.{number}", database=where, metric="lag", level=level, since=AT, shown=shown)


def plan(
    number: int, state: State = State.ASKED, text: str = "refresh all", link: str = "https://x.slack.com/p1"
) -> PlanLine:
    return PlanLine(
        id=f"a{number}",
        text=text,
        database="shop",
        risk=Risk.DISRUPT,
        state=state,
        requester="U1",
        at=AT,
        expires_at=AT,
        said=text,
        channel="C1",
        link=link,
    )


@pytest.mark.parametrize(
    ("affairs", "level", "text"),
    [
        (Affairs(), Level.INFO, "I look after no database yet"),
        (Affairs(databases=(database("a"),)), Level.OK, "a is well"),
        (Affairs(databases=(database("a"), database("b"))), Level.OK, "All 2 databases are well"),
        (
            Affairs(databases=(database("a"), database("b", Level.INFO))),
            Level.OK,
            "a is well; b is not watched",
        ),
        (Affairs(databases=(database("b", Level.INFO),)), Level.INFO, "No database is watched"),
        (Affairs(databases=(database("a"), database("b", Level.NO_DATA))), Level.NO_DATA, "no data on b"),
        (
            Affairs(
                databases=(database("shop", Level.PAGE),),
                incidents=(incident(1, level=Level.PAGE), incident(2)),
                waiting=(plan(1),),
            ),
            Level.PAGE,
            "1 page, 1 alert on shop; 1 plan waits for a decision",
        ),
        (
            Affairs(incidents=(incident(1), incident(2), incident(1, "staging", Level.NO_DATA))),
            Level.ALERT,
            "2 alerts on shop; no data on staging",
        ),
        (
            Affairs(incidents=(incident(1),), more_incidents=(Level.PAGE, Level.ALERT)),
            Level.PAGE,
            "1 page, 2 alerts in all",
        ),
        (
            Affairs(databases=(database("a"),), waiting=(plan(1),), more_waiting=2),
            Level.OK,
            "a is well; 3 plans wait for a decision",
        ),
    ],
)
def test_the_verdict_says_what_is_worst_and_where(affairs: Affairs, level: Level, text: str) -> None:
    said = verdict(affairs)
    assert (said.level, said.text) == (level, text)


# --- the page


def page(affairs: Affairs, *, orders: bool = True) -> FrontPage:
    repairs = {one.id: Button(label="Unblock", text=f"unblock on {one.database}") for one in affairs.incidents}
    menu = tuple(
        Button(label=name, text=name.lower()) for name in ("Status", "Slow", "Active", "Help", "Refresh", "Emergency")
    )
    return FrontPage(affairs=affairs, at=AT, orders=orders, repairs=repairs, menu=menu)


def refused(blocks: list[Block]) -> list[str]:
    """What Slack would refuse."""
    return view_problems({"type": "home", "blocks": blocks})


def crowded(name: str) -> Affairs:
    """Thirty databases and fifty incidents, all with hostile names."""
    return Affairs(
        databases=tuple(database(f"{name} {number}", Level.PAGE if number < 25 else Level.OK) for number in range(30)),
        incidents=tuple(incident(number, name, Level.PAGE, name) for number in range(8)),
        more_incidents=(Level.ALERT,) * 42,
        waiting=tuple(plan(number, text=name) for number in range(5)),
        more_waiting=7,
        runs=tuple(plan(number, State.DONE, name) for number in range(5)),
    )


@pytest.mark.parametrize("name", ["shop", EVIL, "", "|>\"'&" * 50])
def test_slack_takes_the_page_however_much_there_is_to_say(name: str) -> None:
    blocks = draw_front_page(page(crowded(name)))
    assert refused(blocks) == []
    assert "8 pages, 42 alerts in all" in str(blocks[0])
    assert "As of" in str(blocks[-1]) or "does not fit" in str(blocks[-1])
    marked = [str(block.get("text")) + str(block.get("elements")) for block in blocks if block["type"] != "actions"]
    assert "<!channel>" not in str(marked)
    assert "<@U0EVIL>" not in str(marked)


@pytest.mark.parametrize("name", ["shop", "n" * 63])
def test_a_crowded_page_has_room_for_everything(name: str) -> None:
    blocks = draw_front_page(page(crowded(name)))
    shown = str(blocks)
    assert len(blocks) <= 100
    assert "does not fit" not in shown
    assert all(words in shown for words in ("14 more", "42 more", "7 more", "Last runs", "As of"))


def test_well_databases_beyond_a_screen_are_only_named() -> None:
    affairs = Affairs(databases=tuple(database(f"shop{number}") for number in range(30)))
    blocks = draw_front_page(page(affairs))
    assert len([block for block in blocks if "accessory" in block]) == 12
    assert "18 more, all well: shop12, shop13" in str(blocks)


def test_who_may_see_nothing_finds_one_sentence() -> None:
    blocks = draw_front_page(FrontPage(refusal="You are a guest; ask somebody.", at=AT))
    assert [block["type"] for block in blocks] == ["section"]
    assert refused(blocks) == []


def test_who_may_order_nothing_cannot_acknowledge() -> None:
    affairs = Affairs(incidents=(incident(1),))
    assert "scout_ack" in str(draw_front_page(page(affairs)))
    assert "scout_ack" not in str(draw_front_page(page(affairs, orders=False)))


def test_what_has_an_owner_can_be_given_back() -> None:
    owned = incident(1).model_copy(update={"owner": "Ana <@U1>", "silenced_until": AT})
    shown = str(draw_front_page(page(Affairs(incidents=(owned,)))))
    assert "scout_unack" in shown
    assert "silenced until" in shown
    assert "owned by Ana &lt;@U1&gt;" in shown


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "https://x|y>", "https://" + "x" * 3000])
def test_an_address_that_is_none_is_no_link(link: str) -> None:
    affairs = Affairs(incidents=(incident(1).model_copy(update={"link": link}),), waiting=(plan(1, link=link),))
    shown = str(draw_front_page(page(affairs)))
    assert "|card>" not in shown
    assert "scout_card" not in shown
    assert "its card is in <#C1>" in shown


def test_the_seal_is_of_what_is_known_and_not_of_the_moment() -> None:
    affairs = Affairs(databases=(database("a"),))
    later = page(affairs).model_copy(update={"at": AT + timedelta(hours=1)})
    assert later.seal == page(affairs).seal != page(Affairs(databases=(database("b"),))).seal
    assert FrontPage(refusal="no", at=AT).seal == ""
