"""Steps of a plan by their numbers, as they are typed: which one is skipped, and which are ticked or unticked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.approval import IN_A_GROUP, Approval, StepRecord, StepState, can_be_skipped
from bot.errors import BadInput, TooLate
from bot.report import Code

TICK, UNTICK = "tick", "untick"


@dataclass(frozen=True)
class Boxes:
    """One list of boxes of a card, with those that are ticked."""

    group: int
    picked: tuple[str, ...]


def numbers(words: Iterable[str]) -> tuple[int, ...]:
    """Numbers of steps, which people count from 1.

    Raises:
        BadInput: one of the words is no number.
    """
    found: list[int] = []
    for word in words:
        if not word.isdecimal():
            raise BadInput(f"'{word[:40]}' is no number of a step; `scout ask plan ID` shows them.")
        found.append(int(word) - 1)
    return tuple(found)


def to_skip(approval: Approval, records: Sequence[StepRecord], typed: Sequence[int]) -> int:
    """Which step is to be skipped: the one that was typed, else the one at work.

    Raises:
        BadInput: there is no such step, or several were typed.
        TooLate: none is at work.
    """
    if len(typed) > 1 or any(number not in range(len(approval.plan.steps)) for number in typed):
        raise BadInput(f"Name one step of 1 to {len(approval.plan.steps)}, or none for the one at work.")
    at_work = [one.number for one in records if one.state is StepState.RUNNING]
    if not typed and not at_work:
        raise TooLate(f"No step of it is at work: it is {approval.state.value}.")
    return typed[0] if typed else at_work[0]


def to_trim(approval: Approval, word: str, typed: Sequence[int]) -> Boxes | None:
    """The first list of boxes that has to change for some steps to be left out or taken in; None when all are as they should be.

    Raises:
        BadInput: no step was typed, or one that cannot be left out.
    """
    fixed = [number for number in typed if number not in approval.choices]
    if fixed or not typed:
        raise BadInput(_which(approval))
    wanted = set(approval.left_out) - set(typed) if word == TICK else set(approval.left_out) | set(typed)
    changed = wanted ^ set(approval.left_out)
    for group, at in enumerate(range(0, len(approval.choices), IN_A_GROUP)):
        shown = approval.choices[at : at + IN_A_GROUP]
        if changed & set(shown):
            return Boxes(group, tuple(str(number) for number in shown if number not in wanted))
    return None


def boxes(approval: Approval) -> tuple[Code, ...]:
    """The steps that may be left out, as boxes with the numbers that `tick` and `untick` take; none where there is no choice."""
    if len(approval.whole.steps) == 1:
        return ()
    lines = [
        f"[{' ' if number in approval.left_out else 'x'}] {number + 1}. {approval.whole.steps[number].title}"
        for number in approval.choices
    ]
    title = f"scout ask 'untick {approval.id} NUMBER …' leaves steps out, tick takes them in again"
    return (Code(title=title, text="\n".join(lines)),) if lines else ()


def steering(approval: Approval, record: StepRecord) -> str:
    """What to type to go on without a step that has begun, where that can be done."""
    step = approval.plan.steps[record.number]
    if record.state is not StepState.RUNNING or not can_be_skipped(step):
        return ""
    return f" (scout ask 'skip {approval.id} {record.number + 1}' goes on without it)"


def _which(approval: Approval) -> str:
    if not approval.choices or len(approval.whole.steps) == 1:
        return "This plan is to be taken as it is: none of its steps can be left out."
    there = ", ".join(str(number + 1) for number in approval.choices)
    return f"Name the steps by their numbers, as `untick ID 1 2`. These can be left out: {there}."
