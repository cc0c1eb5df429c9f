"""A plan as plain text with every word of it, for the thread below the card and for terminals."""

import shlex

from bot.approval import Approval
from bot.blocks.figures import span
from bot.blocks.words import literal, one_line
from bot.command import Answers, Clear, Do, Pause, Pooler, Program, Session, Sql, Step, Warm


def full_plan(approval: Approval) -> str:
    """Everything that people approve, nothing left out: each statement word for word, whom it hits, whom it spares."""
    plan = approval.plan
    head = [plan.summary, f"{approval.text} on {approval.database}", f"seal {approval.seal}"]
    head += [f"only in the window {plan.window.words}"] if plan.window else []
    steps = [line for number, step in enumerate(plan.steps, 1) for line in ["", *_step(number, step)]]
    spared = ["", "Spared:", *(f"  {session_line(session)}" for session in plan.spared)] if plan.spared else []
    notes = ["", *plan.notes] if plan.notes else []
    return "\n".join(literal(line) for line in [*head, *steps, *spared, *notes])


def _step(number: int, step: Step) -> list[str]:
    check = [f"  then asks: {step.check.statement}"] if step.check else []
    check += [f"  {_follows(step)}"] if step.follows else []
    hits = [f"  hits {session_line(session)}" for session in step.hits]
    return [f"{number}. {step.title} ({conditions(step)})", order(step.do), *hits, *check]


def _follows(step: Step) -> str:
    titles = " or ".join(f"'{title}'" for title in step.follows)
    if step.if_skipped is None:
        return f"left out with {titles}"
    return f"when somebody skips {titles} it only clears up, then asks: {step.if_skipped.statement}"


def order(do: Do) -> str:
    """What is done, word for word."""
    match do:
        case Sql():
            return f"{do.first};\n{do.statement}" if do.first else do.statement
        case Program():
            return shlex.join(do.argv)
        case Clear():
            return f"SCAN MATCH {do.prefix}*; UNLINK, some at a time"
        case Warm():
            return f"{do.statement}\nSET {do.prefix}key value EX {do.ttl_s:g} to {1.1 * do.ttl_s:g}"
        case Pooler() | Answers() | Pause():
            return _console_order(do)


def _console_order(do: Pooler | Answers | Pause) -> str:
    if isinstance(do, Pooler):
        return do.order
    if isinstance(do, Answers):
        return f"SHOW VERSION; SHOW DATABASES; SHOW POOLS; until {do.database} is served"
    return (
        f"{Pooler.about('PAUSE', do.database).order}; given up after {span(do.patience_s)} when transactions stay open\n"
        f"{Pooler.about('RESUME', do.database).order}; {span(do.seconds)} later at the latest, and whatever happens"
    )


def kind(do: Do) -> tuple[str, str]:
    """What one is called, and several."""
    orders = ("order to the pooler", "orders to the pooler")
    names = {
        "pooler": orders,
        "answers": orders,
        "pause": orders,
        "program": ("program", "programs"),
        "clear": ("order to Redis", "orders to Redis"),
    }
    return names.get(do.kind, ("statement", "statements"))


def conditions(step: Step) -> str:
    """Its locks and its limits of time, in words."""
    told = [
        f"locks: {one_line(step.locks) or 'none'}",
        f"at most {span(step.timeout_s)}" if step.timeout_s else "no limit of time",
        f"waits {span(step.lock_timeout_s)} for a lock" if isinstance(step.do, Sql) else "",
        f"up to {step.retries + 1} tries" if step.retries else "",
        f"has to say at least {step.at_least:,.0f}" if step.at_least is not None else "",
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
