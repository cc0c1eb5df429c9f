"""The real bot on a stage, and how a test types, presses, looks and breaks things there."""

import itertools
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, LiteralString, TypeVar

import psycopg
import pytest

from practice.settings import ALERTS, STAGING, Settings
from practice.slack import interactions
from practice.slack.elements import each_element
from practice.slack.fixture import Channel
from practice.slack.hands import chosen, pick
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text
from practice.slack.wire import Json, is_list, is_record
from practice.stage import Stage

T = TypeVar("T")

PRIVATE, SHARED = "G0PRIVATE", "C0SHARED"
ANA, BEN, CORA, DAN = "U0ANA", "U0BEN", "U0CORA", "U0DAN"
GUEST, STRANGER = "U0GUEST", "U0STRANGER"
WHY = "the test wants it"
TEAM = (ANA, BEN, CORA, DAN)
ANSWERED = 3.0
"""Seconds in which everybody has an answer, whatever happens; asserted where the database or Slack is in trouble."""
PATIENCE = 8.0
"""Seconds for the same on a machine that is busy with other tests."""
IDLE = 2.0
"""From how many seconds on an idle transaction is one to end, on this stage."""

# What no person may ever read: traces, passwords, tokens, addresses with credentials, and that Scout hit a bug.
UNSEEMLY = (
    "Traceback", 'File "', "postgresql://", "xoxb-", "xapp-", "psycopg", "went wrong inside Scout", "sqlite3",
    "operation_timeout", "did not answer in time",
)  # fmt: skip
TOLD: set[str] = set()


