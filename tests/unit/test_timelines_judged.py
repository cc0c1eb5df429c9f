"""Every timeline against the pure function: what `judge` says of each sample, without a store and without a chat."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.alert import Alert, judge, rule_of
from bot.watch.judging import cause_of
from tests.timelines import EVERY, METRICS, START, TIMELINES, Deed, Timeline


def news(timeline: Timeline) -> Iterator[str]:
    """What happens, written as in the data."""
    known: dict[str, Alert] = {}
    for tick in range(timeline.ticks):
        seconds = tick * EVERY
        for found in timeline.samples(tick):
            metric = METRICS[found.name]
            before = known.get(found.name) or Alert(database="main", metric=found.name, since=found.at)
            known[found.name], change = judge(
                rule_of(timeline.rule, metric), before, found, cause_of(metric, found, known)
            )
            if change is not None:
                yield f"{seconds} {found.name} {change.value} {known[found.name].level.value}"
        known |= {name: done(timeline.deeds.get(seconds), alert, seconds) for name, alert in known.items()}


def done(deed: Deed | None, alert: Alert, seconds: int) -> Alert:
    """An alert after what somebody did; a silence mutes what is told and changes nothing that happens."""
    if deed is Deed.ACKNOWLEDGE:
        return alert.model_copy(
            update={"acknowledged_by": "U0ANA", "acknowledged_at": START + timedelta(seconds=seconds)}
        )
    return alert.model_copy(update={"acknowledged_by": ""}) if deed is Deed.RELEASE else alert


@pytest.mark.parametrize("timeline", TIMELINES, ids=lambda timeline: timeline.name)
def test_a_timeline_is_judged_so(timeline: Timeline) -> None:
    assert tuple(news(timeline)) == timeline.news
