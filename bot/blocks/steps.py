"""The steps of a plan: word for word while people decide, as a list of tasks once it runs."""

from collections.abc import Sequence
from datetime import datetime

from bot.approval import IN_A_GROUP, Approval, State, StepRecord, StepState
from bot.blocks.figures import between
from bot.blocks.full import conditions, order, session_line
from bot.blocks.pieces import Block, boxes, bullets, code, context, line, put, rich, said, section
from bot.blocks.reading import characters_of
from bot.blocks.words import escape, one_line, shorten
from bot.command import Session, Step

_ROOM = 6_500  # characters of statements and sessions on a card; the whole plan stands in the thread
_ROOM_DECIDED = 4_500  # the decision takes its place too
_MOST_STEPS = 30
_STATEMENT = 3_000
_SESSIONS = 8
_SPARED = 3
_SESSION = 300
_TASKS = 50
_STATUS = {
    StepState.WAITING: "pending",
    StepState.RUNNING: "in_progress",
    StepState.DONE: "complete",
    StepState.SKIPPED: "complete",
    StepState.FAILED: "error",
    StepState.UNKNOWN: "error",
}
_EMOJI = {
    StepState.WAITING: ":white_circle:",
    StepState.RUNNING: ":hourglass_flowing_sand:",
    StepState.DONE: ":white_check_mark:",
    StepState.SKIPPED: ":heavy_minus_sign:",
    StepState.FAILED: ":x:",
    StepState.UNKNOWN: ":question:",
}
_WORDS = {
    StepState.WAITING: "waiting",
    StepState.RUNNING: "running",
    StepState.DONE: "done",
    StepState.SKIPPED: "left out",
    StepState.FAILED: "failed",
    StepState.UNKNOWN: "was in flight",
}


# --- before anybody says yes ---


def draw_steps(steps: Sequence[Step], *, decided: bool) -> list[Block]:
    """Each step with its statement word for word, as many as fit; the rest is told in one line."""
    shown: list[Block] = []
    room = _ROOM_DECIDED if decided else _ROOM
    for number, step in enumerate(steps[:_MOST_STEPS], 1):
        drawn = _asked(f"{number}/{len(steps)}", step)
        room -= characters_of(drawn)
        if room < 0 and shown:
            break
        shown.append(drawn)
    return [*shown, *_rest(len(steps) - len(shown))]


def _rest(count: int) -> list[Block]:
    steps = "step" if count == 1 else "steps"
    return [section(f":scroll: and *{count} more {steps}*, word for word in the thread")] if count else []


def _asked(number: str, step: Step) -> Block:
    heading = line(said(f"{number} {one_line(step.title, 200)}", "bold"), said(f"  {conditions(step)}"))
    hits = [line(said("Hits now:")), bullets(_sessions(step.hits))] if step.hits else []
    return rich(heading, code(_cut(order(step.do))), *hits)


def _cut(statement: str) -> str:
    if len(statement) <= _STATEMENT:
        return statement
    return f"{shorten(statement, _STATEMENT)}\n\u2026 cut here, the whole statement stands in the thread"


def draw_choices(approval: Approval) -> list[Block]:
    """The steps that may be left out, as boxes: what is not ticked is not approved and not run."""
    choices = approval.choices if approval.state is State.ASKED and len(approval.whole.steps) > 1 else ()
    starts = range(0, len(choices), IN_A_GROUP)
    lists = [_list(approval, group, choices[at : at + IN_A_GROUP]) for group, at in enumerate(starts)]
    said_first = "Untick what is not to be done: what is approved is the plan without it, under another seal."
    return [context(said_first), *lists] if lists else []


def _list(approval: Approval, group: int, numbers: Sequence[int]) -> Block:
    steps = approval.whole.steps
    options = [
        (str(number), one_line(f"{number + 1}. {steps[number].title}", 75), number not in approval.left_out)
        for number in numbers
    ]
    return boxes("scout_tick", f"tick:{approval.id}:{approval.seal}:{group}", options)


