"""The bloat of btrees against what REINDEX really gives back."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.bloat_fixture import NEAR, Figure, admin_of, bloat_house, build, errors, figures, mean

NAME = "truth_index_bloat"
OTHERS = "pgstatindex 0.6 points, PgHero 10.9, ioguix down to -226 % on merged keys"
SIZES = """
select c.relname, pg_relation_size(c.oid)
from pg_class as c join pg_am as a on a.oid = c.relam join pg_index as i on i.indexrelid = c.oid
where c.relnamespace = 'scout'::regnamespace and c.relkind = 'i' and a.amname = 'btree' and i.indisvalid
"""


@dataclass(frozen=True)
class Truth:
    """What the command said with pgstattuple and without, everything measured, and what is so, in per cent."""

    said: Mapping[str, Figure]
    estimated: Mapping[str, Figure]
    measured: Mapping[str, Figure]
    by_rebuild: Mapping[str, float]


def score(database: PracticeDatabase) -> Iterable[Score]:
    """Ask over the fixture, then rebuild it."""
    truth = find(database)
    yield _score("index bloat, as the command answers it", truth, truth.said)
    yield _score("index bloat, everything measured (exact=yes)", truth, truth.measured)
    yield _score("index bloat, estimate alone", truth, truth.estimated)


def find(database: PracticeDatabase) -> Truth:
    """Build, ask, and rebuild."""
    build(database, NAME)
    with bloat_house(database, NAME) as house, admin_of(database, NAME) as admin:
        estimated = figures(house.report("bloat"), "Index")
        admin.execute("create extension pgstattuple schema public")
        said = figures(house.report("bloat"), "Index")
        measured = figures(house.report("bloat exact=yes"), "Index")
        return Truth(said, estimated, measured, _rebuilt(admin))


def _score(diagnosis: str, truth: Truth, said: Mapping[str, Figure]) -> Score:
    certain = {name: figure for name, figure in said.items() if figure.is_certain}
    wrong = [name for name, points in errors(certain, truth.by_rebuild).items() if abs(points) > NEAR]
    refused = sum(figure.percent is None for figure in said.values())
    error = (
        f"{mean(errors(said, truth.by_rebuild)):.1f} points to a rebuild; of the {len(certain)} it vouches for"
        f" {mean(errors(certain, truth.by_rebuild)):.1f}; {refused} refused as not estimable"
    )
    return Score(diagnosis, len(said), len(said) - len(wrong), len(wrong), error, others=OTHERS)


def _rebuilt(admin: psycopg.Connection) -> dict[str, float]:
    before = _sizes(admin)
    for name in before:
        admin.execute(sql.SQL("reindex index {}").format(sql.Identifier(name)))
    after = _sizes(admin)
    return {name: max(0.0, 100 * (size - after[name]) / size) for name, size in before.items()}


def _sizes(admin: psycopg.Connection) -> dict[str, float]:
    return {str(name): float(size) for name, size in admin.execute(SIZES.encode()).fetchall()}
