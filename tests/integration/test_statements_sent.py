"""What a server received from Scout's logins in an hour of work, read from its own log: nothing but the shipped statements.

The other end of tests/unit/test_statements_shipped.py, which reads the source.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from slack_sdk import WebClient
from store_fixture import asked

from bot.approval import Approval, State
from bot.chat import Person, Place, Pressed, Profile, Verb
from bot.command import Check, Plan, Risk, Sql
from bot.doctor import examine
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.settings import Settings
from bot.slack import SlackSpeaker
from bot.sql import queries
from bot.store import Store, schema
from practice.database import PracticeDatabase
from tests.integration.command_fixture import await_that
from tests.integration.test_every_question import NEEDED

ROOT = Path(__file__).parents[2]
REGISTRY = discover("commands")
LOGGED = {"log_statement": "all", "log_line_prefix": "received|%u|", "log_parameter_max_length": "0"}
LINE = re.compile(r"^received\|(\w*)\|(\w+):  (.*?)(?=^received\||\Z)", re.MULTILINE | re.DOTALL)
OURS = {"scout_read", "scout_operate", "scout_owner"}
"""The two logins, and the owner of the store."""
OF_THE_DRIVER = {"BEGIN", "COMMIT", "ROLLBACK", ""}
"""What psycopg says by itself around a change of the store, and the empty statement that finds out whether a line is alive."""


@dataclass(frozen=True)
class Server:
    """A server that writes down every statement."""

    practice: PracticeDatabase

    def received(self, since: int = 0) -> list[str]:
        """The statements of Scout's logins, word for word."""
        text = self.practice.log.read_bytes()[since:].decode(errors="replace").replace("\n\t", "\n")
        heard = [(user, said) for user, kind, said in LINE.findall(text) if kind == "LOG" and user in OURS]
        found = [re.match(r"(?:statement|execute <unnamed>): ?(.*)", said, re.DOTALL) for _, said in heard]
        return [one[1].strip() for one in found if one]

    @property
    def now(self) -> int:
        """How long the log is."""
        return self.practice.log.stat().st_size


@pytest.fixture(scope="module")
def server() -> Generator[Server]:
    with PracticeDatabase(settings=LOGGED) as practice:
        with psycopg.connect(practice.admin_url, autocommit=True) as admin:
            admin.execute("create database memory owner scout_owner")
            admin.execute("alter role scout_read connection limit -1")
        yield Server(practice)


def shipped() -> list[re.Pattern[str]]:
    """Every statement of a `.sql` file, with a hole for each value and each name."""
    files = [file for folder in ("bot", "commands") for file in sorted((ROOT / folder).rglob("*.sql"))]
    return [with_holes(one.text) for file in files for one in queries(str(file)).values()]


def with_holes(text: str) -> re.Pattern[str]:
    """A value became $1, several that stand for a list $1, $2; a name was put in quotes; the server strips the end."""
    holes: dict[str, str] = {"%%": "%%?", "%(": r"(?:\$\d+(?:, \$\d+)*|null)", "{": r'"(?:[^"]|"")+"'}
    pieces = re.split(r"(%%|%\(\w+\)s|\{[a-z_]\w*\})", text.strip())
    whole = "".join(holes.get(one[:2], holes.get(one[:1], "")) or re.escape(one) for one in pieces)
    return re.compile(rf"{whole};?\s*")


SHIPPED = shipped()


def strange(received: list[str], written: set[str]) -> list[str]:
    """What is neither shipped nor of the driver nor written by the database itself for a step that people see."""
    known = OF_THE_DRIVER | written
    return [one for one in dict.fromkeys(received) if one not in known and not any(p.fullmatch(one) for p in SHIPPED)]


