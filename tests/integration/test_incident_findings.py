"""What stands on an incident's card besides its value: the top statement, who holds vacuum back, and what was run until it was over."""

import threading
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from command_fixture import House, await_that, house_of
from conducting import Conductor

from bot.alert import Alert, Rule
from bot.approval import State
from bot.chat import Card, Post
from bot.command import Measurement, Metric, Value
from bot.examiner import Examiner
from bot.outbox.drawing import Drawing
from bot.report import Level, Report
from bot.telling import Telling, key
from bot.watch import Judging
from practice.data_faults import Bloat
from practice.database import PracticeDatabase
from practice.slack.text import as_text

ALERTS = "C0ALERTS"
AT_ONCE = Rule(alert_for=0, page_for=0, calm_for=0)
SLOW = "select max(region) as costly, pg_sleep(2.1) from scout.dim_store where city = 'Maria 4711'"
MANY = 12
"""Two more slow calls than are no incident yet."""
BURN = "do $$ begin for i in 1..10100 loop perform txid_current(); commit; end loop; end $$"
"""As many transactions as make one that is open all the while matter as a holder."""


@dataclass
class Ward:
    """A house whose readings are judged, looked into and told."""

    house: House

    def __post_init__(self) -> None:
        store = self.house.store
        self.judging = Judging(store, AT_ONCE, Telling(self.metric, ALERTS))
        self.examiner = Examiner(store, self.metric, self.look, lambda: None)
        self.drawing = Drawing(store, self.metric)

    def metric(self, _: str, name: str) -> Metric[Any] | None:
        """A metric of the commands."""
        return next((one for one in self.house.registry.metrics if one.name == name), None)

    def look(self, text: str, _: str, __: datetime) -> Report:
        """The answer to one of the examiner's questions."""
        return self.house.report(text)

    def judge(self, sample: Measurement) -> Alert:
        """Judge a value; how its metric stands then."""
        self.judging.take("scout", [sample], sample.at)
        (alert,) = [one for one in self.house.store.alerts("scout") if one.metric == sample.name]
        return alert

    def becomes(self, metric: str, level: Level) -> Alert:
        """Measure until a metric stands at a level."""
        await_that(lambda: self.judge(self.house.tick()[metric]).level is level)
        return self.judge(self.house.last[metric])

    def card(self, alert: Alert) -> str:
        """The card as a person reads it, after whatever is wanted was looked at."""
        for incident in self.house.store.wanted_findings():
            self.examiner.examine(incident)
        drawn = self.drawing.draw(Card(key=key(alert), channel=ALERTS), native=True)
        assert drawn is not None
        return as_text({"text": drawn.text, "blocks": drawn.blocks})

    def said(self) -> list[str]:
        """What was said in the threads of cards since it was asked for last."""
        told = [one.message for one in self.house.store.claim_notices("test")]
        return [one.report.verdict.text for one in told if isinstance(one, Post)]


@pytest.fixture
def ward(own_database: PracticeDatabase, tmp_path: Path) -> Generator[Ward]:
    with house_of(own_database, tmp_path) as house:
        there = Ward(house)
        yield there
        there.examiner.close()


@pytest.fixture
def holder(own_database: PracticeDatabase) -> Generator[int]:
    """The pid of a forgotten transaction, since whose beginning many others came and went."""
    with psycopg.connect(own_database.app_url, application_name="forgotten") as forgotten:
        forgotten.execute("select txid_current()")
        with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
            admin.execute(BURN)
        yield forgotten.info.backend_pid


def run_slow_ones(url: str) -> None:
    """Send slow statements, all at the same time, and see them end."""

    def run() -> None:
        with psycopg.connect(url, autocommit=True, options="-c max_parallel_workers_per_gather=0") as app:
            app.execute(SLOW.encode())

    threads = [threading.Thread(target=run) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_the_card_of_slow_queries_names_the_top_statement_without_its_constants(
    ward: Ward, own_database: PracticeDatabase
) -> None:
    ward.house.tick(ago_s=60)
    run_slow_ones(own_database.app_url)
    alert = ward.judge(ward.house.tick()["slow_queries"])
    assert alert.level is Level.ALERT
    shown = ward.card(alert)
    assert f"{MANY} calls of 2,1" in shown
    assert "(scout_app): select max(region) as costly, pg_sleep($1) from scout.dim_store where city = $2" in shown
    assert "4711" not in shown
    assert any("select max(region) as costly" in text for text in ward.said())


def test_the_card_of_overdue_vacuums_names_who_holds_the_horizon(
    ward: Ward, own_database: PracticeDatabase, holder: int
) -> None:
    Bloat(own_database).start()
    shown = ward.card(ward.becomes("overdue_vacuums", Level.ALERT))
    assert "bronze_transactions_raw" in shown
    assert f"pid {holder} (scout_app, idle in transaction)" in shown
    assert "holds back what can be removed (10,1" in shown


def test_the_card_of_transaction_numbers_names_who_holds_the_horizon(ward: Ward, holder: int) -> None:
    spent = Measurement(name="xid_age", measured=Value(value=30), level=Level.ALERT, at=datetime.now(UTC))
    shown = ward.card(ward.judge(spent))  # only the share is made up: who holds what is asked of the server
    assert "Wraparound" in shown
    assert f"pid {holder} (scout_app, idle in transaction)" in shown


def test_the_word_that_it_is_over_tells_what_was_done_meanwhile(ward: Ward, own_database: PracticeDatabase) -> None:
    Conductor(ward.house, text="analyze dim_store").run(ward.house.plan("analyze dim_store"))
    Bloat(own_database).start()
    ward.becomes("overdue_vacuums", Level.ALERT)
    done = Conductor(ward.house, text="maintenance").run(ward.house.plan("maintenance"))
    assert done.state is State.DONE
    over = ward.becomes("overdue_vacuums", Level.OK)
    (said,) = [text for text in ward.said() if "has recovered" in text]
    assert said.startswith("Tables overdue for vacuum on scout has recovered after ")
    assert said.endswith(". Done meanwhile: 'maintenance' by U1 with U2: done")
    shown = ward.card(over)
    assert "RECOVERED" in shown
    assert "Run since it began:\n• 'maintenance' by U1 with U2: done" in shown
