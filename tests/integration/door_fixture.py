"""Scout behind its door, in one thread: what a request did is done when the acknowledgement is there."""

import json
import logging
import sqlite3
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient
from slack_sdk.socket_mode.request import SocketModeRequest
from store_fixture import approval, report

from bot.blocks import draw_report, plain
from bot.chat import Home, Inbound, Lane, Notice, Opened, Post, Profile, Whisper
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.report import Text
from bot.settings import Settings
from bot.slack import SlackSpeaker, build_app
from bot.store import Store
from bot.transport.envelope import Envelopes
from practice.slack.limits import message_problems, message_size_error
from practice.slack.wire import Json, is_record
from tests.acceptance.stage_fixture import marked
from tests.unit.payload_fixture import CHANNEL, MASTER, NOTICE, SEAL, SUBJECT

PRIVATE = "for one person only"
US = AuthorizeResult(enterprise_id=None, team_id="T0PRACTICE", bot_user_id="U0SCOUT", bot_token="xoxb-1")
UNSEEMLY = ("Traceback", 'File "', "sqlite3", "psycopg", "went wrong inside", "pydantic", "validation error")
PINGS = ("<!channel", "<!here", "<!everyone", "<@U0MASTER>")
ANYBODYS = {"home", "inbox", "notice"}
"""The tables that any request may add to: what was asked, what is said of it, and whose home tab it was pressed on."""
BOLTS = {"bot.slack.bolt", "bot.transport.envelope"}
"""Who logs what Bolt's parser stumbles over."""
REGISTRY = discover("commands")


