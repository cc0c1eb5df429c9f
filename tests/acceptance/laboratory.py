"""A stage for deaths: three small views that count how often they are refreshed, and a Scout that ends itself where it is told."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from stage_fixture import ANA, BEN, CORA, Scene, entered, home

from bot.sql import Statement
from bot.store import Fence, Store
from bot.store.engine import as_text as engine_text
from bot.terminal.seat import account_name
from practice.database import PracticeDatabase
from practice.settings import Settings
from practice.slack import interactions
from practice.slack.hands import chosen, pick
from practice.slack.text import as_text
from practice.slack.wire import Json
from practice.stage import Stage

PROGRAM = str(Path(__file__).with_name("dying.py"))
REFRESH = "/scout refresh all"
SOON = 20.0
"""Seconds in which something comes about that needs a start of Scout, on a busy machine."""

# A sequence is not rolled back: it counts every execution, those that were cancelled too.
SCHEMA = (
    "set role scout_owner",
    "create table lab.gate (shut boolean not null)",
    "insert into lab.gate values (false)",
    """create function lab.pass() returns text language plpgsql as $$
    begin while (select shut from lab.gate) loop perform pg_sleep(0.02); end loop; return ''; end $$""",
)
UNANSWERED = Statement("unanswered", "select count(*) as unanswered from inbox where answered_at is null")
PRESSES = Statement("presses", "select id, holder from inbox where answered_at is not null and id like 'press:%%'")
BEATEN = Statement("beaten", "select count(*) as beaten from process where beat_at > %(since)s")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
VIEWS = ("first", "second", "third")


@dataclass
class Laboratory(Scene):
    """A scene in which Scout dies; `order` is the file that tells it where."""

    order: Path = Path()
    stores: dict[str, str] = field(default_factory=dict[str, str])
    store: Store | None = None
    others: list["subprocess.Popen[bytes]"] = field(default_factory=list["subprocess.Popen[bytes]"])
    _set: tuple[str, dict[str, str]] = ("", {})

    # --- lives and deaths

    def use(self, kind: str, **extra: str) -> None:
        """Have Scout run with a store of a kind, unless it does."""
        if self._set == (kind, extra) and self.stage.bot is not None and self.stage.bot.poll() is None:
            return
        if self.store is not None:
            self.store.close()
        self._set = kind, extra
        fast = {"SCOUT_DEAD_AFTER_SECONDS": "2", "SCOUT_STORE_URL": self.stores[kind]}
        self.restart(**{**self.always(), **fast, **extra})
        self.store = Store.open(self.stores[kind])

    def always(self) -> dict[str, str]:
        """What every Scout of the laboratory is told."""
        return {
            "DIE_AT": str(self.order),
            "DATABASE_URL": self.stage.database.read_url,
            "SCOUT_SCHEMA": "lab",
            "SCOUT_APPROVERS": "S0DBA,U0BEN",
            "SCOUT_TERMINAL": f"{account_name(os.getuid())}={BEN}",
        }

    def arm(self, point: str, by: signal.Signals = signal.SIGKILL) -> None:
        """Let Scout end at a point."""
        self.order.write_text(f"{point} {by.name}")

    def dies(self) -> None:
        """Wait until it has, and Slack has noticed."""
        bot = self.stage.bot
        assert bot is not None
        assert self.until(lambda: bot.poll() is not None, "the death", SOON)
        assert bot.returncode == -signal.SIGKILL
        self.until(lambda: not self.slack.sockets(), "Slack to notice")

    def killed(self) -> None:
        """Kill it from outside."""
        self.stage.kill_bot()
        self.dies()

    def rises(self) -> None:
        """Start Scout again, with the same store."""
        self.stage.start_bot()

    def joined(self, **extra: str) -> "subprocess.Popen[bytes]":
        """A second Scout beside the first, with the same store."""
        other = subprocess.Popen([sys.executable, PROGRAM, "run"], env=self.stage.environment() | extra)
        self.others.append(other)
        self.until(lambda: self.slack.sockets() == len(self.alive()), "all to be connected", 3 * SOON)
        return other

    def alive(self) -> list["subprocess.Popen[bytes]"]:
        """The Scouts that run."""
        return [one for one in (self.stage.bot, *self.others) if one is not None and one.poll() is None]

    def end_others(self) -> None:
        """End every Scout but the stage's own, and wake that."""
        if self.stage.bot is not None:
            self.stage.bot.send_signal(signal.SIGCONT)
        for other in self.others:
            if other.poll() is None:
                other.send_signal(signal.SIGCONT)
                other.kill()
                other.wait()
        self.others.clear()

    @contextmanager
    def experiment(self, kind: str, **extra: str) -> Generator["Laboratory"]:
        """The laboratory for one test, with a store of a kind and all counters at zero."""
        self.use(kind, **extra)
        self.room = entered(self.stage).room
        for view in VIEWS:
            self.sql(f"alter sequence lab.{view} restart")
        self.unlock()
        try:
            yield self
        finally:
            self.order.unlink(missing_ok=True)
            self.end_others()
            self.unlock()
            self.clear()

    def clear(self) -> None:
        """Decide what a test left open; a card whose place was lost stays as it is."""
        if not self.alive():
            return
        for card in self.said(self.room, "scout_deny"):
            self.give_up(CORA, card)
        store = self.kept
        self.until(lambda: not [one for one in store.approvals() if one.state.is_open], "the end of all plans", SOON)

    # --- plans

    def approved(self) -> Json:
        """A card for three steps, with Approve pressed by Ben."""
        card = self.propose(ANA, REFRESH)
        self.slack.click(BEN, card, "scout_approve")
        return card

    def resumed(self, card: Json) -> str:
        """Press Resume on an interrupted card, and return the card as it is at the end."""
        self.slack.click(BEN, self.now(card), "scout_resume")
        return as_text(self.becomes(card, "Done", within=SOON))

    def presses_what_was_shown(self, user: str, seen: Json, number: int) -> None:
        """Press Approve on a screen that has not heard yet that somebody else was first."""
        block, element = pick(seen, "scout_approve", None)
        payload = interactions.interaction("block_actions", self.slack.house.workspace.users[user])
        channel = self.slack.house.workspace.channels[seen["channel"]]
        payload |= {
            "container": interactions.message_container(channel, seen, is_ephemeral=False),
            "channel": interactions.channel_of(channel),
            "actions": [interactions.action(block, element, chosen(element, None))],
            "trigger_id": f"press.{seen['ts']}.{number}",
        }
        assert self.slack.send_envelope("interactive", payload)

    def interrupted(self, card: Json, *words: str) -> str:
        """The card once it is interrupted; it was never called done, and offers Resume."""
        shown = as_text(self.becomes(card, "Interrupted", "[Resume]", *words, within=SOON))
        assert self.called(card, "Done") == []
        return shown

    def watcher(self) -> Fence | None:
        """Which process watches the laboratory's database now."""
        return self.kept.leases().get(self.watched)

    def watched_by(self, process: int) -> Fence | None:
        """The lease of the laboratory's database, once a process has it."""
        lease = self.watcher()
        return lease if lease is not None and process_of(lease) == process else None

    def sampled(self) -> set[datetime]:
        """When the laboratory's database was measured, as far as the store knows."""
        return {one.at for one in self.kept.samples(self.watched, "reachable", LONG_AGO)}

    @property
    def watched(self) -> str:
        """The name of the laboratory's database: that of its address."""
        return self.stage.database.read_url.rpartition("/")[2].partition("?")[0]

    def called(self, card: Json, word: str) -> list[str]:
        """The texts with a word that the card ever had."""
        edits = [str(call.args["text"]) for call in self.slack.calls("chat.update") if call.args["ts"] == card["ts"]]
        return [text for text in edits if text.startswith(word)]

    # --- looking

    def hearing(self, user: str) -> Callable[[], list[str]]:
        """What a person is told from now on."""
        there = {one["id"] for one in self.slack.ephemerals(user)}
        return lambda: [as_text(one) for one in self.slack.ephemerals(user) if one["id"] not in there]

    def shut(self) -> None:
        """Let the second view's refresh wait at its gate, at work on the server."""
        self.sql("update lab.gate set shut = true")

    def unlock(self) -> None:
        """Let it through."""
        self.sql("update lab.gate set shut = false")

    def cut(self) -> Json:
        """A card whose run has come to the second step's gate."""
        self.shut()
        card = self.approved()
        self.until(self.at_work, "the second step", SOON)
        return card

    def sql(self, statement: str, *values: object) -> None:
        """Run a statement as the superuser."""
        with self.admin() as admin:
            admin.execute(statement.encode(), values or None)

    def runs(self) -> tuple[int, ...]:
        """How often each view was refreshed, tries included."""
        with self.admin() as admin:
            rows = admin.execute(
                "select coalesce(last_value, 0) from pg_sequences where schemaname = 'lab' order by sequencename"
            )
            return tuple(int(row[0]) for row in rows)

    def at_work(self) -> int:
        """How many statements of the second step are at work on the server."""
        return self.value(
            "select count(*) from pg_stat_activity where application_name like 'scout run %%' and state = 'active'"
            " and query ilike '%%refresh%%second%%'"
        )

    @property
    def kept(self) -> Store:
        """The store that Scout uses now."""
        assert self.store is not None
        return self.store

    def woken(self) -> None:
        """Wait until every Scout has looked after the store again, and has let go of every run."""
        begun = self.kept.now()
        self.until(lambda: self._beaten_since(begun) == len(self.alive()), "all to be awake", SOON)
        self.until(lambda: not self.at_work(), "nothing to be at work")

    def _beaten_since(self, moment: datetime) -> int:
        rows = self.kept._engine.ask(BEATEN, since=engine_text(moment))  # pyright: ignore[reportPrivateUsage] - as below
        return rows[0]["beaten"]

    def rest(self) -> None:
        """Let Scout and the store go; the next experiment begins anew."""
        self.stage.stop_bot()
        self.kept.close()
        self.store = None

    def settled(self) -> None:
        """Wait until everything is answered and sent; the audit holds."""
        store = self.kept
        self.until(lambda: not store.unsent() and not self._unanswered(store), "everything to be answered", SOON)
        assert store.verify_audit().holds

    def _unanswered(self, store: Store) -> int:
        (row,) = store._engine.ask(UNANSWERED)  # pyright: ignore[reportPrivateUsage] - no room tells it for all holders
        return row["unanswered"]

    def handled(self) -> set[tuple[str, str]]:
        """The presses that were answered, each with the Scout that did."""
        rows = self.kept._engine.ask(PRESSES)  # pyright: ignore[reportPrivateUsage] - as above
        return {(row["id"], row["holder"]) for row in rows}

    def scout(self, *words: str) -> "subprocess.Popen[bytes]":
        """A Scout on the terminal; the caller waits for its end."""
        return subprocess.Popen([sys.executable, "-m", "bot", *words], env=self.stage.environment())


