"""Remove every key of Redis that begins so: counted before and after, some at a time, and never by FLUSH."""

from collections.abc import Iterable

from pydantic import Field, field_validator

from bot.command import Args, Clear, Command, Counted, Plan, Risk, Sources, Step
from bot.errors import BadInput, Cannot
from bot.report import Button, Level, Report, Verdict
from commands.wording import several

COUNT_S, TEN_MINUTES_S = 5.0, 600
LEAST = 3
NO_FLUSH = "Never FLUSHDB or KEYS: those take everything, or stop the server while they look."


class Wanted(Args):
    """What the keys begin with, letter by letter: a star is a star."""

    prefix: str = Field(default="", max_length=200)

    @field_validator("prefix")
    @classmethod
    def _is_clean(cls, typed: str) -> str:
        if not typed.isprintable():
            raise ValueError("should have printable characters only")
        return typed


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Count the keys, then propose to remove them.

    Raises:
        BadInput: the prefix is too short to mean anything in particular.
        Cannot: the settings name no Redis.
        Unavailable: it does not answer.
    """
    if len(args.prefix.strip()) < LEAST:
        raise BadInput(
            f"Say what the keys begin with, in {LEAST} characters or more, as `/scout cache clear store:`; `/scout cache` lists prefixes. "
            "Expired rows of query_cache go by `/scout cache purge`."
        )
    name = sources.database.name
    if sources.cache is None:
        raise Cannot(
            f"No Redis is configured for {name}: set SCOUT_REDIS_URL, or redis_url below [databases.{name}] in the SCOUT_CONFIG file."
        )
    counted = sources.cache.count(args.prefix, COUNT_S)
    return proposal(args.prefix, counted) if counted.keys else nothing(args.prefix, counted)


def proposal(prefix: str, counted: Counted) -> Plan:
    """One step that removes them all."""
    step = Step(
        title=f"Remove the keys that begin with {prefix}",
        do=Clear(prefix=prefix),
        locks="none; 500 keys at a time",
        timeout_s=TEN_MINUTES_S,
    )
    return Plan(
        summary=f"Remove {said(counted)} from Redis; every lookup of them asks the database until they are back",
        risk=Risk.DISRUPT,
        steps=(step,),
        notes=tuple(notes(prefix, counted)),
        evidence=("cache",),
    )


def notes(prefix: str, counted: Counted) -> Iterable[str]:
    """Why another person approves, and what does not come back."""
    if counted.lasting:
        yield (
            f"{several(counted.lasting, 'key')} of them never expire: that may be data and no cache, as sessions or locks. "
            "Look at it before you approve."
        )
    yield (
        "A cold cache is felt by others, hence another person approves: what was answered from memory asks the database, all at once. "
        "`cache warm` afterwards helps."
    )
    yield "No undo: a removed key is gone until the application, or `cache warm`, writes it anew. When stopped, what is removed stays removed."
    yield f"The prefix is meant letter by letter, {prefix!r}: a star in it is a star. {NO_FLUSH}"


def said(counted: Counted) -> str:
    """How many, as far as they could be counted."""
    return several(counted.keys, "key") if counted.complete else f"more than {several(counted.keys, 'key')}"


def nothing(prefix: str, counted: Counted) -> Report:
    """That there is no such key."""
    if not counted.complete:
        text = f"No key that begins with {prefix} was found in {COUNT_S:.0f} s, and not all keys were looked at"
    else:
        text = f"No key begins with {prefix}"
    return Report(
        title="Cache clear",
        verdict=Verdict(level=Level.OK if counted.complete else Level.NO_DATA, text=text),
        buttons=(Button(label="Cache", text="cache"),),
    )


command = Command(
    name="cache clear",
    help="Remove the keys of Redis that begin so",
    runbook="Emergency procedures, step 5: clear the query cache",
    risk=Risk.DISRUPT,
    place=74,
    args=Wanted,
    plan=plan,
    words=("clear redis", "clear keys"),
)
