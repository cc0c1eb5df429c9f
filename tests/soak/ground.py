"""The ground on which it happens: a patient, a store on a server of its own, a practice Slack, and two replicas of Scout."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from psycopg import sql

from practice.database import PracticeDatabase
from practice.settings import ALERTS, Settings
from practice.slack.fixture import Channel
from practice.slack.server import PracticeSlack
from practice.stage import Stage
from tests.acceptance.stage_fixture import home
from tests.soak.drama import CHANNELS, DATABASES, MENTIONS, Repair
from tests.soak.wrong_clock import WrongClock

ROOT = Path(__file__).parents[2]
REPLICAS = 2
APPROVAL_S = 30
DEAD_AFTER_S = 6
PATIENCE_S = 40.0
OFTEN = 600
RETRIES_S = (1.0, 5.0, 20.0)
"""Slack's own pauses before it sends an event again are a minute and five: who asked in the last minutes would wait beyond the end."""

DATABASE = """
[databases.{name}]  # the patient once more, under another name, so that several repairs may be open at once
url = "{read_url}"
operate_url = "{operate_url}"
schema = "soak"
watch = false
"""

# A row of `effect` is kept with the refresh or not at all: it counts the refreshes that were done, whatever became of the one who asked.
SCHEMA = (
    "create schema soak authorization scout_owner",
    "grant usage on schema soak to scout_read, scout_operate",
    "set role scout_owner",
    "create table soak.effect (view text not null, at timestamptz not null default clock_timestamp())",
    "create table soak.pace (view text primary key, seconds double precision not null)",
    """create function soak.work(name text) returns text language plpgsql as $$
    begin
      perform pg_sleep(coalesce((select p.seconds from soak.pace as p where p.view = name), 0));
      insert into soak.effect (view) values (name);
      return name;
    end $$""",
)


class Ground(Stage):
    """The stage of the soak; `logs` is where the replicas write."""

    def __init__(self, logs: Path, repairs: Sequence[Repair]) -> None:
        super().__init__(home(), Settings(tick=1, alert_for=2, long_query=30, idle=20))
        self.logs, self._repairs = logs, repairs
        self.store_database = PracticeDatabase(cache=home())
        self.replicas: list[subprocess.Popen[bytes] | None] = [None] * REPLICAS

    def _open(self) -> None:
        self.store_database.start()
        with psycopg.connect(self.store_database.url("postgres", "postgres"), autocommit=True) as admin:
            admin.execute("create database scout_store owner scout_owner")
        super()._open()

    def close(self) -> None:
        """End everything."""
        super().close()
        self.store_database.close()

    @property
    def store_url(self) -> str:
        """Where the replicas keep their notes."""
        return self.store_database.url("scout_owner", "scout_store")

    @property
    def there(self) -> PracticeSlack:
        """The practice Slack."""
        if self.slack is None:
            raise RuntimeError("the curtain is down")
        return self.slack

    def start_bot(self) -> None:
        """Furnish the patient and the workspace, then start both replicas."""
        self._build()
        self._open_channels()
        for number in range(REPLICAS):
            self.start_replica(number)
        self.await_sockets()

    def stop_bot(self) -> None:
        """Ask both to end, and insist after a while."""
        running = [one for one in self.replicas if one is not None and one.poll() is None]
        for one in running:
            one.send_signal(signal.SIGCONT)
            one.terminate()
        for one in running:
            try:
                one.wait(12)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()

    # --- replicas

    def start_replica(self, number: int) -> None:
        """Start one; what it has to say goes into its log."""
        told = self.environment() | self.clock(number).environment()
        with self.log(number).open("ab") as log:
            self.replicas[number] = subprocess.Popen(
                [sys.executable, "-m", "bot", "run"], env=told, cwd=ROOT, stdout=log, stderr=log
            )

    def replica(self, number: int) -> "subprocess.Popen[bytes]":
        """One of the two, as it lives now."""
        found = self.replicas[number]
        if found is None:
            raise RuntimeError("this replica was never started")
        return found

    def await_sockets(self) -> None:
        """Wait until each has a socket.

        Raises:
            RuntimeError: one ended, or is not there in time.
        """
        deadline = time.monotonic() + PATIENCE_S
        while self.there.sockets() < REPLICAS:
            if time.monotonic() > deadline or any(self.replica(one).poll() is not None for one in range(REPLICAS)):
                raise RuntimeError(f"A replica does not come up; its last words are in {self.logs}.")
            time.sleep(0.05)

    def log(self, number: int) -> Path:
        """Where a replica writes."""
        return self.logs / f"replica-{number}.log"

    def clock(self, number: int) -> WrongClock:
        """What puts a replica's clock wrong."""
        return WrongClock(self.logs.resolve(), f"replica-{number}")

    def environment(self) -> dict[str, str]:
        """As ever, with the store on a server of its own and more names for the patient."""
        told = super().environment()
        urls = {"read_url": self.database.read_url, "operate_url": self.database.operate_url}
        with Path(told["SCOUT_CONFIG"]).open("a", encoding="utf-8") as config:
            config.writelines(DATABASE.format(name=name, **urls) for name in DATABASES)
        return told | {
            "SCOUT_STORE_URL": self.store_url,
            "SCOUT_DEAD_AFTER_SECONDS": str(DEAD_AFTER_S),
            "SCOUT_APPROVAL_SECONDS": str(APPROVAL_S),
        }

    # --- the patient and the workspace

    def _build(self) -> None:
        with psycopg.connect(self.database.admin_url, autocommit=True) as admin:
            admin.execute("alter role scout_operate connection limit 40")
            admin.execute("alter role scout_read connection limit 40")
            for statement in SCHEMA:
                admin.execute(statement.encode())
            for repair in self._repairs:
                _build_view(admin, repair)
            admin.execute("truncate soak.effect")

    def _open_channels(self) -> None:
        workspace, rates = self.there.house.workspace, self.there.rates
        self.there.house.hub.retry_seconds = RETRIES_S
        for name in (*CHANNELS, MENTIONS):
            members = set(workspace.channels[ALERTS].members)
            workspace.channels.setdefault(name, Channel(name, name.lower(), members))
        # A replica that is killed every minute asks who people are more often than one that lives for weeks.
        for method in ("conversations.info", "users.info", "usergroups.users.list"):
            rates.per_minute.setdefault(method, OFTEN)


def _build_view(admin: psycopg.Connection, repair: Repair) -> None:
    view = sql.Identifier("soak", repair.view)
    name = sql.Literal(repair.view)
    admin.execute(sql.SQL("create materialized view {} as select soak.work({}) as done").format(view, name))
    if repair.gentle:
        admin.execute(sql.SQL("create unique index on {} (done)").format(view))
    admin.execute("insert into soak.pace values (%s, %s)", (repair.view, repair.seconds))
