"""Take back what a run did: the undos of its steps that were done, last first, through the one way."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.command import Args, Command, Database, Journaled, Memory, Plan, Remembered, Risk, Row, Sources, Step
from bot.errors import BadInput, Cannot
from bot.report import Button, Level, Report, Verdict
from bot.sql import Statement
from commands.wording import listed, several

OVER = frozenset({"done", "failed", "stopped", "interrupted"})
LOOKED_THROUGH = 50


class Wanted(Args):
    """Which run; the last one of this database when none is named."""

    run: str = ""


class Found(Row):
    """What the check of a step finds now."""

    ok: bool
    found: str | None = None


@dataclass(frozen=True)
class Left:
    """A step that was done and can be taken back, and why it is not to be any more; empty when it is."""

    done: Step
    why_not: str = ""


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Find the run, look whether what it left is still there, then propose to take it back.

    Raises:
        BadInput: there is no such run.
        Cannot: it is not over, or it has no undo.
    """
    past = chosen(sources.memory, args.run, sources.database.name)
    done = undoable(past)
    if not done:
        raise Cannot(
            f"'{past.run.text}' ({past.run.id}) has no undo: no step of it that was done can be taken back by another."
        )
    return proposal(past, look(sources.database, done))


def chosen(memory: Memory, run: str, database: str) -> Remembered:
    """The run of an id, or the last of this database that did something.

    Raises:
        BadInput: there is none.
        Cannot: it is not over.
    """
    wanted = run or last(memory)
    past = memory.run(wanted) if wanted else None
    if past is None:
        what = f"I know no run '{run[:20]}' of {database}." if run else f"Nothing was run on {database} yet."
        raise BadInput(f"{what} `history` lists the runs with their ids.")
    if past.run.state not in OVER:
        raise Cannot(f"'{past.run.text}' is {past.run.state}: there is nothing to take back as long as it is not over.")
    return past


def last(memory: Memory) -> str:
    """The id of the last run that is over and was no undo itself; empty when there is none."""
    return next((one.id for one in memory.runs(LOOKED_THROUGH) if one.state in OVER and one.command != "undo"), "")


def undoable(past: Remembered) -> list[Journaled]:
    """The steps that were done and can be taken back, the last first."""
    return [one for one in reversed(past.steps) if one.state == "done" and one.step.undo]


def look(database: Database, done: Sequence[Journaled]) -> list[Left]:
    """Ask each step's own check whether what it left is still there: what somebody has changed since is left alone."""
    with database.together() as questions:
        asked = [
            questions.ask(Statement("undo.check", one.step.check.statement, written=True), Found)
            if one.step.check
            else None
            for one in done
        ]
    return [_left(one.step, answer and answer.rows) for one, answer in zip(done, asked, strict=True)]


def _left(step: Step, rows: Sequence[Found] | None) -> Left:
    if rows is None:
        return Left(step)
    found = rows[0] if rows else Found(ok=False, found="it is not there")
    return Left(step, "" if found.ok else found.found or "nothing is found")


def proposal(past: Remembered, left: Sequence[Left]) -> Plan | Report:
    """The undos that are still true; a report when none is."""
    todo = [one for one in left if not one.why_not]
    changed = [f"{one.done.title}: not as the run left it ({one.why_not}), so it stays." for one in left if one.why_not]
    run = past.run
    if not todo:
        return nothing(past, changed)
    steps = tuple(undo for one in todo for undo in one.done.undo)
    total = sum(1 for one in past.steps if one.state == "done")
    without = total - len(left)
    return Plan(
        summary=f"Take back {several(len(todo), 'step')} of '{run.text}' ({run.id}): {listed([step.title for step in steps], 3)}",
        risk=Risk.DISRUPT,
        steps=steps,
        notes=(
            f"It was asked by {run.requester} on {run.asked_at:%b %d at %H:%M} UTC and ended {run.state}.",
            *changed,
            *([f"Done as well, without an undo: {several(without, 'step')}."] if without else []),
        ),
    )


def nothing(past: Remembered, changed: Sequence[str]) -> Report:
    """That somebody was first."""
    return Report(
        title="Undo",
        verdict=Verdict(
            level=Level.INFO,
            text=f"Nothing to take back of '{past.run.text}': what it left is not there any more",
        ),
        notes=tuple(changed),
        buttons=(Button(label="That run", text=f"history {past.run.id}"), Button(label="History", text="history")),
    )


command = Command(
    name="undo",
    help="Take back what a run did, where it can be",
    runbook="",
    risk=Risk.DISRUPT,
    place=8,
    args=Wanted,
    plan=plan,
    words=("take back", "roll back", "rollback", "revert"),
)
