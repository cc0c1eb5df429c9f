"""The whole database in one list: the first line of every diagnosis, worst first, each with its command."""

from collections.abc import Sequence
from functools import partial

from bot.command import Command, Risk, Sources
from bot.report import Button, Fact, Facts, Level, Report, Verdict
from commands import (
    active,
    bloat,
    blocked,
    cache,
    connections,
    hitratio,
    indexes_invalid,
    indexes_missing,
    indexes_redundant,
    indexes_unused,
    partitions,
    pool,
    replication,
    sequences,
    settings,
    slow,
    status,
    tables,
    tps,
    vacuum,
    views,
    wraparound,
)
from commands.rounds import in_rounds
from commands.verdicts import first_line
from commands.wording import several

DIAGNOSES: tuple[Command, ...] = (
    status.command,
    blocked.command,
    active.command,
    connections.command,
    slow.command,
    hitratio.command,
    tps.command,
    views.command,
    vacuum.command,
    wraparound.command,
    replication.command,
    tables.command,
    bloat.command,
    indexes_invalid.command,
    indexes_missing.command,
    indexes_redundant.command,
    indexes_unused.command,
    partitions.command,
    sequences.command,
    pool.command,
    cache.command,
    settings.command,
)
URGENCY = (Level.PAGE, Level.ALERT, Level.NO_DATA, Level.INFO, Level.OK)
URGENT = frozenset({Level.PAGE, Level.ALERT})
BUTTONS = 4
NO_POOLER = " Not asked: pool (no pooler is configured)."


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Ask every diagnosis for its first line; one that fails does not take the others' answers."""
    return report(lines(sources), "" if sources.pooler else NO_POOLER)


def lines(sources: Sources) -> list[Fact]:
    """The first line of every diagnosis, the most urgent first."""
    asked = [one for one in DIAGNOSES if one is not pool.command or sources.pooler is not None]
    said = in_rounds(sources, [partial(first_line, one) for one in asked])
    facts = [as_fact(one.name, line) for one, line in zip(asked, said, strict=True)]
    return sorted(facts, key=lambda fact: URGENCY.index(fact.level))


def as_fact(name: str, line: Verdict) -> Fact:
    """A first line without what to press: that button stands in its own answer, not here."""
    return Fact(name=name, value=line.text.partition(". Press ")[0], level=line.level)


def report(ordered: Sequence[Fact], not_asked: str = "") -> Report:
    """What needs somebody, worst first and the first of them as the verdict; the quiet ones behind *More*."""
    if len({line.value for line in ordered}) == 1 and ordered[0].level is Level.NO_DATA:
        return Report(title="Health", verdict=Verdict(level=Level.NO_DATA, text=ordered[0].value))  # nobody could look
    loud = [line for line in ordered if line.level is not Level.OK]
    quiet = [line for line in ordered if line.level is Level.OK]
    below = loud[1:] if loud and loud[0].level in URGENT else loud
    return Report(
        title="Health",
        verdict=verdict(ordered),
        parts=(Facts(facts=tuple(below)),) if below else (),
        more=(Facts(title="Well", facts=tuple(quiet)),) if quiet else (),
        notes=(
            f"{several(len(ordered), 'diagnosis', 'diagnoses')} asked, {len(quiet)} have nothing to say.{not_asked}",
        ),
        buttons=tuple(Button(label=line.name.capitalize(), text=line.name) for line in loud[:BUTTONS]),
    )


def verdict(ordered: Sequence[Fact]) -> Verdict:
    """The most urgent line, and how many more want somebody."""
    urgent = [line for line in ordered if line.level in URGENT]
    if not urgent:
        blind = sum(line.level is Level.NO_DATA for line in ordered)
        text = f"Nothing is wrong as far as can be seen; {several(blind, 'diagnosis', 'diagnoses')} could not look"
        return Verdict(level=Level.NO_DATA, text=text) if blind else Verdict(level=Level.OK, text="Nothing is wrong")
    rest = f"; {len(urgent) - 1} more below" if len(urgent) > 1 else ""
    return Verdict(level=urgent[0].level, text=f"{urgent[0].name}: {urgent[0].value}{rest}")


command = Command(
    name="health",
    help="Every diagnosis in one list, worst first",
    runbook="Performance Diagnostics",
    risk=Risk.LOOK,
    place=20,
    plan=plan,
    words=("everything", "check everything", "check up"),
)
