"""Where the buttons of an answer stand: on a phone only what comes first is seen at once."""

import pytest

from bot.blocks import draw_report
from bot.report import Button, Level, Report, Text, Verdict


def shape(level: Level) -> list[str]:
    report = Report(
        title="Blocked",
        verdict=Verdict(level=level, text="pid 7 holds up 13 sessions"),
        parts=(Text(text="Who waits behind whom"),),
        buttons=(Button(label="Unblock", text="unblock", danger=True),),
    )
    return [str(block["type"]) for block in draw_report(report, share="n1").blocks]


@pytest.mark.parametrize("level", [Level.PAGE, Level.ALERT])
def test_what_to_press_stands_right_below_an_urgent_verdict(level: Level) -> None:
    assert shape(level) == ["section", "actions", "section", "actions"]


@pytest.mark.parametrize("level", [Level.OK, Level.INFO, Level.NO_DATA])
def test_what_could_be_asked_next_stands_behind_a_calm_answer(level: Level) -> None:
    assert shape(level) == ["section", "section", "actions"]
