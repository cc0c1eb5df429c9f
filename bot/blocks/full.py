"""A plan as plain text with every word of it, for the thread below the card and for terminals."""

import shlex

from bot.approval import Approval
from bot.blocks.figures import span
from bot.blocks.words import literal, one_line
from bot.command import Do, Pooler, Program, Session, Sql, Step


def full_plan(approval: Approval) -> str:
    """Everything that people approve, nothing left out: each statement word for word, whom it hits, whom it spares."""
    plan = approval.plan
    head = [plan.summary, f"{approval.text} on {approval.database}", f"seal {approval.seal}"]
    steps = [line for number, step in enumerate(plan.steps, 1) for line in ["", *_step(number, step)]]
    spared = ["", "Spared:", *(f"  {session_line(session)}" for session in plan.spared)] if plan.spared else []
    notes = ["", *plan.notes] if plan.notes else []
    return "\n".join(literal(line) for line in [*head, *steps, *spared, *notes])


def _step(number: int, step: Step) -> list[str]:
    check = [f"  then asks: {step.check.statement}"] if step.check else []
    hits = [f"  hits {session_line(session)}" for session in step.hits]
    return [f"{number}. {step.title} ({conditions(step)})", order(step.do), *hits, *check]


def order(do: Do) -> str:
    """What is done, word for word."""
    match do:
        case Sql():
            return do.statement
        case Pooler():
            return do.order
        case Program():
            return shlex.join(do.argv)


def kind(do: Do) -> tuple[str, str]:
    """What one is called, and several."""
    names = {"pooler": ("order to the pooler", "orders to the pooler"), "program": ("program", "programs")}
    return names.get(do.kind, ("statement", "statements"))


def conditions(step: Step) -> str:
    """Its locks and its limits of time, in words."""
    told = [
        f"locks: {one_line(step.locks) or 'none'}",
        f"at most {span(step.timeout_s)}" if step.timeout_s else "no limit of time",
        f"waits {span(step.lock_timeout_s)} for a lock" if isinstance(step.do, Sql) else "",
        f"up to {step.retries + 1} tries" if step.retries else "",
        "" if step.required else "may fail",
    ]
    return ", ".join(filter(None, told))


def session_line(session: Session, limit: int = 2_000) -> str:
    """A session in one line: who, from where, in which state, for how long, doing what, and why it is meant."""
    told = [
        f"pid {session.pid}",
        session.role,
        session.application,
        f"{session.state} for {span(round(session.age_s, 1))}",
        session.why,
        session.doing,
    ]
    return one_line(", ".join(filter(None, told)), limit)