class Alarm(logging.Handler):
    """Keeps what Scout logs as an error, which is a bug whoever sent what; Bolt's parser has errors of its own, and acknowledges."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.name.startswith("bot.") and record.name not in BOLTS:
            self.heard.append(self.format(record))


@dataclass
class Door:
    """One Scout with a plan that waits and an answer that is for somebody else."""

    house: House
    file: Path
    alarm: Alarm = field(default_factory=Alarm)
    count: int = 0
    told: list[str] = field(default_factory=list[str])
    _told: int = 0

    def __post_init__(self) -> None:
        self.app = build_app(
            WebClient("xoxb-1"), lambda: US, self.take, lambda: datetime.now(UTC), "C0ALERTS", self.opened
        )
        self.envelopes = Envelopes(self.app, ThreadPoolExecutor(1))
        self.house.reception.desk = replace(self.house.desk, begin=_nothing, stop=_nothing)
        self.flaws_of_new_messages()

    def opened(self, press: str, trigger: str) -> None:
        """A dialog is asked for; Slack is not there to open it."""

    def take(self, item: Inbound) -> None:
        """Write it down and see to it, as the reception does."""
        if self.house.store.receive(item, "door"):
            self._see_to(item)

    def _see_to(self, item: Inbound) -> None:
        if isinstance(item, Opened):
            self.house.homes.handle(item)
        else:
            self.house.reception._take(item)  # pyright: ignore[reportPrivateUsage] - in this thread, so that it is done afterwards

    def flaws(self, kind: str, payload: Json) -> list[str]:
        """What is wrong after a request: no acknowledgement, somebody is shown a bug, or something changed that may not."""
        self.count += 1
        self.alarm.heard.clear()
        before = self.state()
        request = SocketModeRequest(type=kind, envelope_id=str(self.count), payload=_once(payload, self.count))
        answer = self.envelopes._dispatch(request)  # pyright: ignore[reportPrivateUsage] - the public way wants an event loop
        said = "" if answer is None else json.dumps(answer.payload)  # pyright: ignore[reportUnknownMemberType] - a bare dict
        return [
            *(["not acknowledged"] if answer is None else []),
            *self.alarm.heard,
            *(f"{word} in {said}" for word in UNSEEMLY if word in said),
            *self.flaws_of_new_messages(),
            *([] if self.state() == before or _is_the_masters(payload) else ["the store has changed"]),
        ]

    def state(self) -> dict[str, list[tuple[object, ...]]]:
        """Every table that only a valid request of the right person may change."""
        with closing(sqlite3.connect(self.file)) as file:
            names = [row[0] for row in file.execute("select name from sqlite_master where type = 'table'")]
            return {name: file.execute(f'select * from "{name}"').fetchall() for name in {*names} - ANYBODYS}  # noqa: S608 - names of the catalog

    def flaws_of_new_messages(self) -> list[str]:
        """What is wrong with the messages that were written since the last look."""
        with closing(sqlite3.connect(self.file)) as file:
            rows = file.execute(
                "select rowid, body from notice where rowid > ? order by rowid", [self._told]
            ).fetchall()
        self._told = max((row[0] for row in rows), default=self._told)
        fresh = [Notice.model_validate_json(row[1]) for row in rows]
        self.told = [self._words(one) for one in fresh]
        return [flaw for one in fresh for flaw in wrong_with(one)]

    def _words(self, notice: Notice) -> str:
        """What somebody reads of a message."""
        message = notice.message
        if isinstance(message, Home):
            page = self.house.homes.page(message.person)
            return page.refusal if page else ""
        return plain(message.report) if isinstance(message, Post | Whisper) else ""


def wrong_with(notice: Notice) -> Iterable[str]:
    """What Slack would refuse about a message, what would ping, and what its reader should not see."""
    message = notice.message
    if not isinstance(message, Post | Whisper):
        return
    drawn = draw_report(message.report, share="n1")
    whole = {"channel": "C1", "text": drawn.text, "blocks": drawn.blocks}
    yield from message_problems(whole)
    yield from filter(None, [message_size_error(whole)])
    yield from (f"{ping} in {text}" for text in marked(whole) for ping in PINGS if ping in text)
    words = plain(message.report)
    yield from (f"{word} in {words}" for word in UNSEEMLY if word in words)
    if PRIVATE in words and not (isinstance(message, Whisper) and message.person == MASTER.id):
        yield "somebody else's answer"


def _nothing(_: str) -> None:
    """No run begins behind this door."""


def _once(payload: Json, number: int) -> Json:
    """The payload with ids of its own, because Scout does the same thing once only."""
    view: object = payload.get("view")
    fresh: Json = {"trigger_id": f"1.2.{number}"} if payload.get("trigger_id") == "1.2.abc" else {}
    fresh |= {"event_id": f"Ev{number}"} if payload.get("event_id") == "Ev1" else {}
    if is_record(view) and view.get("id") == "V1":
        fresh |= {"view": {**view, "id": f"V{number}"}}
    return payload | fresh


def _is_the_masters(payload: Json) -> bool:
    """Whether it says, somewhere, the one who may and the plan that waits with its seal."""
    told = json.dumps(payload)
    return MASTER.id in told and SUBJECT in told


@contextmanager
def opened(folder: Path, outsider: str = "") -> Generator[Door]:
    """A door with a store of its own; everybody is an `outsider` when it says which."""
    file = folder / "scout.sqlite3"
    store = Store.open(f"sqlite:///{file}")
    house = House(
        Settings(operators=(MASTER.id,), approvers=(MASTER.id,), alert_channel="C0ALERTS"),
        store,
        REGISTRY,
        SlackSpeaker(WebClient("xoxb-1")),
        lambda person: Profile(id=person.id, name=person.id, outsider=outsider),
        lambda _: Room(),
    )
    _furnish(store)
    door = Door(house, file)
    logging.getLogger().addHandler(door.alarm)
    try:
        yield door
    finally:
        logging.getLogger().removeHandler(door.alarm)
        house.close()


def _furnish(store: Store) -> None:
    now = datetime.now(UTC)
    waiting = approval(SUBJECT, at=now).model_copy(update={"seal": SEAL, "expires_at": now + timedelta(days=1)})
    private = report(PRIVATE).model_copy(update={"more": (Text(text=PRIVATE),)})
    whisper = Whisper(channel=CHANNEL.id, person=MASTER.id, report=private, share=True)
    with store.change() as change:
        change.add_approval(waiting)
        change.put_notice(Notice(id=NOTICE, lane=Lane.ANSWER, message=whisper, due=now))