@dataclass
class Scene:
    """What tests do with a stage; everything that is waited for has a deadline."""

    stage: Stage
    room: str = ""
    left_open: list[psycopg.Connection] = field(default_factory=list[psycopg.Connection])

    @property
    def slack(self) -> PracticeSlack:
        """The practice Slack."""
        if self.stage.slack is None:
            raise RuntimeError("the curtain is down")
        return self.stage.slack

    # --- typing and pressing

    def ask(self, user: str, text: str, channel: str = "", within: float = PATIENCE) -> Json:
        """Type something, and return the answer that only this person sees."""
        return self.whisper(user, lambda: self.slack.say(user, channel or self.room, text), within)

    def press(self, user: str, where: Json, action: str, value: str | None = None, within: float = PATIENCE) -> Json:
        """Press a button, and return what only this person is told."""
        return self.whisper(user, lambda: self.slack.click(user, where, action, value), within)

    def dialog(self, user: str, where: Json, action: str, value: str | None = None, within: float = PATIENCE) -> Json:
        """Press a button that opens a dialog, and return it once it is filled; one that was left open is closed first."""
        self.close_dialogs(user)
        self.slack.click(user, where, action, value)
        return self.opened(user, within)

    def opened(self, user: str, within: float = PATIENCE) -> Json:
        """The dialog that somebody has before them, once it is filled."""
        return self.found(
            lambda: [one for one in self.slack.views(user) if "One moment" not in as_text(one)], within, "a dialog"
        )

    def close_dialogs(self, user: str) -> None:
        """Close what somebody has open."""
        for view in reversed(self.slack.views(user)):
            self.slack.close_view(user, view["id"])

    def fill(self, user: str, dialog: Json, within: float = PATIENCE, **words: str) -> Json:
        """Send a dialog off, and return what only this person is told."""
        return self.whisper(user, lambda: self.slack.submit(user, dialog["id"], typed(**words)), within)

    def deny(self, user: str, card: Json, reason: str = "not now") -> Json:
        """Press Deny, say why, and return what only this person is told."""
        return self.fill(user, self.dialog(user, card, "scout_deny"), reason=reason)

    def give_up(self, user: str, card: Json) -> None:
        """Deny what may have been decided by itself meanwhile."""
        dialog = self.dialog(user, card, "scout_deny")
        if dialog["submit"]:
            self.slack.submit(user, dialog["id"], typed(reason="the test is over"))

    def press_late(self, user: str, seen: Json, action: str, value: str | None = None) -> Json:
        """Press a button of a message as it was, on a screen that has not heard of the edit yet; what the person is told."""
        block, element = pick(seen, action, value)
        channel = self.slack.house.workspace.channels[seen["channel"]]
        payload = interactions.interaction("block_actions", self.slack.house.workspace.users[user])
        payload |= {
            "container": interactions.message_container(channel, seen, is_ephemeral=False),
            "channel": interactions.channel_of(channel),
            "actions": [interactions.action(block, element, chosen(element, value))],
            "trigger_id": f"late.{time.monotonic_ns()}",
        }
        return self.whisper(user, lambda: self.slack.send_envelope("interactive", payload))

    def whisper(self, user: str, do: Callable[[], object], within: float = PATIENCE) -> Json:
        """Do something, and return the next message that only one person sees."""
        there = {one["id"] for one in self.slack.ephemerals(user)}
        do()
        return self.found(
            lambda: [one for one in self.slack.ephemerals(user) if one["id"] not in there], within, f"a word to {user}"
        )

    def say(self, user: str, text: str, channel: str, *words: str, within: float = PATIENCE) -> Json:
        """Type something, and return the next message of Scout's there that holds all the words."""
        return self.post(lambda: self.slack.say(user, channel, text), channel, *words, within=within)

    def post(self, do: Callable[[], object], channel: str, *words: str, within: float = PATIENCE) -> Json:
        """Do something, and return the next message of Scout's in a channel that holds all the words."""
        there = {one["ts"] for one in self.slack.messages(channel)}
        do()
        return self.found(
            lambda: [one for one in self.said(channel, *words) if one["ts"] not in there],
            within,
            f"{words} in {channel}",
        )

    def propose(self, user: str, text: str, channel: str = "", shown: str = "") -> Json:
        """Type something that needs approval, with a reason, and return the card, in `shown` when that is another channel."""
        there = channel or self.room
        said = f"{text} because {WHY}"
        return self.post(lambda: self.slack.say(user, there, said), shown or there, "scout_approve", "asked by")

    # --- looking

    def said(self, channel: str, *words: str) -> list[Json]:
        """The messages of Scout's in a channel that hold all the words, oldest first."""
        found = [one for one in self.slack.messages(channel) if one.get("bot_id")]
        return [one for one in found if all(word in as_text(one) + str(one) for word in words)]

    def now(self, message: Json) -> Json:
        """A message as it stands now."""
        return next(one for one in self.slack.messages(message["channel"]) if one["ts"] == message["ts"])

    def becomes(self, message: Json, *words: str, within: float = 15) -> Json:
        """Wait until a message is edited to hold all the words."""

        def fitting() -> list[Json]:
            now = self.now(message)
            return [now] if all(word in as_text(now) for word in words) else []

        return self.found(fitting, within, f"{words} on the card")

    def found(self, look: Callable[[], list[Json]], within: float, what: str) -> Json:
        """Wait for a message, and return the first."""
        return self.slack.wait_for(look, within, what)[0]

    def until(self, found: Callable[[], T], what: str, within: float = 15) -> T:
        """Wait for something that is not said in Slack."""
        return self.slack.wait_for(found, within, what)

    # --- the database

    @contextmanager
    def admin(self) -> Generator[psycopg.Connection]:
        """The superuser of the practice database."""
        with psycopg.connect(self.stage.database.admin_url, autocommit=True) as connection:
            yield connection

    def value(self, statement: LiteralString, *values: object) -> Any:  # noqa: ANN401 - whatever the database holds
        """The first value that a statement of the superuser returns."""
        with self.admin() as admin:
            row = admin.execute(statement, values or None).fetchone()
        return row[0] if row else None

    def do(self, *statements: LiteralString) -> None:
        """Run statements as the superuser."""
        with self.admin() as admin:
            for statement in statements:
                admin.execute(statement)

    def refreshes(self, view: str) -> int:
        """How often a view was refreshed by Scout's operator, as PostgreSQL counted it."""
        return int(
            self.value(
                "select coalesce(sum(s.calls), 0) from pg_stat_statements as s join pg_roles as r on r.oid = s.userid"
                " where r.rolname = 'scout_operate' and s.query ilike '%%refresh%%' and s.query like %s",
                f"%{view}%",
            )
        )

    def idles(self, name: str = "scout-api", *, old: bool = True) -> psycopg.Connection:
        """A session of the application that forgot its transaction; when `old`, for so long that Scout would end it."""
        connection = psycopg.connect(self.stage.database.app_url, application_name=name)
        connection.execute("select 1")
        self.left_open.append(connection)
        if old:
            pid = connection.info.backend_pid
            self.until(
                lambda: self.value(
                    "select state_change < now() - interval '2.1 s' from pg_stat_activity where pid = %s", pid
                ),
                "an old transaction",
            )
        return connection

    # --- between two tests

    def restart(self, **extra: str) -> None:
        """Start the bot anew, with other settings in its environment."""
        self.stage.stop_bot()
        self.stage._extra = extra  # pyright: ignore[reportPrivateUsage] - only tests change the settings in the middle
        self.stage.start_bot()

    def calm(self) -> None:
        """Undo what a test broke, and decide what it left open."""
        self.slack.house.trouble.calm()
        was_down = not self.stage.database.is_up
        for fault in self.slack.house.panel.faults:
            fault.undo()
        if was_down:
            self.until(lambda: "Service levels" in as_text(self.ask(CORA, "/scout status")), "a database that answers")
        for connection in self.left_open:
            with suppress(psycopg.Error):
                connection.close()
        self.left_open.clear()
        for user in TEAM:
            self.close_dialogs(user)
        for channel in (self.room, ALERTS, STAGING):
            for card in self.said(channel, "scout_deny"):
                self.give_up(CORA, card)
            self.until(lambda channel=channel: not self.undecided(channel), "the end of all runs", 20)

    def undecided(self, channel: str) -> list[Json]:
        """The cards of a channel that wait or run."""
        return self.said(channel, "scout_deny") + self.said(channel, "scout_stop")

    def seemly(self) -> None:
        """Nobody was shown a trace, a secret or a bug, and every request was acknowledged in time; each flaw is told once."""
        flaws = [line for line in self.slack.transcript().splitlines() if any(word in line for word in UNSEEMLY)]
        fresh = [line for line in flaws if line not in TOLD]
        TOLD.update(fresh)
        assert not fresh, "\n".join(fresh)


