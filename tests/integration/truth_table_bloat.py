"""The bloat of tables against pgstattuple and against what a rewrite really gives back, with every figure the command gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psycopg
from psycopg import sql

from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.integration.bloat_fixture import NEAR, Figure, admin_of, bloat_house, build, errors, figures, mean

NAME = "truth_table_bloat"
OTHERS = "ioguix 2.3 points and one unanswered, Heroku 9.9, the runbook's share of size 22"
UNKNOWN = frozenset(
    {"never_analyzed", "neither_vacuumed_nor_analyzed", "column_without_statistics", "hidden_from_scout"}
)
"""What statistics cannot tell, and what the estimate alone must refuse."""

# fillfactor is no bloat, and no table is smaller than a page
BY_PGSTATTUPLE = """
with heap as (
  select c.relname, c.reltoastrelid, f.table_len, f.dead_tuple_len + f.free_space as unused,
    coalesce((select option_value::int from pg_options_to_table(c.reloptions) where option_name = 'fillfactor'), 100) as kept
  from pg_class as c cross join lateral pgstattuple(c.oid::regclass) as f
  where c.relnamespace = 'scout'::regnamespace and c.relkind in ('r', 'm')
)
select h.relname,
  coalesce(100 * (greatest(0, h.table_len - 8192 * ceil((h.table_len - h.unused) * 100.0 / h.kept / 8192)) + coalesce(t.dead_tuple_len + t.free_space, 0))
    / nullif(h.table_len + coalesce(t.table_len, 0), 0), 0)::float8
from heap as h left join lateral pgstattuple(nullif(h.reltoastrelid, 0)::regclass) as t on true
"""
SIZES = """
select relname, pg_relation_size(oid) + case when reltoastrelid = 0 then 0 else pg_relation_size(reltoastrelid) end
from pg_class where relnamespace = 'scout'::regnamespace and relkind in ('r', 'm')
"""


@dataclass(frozen=True)
class Truth:
    """What the command said with pgstattuple and without, and what is so, in per cent of each table with its TOAST."""

    said: Mapping[str, Figure]
    estimated: Mapping[str, Figure]
    by_pgstattuple: Mapping[str, float]
    by_rewrite: Mapping[str, float]

    def admits(self, name: str, figure: Figure) -> bool:
        """Whether a figure is near what pgstattuple counts, what a rewrite gives back, or between the two.

        pgstattuple counts dead line pointers and dropped columns as used, and the rests of pages that wide rows leave as free.
        """
        both = self.by_pgstattuple[name], self.by_rewrite[name]
        return figure.percent is not None and min(both) - NEAR <= figure.percent <= max(both) + NEAR


def score(database: PracticeDatabase) -> Iterable[Score]:
    """Ask over the fixture, then rewrite it."""
    truth = find(database)
    yield _score("table bloat, as the command answers it", truth, truth.said)
    yield _score("table bloat, estimate alone", truth, truth.estimated)


def find(database: PracticeDatabase) -> Truth:
    """Build, ask, measure and rewrite."""
    build(database, NAME)
    with bloat_house(database, NAME) as house, admin_of(database, NAME) as admin:
        estimated = figures(house.report("bloat"), "Table")
        admin.execute("create extension pgstattuple schema public")
        said = figures(house.report("bloat"), "Table")
        by_pgstattuple = _pairs(admin, BY_PGSTATTUPLE)
        return Truth(said, estimated, by_pgstattuple, _rewritten(admin))


def _score(diagnosis: str, truth: Truth, said: Mapping[str, Figure]) -> Score:
    to_tool, to_rewrite = errors(said, truth.by_pgstattuple), errors(said, truth.by_rewrite)
    certain = {name: figure for name, figure in said.items() if figure.is_certain}
    wrong = [name for name, figure in certain.items() if not truth.admits(name, figure)]
    refused = sum(figure.percent is None for figure in said.values())
    error = (
        f"{mean(to_tool):.1f} points to pgstattuple, {mean(to_rewrite):.1f} to a rewrite; of the {len(certain)} it vouches for"
        f" {mean(errors(certain, truth.by_pgstattuple)):.1f} and {mean(errors(certain, truth.by_rewrite)):.1f}; {refused} refused as not estimable"
    )
    return Score(diagnosis, len(said), len(said) - len(wrong), len(wrong), error, others=OTHERS)


def _rewritten(admin: psycopg.Connection) -> dict[str, float]:
    before = _pairs(admin, SIZES)
    for name in before:
        admin.execute(sql.SQL("vacuum (full) {}").format(sql.Identifier(name)))
    after = _pairs(admin, SIZES)
    return {name: max(0.0, 100 * (size - after[name]) / size) if size else 0.0 for name, size in before.items()}


def _pairs(admin: psycopg.Connection, statement: str) -> dict[str, float]:
    return {str(name): float(number) for name, number in admin.execute(statement.encode()).fetchall()}