def written_for(plans: list[Plan]) -> set[str]:
    """The statements of some plans, as the database wrote them; also the pieces of the store's schema, one statement each."""
    steps = [step for plan in plans for one in plan.steps for step in (one, *one.undo)]
    told = [do.statement for step in steps for do in (step.do, step.check) if isinstance(do, Sql | Check)]
    steps_of_schema = [one.text for name, one in schema.SQL.items() if name.startswith("step_")]
    pieces = [piece for text in steps_of_schema for piece in schema.pieces(text)]
    return {*told, *(one.strip() for one in pieces)}


def opened(server: Server) -> House:
    practice = server.practice
    settings = Settings.model_validate({
        "databases": {"scout": {"url": practice.read_url, "operate_url": practice.operate_url}},
        "slack_api_url": "http://127.0.0.1:9/api/",
        "store_url": practice.url("scout_owner", "memory"),
        "operators": ["U1"],
        "approvers": ["U1"],
        "questions_per_minute": 6000,
        "question_burst": 1000,
        "tick_seconds": 1,
    })  # fmt: skip
    return House(
        settings,
        Store.open(settings.store_url.get_secret_value()),
        REGISTRY,
        SlackSpeaker(WebClient("xoxb-none", settings.slack_api_url)),
        lambda person: Profile(id=person.id, name=person.id),
        lambda _: Room(reachable=True),
    )


def work(house: House) -> list[Plan]:
    """Ask everything, have some repairs done, measure, look at everything; all plans that came of it."""
    for number, command in enumerate(REGISTRY.commands):
        text = NEEDED.get(command.name, command.name)
        house.receive(
            asked(f"slash:{number}", f"{text} because a test wants it" if command.risk is Risk.DISRUPT else text, at())
        )
    house.receive(asked("slash:vacuum", "vacuum silver_transactions_cleaned", at()))
    await_that(lambda: not house.store.unanswered(house.holder), 90)
    for one in mends(house):
        press(house, one.id, one.seal)
    await_that(lambda: not any(one.state.is_open for one in mends(house)), 60)
    return [one.plan for one in house.store.approvals(limit=100)]


def mends(house: House) -> list[Approval]:
    """What one person may confirm alone; what can stop others is only proposed."""
    return [one for one in house.store.approvals(limit=100) if one.plan.risk is Risk.MEND]


def press(house: House, subject: str, seal: str) -> None:
    person, place = Person(id="U1"), Place(channel="C1")
    house.receive(
        Pressed(
            id=f"press:{subject}", at=at(), person=person, place=place, verb=Verb.APPROVE, subject=subject, seal=seal
        )
    )


def at() -> datetime:
    return datetime.now(UTC)


@pytest.mark.timeout(240)
def test_everything_that_the_server_received_is_shipped(server: Server) -> None:
    house = opened(server)
    house.open()
    try:
        plans = work(house)
        assert {one.state for one in mends(house)} == {State.DONE}
        examine(house.settings, REGISTRY.metrics)
    finally:
        house.close()
    received = server.received()
    assert len(set(received)) > 100
    assert strange(received, written_for(plans)) == []


@pytest.mark.parametrize(
    "planted",
    [
        "select 4711 as planted",
        "select 1; select 2 as planted",
        "select set_config('statement_timeout', '1s', false), 'planted'",
    ],
)
def test_a_planted_statement_is_found_in_the_log(server: Server, planted: str) -> None:
    since = server.now
    with psycopg.connect(server.practice.read_url, autocommit=True) as line:
        line.execute(planted.encode())
    await_that(lambda: server.received(since) != [])
    assert strange(server.received(since), set()) == [planted]


def test_a_shipped_statement_with_anything_more_is_found(server: Server) -> None:
    since = server.now
    more = queries(str(ROOT / "bot/database/reserve.sql"))["named"].text.replace("false", "true")
    with psycopg.connect(server.practice.operate_url, autocommit=True) as line:
        line.execute(more.encode(), {"application_name": "planted"})
    await_that(lambda: server.received(since) != [])
    assert len(strange(server.received(since), set())) == 1
