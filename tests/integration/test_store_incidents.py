"""What is over is forgotten some day, and no table of the store grows for ever without a reason; alike on both engines."""

from datetime import timedelta

from store_fixture import AT
from test_store_processes import engine_of

from bot.alert import Alert
from bot.report import Level
from bot.sql import Statement
from bot.store import Store
from bot.store.engine import as_body
from bot.store.schema import SQL, migrate
from bot.store.sqlite import Sqlite

YEAR = timedelta(days=365)
COLUMN = "step_12"
"""The step that gave incidents the time of their end as a column."""
TABLES = Statement("tables", "select name from sqlite_master where type = 'table' and name not like 'sqlite_%%'")
BOUNDED = {
    "audit": "stays: it is the record",
    "audit_head": "one row",
    "approval": "stays: the audit refers to it; but what a schedule did silently and well goes after eight days",
    "step": "the journal of approvals: goes with them",
    "card": "goes with its incident; stays with its approval",
    "incident": "goes after incident_days; stays where a person did something, which the audit refers to",
    "alert": "one for each metric of a database",
    "last_sample": "one for each metric of a database",
    "sample": "thinned, sample_days and a cap",
    "lease": "one for each database",
    "job": "one for each job of a database",
    "scout_schema": "one row",
    "held": "goes when its silence or the quiet hours end",
    "process": "eight days",
    "inbox": "answered: eight days",
    "notice": "sent or given up: eight days",
    "silence": "ended: eight days",
    "mishap": "eight days",
    "finding": "eight days",
    "home": "eight days",
    "job_run": "eight days, and the last one",
    "keepsake": "eight days",
}
"""How each table of the store is kept from growing for ever; a new one has to say."""


def incident(store: Store, metric: str, ago: timedelta | None) -> Alert:
    """An incident that was over so long ago, or is open, with a card."""
    closed = AT - ago if ago is not None else None
    alert = Alert(
        database="main",
        metric=metric,
        level=Level.OK if closed else Level.PAGE,
        since=closed or AT - 2 * YEAR,
        incident=f"main.{metric}.1",
        opened_at=AT - 2 * YEAR,
        closed_at=closed,
    )
    with store.change() as change:
        change.put_alert(alert)
        change.record("scout", "incident opened", alert.incident, {})
        change.placed(f"incident:{alert.incident}", "C1", f"1.{metric}")
    return alert


def test_what_was_over_long_ago_is_forgotten_with_the_place_of_its_card(store: Store) -> None:
    old, young = incident(store, "old", YEAR + timedelta(days=1)), incident(store, "young", YEAR - timedelta(days=1))
    assert store.forget_incidents(AT - YEAR) == 1
    assert store.incident(old.incident) is None
    assert store.card(f"incident:{old.incident}") is None
    assert store.incident(young.incident) == young
    assert store.card(f"incident:{young.incident}") is not None
    assert store.forget_incidents(AT - YEAR) == 0


def test_what_is_open_or_had_a_person_in_it_stays(store: Store) -> None:
    still, owned = incident(store, "still", None), incident(store, "owned", 2 * YEAR)
    with store.change() as change:
        change.record("U0ANA", "acknowledge", owned.incident, {})
    assert store.forget_incidents(AT) == 0
    assert (store.incident(still.incident), store.incident(owned.incident)) == (still, owned)


def test_a_calm_metric_does_not_bring_a_forgotten_incident_back(store: Store) -> None:
    old = incident(store, "old", 2 * YEAR)
    store.forget_incidents(AT)
    with store.change() as change:
        change.put_calm(old)
    assert store.incident(old.incident) is None


def test_the_card_of_a_run_is_not_that_of_an_incident(store: Store) -> None:
    with store.change() as change:
        change.placed("approval:1", "C1", "1.1")
    store.forget_incidents(AT)
    assert store.card("approval:1") is not None


def test_incidents_since_a_moment_are_those_that_were_not_over_before(store: Store) -> None:
    incident(store, "old", 2 * YEAR)
    young, still = incident(store, "young", timedelta(days=1)), incident(store, "still", None)
    assert {one.metric for one in store.incidents("main", AT - YEAR)} == {young.metric, still.metric}


def test_incidents_of_an_older_store_are_known_to_be_over(store_url: str) -> None:
    engine = engine_of(store_url)
    migrate(engine, {name: text for name, text in SQL.items() if not name.startswith(COLUMN)})
    over = Alert(
        database="main",
        metric="lag",
        since=AT,
        incident="main.lag.1",
        opened_at=AT - YEAR,
        closed_at=AT - timedelta(days=99),
    )
    engine.tell(
        Statement("add", "insert into incident (id, body) values (%(id)s, %(body)s)"),
        id=over.incident,
        body=as_body(over),
    )
    engine.close()
    store = Store.open(store_url)
    assert store.forget_incidents(AT - timedelta(days=100)) == 0
    assert store.forget_incidents(AT - timedelta(days=98)) == 1
    store.close()


def test_every_table_says_why_it_does_not_grow_for_ever(store: Store) -> None:
    engine = store._engine  # pyright: ignore[reportPrivateUsage] - its tables are nobody else's business
    if isinstance(engine, Sqlite):
        assert {row["name"] for row in engine.ask(TABLES)} == set(BOUNDED)