def holder(store: Store) -> int:
    """The process id of the Scout that runs the plan."""
    (running,) = [one for one in store.approvals() if one.state == "running"]
    return int(running.holder.split(":")[1])


def process_of(lease: Fence) -> int:
    """The process id of the Scout that holds a lease."""
    return int(lease.holder.split(":")[1])


def build(database: PracticeDatabase) -> None:
    """Make the schema `lab`, with plain refreshes, so that another person approves; and a database for stores."""
    with psycopg.connect(database.admin_url, autocommit=True) as owner:
        owner.execute("create schema lab authorization scout_owner")
        for statement in (*SCHEMA, *(part for view in VIEWS for part in _view(view))):
            owner.execute(statement.encode())
    with psycopg.connect(database.url("postgres", "postgres"), autocommit=True) as admin:
        admin.execute("create database scout_store owner scout_owner")


def _view(name: str) -> tuple[str, ...]:
    gate = "lab.pass()" if name == "second" else "''"
    query = f"select nextval('lab.{name}') as run, {gate} as passed"
    return f"create sequence lab.{name}", f"create materialized view lab.{name}_view as {query}"


@contextmanager
def laboratory() -> Generator[Laboratory]:
    """A stage whose Scout can be killed, with a store of each kind."""
    with TemporaryDirectory() as scratch:
        order = Path(scratch) / "die-at"
        extra = {"DIE_AT": str(order)}
        patient = Settings(tick=600, alert_for=3600, long_query=3600)
        with Stage(home(), patient, program=(PROGRAM,), extra=extra) as stage:
            lab = Laboratory(stage, order=order)
            if stage.workload is not None:
                stage.workload.stop()
            build(stage.database)
            lab.slack.rates.is_on = False  # so many lives in a minute ask who people are more often than Slack allows
            lab.stores["sqlite"] = f"sqlite:///{scratch}/scout.db"
            lab.stores["postgres"] = stage.database.url("scout_owner", "scout_store")
            yield lab
            if lab.store is not None:
                lab.store.close()
            lab.end_others()


@pytest.fixture(scope="session")
def shared_laboratory() -> Iterator[Laboratory]:
    """The laboratory that the tests of a worker share."""
    with laboratory() as lab:
        yield lab
