"""Put the safe form of the runbook's get_cached_query into the schema, and close the old one to everybody."""

from collections.abc import Iterable, Sequence

from bot.command import Check, Command, Plan, Risk, Row, Sources, Sql, Step
from bot.errors import Cannot
from bot.report import Button, Level, Report, Verdict
from bot.sql import queries
from commands import care
from commands.wording import listed

SQL = queries(__file__)
A_MINUTE_S, LOCK_S = 60, 2


class Installation(Row):
    """What is installed in a schema, `home`, how it is verified and undone."""

    statement: str
    undo: str
    installed: str
    removed: str
    is_installed: bool
    home: str
    owner: str


class Old(Row):
    """The runbook's function, which everybody may call."""

    name: str
    statement: str
    undo: str
    revoked: str
    granted: str


def plan(sources: Sources, args: object) -> Plan | Report:  # noqa: ARG001 - every command is asked the same way
    """Look what is there, then propose what is missing.

    Raises:
        Cannot: this is a replica, or there is no such schema.
    """
    care.primary_only(sources)
    with sources.database.together() as questions:
        found = questions.ask(SQL["installation"], Installation, schema=sources.database.schema)
        old = questions.ask(SQL["old"], Old)
    if not found.rows:
        raise Cannot(f"There is no schema {sources.database.schema}; set SCOUT_SCHEMA.")
    return proposal(found.row, old.rows)


def proposal(wanted: Installation, old: Sequence[Old]) -> Plan | Report:
    """The installation where it is missing, and the old function closed."""
    steps = (*(() if wanted.is_installed else (install(wanted),)), *(close(one) for one in old))
    if not steps:
        return nothing(wanted)
    what = [f"install {wanted.home}.cached_query"] if not wanted.is_installed else []
    what += [f"close {one.name} to everybody" for one in old]
    text = listed(what)
    return Plan(
        summary=text[:1].upper() + text[1:],
        risk=Risk.DISRUPT if old else Risk.MEND,
        steps=steps,
        notes=tuple(notes(wanted, old)),
    )


def install(wanted: Installation) -> Step:
    """Tables, function and rights in one transaction: it is there whole, or not at all."""
    title = f"Install {wanted.home}.cached_query"
    return Step(
        title=title,
        do=Sql(statement=wanted.statement),
        locks="none that others wait for; the tables are new",
        timeout_s=A_MINUTE_S,
        lock_timeout_s=LOCK_S,
        check=Check(statement=wanted.installed),
        undo=(
            Step(
                title=f"Remove {wanted.home}.cached_query",
                do=Sql(statement=wanted.undo),
                locks="access exclusive on its own tables",
                timeout_s=A_MINUTE_S,
                lock_timeout_s=LOCK_S,
                check=Check(statement=wanted.removed),
            ),
        ),
    )


def close(old: Old) -> Step:
    """Nobody may call the old one but whom somebody names."""
    return Step(
        title=f"Close {old.name} to everybody",
        do=Sql(statement=old.statement),
        locks="none",
        timeout_s=A_MINUTE_S,
        lock_timeout_s=LOCK_S,
        check=Check(statement=old.revoked),
        undo=(
            Step(
                title=f"Open {old.name} to everybody again",
                do=Sql(statement=old.undo),
                locks="none",
                timeout_s=A_MINUTE_S,
                lock_timeout_s=LOCK_S,
                check=Check(statement=old.granted),
            ),
        ),
    )


def notes(wanted: Installation, old: Sequence[Old]) -> Iterable[str]:
    """What changes for whom, and how it is used."""
    for one in old:
        yield (
            f"{one.name} runs any statement it is given, and gives one role what another may see. Whoever calls it by the right of everybody "
            "is refused from then on: hence another person approves."
        )
    yield (
        f"A query is registered as a row (name, fn) of {wanted.home}.cached_query_def, where fn is a function of jsonb there that returns rows; "
        f"it is asked as {wanted.home}.cached_query('name', '{{}}'). Only {wanted.owner} may register one."
    )
    yield (
        f"The application needs `grant execute on function {wanted.home}.cached_query(text, jsonb)`, select on cached_query_def, and select, "
        "insert and update on cached_query_result."
    )
    yield "A materialized view or Redis serves most of it better. `cache purge` throws away what has expired."
    yield "Undo: each step has one. The tables are removed only while no query is registered."


def nothing(wanted: Installation) -> Report:
    """That it is there, and the old one is closed."""
    return Report(
        title="Cache install",
        verdict=Verdict(
            level=Level.OK,
            text=f"{wanted.home}.cached_query is installed, and no get_cached_query is open to everybody",
        ),
        buttons=(Button(label="Cache", text="cache"),),
    )


command = Command(
    name="cache install",
    help="Install the safe query cache, and close the old one",
    runbook="Application-Level Optimization: query result caching",
    risk=Risk.MEND,
    place=75,
    plan=plan,
    words=("install cache", "install query cache"),
)
