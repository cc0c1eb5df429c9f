"""Whatever comes in by Slack's door: it is acknowledged, nobody is shown a bug, and nothing changes that should not."""

import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from door_fixture import Door, opened

from bot.chat import Verb
from practice.slack.wire import Json
from tests.fuzz import bombard
from tests.unit.payload_fixture import (
    ANYBODY,
    MASTER,
    NASTY_TEXTS,
    NOTICE,
    OURS,
    SEAL,
    SUBJECT,
    deep,
    dialog,
    event,
    on_home,
    press,
    shortcut,
    slash,
    tick,
    visit,
)


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    """One for all tests: nobody in them but the last may change anything."""
    with opened(tmp_path_factory.mktemp("door")) as there:
        yield there


@pytest.mark.parametrize("seed", [11, 12])
def test_no_bent_payload_goes_unacknowledged_shows_a_bug_or_changes_anything(door: Door, seed: int) -> None:
    sent = bombard(door, seed, 60)
    assert sorted(sent) == ["events_api", "interactive", "slash_commands"]


def test_every_listener_of_the_application_is_reached_by_what_is_bent(tmp_path: Path) -> None:
    with opened(tmp_path) as door:
        heard: set[int] = set()
        for place, listener in enumerate(door.app._listeners):  # pyright: ignore[reportPrivateUsage] - Bolt has no list of them
            listener.ack_function = noting(heard, place, listener.ack_function)
        for kind, payload in one_of_each():
            assert door.flaws(kind, payload) == []
        assert heard == set(range(len(door.app._listeners)))  # pyright: ignore[reportPrivateUsage] - the same


def test_every_listener_of_the_application_comes_to_the_one_authorisation(tmp_path: Path) -> None:
    with opened(tmp_path, outsider="a guest") as door:
        heard: set[int] = set()
        refused: set[int] = set()
        for place, listener in enumerate(door.app._listeners):  # pyright: ignore[reportPrivateUsage] - Bolt has no list of them
            listener.ack_function = noting(heard, place, listener.ack_function)
        for kind, payload in one_of_each():
            heard.clear()
            assert door.flaws(kind, payload) == []
            assert all("answers only full members of its own workspace" in told for told in door.told)
            refused |= heard if door.told else set()
        assert refused == set(range(len(door.app._listeners)))  # pyright: ignore[reportPrivateUsage] - the same


def noting(heard: set[int], place: int, inner: Callable[..., Any]) -> Callable[..., Any]:
    """A listener that says that it was called."""

    def listener(*args: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever Bolt passes
        heard.add(place)
        return inner(*args, **named)

    return listener


def one_of_each() -> list[tuple[str, Json]]:
    """A valid request of every kind; whoever adds a listener adds its payload to the fixture."""
    events = [event(ANYBODY, "status", kind, "im") for kind in ("app_mention", "message", "app_home_opened")]
    presses = [press(ANYBODY, name, "status", is_ephemeral=False) for name in OURS]
    about = json.dumps({"subject": SUBJECT, "seal": SEAL, "channel": "C0ROOM", "thread": ""})
    dialogs = [dialog(ANYBODY, "view_submission", name, about, "why") for name in OURS]
    return [
        ("slash_commands", slash(ANYBODY, "help", "/scout")),
        *(("events_api", one) for one in (*events, visit(ANYBODY))),
        *(("interactive", one) for one in (*presses, *dialogs, on_home(ANYBODY, "scout_ack", "nothing"))),
    ]


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("value", [f"{SUBJECT} {SEAL}", f"{SUBJECT} wrong", NOTICE, "nothing", ""])
def test_nobody_but_who_may_presses_anything(door: Door, verb: Verb, value: str) -> None:
    before = door.state()
    assert door.flaws("interactive", press(ANYBODY, f"scout_{verb}", value, is_ephemeral=False)) == []
    assert door.state() == before


@pytest.mark.parametrize("group", ["0", "1", "-1", "9" * 30, "9" * 5000, "many", ""])
@pytest.mark.parametrize("boxes", [[], ["0", "0"], ["-1"], ["9" * 30], ["many", "\ud800", ""]])
def test_boxes_that_are_not_there_are_ticked_without_a_bug_and_by_who_may(
    tmp_path: Path, door: Door, group: str, boxes: list[str]
) -> None:
    block = f"tick:{SUBJECT}:{SEAL}:{group}"
    assert door.flaws("interactive", tick(ANYBODY, block, boxes)) == []
    with opened(tmp_path) as own:
        assert own.flaws("interactive", tick(MASTER, block, boxes)) == []


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("kind", ["view_submission", "view_closed"])
def test_nobody_but_who_may_sends_a_dialog_off(door: Door, kind: str, name: str) -> None:
    before = door.state()
    about = json.dumps({"subject": SUBJECT, "seal": SEAL, "channel": "C0ROOM", "thread": ""})
    assert door.flaws("interactive", dialog(ANYBODY, kind, name, about, "why")) == []
    assert door.state() == before


@pytest.mark.parametrize("text", NASTY_TEXTS, ids=range(len(NASTY_TEXTS)))
def test_every_nasty_text_is_answered(door: Door, text: str) -> None:
    asks: list[tuple[str, Json]] = [
        ("slash_commands", slash(ANYBODY, text, "/scout")),
        ("events_api", event(ANYBODY, f"<@U0SCOUT> {text}", "app_mention", "channel")),
        ("interactive", press(ANYBODY, "scout_command", text, is_ephemeral=True)),
        ("interactive", shortcut(ANYBODY, "shortcut", text)),
    ]
    assert [door.flaws(*ask) for ask in asks] == [[], [], [], []]


@pytest.mark.parametrize("junk", [None, [], {}, 1, "", True, [None], {"id": None}, deep(300), 2**70], ids=repr)
@pytest.mark.parametrize("name", sorted(press(ANYBODY, "scout_deny", "", is_ephemeral=True)))
def test_a_press_with_junk_in_any_place_is_acknowledged(door: Door, name: str, junk: Any) -> None:  # noqa: ANN401 - junk
    whole = press(ANYBODY, "scout_deny", f"{SUBJECT} {SEAL}", is_ephemeral=True)
    assert door.flaws("interactive", whole | {name: junk}) == []


def test_the_one_who_may_is_not_hindered_by_all_this(door: Door) -> None:
    assert door.flaws("interactive", press(MASTER, "scout_approve", f"{SUBJECT} {SEAL}", is_ephemeral=False)) == []
    found = door.house.store.approval(SUBJECT)
    assert found is not None
    assert (found.state.value, found.decider) == ("approved", MASTER.id)
