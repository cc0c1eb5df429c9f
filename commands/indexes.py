"""The indexes in four lines: invalid, missing, redundant and unused, each with its command."""

from collections.abc import Callable, Sequence

from bot.command import Command, Risk, Sources
from bot.errors import ScoutError
from bot.report import Button, Fact, Facts, Level, Report, Verdict
from commands import indexes_invalid, indexes_missing, indexes_redundant, indexes_unused

NAMES = ("Invalid", "Missing", "Redundant", "Unused")


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Ask everything in one round trip, then say."""
    with sources.database.together() as questions:
        invalid = indexes_invalid.ask(questions, sources)
        missing = indexes_missing.ask(questions, sources)
        redundant = indexes_redundant.ask(questions, sources)
        unused = indexes_unused.ask(questions, sources)
    return report(
        [
            settled(lambda: indexes_invalid.verdict(invalid.found())),
            settled(lambda: indexes_missing.verdict(missing.found())),
            settled(lambda: indexes_redundant.verdict(redundant.found())),
            settled(lambda: indexes_unused.verdict(unused.found())),
        ]
    )


def settled(say: Callable[[], Verdict]) -> Verdict:
    """What one of them says; a failure of one does not take the others' answers."""
    try:
        return say()
    except ScoutError as error:
        return Verdict(level=Level.NO_DATA, text=str(error))


def report(verdicts: Sequence[Verdict]) -> Report:
    """The worst of the four as the verdict, all of them below, and a button for each."""
    facts = tuple(
        Fact(name=name, value=said.text, level=said.level) for name, said in zip(NAMES, verdicts, strict=True)
    )
    return Report(
        title="Indexes",
        verdict=verdict(facts),
        parts=(Facts(facts=facts),),
        notes=("Each line is the first line of its command, which says what was examined and left out.",),
        buttons=tuple(Button(label=name, text=f"indexes {name.lower()}") for name in NAMES),
    )


def verdict(facts: Sequence[Fact]) -> Verdict:
    """The most urgent of the four, in one line; something to do comes before what cannot be judged."""
    order = (Level.PAGE, Level.ALERT, Level.INFO, Level.NO_DATA)
    first = next((fact for level in order for fact in facts if fact.level is level), None)
    if first is None:
        return Verdict(level=Level.OK, text="All valid, none missing, none redundant, none unused")
    return Verdict(level=first.level, text=f"{first.name}: {first.value}. Press {first.name}")


command = Command(
    name="indexes",
    help="Invalid, missing, redundant and unused indexes in four lines",
    runbook="Index optimization",
    risk=Risk.LOOK,
    place=31,
    plan=plan,
    words=("index", "indices"),
)
