"""The caches before the database: a Redis, and the table query_cache."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Command, Keys, KeyStore, Risk, Row, Sources
from bot.errors import ScoutError
from bot.report import Button, Column, Fact, Facts, Level, Part, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands.recipe import Recipe, blocks
from commands.redis_hits import HITS
from commands.redis_info import FEWEST_LOOKUPS, Info, by_prefix, facts, lasting, read, remarks
from commands.wording import duration, several, size

SQL = queries(__file__)
MOST_KEYS = 5_000
MOST_SECONDS = 1.0
MOST_PREFIXES = 12
COUNTED_UP_TO = 512 * 1024 * 1024
COLUMNS = (
    Column(title="Keys begin with"),
    Column(title="Keys", unit=Unit.COUNT),
    Column(title="Size", unit=Unit.BYTES),
    Column(title="Never expire", unit=Unit.COUNT),
    Column(title="Next expires in", unit=Unit.SECONDS),
)


class Found(Row):
    """A table for cached results; `filtered` when row security hides some from Scout."""

    name: str
    locked: bool
    readable: bool
    filtered: bool
    size: int
    about: int
    grant_select: str


class Counted(Row):
    """What a table keeps; `hits` is None where it does not count them."""

    kept: int
    expired: int
    for_ever: int
    hits: int | None
    never_used: int
    longest_expired_s: float
    statement: str


class Dangerous(Row):
    """The runbook's function, which runs any text and answers with what another role was told."""

    name: str
    is_public: bool
    statement: str
    undo: str


@dataclass(frozen=True)
class Redis:
    """What a Redis told."""

    info: Info
    keys: Keys


