"""When nobody else answers, one whom the settings name runs an emergency alone: loud, recorded, and reviewed by somebody else."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest
from stage_fixture import ALERTS, ANA, BEN, CORA, DAN, GUEST, Scene, buttons, entered, opened

from bot.store import Store
from practice.slack.fixture import Group
from practice.slack.text import as_text
from practice.stage import Stage

pytestmark = pytest.mark.slow
NOW = "/scout emergency now because nobody answers & it burns"


@pytest.fixture(scope="module")
def glass_stage() -> Iterator[Stage]:
    """A stage on which a group of its own, which stands nowhere else in the settings, may break the glass."""
    with opened({"SCOUT_BREAK_GLASS": "S0GLASS"}) as stage:
        assert stage.slack is not None
        stage.slack.house.workspace.groups["S0GLASS"] = Group("S0GLASS", "glass", "Break glass", (BEN, DAN))
        yield stage


@pytest.fixture
def scene(glass_stage: Stage) -> Iterator[Scene]:
    there = entered(glass_stage)
    yield there
    there.calm()
    there.seemly()


def actions(scene: Scene) -> list[str]:
    """What the audit tells was done, the newest first."""
    with closing(Store.open(scene.stage.environment()["SCOUT_STORE_URL"])) as store:
        return [row.action for row in store.audit()]


def test_it_begins_at_once_calls_the_approvers_and_is_reviewed_by_another(scene: Scene) -> None:
    idle = scene.idles()
    waiting = scene.propose(BEN, "/scout emergency")
    scene.slack.say(BEN, scene.room, NOW)
    scene.becomes(waiting, "Void, nothing was run", "Nobody had answered; Ben broke the glass")
    (card,) = scene.until(lambda: scene.said(scene.room, "BREAK GLASS", "Done"), "the run to be over", 20)
    told = as_text(card)
    assert "nobody else approved this" in told
    assert "approved by its requester alone" in told
    assert "nobody answers & it burns" in told
    assert "To be reviewed" in told
    assert buttons(card) == ["Reviewed"]
    assert not scene.value("select count(*) from pg_stat_activity where pid = %s", idle.info.backend_pid)
    (call,) = scene.until(lambda: scene.said(scene.room, "Ben approves 'emergency now'"), "the call")
    assert "<!subteam^S0DBA>" in json.dumps(call)
    assert call["thread_ts"] == card["ts"]

    assert "another of the approvers reviews it" in as_text(scene.press(BEN, card, "scout_review"))
    assert "Only approvers" in as_text(scene.press(ANA, card, "scout_review"))
    assert "Reviewed: 'emergency now'" in as_text(scene.press(CORA, card, "scout_review"))
    shown = scene.becomes(card, "Reviewed by @Cora")
    assert buttons(shown) == []
    run = next(word for word in as_text(scene.ask(CORA, "/scout history")).split() if len(word.strip("`|")) == 12)
    assert "alone: the glass was broken" in as_text(scene.ask(CORA, f"/scout history {run.strip('`|')}"))
    told_of = [one for one in actions(scene) if one in {"broke the glass", "reviewed", "set aside"}]
    assert told_of == ["reviewed", "broke the glass", "set aside"]


@pytest.mark.parametrize(
    ("user", "text", "words"),
    [
        (ANA, NOW, "You may not break the glass"),
        (DAN, NOW, "Only operators may do that"),
        (GUEST, NOW, "You are a guest"),
        (BEN, "/scout emergency now", "say why"),
        (BEN, "/scout emergency at once because it burns", "Usage"),
    ],
)
def test_who_may_not_or_says_no_reason_begins_nothing(scene: Scene, user: str, text: str, words: str) -> None:
    idle = scene.idles()
    assert words in as_text(scene.ask(user, text))
    assert scene.said(scene.room, "BREAK GLASS") == scene.said(ALERTS, "BREAK GLASS") == []
    assert scene.value("select count(*) from pg_stat_activity where pid = %s", idle.info.backend_pid)


def test_where_the_setting_is_empty_nobody_may(scene: Scene) -> None:
    scene.restart()
    scene.idles()
    assert "the settings name nobody for it" in as_text(scene.ask(BEN, NOW))