def draw_spared(spared: Sequence[Session]) -> list[Block]:
    """The sessions that stay untouched, and why; what they do is in the thread."""
    shown = [one.model_copy(update={"doing": ""}) for one in spared]
    return [rich(line(said("Spared:", "bold")), bullets(_sessions(shown, _SPARED)))] if shown else []


def _sessions(sessions: Sequence[Session], most: int = _SESSIONS) -> list[Block]:
    shown = [line(said(session_line(one, _SESSION))) for one in sessions[:most]]
    hidden = len(sessions) - len(shown)
    return [*shown, *([line(said(f"and {hidden} more, in the thread"))] if hidden else [])]


# --- while it runs, and afterwards ---


def journal(approval: Approval, records: Sequence[StepRecord]) -> list[StepRecord]:
    """One record for each step, in order; a step that is not in the journal is waiting. Numbers count from 0."""
    known = {record.number: record for record in records}
    count = range(len(approval.plan.steps))
    return [known.get(number) or StepRecord(approval=approval.id, number=number) for number in count]


def progress(approval: Approval, records: Sequence[StepRecord]) -> str:
    """How far it is, as "step 2/5" while a step runs."""
    total = len(approval.plan.steps)
    running = [at for at, record in enumerate(records, 1) if record.state is StepState.RUNNING]
    over = sum(record.state in {StepState.DONE, StepState.SKIPPED} for record in records)
    return f"step {running[0]}/{total}" if running else f"{over} of {total} {'step' if total == 1 else 'steps'} done"


def draw_progress(approval: Approval, records: Sequence[StepRecord], at: datetime, *, native: bool) -> list[Block]:
    """The steps as tasks with what each did; drawn as lines where `native` blocks are refused."""
    steps = approval.plan.steps
    pairs = list(zip(steps, records, strict=True))
    first = _window(records)
    shown = pairs[first : first + _TASKS]
    if not shown:
        return []
    drawn = _plan(approval, shown, at, first) if native else _lines(approval, shown, at)
    hidden = len(pairs) - len(shown)
    return [*drawn, *([context(f"{hidden} more steps are not shown here")] if hidden else [])]


def _window(records: Sequence[StepRecord]) -> int:
    """Where to begin when there are more steps than a plan block takes: so that the one at work is in sight."""
    works = next((at for at, one in enumerate(records) if one.state in {StepState.WAITING, StepState.RUNNING}), 0)
    return max(0, min(works - _TASKS // 2, len(records) - _TASKS))


def _plan(approval: Approval, pairs: Sequence[tuple[Step, StepRecord]], at: datetime, first: int) -> list[Block]:
    tasks = [_task(approval, step, record, at, number) for number, (step, record) in enumerate(pairs, first + 1)]
    title = shorten(f"Steps on {one_line(approval.database, 80)}", 150)
    return [{"type": "plan", "title": title, "tasks": [*tasks]}]


def _task(approval: Approval, step: Step, record: StepRecord, at: datetime, number: int) -> Block:
    task: Block = {
        "type": "task_card",
        "task_id": f"step-{number}",
        "title": shorten(f"{one_line(step.title, 100)} \u00b7 {_how(approval, record, at)}", 150),
        "status": _STATUS[record.state],
    }
    found = one_line(record.said, 300)
    return put(task, output=rich(line(said(found)))) if found else task


def _lines(approval: Approval, pairs: Sequence[tuple[Step, StepRecord]], at: datetime) -> list[Block]:
    lines = [
        f"{_EMOJI[record.state]} {escape(one_line(step.title, 100))} \u00b7 {escape(_how(approval, record, at))}"
        + (f"\n\u2003{escape(one_line(record.said, 300))}" if record.said.strip() else "")
        for step, record in pairs
    ]
    return [section("\n".join(lines))]


def _how(approval: Approval, record: StepRecord, at: datetime) -> str:
    """What became of a step, in words, with the time it took."""
    word = _WORDS[record.state]
    if record.state is StepState.WAITING and approval.state not in {State.APPROVED, State.RUNNING}:
        word = "not run"
    if record.started_at is None or record.state in {StepState.SKIPPED, StepState.UNKNOWN}:
        return word
    return f"{word}, {between((record.ended_at or at) - record.started_at)}"
