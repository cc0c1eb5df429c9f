"""The runbook's Saturday, corrected: a rewrite of what is bloated beyond its lines, in the window, when people have approved it."""

from collections.abc import Iterable, Sequence

from bot.command import Command, Limits, Plan, Risk, Sources, Step
from bot.errors import Cannot
from bot.report import Button, Level, Report, Verdict
from commands import bloat_look, care, vacuum_full
from commands.bloat_found import Bloat
from commands.opening import opening
from commands.vacuum_full import Wanted
from commands.wording import listed, several, size

MOST = 3
"""So many tables are rewritten in one window; the rest the week after."""


def plan(sources: Sources, args: object) -> Plan | Report:  # noqa: ARG001 - every command is asked the same way
    """Look what is bloated, then propose a rewrite of each of the worst.

    Raises:
        Cannot: no window is set, or this is a replica.
    """
    opening(sources)
    care.primary_only(sources)
    seen = bloat_look.look(sources, "", exact=False)
    worth = beyond(seen.tables, sources.limits)
    plans: list[Plan] = []
    refused: list[str] = []
    for one in worth[:MOST]:
        answer = rewrite(sources, one.name)
        if isinstance(answer, Plan):
            plans.append(answer)
        else:
            refused.append(f"{one.name} is left out: {answer}.")
    refused += [f"{several(len(worth) - MOST, 'table')} more: ask again afterwards."] if worth[MOST:] else []
    return together(plans, refused) if plans else nothing(refused, seen.notes, sources.limits)


def beyond(tables: Sequence[Bloat], limits: Limits) -> list[Bloat]:
    """The tables that may be worth a rewrite, what gives back most first."""
    return [
        one
        for one in tables
        if (one.percent or 0) >= limits.rewrite_percent and (one.wasted or 0) >= limits.rewrite_bytes
    ]


def rewrite(sources: Sources, table: str) -> Plan | str:
    """The rewrite of one table as `vacuum full` proposes it, or why it does not."""
    try:
        answer = vacuum_full.plan(sources, Wanted(table=table))
    except Cannot as error:
        return str(error).rstrip(".")
    return answer if isinstance(answer, Plan) else answer.verdict.text


def together(plans: Sequence[Plan], refused: Sequence[str]) -> Plan:
    """One plan of all; a table that cannot be had does not keep the others from it, a disk without room does."""
    names = [step.title.removeprefix("Rewrite ") for one in plans for step in one.steps[-1:]]
    return plans[0].model_copy(
        update={
            "summary": f"Rewrite {listed(names)} in the window; nobody can read or write each while it is rewritten",
            "steps": tuple(steps(plans)),
            "notes": (*refused, *(note for one in plans for note in one.notes)),
        }
    )


def steps(plans: Sequence[Plan]) -> Iterable[Step]:
    """All steps; only the last rewrite may end the run."""
    for one in plans:
        *before, last = one.steps
        yield from before
        yield last.model_copy(update={"required": one is plans[-1]})


def nothing(refused: Sequence[str], examined: Sequence[str], limits: Limits) -> Report:
    """That nothing is worth stopping everybody, or why what is cannot be had."""
    lines = f"{limits.rewrite_percent:g} % and {size(limits.rewrite_bytes)}"
    text = f"Nothing is rewritten: {refused[0].rstrip('.')}" if refused else f"No table is bloated beyond {lines}"
    return Report(
        title="Maintenance full",
        verdict=Verdict(level=Level.INFO if refused else Level.OK, text=text),
        notes=(*refused[1:], *examined),
        buttons=(Button(label="Bloat", text="bloat"), Button(label="Maintenance", text="maintenance")),
    )


command = Command(
    name="maintenance full",
    help="Rewrite what is bloated beyond its lines, in the maintenance window",
    runbook="Vacuum & Analyze Script",
    risk=Risk.DISRUPT,
    place=34,
    plan=plan,
    words=("full maintenance",),
)
