"""What Slack sends, and what it never should: valid payloads of every kind that the listeners take, and the same bent."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.chat import Verb
from practice.slack import interactions
from practice.slack.fixture import Channel, User
from practice.slack.wire import Json, is_list, is_record

ROOT = Path(__file__).parents[2]
ANYBODY, MASTER = User("U0ANY", "any", "Any Body", "member"), User("U0MASTER", "master", "Mona Master", "approver")
CHANNEL = Channel("C0ROOM", "room", {ANYBODY.id, MASTER.id})
SUBJECT, SEAL = "5ub9ec7", "5" * 64
NOTICE, INCIDENT = "n0t1ce", "1nc1dent"
BECAUSE: Json = {"type": "plain_text_input", "value": "because"}
TYPED = ("", "status", "help", "approve", "history", "status on nowhere", 'slow "', "x" * 100_000, "a " * 10_000)


def names_of_ours() -> list[str]:
    """Every id that Scout gives to a button, a field or a dialog, read from its source."""
    constants = [
        node.value
        for file in sorted((ROOT / "bot").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    return sorted({name for name in constants if re.fullmatch(r"scout_[a-z_]+", name)} | {f"scout_{v}" for v in Verb})


OURS = names_of_ours()
UNICODE = st.text(st.characters(exclude_categories=()), max_size=30)
NASTY_TEXTS = [
    "", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\u202e\u2066", "\u200b", "\ufeff", "<!channel>", "<@U0MASTER>", "x" * 100_000,
    "&lt;!channel&gt;", "%s %(x)s {0} {schema}", "'; drop table audit; --", "scout_approve", f"{SUBJECT} {SEAL}", SUBJECT,
    "http://[", "javascript:alert(1)", "\N{PILE OF POO}" * 1000, "-1", "1e999", "../../etc/passwd",
]  # fmt: skip
NASTY = st.sampled_from(NASTY_TEXTS)
NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63, 2**64, -(2**70), 10**300, 0.1, 1e308, float("inf"), float("nan")])
LEAVES = st.none() | st.booleans() | NUMBERS | UNICODE | NASTY


def deep(levels: int) -> Json:
    """An object in an object in an object."""
    nest: Any = "x"
    for _ in range(levels):
        nest = {"type": nest, "value": [nest] if levels < 8 else 0}
    return {"deep": nest}


JUNK = (
    st.recursive(
        LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(UNICODE, inner, max_size=3), max_leaves=6
    )
    | st.just(deep(150))
    | st.just(["x"] * 10_000)
)


def slash(user: User, text: str, command: str) -> Json:
    """A typed command."""
    whole = interactions.slash_command(user, CHANNEL, command, text)
    return whole | {"trigger_id": "1.2.abc", "response_url": "http://127.0.0.1:9/commands/1"}


def event(user: User, text: str, kind: str, channel_type: str) -> Json:
    """A mention, or something said in a conversation."""
    body: Json = {"type": kind, "user": user.id, "text": text, "ts": "1.2", "channel": CHANNEL.id, "event_ts": "1.2"}
    tab = {"tab": "home"} if kind == "app_home_opened" else {}
    whole = interactions.event(user, body | tab | {"channel_type": channel_type, "team": user.team_id})
    return whole | {"event_id": "Ev1", "event_time": 1, "event_context": "4-1"}


def visit(user: User) -> Json:
    """An opened home tab."""
    body: Json = {"type": "app_home_opened", "user": user.id, "channel": "D0ANY", "tab": "home", "event_ts": "1.2"}
    return interactions.event(user, body) | {"event_id": "Ev2", "event_time": 1, "event_context": "4-1"}


def on_home(user: User, name: str, value: str) -> Json:
    """A button that was pressed on the home tab, which is in no channel."""
    whole = press(user, name, value, is_ephemeral=False) | {"container": {"type": "view", "view_id": "V1"}}
    return {key: one for key, one in whole.items() if key not in {"channel", "response_url"}}


def press(user: User, name: str, value: str, *, is_ephemeral: bool) -> Json:
    """A pressed button."""
    return acted(
        user, {"type": "button", "action_id": name, "block_id": "b", "value": value}, is_ephemeral=is_ephemeral
    )


def tick(user: User, block: str, values: list[str]) -> Json:
    """Boxes of a card that were ticked, or the last of them unticked."""
    return acted(user, {"action_id": "scout_tick", "block_id": block, **ticks(values)}, is_ephemeral=False)


def ticks(values: list[str]) -> Json:
    """What a list of boxes holds."""
    options = [{"text": {"type": "plain_text", "text": value}, "value": value} for value in values]
    return {"type": "checkboxes", "selected_options": options}


def acted(user: User, action: Json, *, is_ephemeral: bool) -> Json:
    """Something that was done with an element of a message."""
    container = interactions.message_container(CHANNEL, {"ts": "1.2"}, is_ephemeral=is_ephemeral)
    return interactions.interaction("block_actions", user) | {
        "container": container,
        "channel": interactions.channel_of(CHANNEL),
        "actions": [{**action, "action_ts": "1.2"}],
        "trigger_id": "1.2.abc",
        "response_url": "http://127.0.0.1:9/actions/1",
        "state": {"values": {}},
    }


def dialog(user: User, kind: str, name: str, about: str, field: str, value: Json = BECAUSE) -> Json:
    """A form that was sent off or shut."""
    view: Json = {
        "id": "V1", "team_id": user.team_id, "type": "modal", "callback_id": name, "private_metadata": about, "hash": "1.2",
        "blocks": [{"type": "input", "block_id": field, "element": {"type": value["type"], "action_id": field}}],
        "state": {"values": {field: {field: value}}}, "title": {"type": "plain_text", "text": "Why"}, "root_view_id": "V1",
    }  # fmt: skip
    return interactions.interaction(kind, user) | {"view": view, "trigger_id": "1.2.abc", "response_urls": []}


def shortcut(user: User, kind: str, name: str) -> Json:
    """A shortcut, which Scout does not have."""
    return interactions.interaction(kind, user) | {"callback_id": name, "trigger_id": "1.2.abc", "action_ts": "1.2"}


WHO = st.sampled_from([ANYBODY, ANYBODY, MASTER])
NAME = st.sampled_from(OURS) | st.sampled_from([f"{name}:1" for name in OURS])
VALUE = st.sampled_from(
    [f"{SUBJECT} {SEAL}", f"{SUBJECT} wrong", SUBJECT, NOTICE, f"{INCIDENT}", "status", ""]
) | st.one_of(UNICODE, NASTY)
ABOUT = st.sampled_from(
    [
        f'{{"subject": "{SUBJECT}", "seal": "{SEAL}", "channel": "C0ROOM", "thread": ""}}',
        f'{{"subject": "{SUBJECT}"}}', "{}", "[]", "null", "{", "", '{"subject": {}}', "[" * 3000,
    ]
)  # fmt: skip
BOXES = st.lists(st.sampled_from([SUBJECT, "0", "1", "2"]) | UNICODE | NASTY, max_size=12)
GROUP = st.sampled_from(["0", "1", "-1", "9" * 30, "9" * 5000, "many", ""]) | UNICODE
BLOCK = st.builds("tick:{}:{}:{}".format, st.just(SUBJECT) | UNICODE, st.just(SEAL) | UNICODE, GROUP) | UNICODE
HELD = st.just(BECAUSE) | st.builds(ticks, BOXES)
TEXT = st.sampled_from(TYPED) | UNICODE | NASTY
VALID: dict[str, st.SearchStrategy[Json]] = {
    "slash_commands": st.builds(slash, WHO, TEXT, st.sampled_from(["/scout", "/scout", "/other"])),
    "events_api": st.builds(
        event,
        WHO,
        TEXT,
        st.sampled_from(["app_mention", "message", "app_home_opened", "team_join", "link_shared"]),
        st.sampled_from(["im", "channel", "group", "mpim"]),
    ),
    "interactive": st.one_of(
        st.builds(press, WHO, NAME, VALUE, is_ephemeral=st.booleans()),
        st.builds(tick, WHO, BLOCK, BOXES),
        st.builds(dialog, WHO, st.sampled_from(["view_submission", "view_closed"]), NAME, ABOUT, NAME, HELD),
        st.builds(shortcut, WHO, st.sampled_from(["shortcut", "message_action"]), NAME),
    ),
}


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Json]:
    """A kind of envelope and a payload: a valid one, or one that was bent up to four times."""
    kind = draw(st.sampled_from(sorted(VALID)))
    payload = draw(VALID[kind])
    for _ in range(draw(st.integers(0, 4))):
        payload = _bent(draw, payload)
    return kind, payload


def _bent(draw: st.DrawFn, payload: Json) -> Json:
    path = draw(st.sampled_from(_paths(payload)))
    how = draw(st.sampled_from(["drop", "replace", "replace", "add", "wrap"]))
    junk = draw(JUNK) if how in {"replace", "add"} else None
    bent = _changed(payload, path, how, junk)
    return bent if is_record(bent) else payload


def _paths(value: object, most: int = 6) -> list[tuple[str | int, ...]]:
    """The ways to every place in a payload; of long lists the first places only."""
    places: Iterable[tuple[str | int, Any]] = ()
    if is_record(value):
        places = value.items()
    elif is_list(value):
        places = enumerate(value[:3])
    return [(), *((key, *path) for key, inner in places if most for path in _paths(inner, most - 1))]


def _changed(value: Any, path: tuple[str | int, ...], how: str, junk: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    if not path:
        return _new(value, how, junk)
    key, *rest = path
    copy: Any = dict(value) if is_record(value) else list(value)
    if how == "drop" and not rest:
        del copy[key]
    else:
        copy[key] = _changed(copy[key], tuple(rest), how, junk)
    return copy


def _new(value: Any, how: str, junk: Any) -> Any:  # noqa: ANN401 - JSON of any shape
    if how == "add" and is_record(value):
        return {**value, "extra": junk}
    if how == "wrap":
        return [value]
    return junk if how == "replace" else value
