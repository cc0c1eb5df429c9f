"""What becomes of an incident over the hours, told from end to end: owners, silences, quiet hours, routes, jobs that fail."""

from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from stage_fixture import ALERTS, ANA, BEN, STAGING, Scene, buttons, entered, opened

from bot.store import Store
from practice.slack.text import as_text
from practice.slack.wire import Json
from practice.stage import Stage

pytestmark = pytest.mark.slow

Begin = Callable[..., Scene]
WOKEN = "<!subteam^S0DBA>"
LATE = 40.0
"""Seconds for what a clock of the settings has to bring about."""


@pytest.fixture(scope="module")
def stage() -> Generator[Stage]:
    """A stage of its own: many lives of the bot, each with other settings."""
    with opened() as there:
        yield there


@pytest.fixture(scope="module")
def plain(stage: Stage) -> Mapping[str, str]:
    """What the bot is told when nobody has changed the settings."""
    return stage.environment()


@pytest.fixture
def begin(stage: Stage, plain: Mapping[str, str], tmp_path: Path) -> Generator[Begin]:
    """Starts the bot with more in its settings; afterwards all is calm."""
    scene = entered(stage)

    def begun(more: str = "", **lines: str) -> Scene:
        scene.restart(SCOUT_CONFIG=str(retold(plain, tmp_path, more, lines)))
        return scene

    yield begun
    scene.calm()  # and nothing open, or the next story would begin in the middle of this one's incident
    scene.until(lambda: "Nothing burns" in as_text(scene.ask(ANA, "/scout alerts")), "the end of all incidents", LATE)
    scene.seemly()


def retold(plain: Mapping[str, str], folder: Path, more: str, lines: Mapping[str, str]) -> Path:
    """The settings of the stage with more at the end, and with other lines in the place of those that begin so."""
    told = Path(plain["SCOUT_CONFIG"]).read_text(encoding="utf-8").splitlines()
    begun = {one: next(line for line in told if line.startswith((f"{one} =", f"[{one}]"))) for one in lines}
    changed = {begun[one]: text for one, text in lines.items()}
    file = folder / "scout.toml"
    file.write_text("\n".join([*(changed.get(line, line) for line in told), more]), encoding="utf-8")
    file.chmod(0o600)
    return file


def posted(scene: Scene, title: str, since: int, channel: str = ALERTS) -> list[Json]:
    """The cards of a metric in a channel, after a moment."""
    found = scene.said(channel)[since:]
    return [one for one in found if not one.get("thread_ts") and f"{title} on *" in as_text(one)]


def broken(scene: Scene, fault: str, title: str, channel: str = ALERTS) -> Json:
    """Break something, and return the card that tells of it."""
    since = len(scene.said(channel))
    scene.slack.fault(fault).start()
    return scene.found(lambda: posted(scene, title, since, channel), 30, f"a card about {title} in {channel}")


def below(scene: Scene, card: Json, *words: str) -> list[Json]:
    """What was said in the thread of a card with all these words."""
    said = [one for one in scene.said(card["channel"], *words) if one.get("thread_ts") == card["ts"] != one["ts"]]
    return [one for one in said if all(word in as_text(one) + str(one) for word in words)]


def test_an_incident_is_nobodys_then_anas_who_is_reminded_then_nobodys_again(begin: Begin) -> None:
    scene = begin(alerting="[alerting]\nrepeat_page_minutes = 0.05\nremind_owner_minutes = 0.05")
    card = scene.becomes(broken(scene, "lock-queue", "Blocked sessions"), "PAGE")
    scene.until(lambda: below(scene, card, WOKEN, "nobody has acknowledged it"), "the page to be repeated", LATE)
    scene.press(ANA, card, "scout_ack")
    owned = scene.becomes(card, "acknowledged by @Ana")
    scene.until(lambda: below(scene, card, "It is yours: mend it, silence it, or give it back"), "a reminder", LATE)
    (reminder, *_) = below(scene, card, "It is yours")
    assert f"<@{ANA}>" in str(reminder)
    assert WOKEN not in str(reminder)
    assert "Give back" in buttons(owned)
    so_far = len(below(scene, card, "nobody has acknowledged it"))
    scene.press(BEN, scene.now(card), "scout_unack")
    scene.until(lambda: "Acknowledge" in buttons(scene.now(card)), "a card without an owner")
    scene.until(lambda: len(below(scene, card, "nobody has acknowledged it")) > so_far, "the next repetition", LATE)


def test_a_silence_from_the_dialog_holds_back_what_happens_and_says_so_when_it_ends_by_itself(begin: Begin) -> None:
    scene = begin()
    card = scene.becomes(broken(scene, "lock-queue", "Blocked sessions"), "PAGE")
    told = scene.fill(ANA, scene.dialog(ANA, card, "scout_silence"), why="the migration is on it")
    assert "Silenced until" in as_text(told)
    scene.becomes(card, "silenced until", "the migration is on it")
    scene.slack.fault("lock-queue").undo()
    scene.becomes(card, "RECOVERED", within=30)
    over = scene.post(lambda: time_passes(scene), ALERTS, "The silence of Blocked sessions on scout is over")
    assert "(Ana: the migration is on it). 1 incident held back, none still open" in as_text(over)
    assert not below(scene, card, "has recovered")
    assert "Nothing is silenced" in as_text(scene.ask(ANA, "/scout silences"))


