"""What a button stands for: who may press it, what the press does, and what becomes of the dialog it opens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.approval import Approval
from bot.chat import Card, Lane, Message, Notice, Pressed, Profile, Submitted, new_id
from bot.dialog import Dialog
from bot.policy import Deed
from bot.report import Level, Report, Verdict


@dataclass(frozen=True)
class Duty:
    """One verb: the desk authorises its deed, then calls it.

    A `press` answers with a report that only the person sees, or with a dialog. A verb whose press gives dialogs has to stand in
    `bot.chat.OPENING` as well, and `submit` answers what is sent off; it is authorised once more, because much may have happened.
    """

    deed: Deed
    press: Callable[[Pressed, Profile], Report | Dialog]
    submit: Callable[[Submitted, Profile], Report] | None = None


def said(text: str, level: Level = Level.OK) -> Report:
    """An answer of one sentence."""
    return Report(title="Scout", verdict=Verdict(level=level, text=text))


def notice(message: Message, lane: Lane, at: datetime) -> Notice:
    """A message with a fresh id."""
    return Notice(id=new_id(), lane=lane, message=message, due=at)


def card_of(approval: Approval, at: datetime) -> Notice:
    """That the card of an approval has changed."""
    return notice(Card(key=f"approval:{approval.id}", channel=approval.channel), Lane.APPROVAL, at)
