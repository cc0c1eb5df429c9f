"""The runbook's Saturday, corrected: what is bloated beyond its lines is rewritten, in the window, when people have approved it.

Tables stop their users meanwhile, indexes are rebuilt beside them: one request for both, as the script did both.
"""

from collections.abc import Iterable, Mapping, Sequence

from bot.command import Command, Limits, Opening, Plan, Risk, Sources, Step
from bot.errors import Cannot
from bot.report import Button, Level, Report, Verdict
from commands import bloat_look, care, rebuilds, reindex, vacuum_full
from commands.bloat_found import Bloat
from commands.opening import opening
from commands.rebuilds import Rebuilds
from commands.vacuum_full import Wanted
from commands.wording import listed, several, size

MOST = 3
"""So many tables are rewritten in one window; the rest the week after."""


def plan(sources: Sources, args: object) -> Plan | Report:  # noqa: ARG001 - every command is asked the same way
    """Look what is bloated, then propose a rewrite of each of the worst tables and a rebuild of the worst other indexes.

    Raises:
        Cannot: no window is set, or this is a replica.
    """
    when = opening(sources)
    care.primary_only(sources)
    seen = bloat_look.look(sources, "", exact=False)
    worth = beyond(seen.tables, sources.limits)
    answers = {one.name: rewrite(sources, one.name) for one in worth[:MOST]}
    plans = {name: answer for name, answer in answers.items() if isinstance(answer, Plan)}
    refused = [f"{name} is left out: {answer}." for name, answer in answers.items() if isinstance(answer, str)]
    refused += [f"{several(len(worth) - MOST, 'table')} more: ask again afterwards."] if worth[MOST:] else []
    rebuilt = rebuilds.look(sources, seen.indexes, plans.keys())
    if not plans and not rebuilt.chosen:
        return nothing([*refused, *rebuilt.notes], seen.notes, sources.limits)
    return together(plans, rebuilt, refused, when)


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


def together(plans: Mapping[str, Plan], rebuilt: Rebuilds, refused: Sequence[str], when: Opening) -> Plan:
    """One plan of all; what cannot be had does not keep the others from it, a disk without room does."""
    alone = Plan(summary="", risk=Risk.DISRUPT, steps=(), window=when)
    base = next(iter(plans.values()), alone)
    wanted = [*(step for one in plans.values() for step in one.steps), *rebuilds_of(rebuilt)]
    return base.model_copy(
        update={
            "summary": summary(list(plans), [one.index for one in rebuilt.chosen]),
            "steps": tuple(optional(wanted)),
            "notes": (*refused, *(note for one in plans.values() for note in one.notes), *notes(rebuilt)),
        }
    )


def summary(rewritten: list[str], rebuilt: list[str]) -> str:
    """What is done to whom, and who waits for it, in one line."""
    if not rewritten:
        return f"Rebuild {listed(rebuilt, 3)} in the window; readers and writers go on"
    besides = f"; then rebuild {listed(rebuilt, 3)} beside their users" if rebuilt else ""
    return f"Rewrite {listed(rewritten)} in the window; nobody can read or write each while it is rewritten{besides}"


def rebuilds_of(rebuilt: Rebuilds) -> Iterable[Step]:
    """The rebuilds, each with what drops the leftover of one that fails."""
    for one in rebuilt.chosen:
        yield from reindex.steps(one, last=False)


def notes(rebuilt: Rebuilds) -> Iterable[str]:
    """Why each index is there, and what its rebuild needs."""
    yield from rebuilt.notes
    if rebuilt.chosen:
        yield (
            f"Each rebuild needs its index's size on disk beside it, {size(max(one.size for one in rebuilt.chosen))} at most;"
            " one that the window ends leaves an index with _ccnew, which `reindex invalid` drops."
        )


def optional(steps: Sequence[Step]) -> Iterable[Step]:
    """The same steps: one that looks whether there is room ends the run when there is not, of all others only the last may."""
    for number, step in enumerate(steps, 1):
        ends = number == len(steps) or step.at_least is not None
        yield step.model_copy(update={"required": ends})


def nothing(refused: Sequence[str], examined: Sequence[str], limits: Limits) -> Report:
    """That nothing is worth stopping everybody, or why what is cannot be had."""
    lines = f"{limits.rewrite_percent:g} % and {size(limits.rewrite_bytes)}"
    indexes = f"no index beyond {limits.rewrite_percent:g} % and {size(limits.rebuild_bytes)}"
    text = (
        f"Nothing is rewritten: {refused[0].rstrip('.')}"
        if refused
        else f"No table is bloated beyond {lines}, {indexes}"
    )
    return Report(
        title="Maintenance full",
        verdict=Verdict(level=Level.INFO if refused else Level.OK, text=text),
        notes=(*refused[1:], *examined),
        buttons=(Button(label="Bloat", text="bloat"), Button(label="Maintenance", text="maintenance")),
    )


command = Command(
    name="maintenance full",
    help="Rewrite bloated tables and rebuild bloated indexes, in the maintenance window",
    runbook="Vacuum & Analyze Script",
    risk=Risk.DISRUPT,
    place=34,
    plan=plan,
    words=("full maintenance",),
)