@dataclass(frozen=True)
class Told:
    """What was found; `redis` may be a sentence that says why there is none, `why_not` the same for each table that was not read."""

    redis: Redis | str
    configured: bool
    tables: Sequence[tuple[Found, Counted]]
    why_not: Sequence[str]
    functions: Sequence[Dangerous]


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look into Redis and into the database, then say; one that does not answer leaves the other."""
    schema = sources.database.schema
    with sources.database.together() as questions:
        found = questions.ask(SQL["tables"], Found, schema=schema)
        functions = questions.ask(SQL["functions"], Dangerous)
    readable = [one for one in found.rows if not why_not(one)]
    with sources.database.together() as questions:
        rows = {"schema": schema}
        asked = [questions.ask(SQL["rows"], Counted, {"table": one.name}, name=one.name, **rows) for one in readable]
    counted = [(one, answer.row) for one, answer in zip(readable, asked, strict=True)]
    reasons = [f"{one.name} was not read: {reason}." for one in found.rows if (reason := why_not(one))]
    redis = _redis(sources.cache, sources.database.name)
    return report(Told(redis, sources.cache is not None, counted, reasons, functions.rows))


def why_not(one: Found) -> str:
    """Why a table is not read; empty when it is."""
    if one.locked:
        return "it is locked exclusively, or about to be (see active)"
    if not one.readable:
        return f"run there: {one.grant_select}"
    if one.size > COUNTED_UP_TO:
        return f"its {size(one.size)} are too much to count at once; about {several(one.about, 'row')}"
    return ""


def _redis(cache: KeyStore | None, database: str) -> Redis | str:
    if cache is None:
        return (
            f"No Redis is configured for {database}: set SCOUT_REDIS_URL, or redis_url below [databases.{database}] in the "
            "SCOUT_CONFIG file, to redis://USER:PASSWORD@HOST:6379/0."
        )
    try:
        return Redis(read(cache.info()), cache.keys(MOST_KEYS, MOST_SECONDS))
    except ScoutError as error:
        return str(error)


def report(told: Told) -> Report:
    """The verdict on both, then what each does."""
    redis = told.redis if isinstance(told.redis, Redis) else None
    return Report(
        title="Caches",
        verdict=verdict(told),
        parts=(*_redis_parts(redis), *_table_parts(told.tables)),
        more=blocks("What to do about them", recipes(told)),
        notes=tuple(notes(told)),
        buttons=(
            *((Button(label="Purge", text="cache purge"),) if any(one.expired for _, one in told.tables) else ()),
            Button(label="Hit ratio", text="hitratio"),
            Button(label="Status", text="status"),
        ),
    )


def verdict(told: Told) -> Verdict:
    """The worst of both, else what they do, in one line."""
    judged = list(facts(told.redis.info)) if isinstance(told.redis, Redis) else []
    level = worst([fact.level for fact in judged if fact.level is not Level.INFO])
    if level is not Level.OK:
        bad = next(fact for fact in judged if fact.level is level)
        return Verdict(level=level, text=f"Redis: {bad.name.lower()} {bad.value}; {bad.note}")
    if told.configured and not judged:
        return Verdict(level=Level.NO_DATA, text=str(told.redis))
    said = [*_redis_line(told.redis), *(_table_line(*one) for one in told.tables)]
    if not said:
        return Verdict(
            level=Level.NO_DATA,
            text="There is no cache to look at: no Redis is configured, and no table query_cache is read",
        )
    public = [one.name for one in told.functions if one.is_public]
    warning = f"; everybody may call {public[0]}, which runs any statement" if public else ""
    return Verdict(level=Level.ALERT if public else Level.OK, text="; ".join(said) + warning)


def _redis_line(redis: Redis | str) -> list[str]:
    if isinstance(redis, str):
        return []
    info = redis.info
    kept = f"{several(info.keys, 'key')} in {size(info.used_memory)}"
    if info.lookups < FEWEST_LOOKUPS:
        return [f"Redis has {kept}, and too few lookups to judge"]
    return [f"Redis finds {info.hit_percent:.0f} % of {several(info.lookups, 'lookup')}, {kept}"]


def _table_line(one: Found, counted: Counted) -> str:
    hits = f", used {counted.hits:,} times" if counted.hits is not None else ""
    return f"{one.name}: {several(counted.kept, 'row')}{hits}, {counted.expired:,} expired"


def _redis_parts(redis: Redis | None) -> Iterable[Part]:
    if redis is None:
        return
    yield Facts(title="Redis", facts=tuple(facts(redis.info)))
    prefixes = by_prefix(redis.keys.keys)
    rows = tuple((one.name, one.keys, one.size, one.for_ever, one.shortest_s) for one in prefixes[:MOST_PREFIXES])
    if rows:
        yield Table(title="Keys", columns=COLUMNS, rows=rows, left_out=len(prefixes) - len(rows))


def _table_parts(tables: Sequence[tuple[Found, Counted]]) -> Iterable[Part]:
    for one, counted in tables:
        yield Facts(title=one.name, facts=tuple(_facts(one, counted)))


def _facts(one: Found, counted: Counted) -> Iterable[Fact]:
    yield Fact(name="Rows", value=f"{counted.kept:,}", note=size(one.size))
    if counted.hits is not None:
        yield Fact(name="Used", value=several(counted.hits, "time"), note=f"{several(counted.never_used, 'row')} never")
    since = f"the longest for {duration(counted.longest_expired_s)}" if counted.expired else ""
    yield Fact(name="Expired", value=several(counted.expired, "row"), note=since)
    if counted.for_ever:
        yield Fact(
            name="Without expiry",
            value=several(counted.for_ever, "row"),
            note="never used, because they never count as fresh",
        )


def recipes(told: Told) -> list[Recipe]:
    """What clears expired rows away, and what closes the function to strangers."""
    expired = [
        Recipe(f"{one.name}: {several(counted.expired, 'expired row')}; nothing is lost", counted.statement)
        for one, counted in told.tables
        if counted.expired
    ]
    public = [
        Recipe(f"{one.name} runs any text, and gives one role what another may see", one.statement, one.undo)
        for one in told.functions
        if one.is_public
    ]
    return [*public, *expired]


def notes(told: Told) -> Iterable[str]:
    """What was examined, what was left out, and why."""
    if isinstance(told.redis, str):
        yield told.redis
    else:
        yield from remarks(told.redis.info)
        yield _looked_at(told.redis)
        yield from lasting(by_prefix(told.redis.keys.keys))
    if not told.tables and not told.why_not:
        yield "There is no table query_cache with an expiry in the schema."
    yield from told.why_not
    yield from (f"{one.name}: row security hides rows from Scout." for one, _ in told.tables if one.filtered)
    if any(counted.hits is not None for _, counted in told.tables):
        yield "A use is counted by a write to the row, which costs more than most queries that it saves."


def _looked_at(redis: Redis) -> str:
    looked, there = len(redis.keys.keys), redis.info.keys
    if redis.keys.complete:
        return f"Examined: all {several(looked, 'key')} of database {redis.info.db}."
    return f"Examined: {looked:,} of {several(there, 'key')} of database {redis.info.db}; the others were left out to save time."


command = Command(
    name="cache",
    help="Redis and query_cache: hits, memory, and what is expired",
    runbook="Application-Level Optimization: caching strategy; query result caching",
    risk=Risk.LOOK,
    place=45,
    plan=plan,
    metrics=(HITS,),
    words=("caches", "redis", "query cache"),
)
