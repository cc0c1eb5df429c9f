"""What a terminal is told: text that fits it, or JSON for a script, and the number that the process ends with."""

import json
import os
import shutil
import sys
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal, TextIO

from bot.approval import Approval, State
from bot.blocks import full_plan, one_line, plain
from bot.chat import sorry
from bot.errors import BadInput, ScoutError, Unavailable
from bot.report import Code, Level, Part, Record, Report, Text, Verdict
from bot.terminal.trimming import boxes

WAITING = {
    State.ASKED: "it waits for more people to agree.",
    State.APPROVED: "it waits for its window or its turn; `scout run` begins it then, and so does --wait.",
}
LONGEST_LINE = 2_000
COLOURS = {Level.OK: "32", Level.NO_DATA: "33", Level.ALERT: "33;1", Level.PAGE: "31;1"}


class Exit(IntEnum):
    """How it went, for scripts."""

    WELL = 0
    REFUSED = 1
    MISTYPED = 2
    ALERT = 3
    NO_DATA = 4
    LEFT = 130


class Answer(Record):
    """What `scout ask --json` prints; fields may be added, none goes or changes without another `form`."""

    form: Literal[1] = 1
    exit: int
    level: Level
    verdict: str
    title: str
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()
    approval: str | None = None
    state: State | None = None


@dataclass(frozen=True)
class Said:
    """An answer with the plan it is about, and how it went."""

    report: Report
    exit: Exit
    approval: Approval | None = None

    @property
    def answer(self) -> Answer:
        """The same for a script."""
        report, approval = self.report, self.approval
        return Answer(
            exit=self.exit,
            level=report.verdict.level,
            verdict=report.verdict.text,
            title=report.title,
            parts=report.parts + report.more,
            notes=report.notes,
            approval=approval.id if approval else None,
            state=approval.state if approval else None,
        )


def found(report: Report) -> Said:
    """The answer to a question."""
    by_level = {Level.ALERT: Exit.ALERT, Level.PAGE: Exit.ALERT, Level.NO_DATA: Exit.NO_DATA}
    return Said(report, by_level.get(report.verdict.level, Exit.WELL))


def done(text: str, approval: Approval | None = None) -> Said:
    """Something was done as it was wished."""
    return Said(Report(title="Scout", verdict=Verdict(level=Level.OK, text=text)), Exit.WELL, approval)


def refused(error: ScoutError) -> Said:
    """A sentence instead of an answer."""
    if isinstance(error, BadInput):
        return Said(sorry(error), Exit.MISTYPED)
    return Said(sorry(error), Exit.NO_DATA if isinstance(error, Unavailable) else Exit.REFUSED)


def shown(approval: Approval) -> Said:
    """A plan word for word, with what to type about it; the seal lets nobody approve another plan than the one that was read."""
    said = f"It is {approval.state.value}."
    if approval.state is State.ASKED:
        said = f"It waits for a decision: scout ask 'approve {approval.id} {approval.seal[:12]}'"
    report = Report(
        title=f"'{approval.text}' on {approval.database}",
        verdict=Verdict(level=Level.INFO, text=said),
        parts=(Code(text=full_plan(approval)), *(boxes(approval) if approval.state is State.ASKED else ())),
    )
    return Said(report, Exit.WELL, approval)


def alone(approval: Approval) -> str:
    """What is said before a plan runs that its requester approves by breaking the glass."""
    return (
        f"BREAK GLASS: {approval.plan.summary}. You alone approved it, and it runs now. "
        f"Another of the approvers reviews it: scout ask 'review {approval.id}'"
    )


def ended(approval: Approval) -> Said:
    """How a plan ended, or what it still waits for."""
    level, code = Level.ALERT, Exit.REFUSED
    if approval.state is State.DONE:
        level, code = Level.OK, Exit.WELL
    elif approval.state in WAITING:
        level, code = Level.INFO, Exit.WELL
    said = approval.outcome.said or WAITING.get(approval.state, "")
    parts = (Text(text="\n".join(approval.difference)),) if approval.difference else ()
    verdict = Verdict(level=level, text=f"{approval.state.value}: {said}" if said else approval.state.value)
    return Said(Report(title=approval.text, verdict=verdict, parts=parts), code, approval)


def left(approval: Approval) -> Said:
    """What becomes of a plan when whoever followed it leaves."""
    said = (
        f"It goes on without this terminal: it is {approval.state.value}. scout ask 'history {approval.id}' tells more."
    )
    if approval.state is State.INTERRUPTED:
        said = f"Handed over: {approval.outcome.said} Go on with scout ask 'resume {approval.id}', or with Resume on its card."
    return Said(Report(title=approval.text, verdict=Verdict(level=Level.INFO, text=said)), Exit.LEFT, approval)


@dataclass(frozen=True)
class Screen:
    """Where it is written: answers to the one stream, progress beside them so that a script reads nothing but JSON."""

    out: TextIO
    beside: TextIO
    as_json: bool = False

    @classmethod
    def here(cls, *, as_json: bool) -> "Screen":
        """The streams of this process."""
        return cls(sys.stdout, sys.stderr if as_json else sys.stdout, as_json)

    def show(self, said: Said) -> None:
        """Write an answer."""
        text = json.dumps(said.answer.model_dump(mode="json"), indent=2) if self.as_json else self._text(said.report)
        print(text, file=self.out, flush=True)

    def line(self, text: str) -> None:
        """Write a line of progress at once; what a terminal would obey in it is taken out, as it is of an answer."""
        print(one_line(text, LONGEST_LINE), file=self.beside, flush=True)

    def _text(self, report: Report) -> str:
        if not self.out.isatty():
            return plain(report)
        text = plain(report, shutil.get_terminal_size().columns)
        colour = COLOURS.get(report.verdict.level)
        if colour is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return text
        first, newline, rest = text.partition("\n")
        return f"\x1b[{colour}m{first}\x1b[0m{newline}{rest}"