def time_passes(scene: Scene) -> None:
    """The shortest silence of the dialog is half an hour: its end is moved to now."""
    with closing(Store.open(scene.stage.environment()["SCOUT_STORE_URL"])) as store, store.change() as change:
        (hush,) = change.silences()
        change.cut_silence(hush, change.now(), by="")


def test_in_quiet_hours_an_alert_waits_and_a_page_does_not(begin: Begin) -> None:
    scene = begin('[alerting.quiet_hours]\nfrom = "00:00:00"\nuntil = "00:00:00"')
    since = len(scene.said(ALERTS))
    scene.slack.fault("stale-data").start()
    scene.until(lambda: "Data freshness on scout" in as_text(scene.ask(ANA, "/scout alerts")), "it to be known", LATE)
    urgent = scene.becomes(broken(scene, "lock-queue", "Blocked sessions"), "PAGE")
    scene.until(lambda: below(scene, urgent, WOKEN), "the page")
    assert posted(scene, "Data freshness", since) == []
    scene.slack.fault("lock-queue").undo()
    scene.until(lambda: below(scene, urgent, "has recovered"), "the end of the page, told in the night", LATE)
    begin()
    scene.until(lambda: posted(scene, "Data freshness", since), "the card that waited", LATE)
    scene.until(
        lambda: scene.said(ALERTS, "The quiet hours are over", "Data freshness on scout, now"), "the summary", LATE
    )


def test_an_incident_is_told_in_the_channel_of_its_route_and_nowhere_else(begin: Begin) -> None:
    scene = begin(f'[[routes]]\nmetrics = ["freshness"]\nchannel = "{STAGING}"')
    since = len(scene.said(ALERTS))
    card = broken(scene, "stale-data", "Data freshness", STAGING)
    broken(scene, "lock-queue", "Blocked sessions")
    assert posted(scene, "Data freshness", since) == []
    scene.slack.fault("stale-data").undo()
    scene.until(lambda: below(scene, card, "has recovered"), "the recovery below its card", LATE)


def test_a_page_that_gets_better_is_told_once_and_wakes_nobody_again(begin: Begin) -> None:
    scene = begin()
    card = scene.becomes(broken(scene, "lock-queue", "Blocked sessions"), "PAGE")
    scene.until(lambda: below(scene, card, WOKEN), "the page")
    scene.do(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where wait_event_type = 'Lock' and query like '%where store_id =%'"
    )
    scene.becomes(card, "ALERT", "worst: PAGE", within=LATE)
    scene.until(lambda: below(scene, card, "is better, not well yet"), "the word that it is better")
    assert len(below(scene, card, WOKEN)) == 1
    scene.slack.fault("lock-queue").undo()
    scene.until(lambda: below(scene, card, "has recovered after"), "the recovery", LATE)
    assert len(below(scene, card, WOKEN)) == 1


# --- jobs


SCHEDULED = "scheduled = true"
FAILING = '[databases.scout.schedule.broken]\ncommand = "refresh mv_gone"\nevery_seconds = 10'
YEARLY = '[databases.scout.schedule.yearly]\ncommand = "refresh gold_daily_aggregates"\ncron = "0 4 1 1 *"'


def test_a_job_that_failed_has_a_card_that_says_why_and_is_over_when_somebody_pauses_it(begin: Begin) -> None:
    scene = begin(FAILING, scheduled=SCHEDULED)
    since = len(scene.said(ALERTS))
    card = scene.found(lambda: posted(scene, "Scheduled jobs failing", since), LATE, "its card")
    scene.becomes(card, "broken: There is no materialized view")
    assert {"Schedule run", "Schedule"} <= set(buttons(scene.now(card)))
    listed = scene.post(lambda: scene.slack.click(ANA, scene.now(card), "scout_command", "Schedule"), ALERTS, "broken")
    assert "failed" in as_text(listed)
    scene.say(ANA, "/scout schedule pause broken for=2h", ALERTS, "Paused until")
    scene.becomes(card, "RECOVERED", within=LATE)


def test_a_job_that_was_missed_has_a_card_until_somebody_runs_it(begin: Begin) -> None:
    scene = begin(YEARLY, scheduled=SCHEDULED)
    since = len(scene.said(ALERTS))
    a_year_passes(scene, "yearly")
    card = scene.found(lambda: posted(scene, "Scheduled jobs failing", since), LATE, "its card")
    scene.becomes(card, "yearly: Nobody began it within 60 min of its time")
    plan = scene.post(lambda: scene.slack.click(ANA, card, "scout_command", "Schedule run"), ALERTS, "scout_approve")
    assert "refresh gold_daily_aggregates" in as_text(plan)
    scene.press(ANA, plan, "scout_approve")
    scene.becomes(card, "RECOVERED", within=LATE)


def a_year_passes(scene: Scene, job: str) -> None:
    """Its last time came while nobody was there."""
    with closing(Store.open(scene.stage.environment()["SCOUT_STORE_URL"])) as store:
        scene.until(lambda: store.standings("scout").get(job), "the job to be counted")
        with store.change() as change:
            known = change.standing("scout", job)
            assert known is not None
            change.put_standing(known.model_copy(update={"since": known.since - timedelta(days=800)}))
