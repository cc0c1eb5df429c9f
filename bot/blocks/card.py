"""The card of an approval: one message in all its states, from the question to what came of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from bot.approval import Approval, State, StepRecord, StepState, can_be_skipped
from bot.blocks.answer import FALLBACK_CHARACTERS
from bot.blocks.before_after import draw_before_and_after
from bot.blocks.deciding import draw_reason, draw_reasons, reviewed, to_review, who_decided
from bot.blocks.figures import between
from bot.blocks.full import kind
from bot.blocks.limits import check_blocks
from bot.blocks.pieces import Ask, Block, Drawn, button, context, rows_of_buttons, section
from bot.blocks.steps import draw_choices, draw_progress, draw_spared, draw_steps, journal, progress
from bot.blocks.words import bold, clean, escape, moment, one_line, person, shorten_markup
from bot.command import Metric, Risk

_HEADS = {
    State.ASKED: (":raised_hand:", "Approval needed"),
    State.APPROVED: (":hourglass_flowing_sand:", "Approved, about to run"),
    State.RUNNING: (":hourglass_flowing_sand:", "Running"),
    State.DONE: (":white_check_mark:", "Done"),
    State.FAILED: (":x:", "Failed"),
    State.STOPPED: (":octagonal_sign:", "Stopped"),
    State.INTERRUPTED: (":warning:", "Interrupted"),
    State.DENIED: (":no_entry:", "Denied"),
    State.EXPIRED: (":alarm_clock:", "Expired, nothing was run"),
    State.VOID: (":no_entry_sign:", "Void, nothing was run"),
}
_NEVER_RUN = {State.ASKED, State.DENIED, State.EXPIRED, State.VOID}
_UNDER_WAY = {State.APPROVED, State.RUNNING}
_ENDED = {State.DONE, State.FAILED, State.STOPPED}
_GRADES = {
    Risk.LOOK: "LOOK: only reads",
    Risk.MEND: "MEND: an operator confirms",
    Risk.DISRUPT: "DISRUPT: another person approves",
}
_SEAL = 12
_NOTE = 350
_NOTES = 4
_LEFT_OUT = 5
_TOLD = 2_000


def draw_approval(
    approval: Approval,
    steps: Sequence[StepRecord],
    at: datetime,
    *,
    native: bool = True,
    metrics: Sequence[Metric[Any]] = (),
) -> Drawn:
    """The card in its present state; `at` is now, for the elapsed time.

    `native` draws the steps as a plan block, else as lines; `metrics` gives the measurements of the outcome their titles and units.
    """
    records = journal(approval, steps)
    headline = _headline(approval, records, at)
    body = _asked(approval) if approval.state in _NEVER_RUN else _run(approval, records, at, native=native)
    blocks = [
        section("\n".join([*_glass(approval), f"{_HEADS[approval.state][0]} {headline}", _request(approval)])),
        *draw_reason(approval),
        *_decision(approval, records),
        *body,
        *draw_before_and_after(approval.outcome, metrics),
        *_small_print(approval),
        *rows_of_buttons(_buttons(approval, records), f"{approval.id}:{approval.state}"),
    ]
    return Drawn(_fallback(approval, records, headline), check_blocks(blocks))


def _fallback(approval: Approval, records: Sequence[StepRecord], headline: str) -> str:
    lines = [*_glass(approval), headline.replace("*", "", 2), _request(approval), *_told(approval, records)]
    return shorten_markup("\n".join(lines), FALLBACK_CHARACTERS)


# --- what it is about ---


def _glass(approval: Approval) -> list[str]:
    """The alarm above everything else, where the requester approved it alone."""
    return [":rotating_light: *BREAK GLASS* \u00b7 nobody else approved this"] if approval.plan.break_glass else []


def _headline(approval: Approval, records: Sequence[StepRecord], at: datetime) -> str:
    word = _HEADS[approval.state][1]
    if approval.state is State.ASKED and approval.grade is not Risk.DISRUPT:
        word = "Confirmation needed"
    if approval.state is State.APPROVED and approval.plan.window and at < approval.plan.window.opens_at:
        word = f"Approved, waits for the window, {escape(approval.plan.window.opens)}"
    summary = shorten_markup(escape(one_line(approval.plan.summary, 400)), 500)
    extra = _extent(approval, records, at)
    return f"*{word}{extra}* \u00b7 {summary}"


def _extent(approval: Approval, records: Sequence[StepRecord], at: datetime) -> str:
    """How far and how long; and no "done" without what was not done."""
    if approval.state in _NEVER_RUN | {State.APPROVED}:
        return ""
    bad = sum(record.state in {StepState.FAILED, StepState.UNKNOWN} or _was_skipped(record) for record in records)
    told = [f"except {bad} {'step' if bad == 1 else 'steps'}"] if bad and approval.state is State.DONE else []
    told += [] if approval.state is State.DONE else [progress(approval, records)]
    told += (
        [between((approval.ended_at or at) - approval.started_at)]
        if _is_timed(approval) and approval.started_at
        else []
    )
    return "".join(f", {one}" for one in told)


def _was_skipped(record: StepRecord) -> bool:
    return record.state is StepState.SKIPPED and bool(record.skip_asked_by)


def _is_timed(approval: Approval) -> bool:
    """Whether it is known how long it took: when an interrupted run ended, nobody saw."""
    return approval.state is State.RUNNING or approval.ended_at is not None


def _request(approval: Approval) -> str:
    grade = _GRADES[approval.grade]
    if approval.needed > 1:
        grade = f"{approval.grade.upper()}: {approval.needed} other people approve"
    if approval.own_allowed and approval.grade is Risk.DISRUPT:
        grade = "DISRUPT: the requester may approve it alone, because the settings allow that"
    if approval.plan.break_glass:
        grade = "DISRUPT: approved by its requester alone, because nobody else answered"
    asked = f"asked by {person(approval.requester)} {moment(approval.asked_at, '{time}')}"
    command = f"\u201c{escape(one_line(approval.text, 200))}\u201d"
    return " \u00b7 ".join([grade, f"on {bold(approval.database)}", asked, command])


def _asked(approval: Approval) -> list[Block]:
    return [
        *draw_steps(approval.plan.steps, decided=approval.state is not State.ASKED),
        *draw_choices(approval),
        *draw_spared(approval.plan.spared),
    ]


def _run(approval: Approval, records: Sequence[StepRecord], at: datetime, *, native: bool) -> list[Block]:
    return draw_progress(approval, records, at, native=native)


def _small_print(approval: Approval) -> list[Block]:
    notes = [
        context(shorten_markup(escape(one_line(note)), _NOTE))
        for note in approval.plan.notes[:_NOTES]
        if clean(note).strip()
    ]
    window = approval.plan.window
    notes += [context(f"Runs only in the window {escape(window.words)}")] if window else []
    seal = f"seal {escape(approval.seal[:_SEAL])}"
    expires = f" \u00b7 expires {moment(approval.expires_at, '{time}')}" if approval.state is State.ASKED else ""
    return [*notes, context(seal + expires)]


# --- who decided, and what came of it ---


def _decision(approval: Approval, records: Sequence[StepRecord]) -> list[Block]:
    told = _told(approval, records)
    drawn = [section(shorten_markup("\n".join(told), _TOLD))] if told else []
    return [*drawn, *draw_reasons(approval)]


def _told(approval: Approval, records: Sequence[StepRecord]) -> list[str]:
    outcome = escape(one_line(approval.outcome.said, 1000))
    return [
        *filter(
            None,
            [
                _without(approval),
                who_decided(approval),
                *_why(approval),
                *_in_flight(approval, records),
                outcome,
                reviewed(approval),
            ],
        )
    ]


def _without(approval: Approval) -> str:
    """Which steps somebody has left out."""
    titles = [approval.whole.steps[number].title for number in approval.left_out]
    if not titles:
        return ""
    more = f" and {len(titles) - _LEFT_OUT} more" if len(titles) > _LEFT_OUT else ""
    shown = ", ".join(escape(one_line(title, 100)) for title in titles[:_LEFT_OUT])
    return f"Left out by {escape(one_line(approval.left_out_by, 80))}: {shown}{more}"


def _why(approval: Approval) -> list[str]:
    if approval.state is State.VOID and approval.difference:
        changes = [f"\u2022 {escape(one_line(one))}" for one in approval.difference[:10]]
        hidden = len(approval.difference) - len(changes)
        more = [f"\u2022 and {hidden} more"] if hidden else []
        return ["The database is not what was approved any more. The plan made again would also do:", *changes, *more]
    if approval.stop_asked_by:
        return [f"Stop asked by {person(approval.stop_asked_by)}"]
    return []


def _in_flight(approval: Approval, records: Sequence[StepRecord]) -> list[str]:
    if approval.state is not State.INTERRUPTED:
        return []
    pairs = zip(approval.plan.steps, records, strict=True)
    cut = [(step, one) for step, one in pairs if one.state in {StepState.UNKNOWN, StepState.RUNNING}]
    found = [
        f"In flight: {bold(step.title)}, {escape(one_line(one.said)) or 'not known what became of it'}"
        for step, one in cut
    ]
    return found or ["No step was in flight."]


# --- what can be pressed ---


def _buttons(approval: Approval, records: Sequence[StepRecord]) -> list[Block]:
    return [*to_review(approval), *_of_its_state(approval, records)]


def _of_its_state(approval: Approval, records: Sequence[StepRecord]) -> list[Block]:
    if approval.state in _ENDED:
        return _to_undo(approval, records)
    if approval.state is State.RUNNING:
        return [*_to_stop(approval), *_to_skip(approval, records)]
    drawn: dict[State, Callable[[Approval], list[Block]]] = {
        State.ASKED: _to_decide,
        State.APPROVED: _to_stop,
        State.INTERRUPTED: _to_resume,
        State.VOID: _to_ask_again,
        State.EXPIRED: _to_ask_again,
    }
    return drawn[approval.state](approval) if approval.state in drawn else []


def _to_undo(approval: Approval, records: Sequence[StepRecord]) -> list[Block]:
    """Where a step was done that another takes back: asked for as anything else is, with its own approval."""
    steps = approval.plan.steps
    if not any(one.state is StepState.DONE and steps[one.number].undo for one in records):
        return []
    return [button("Undo", "scout_command", f"undo {approval.id} on {approval.database}")]


def _to_ask_again(approval: Approval) -> list[Block]:
    return [button("Ask again", "scout_command", approval.again)]


def _to_decide(approval: Approval) -> list[Block]:
    value, danger = f"{approval.id} {approval.seal}", approval.grade is Risk.DISRUPT
    yes = Ask("Approve this plan?", _consequence(approval), "Approve")
    return [
        button("Approve", "scout_approve", value, "danger" if danger else "primary", yes),
        button("Approve with a note\u2026", "scout_note", value),
        button("Deny\u2026", "scout_deny", value),
    ]


def _consequence(approval: Approval) -> str:
    """What pressing Approve does, counted: statements, database, and how many sessions feel it."""
    counted = Counter(kind(step.do) for step in approval.plan.steps)
    runs = " and ".join(_several(count, names) for names, count in counted.items()) or "nothing"
    hit = len({session.pid for step in approval.plan.steps for session in step.hits})
    felt = f" It ends or interrupts {_several(hit, ('session', 'sessions'))}." if approval.grade is Risk.DISRUPT else ""
    return f"This runs {runs} on {one_line(approval.database, 80)}.{felt}"


def _several(count: int, names: tuple[str, str]) -> str:
    return f"{count} {names[count != 1]}"


def _to_stop(approval: Approval) -> list[Block]:
    if approval.stop_asked_by:
        return []
    text = "The running statement is cancelled and no further step is begun. What is done stays done."
    return [button("Stop", "scout_stop", approval.id, "danger", Ask("Stop this run?", text, "Stop it", "Let it run"))]


def _to_skip(approval: Approval, records: Sequence[StepRecord]) -> list[Block]:
    """For the step at work, where the run can go on without it; its number is on the button, so that a late press skips no other."""
    steps = approval.plan.steps
    at_work = [one for one in records if one.state is StepState.RUNNING and can_be_skipped(steps[one.number])]
    if approval.stop_asked_by or not at_work or at_work[0].skip_asked_by:
        return []
    title = one_line(steps[at_work[0].number].title, 100)
    text = f"{title} is cancelled, and the run goes on with the next step."
    return [
        button(
            "Skip this step",
            "scout_skip",
            f"{approval.id} {at_work[0].number}",
            ask=Ask("Skip this step?", text, "Skip it", "Let it run"),
        )
    ]


def _to_resume(approval: Approval) -> list[Block]:
    text = (
        f"The steps that are not done yet are run on {approval.database}, after the plan was made again and compared."
    )
    return [button("Resume", "scout_resume", approval.id, "primary", Ask("Resume this run?", text, "Resume"))]
