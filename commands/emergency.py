"""The runbook's emergency recovery, built from what is wrong now: each of its six steps in the form that does what it meant."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.command import Command, Limits, Plan, Pooler, Program, Risk, Sources, Step
from bot.report import Button, Column, Level, Report, Table, Unit, Verdict
from bot.sql import queries
from commands import debris, victims
from commands.debris import Cache, Expired, Holder, Invalid, Overdue
from commands.pressure import COUNTED, Counted
from commands.victims import Doing, Struck, Unseen
from commands.wording import several

SQL = queries(victims.__file__)
FULL_PERCENT = 80
NO_RESET = "No pg_stat_reset(): it resets no connection, it stops autovacuum and blinds the index statistics."


@dataclass(frozen=True)
class Found:
    """What was seen of the database."""

    struck: Sequence[Struck]
    unseen: Unseen
    overdue: Sequence[Overdue]
    holders: Sequence[Holder]
    invalid: Sequence[Invalid]
    slots: Counted
    expired: Expired | None = None
    notes: list[str] = field(default_factory=list[str])


def plan(sources: Sources, args: object) -> Plan | Report:  # noqa: ARG001 - every command is asked the same way
    """Look at everything the six steps are about, then propose what is needed of them."""
    return proposal(look(sources), sources.limits, sources.doing)


def look(sources: Sources) -> Found:
    """One round trip, and a second one where there is a cache to look into."""
    schema, limits = sources.database.schema, sources.limits
    with sources.database.together() as questions:
        struck = questions.ask(
            SQL["struck"],
            Struck,
            long_query_seconds=limits.long_query_seconds,
            idle_in_transaction_seconds=limits.idle_in_transaction_seconds,
            protected_roles=list(limits.protected_roles),
            protected_applications=list(limits.protected_applications),
        )
        unseen = questions.ask(SQL["unseen"], Unseen)
        overdue = questions.ask(debris.SQL["overdue"], Overdue, schema=schema)
        holders = questions.ask(debris.SQL["holders"], Holder)
        invalid = questions.ask(debris.SQL["invalid"], Invalid, schema=schema)
        cache = questions.ask(debris.SQL["cache"], Cache, schema=schema)
        slots = questions.ask(
            COUNTED.statement, Counted, idle_in_transaction_seconds=limits.idle_in_transaction_seconds
        )
    expired, notes = look_into_cache(sources, cache.rows)
    return Found(struck.rows, unseen.row, overdue.rows, holders.rows, invalid.rows, slots.row, expired, notes)


def look_into_cache(sources: Sources, cache: Sequence[Cache]) -> tuple[Expired | None, list[str]]:
    """What has expired in query_cache, or why nobody looked."""
    if not cache:
        return None, []
    if cache[0].locked or not cache[0].readable:
        return None, [f"query_cache was not looked into: {'locked' if cache[0].locked else 'no right to read it'}."]
    schema = sources.database.schema
    (expired,) = sources.database.rows(debris.SQL["expired"], Expired, {"schema": schema}, schema=schema)
    return expired, []


def proposal(found: Found, limits: Limits, doing: Doing) -> Plan | Report:
    """The steps that are needed now, in the runbook's order; a report when none is."""
    ended = victims.victims(found.struck)
    vacuums, held = debris.vacuum(found.overdue, found.holders, {one.pid for one in ended})
    mended, left = debris.reindex(found.invalid)
    full = found.slots.share >= FULL_PERCENT
    notes = [*victims.left_out(found.struck, found.unseen), *held, *left, *found.notes]
    if not (ended or vacuums or mended or (full and limits.pooler_database)):
        return nothing(found, notes, doing)
    return Plan(
        summary=summary(ended, vacuums, mended, full=full),
        risk=Risk.DISRUPT,
        steps=(
            *(victims.step(one, doing) for one in ended),
            *reconnect(limits),
            *vacuums,
            *mended,
            *(debris.clear(found.expired) if found.expired else ()),
            *restart(limits),
        ),
        spared=tuple(victims.session(one, doing) for one in found.struck if one.spared),
        notes=(*notes, *no_reset(limits)),
        evidence=("active", "connections", "slow limit=5"),
    )


def summary(ended: Sequence[Struck], vacuums: Sequence[Step], mended: Sequence[Step], *, full: bool) -> str:
    """What is wrong and will be dealt with, in one line."""
    heads = sum(1 for one in ended if one.holds_up)
    others = len(ended) - heads
    clauses = [
        several(heads, "lock queue") + " to break up" if heads else "",
        several(others, "session") + " running or idle for too long" if others else "",
        vacuums[0].title.lower() if vacuums else "",
        several(len(mended), "invalid index", "invalid indexes") if mended else "",
        "few connection slots left" if full else "",
    ]
    return "Emergency: " + ", ".join(filter(None, clauses))


def reconnect(limits: Limits) -> list[Step]:
    """What the runbook's "reset connections" meant: the pooler opens its server connections anew, between transactions."""
    if not limits.pooler_database:
        return []
    order = Pooler(order=f"RECONNECT {limits.pooler_database}")
    return [
        Step(
            title="Reconnect the pooler",
            do=order,
            locks="none; open transactions end first",
            timeout_s=10,
            required=False,
        )
    ]


def restart(limits: Limits) -> list[Step]:
    """The runbook's last step, only where the settings name a program for it."""
    if not limits.pooler_restart:
        return []
    program = Program(argv=limits.pooler_restart)
    return [
        Step(
            title="Restart the pooler", do=program, locks="none; clients may be dropped", timeout_s=120, required=False
        )
    ]


def no_reset(limits: Limits) -> list[str]:
    """Why nothing stands in the place of the runbook's step 2."""
    return [] if limits.pooler_database else [f"{NO_RESET} No pooler is configured to reconnect."]


def nothing(found: Found, notes: Sequence[str], doing: Doing) -> Report:
    """That no step is needed or allowed, what was examined, and who was spared."""
    spared = [victims.session(one, doing) for one in found.struck if one.spared]
    trouble = bool(spared or found.overdue or found.invalid or found.unseen.behind_prepared)
    text = "Something is wrong, but nothing that I may end or mend" if trouble else "Nothing needs an emergency repair"
    columns = (
        Column(title="PID", unit=Unit.CODE),
        *(Column(title=title) for title in ("Role", "State", "Spared because")),
    )
    rows = tuple((one.pid, one.role, one.state, one.why) for one in spared)
    examined = (
        f"Examined: {several(found.slots.used, 'session')} ({found.slots.share:.0f} % of the slots), lock queues, dead rows, "
        "invalid indexes and expired cache rows."
    )
    return Report(
        title="Emergency",
        verdict=Verdict(level=Level.ALERT if trouble else Level.OK, text=text),
        parts=(Table(title="Spared", columns=columns, rows=rows),) if rows else (),
        notes=(*notes, examined),
        buttons=(Button(label="Status", text="status"), Button(label="Active", text="active")),
    )


command = Command(
    name="emergency",
    help="End what holds the database up, and clear away what it left",
    runbook="Emergency Performance Recovery",
    risk=Risk.DISRUPT,
    plan=plan,
    words=("emergency fix", "emergency recovery", "fix", "kill long queries"),
    menu="Emergency",
    metrics=debris.METRICS,
)
