"""The people on a card: why it was asked, who decided, when, and what they had to say."""

from datetime import datetime, timedelta

from bot.approval import Approval, State
from bot.blocks.figures import between
from bot.blocks.limits import check_blocks
from bot.blocks.pieces import Ask, Block, Drawn, button, line, rich, rows_of_buttons, said, section
from bot.blocks.words import bold, escape, literal, moment, one_line, person, ping
from bot.command import Risk


def draw_reason(approval: Approval) -> list[Block]:
    """Why somebody asked for it."""
    return [rich(_reason("Reason", approval.reason))] if approval.reason.strip() else []


def draw_reasons(approval: Approval) -> list[Block]:
    """What those who decided had to say about it."""
    given = [_reason(one.name or one.person, one.reason) for one in approval.decisions if one.reason.strip()]
    return [rich(*given)] if given else []


def _reason(name: str, reason: str) -> Block:
    """Somebody's words, letter by letter: nothing in them is markup."""
    return line(said(f"{name}: ", "bold"), said(literal(reason)))


def who_decided(approval: Approval) -> str:
    """Who decided and when, or who has so far; as mrkdwn."""
    if approval.state is State.EXPIRED:
        return f"Nobody decided before {moment(approval.expires_at, '{time}')}"
    if approval.state is State.ASKED:
        return _so_far(approval)
    if not approval.decider:
        return ""
    if approval.state is State.DENIED or not approval.approvals:
        return _by(
            "Denied" if approval.state is State.DENIED else _yes(approval), approval.decider, approval.decided_at
        )
    alone = ", alone" if approval.plan.break_glass else ""
    return "; ".join(_by(_yes(approval), one.person, one.at) for one in approval.approvals) + alone


def _so_far(approval: Approval) -> str:
    """Who has approved already, when more than one has to."""
    if not approval.approvals:
        return ""
    by = " and ".join(_by("", one.person, one.at) for one in approval.approvals)
    missing = approval.needed - len(approval.approvals)
    return f"*{len(approval.approvals)} of {approval.needed}* approved {by}, needs {'another' if missing == 1 else f'{missing} more'}"


def _yes(approval: Approval) -> str:
    return "Approved" if approval.grade is Risk.DISRUPT else "Confirmed"


def _by(verb: str, whom: str, at: datetime | None) -> str:
    when = f" {moment(at, '{time}')}" if at else ""
    return f"{verb} by {person(whom)}{when}".strip()


def draw_reminder(approval: Approval) -> Drawn:
    """A word to one who may decide that a plan waits for them, with where its card is."""
    summary = escape(one_line(approval.plan.summary, 300))
    where = (
        f"on its card in <#{escape(approval.channel)}>" if approval.channel.startswith(("C", "G")) else "on its card"
    )
    told = f"Decide {where}, before {moment(approval.expires_at, '{time}')}."
    asked = f"{approval.grade.upper()} \u00b7 on {bold(approval.database)} \u00b7 asked by {person(approval.requester)}"
    head = f":raised_hand: *A plan waits for you* \u00b7 {summary}"
    lines = [head, asked, *filter(None, [who_decided(approval)]), told]
    blocks = [section("\n".join(lines[:-1])), *draw_reason(approval), section(told)]
    return Drawn("\n".join(lines), check_blocks(blocks))


def draw_review(approval: Approval) -> Drawn:
    """That nobody else has looked yet at what was approved by breaking the glass; or who has by now."""
    summary = escape(one_line(approval.plan.summary, 300))
    by = f"{person(approval.requester)} broke the glass on {bold(approval.database)} {moment(approval.asked_at)}"
    if approval.review is not None:
        lines = [f":white_check_mark: *Reviewed late* \u00b7 {summary}", by, reviewed(approval)]
        return Drawn("\n".join(lines), check_blocks([section("\n".join(lines))]))
    called = " ".join(ping(one) for one in approval.called)
    told = "24 h are over and nobody has reviewed it. Read its card, then say so here or there."
    lines = [f":rotating_light: *BREAK GLASS, not reviewed* \u00b7 {summary}", by, f"{called} {told}".strip()]
    row = rows_of_buttons(to_review(approval), f"{approval.id}:review")
    return Drawn("\n".join(lines), check_blocks([section("\n".join(lines)), *draw_reason(approval), *row]))


def reviewed(approval: Approval) -> str:
    """Who reviewed what was approved by breaking the glass, or until when somebody has to; as mrkdwn."""
    if not approval.plan.break_glass:
        return ""
    if approval.review is not None:
        return _by("Reviewed", approval.review.person, approval.review.at)
    return f"*To be reviewed* by another of the approvers before {moment(approval.review_by)}"


def to_review(approval: Approval) -> list[Block]:
    """The button of those who look at it afterwards."""
    if not approval.to_review:
        return []
    text = "You have read what was done and why, and it needs nothing more, or you have seen to it."
    return [button("Reviewed", "scout_review", approval.id, "primary", Ask("Reviewed?", text, "Reviewed"))]


def open_already(approval: Approval, at: datetime, usual: float | None) -> str:
    """What is in the way of another plan of its kind: who asked, how far it is, and how long it usually takes (seconds)."""
    told = [
        f"'{approval.text}' on {approval.database} is open already, asked by {approval.requester_name} {between(at - approval.asked_at)} ago"
    ]
    told += [_how_far(approval, at)]
    told += [f"usually through in {between(timedelta(seconds=usual))}"] if usual is not None else []
    return f"{', '.join(told)}; one at a time for a command and a database."


def _how_far(approval: Approval, at: datetime) -> str:
    if approval.state is State.RUNNING and approval.started_at:
        return f"running for {between(at - approval.started_at)}"
    return "about to run" if approval.state is State.APPROVED else "waiting for a decision on its card"
