"""Write what the settings name into Redis: one query, over whatever is there, each key to outlive the next warm-up."""

from collections.abc import Iterable

from bot.command import Command, Plan, Risk, Row, Sources, Step, Warm, Warmth
from bot.errors import BadInput, Cannot
from bot.sql import queries
from commands.wording import duration, listed, several

SQL = queries(__file__)
TWO_MINUTES_S = 120
LIVES = 2
"""How many intervals a key lives: one warm-up may be late or fail without a single miss (runbook notes, section 9)."""


class Source(Row):
    """A relation as it is read; `missing` are columns that it does not have, `is_unique` whether no two rows have the same key."""

    relation: str
    about: int
    missing: tuple[str, ...]
    is_unique: bool
    statement: str


def plan(sources: Sources, args: object) -> Plan:  # noqa: ARG001 - every command is asked the same way
    """Look whether the relation is as the settings say, then propose to write its rows.

    Raises:
        Cannot: the settings name no Redis, or nothing that is to be warmed.
        BadInput: what they name is not there.
    """
    name, wanted = sources.database.name, sources.warmth
    if sources.cache is None:
        raise Cannot(
            f"No Redis is configured for {name}: set SCOUT_REDIS_URL, or redis_url below [databases.{name}] in the SCOUT_CONFIG file."
        )
    if wanted is None:
        raise Cannot(
            f"The settings do not say what to warm. Set relation, key, columns and prefix below [databases.{name}.cache_warm] in the "
            "SCOUT_CONFIG file."
        )
    return proposal(found(sources, wanted), wanted)


def found(sources: Sources, wanted: Warmth) -> Source:
    """The relation of the settings.

    Raises:
        BadInput: it is not there, or has not the columns.
    """
    schema, where = sources.database.schema, f"[databases.{sources.database.name}.cache_warm]"
    rows = sources.database.rows(
        SQL["source"],
        Source,
        schema=schema,
        relation=wanted.relation,
        key=wanted.key,
        columns=list(wanted.columns),
        most=wanted.most,
    )
    if not rows:
        raise BadInput(f"There is no relation {wanted.relation} in the schema {schema}, which {where} names.")
    if rows[0].missing:
        raise BadInput(f"{wanted.relation} has no column {listed(list(rows[0].missing))}, which {where} names.")
    return rows[0]


def proposal(source: Source, wanted: Warmth) -> Plan:
    """One step, and what it asks of both sides."""
    step = Step(
        title=f"Warm {wanted.prefix} from {source.relation}",
        do=Warm(
            statement=source.statement, prefix=wanted.prefix, ttl_s=LIVES * wanted.interval_seconds, most=wanted.most
        ),
        locks="access share: neither reads nor writes wait",
        timeout_s=TWO_MINUTES_S,
    )
    return Plan(
        summary=f"Write about {several(source.about, 'key')} of {source.relation} into Redis below {wanted.prefix}",
        risk=Risk.MEND,
        steps=(step,),
        notes=tuple(notes(source, wanted)),
    )


def notes(source: Source, wanted: Warmth) -> Iterable[str]:
    """How it is written, and why."""
    if not source.is_unique:
        yield f"No unique index says that {wanted.key} is different in every row: of rows with the same key the last one stays."
    lives = LIVES * wanted.interval_seconds
    yield (
        f"Whatever is there is overwritten, so that nothing expires between two warm-ups: a key lives {duration(lives)}, or up to a tenth "
        f"longer, so that not all go at once. The interval is {duration(wanted.interval_seconds)}."
    )
    yield f"One query for all, at most {wanted.most:,} rows; 500 keys in one round trip. While one warms, another is refused."
    yield f"Undo: `cache clear {wanted.prefix}`. Stopped or killed in the middle, what is written stays, and doing it again is safe."


command = Command(
    name="cache warm",
    help="Write what the settings name into Redis, in one query",
    runbook="Application-Level Optimization: caching strategy",
    risk=Risk.MEND,
    place=73,
    plan=plan,
    words=("warm cache", "warm up"),
)