def typed(**words: str) -> Json:
    """What a dialog's fields hold when these words are typed into them."""
    return {name: {"given": {"type": "plain_text_input", "value": text}} for name, text in words.items()}


def marked(value: object) -> Iterator[str]:
    """Every text of a message that Slack reads as markup: the fallback and all mrkdwn."""
    if is_record(value):
        yield from _own(value)
        for name, inner in value.items():
            yield from marked(inner) if name != "metadata" else ()
    elif is_list(value):
        for inner in value:
            yield from marked(inner)


def _own(record: Mapping[str, Any]) -> Iterator[str]:
    text = record.get("text")
    if isinstance(text, str) and record.get("type") in ("mrkdwn", "message", None):
        yield text


def cards(scene: Scene, title: str, since: int) -> list[Json]:
    """The cards, threads left out, that speak of a metric and came after a moment."""
    found = [one for one in scene.said(ALERTS)[since:] if not one.get("thread_ts") or one["thread_ts"] == one["ts"]]
    return [one for one in found if f"{title} on *" in as_text(one)]


def buttons(message: Json) -> list[str]:
    """The labels of a message's buttons."""
    return [str(one["text"]["text"]) for _, one in each_element(message["blocks"]) if one["type"] == "button"]


def home() -> Path:
    """Where the practice database's template is kept between runs."""
    return Path(tempfile.gettempdir()) / "scout-acceptance"


def opened(extra: Mapping[str, str] | None = None) -> Stage:
    """A stage with a fast clock."""
    return Stage(home(), Settings(tick=0.5, alert_for=1, long_query=30, idle=IDLE, look_again=1), extra=extra)


@pytest.fixture(scope="session")
def shared_stage() -> Iterator[Stage]:
    """The stage that most tests of a worker play on."""
    with opened() as stage:
        yield stage


ROOMS = (f"C0ROOM{number}" for number in itertools.count())
"""Each test speaks in another channel, because Slack takes one message a second in each."""


def entered(stage: Stage) -> Scene:
    """A scene in the next room."""
    there = Scene(stage, next(ROOMS))
    for method in (
        "conversations.info",
        "users.info",
        "usergroups.users.list",
        "views.open",
        "views.update",
    ):  # many rooms, and many lives of the bot
        there.slack.rates.per_minute.setdefault(method, 600)
    channels = there.slack.house.workspace.channels
    team = set(channels[ALERTS].members) | {STRANGER}
    channels.setdefault(there.room, Channel(there.room, there.room.lower(), team))
    return there


@pytest.fixture
def scene(shared_stage: Stage) -> Iterator[Scene]:
    """The shared stage, calm before and after."""
    shared_stage.await_connection()  # whatever the scene before did to Scout
    there = entered(shared_stage)
    yield there
    there.calm()
    there.seemly()


def wait(seconds_at_most: float, so: Callable[[], object]) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds_at_most
    while time.monotonic() < until:
        if so():
            return True
        time.sleep(0.02)
    return False
