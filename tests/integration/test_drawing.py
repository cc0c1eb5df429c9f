"""The card of an incident is drawn from what the store holds now, with the course of its metric, on both stores."""

from datetime import timedelta
from typing import Any

from store_fixture import AT

from bot.alert import Alert
from bot.chat import Card
from bot.command import Measurement, Metric, PromQuery, Value
from bot.outbox.drawing import Drawing
from bot.report import Level, Unit
from bot.store import Store
from practice.slack.limits import message_problems

LAG = Metric[Any](
    name="lag", title="Replication lag", unit=Unit.SECONDS, alert=60, page=300, source=PromQuery("lag", "")
)
OVER = Alert(
    database="main", metric="lag", level=Level.OK, worst=Level.PAGE, since=AT, incident="i1", on_card=True,
    opened_at=AT - timedelta(minutes=20), closed_at=AT,
)  # fmt: skip


def draw(store: Store, *, native: bool = True) -> str:
    drawn = Drawing(store, lambda _database, _metric: LAG).draw(Card(key="incident:i1", channel="C1"), native=native)
    assert drawn is not None
    assert message_problems({"text": drawn.text, "blocks": drawn.blocks}) == []
    return str(drawn.blocks)


def measured(store: Store, *minutes_ago: int) -> None:
    with store.change() as change:
        change.put_alert(OVER)
        change.put_samples(
            "main",
            [
                Measurement(name="lag", measured=Value(value=ago), level=Level.OK, at=AT - timedelta(minutes=ago))
                for ago in minutes_ago
            ],
        )


def test_the_card_shows_the_hour_before_the_incident_and_its_end_with_the_lines(store: Store) -> None:
    measured(store, *range(-30, 200))
    shown = draw(store)
    assert "data_visualization" in shown
    assert "01:45 to 03:00; worst: 1 min 15 s to 0 s, page: 5 min to 5 min, alert: 1 min to 1 min" in shown


def test_without_a_course_the_card_has_no_chart(store: Store) -> None:
    measured(store, 1, 2)
    assert "data_visualization" not in draw(store)


def test_where_slack_draws_no_charts_the_card_goes_without(store: Store) -> None:
    measured(store, *range(80))
    assert "data_visualization" not in draw(store, native=False)
