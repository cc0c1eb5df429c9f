"""A database as large as the one that the notes to the runbook were measured on."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import islice

import psycopg

from bot.sql import queries
from practice.database import PracticeDatabase
from tests.bench.scale import Scale

SQL = queries(__file__)
BATCH = 100
ROOMY = {"pg_stat_statements.max": "10000"}  # at the usual 5,000 the statement after the last one evicts others

FORMS = (
    "select t{n}.id, t{n}.note from scout.load_{n} as t{n} where t{n}.store_id = %(store)s and t{n}.noted_at > now() - interval '{h} hours' order by t{n}.noted_at desc limit 20",
    (
        "select s.region, count(*) as notes, max(t{n}.noted_at) as latest from scout.load_{n} as t{n} join scout.dim_store as s on s.store_id = t{n}.store_id "
        "where t{n}.store_id = %(store)s or t{n}.note like 'x%%' group by s.region having count(*) > 0 order by notes desc, s.region"
    ),
    (
        "/* app=scout-api route=/notes/{n} */ update scout.load_{n} as t{n} set note = t{n}.note || '' where t{n}.id = %(store)s and exists "
        "(select from scout.dim_store as s where s.store_id = t{n}.store_id)"
    ),
)


@contextmanager
def large_database(scale: Scale) -> Generator[PracticeDatabase]:
    """The practice database with many tables, indexes and statements on top."""
    with PracticeDatabase(settings=ROOMY) as practice:
        _build(practice, scale.tables)
        _use(practice, list(islice(_texts(scale.tables), scale.statements)))
        yield practice


def census(practice: PracticeDatabase) -> dict[str, int]:
    """How many tables, indexes and statements there are."""
    with psycopg.connect(practice.admin_url, autocommit=True) as admin:
        row = admin.execute(SQL["census"].text.encode()).fetchone() or ()
    return dict(zip(("tables", "indexes", "statements"), row, strict=True))


def _build(practice: PracticeDatabase, tables: int) -> None:
    with psycopg.connect(practice.owner_url, autocommit=True) as owner:
        for first in range(1, tables + 1, BATCH):
            cursor = psycopg.ClientCursor(owner)
            cursor.execute(SQL["tables"].text.encode(), {"first": first, "last": min(first + BATCH - 1, tables)})


def _texts(tables: int) -> Iterable[str]:
    """Different statements, three for each table."""
    return (form.format(n=number, h=number % 24 + 1) for form in FORMS for number in range(1, tables + 1))


def _use(practice: PracticeDatabase, texts: list[str]) -> None:
    with psycopg.connect(practice.app_url, autocommit=True) as app:
        for start in range(0, len(texts), BATCH):
            with app.pipeline():
                for text in texts[start : start + BATCH]:
                    app.execute(text.encode(), {"store": 3})
