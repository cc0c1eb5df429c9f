"""Who may do what: the one authorisation function, which refuses whatever it does not know."""

from enum import StrEnum

from bot.approval import Approval
from bot.chat import Profile
from bot.command import Plan, Risk
from bot.errors import NotAllowed
from bot.report import Record


class Policy(Record):
    """The ids of people and of user groups; an empty set means nobody.

    `own` lets the requester of a `DISRUPT` plan approve it: for a team of one, and the card says so. `mend` and `disrupt` are how
    many distinct people have to approve a plan of that grade; a plan may ask for more, never for fewer. `break_glass` may run one alone
    at once when nobody else answers; they have to be operators or approvers as well.
    """

    operators: frozenset[str] = frozenset()
    approvers: frozenset[str] = frozenset()
    own: bool = False
    mend: int = 1
    disrupt: int = 1
    break_glass: frozenset[str] = frozenset()


class Deed(StrEnum):
    """What somebody wants to do."""

    LOOK = "look"
    PROPOSE = "propose"
    BREAK_GLASS = "break glass"
    DECIDE = "decide"
    TRIM = "trim"
    STOP = "stop"
    SKIP = "skip"
    RESUME = "resume"
    ORDER = "order"
    SHARE = "share"
    REVIEW = "review"


OF_A_PLAN = frozenset({Deed.DECIDE, Deed.TRIM, Deed.STOP, Deed.SKIP, Deed.RESUME, Deed.REVIEW})
"""What is done with a plan that is there already, so that the plan says who may."""


def authorise(
    policy: Policy,
    who: Profile,
    deed: Deed,
    *,
    risk: Risk = Risk.LOOK,
    approval: Approval | None = None,
    shared: bool = False,
) -> None:
    """Let a person do something, or say why not; `shared` is whether another company reads the channel.

    Raises:
        NotAllowed: one sentence with who may.
    """
    refusal = _refusal(policy, who, deed, approval.grade if approval else risk, approval) or (SHARED if shared else "")
    if refusal:
        raise NotAllowed(refusal)


SHARED = (
    "Another company reads this channel, so I say nothing about a database here, and nothing is decided here. "
    "Ask me in a direct message."
)


def needed(policy: Policy, plan: Plan) -> int:
    """How many distinct people have to approve a plan."""
    return max(plan.approvers, policy.disrupt if plan.risk is Risk.DISRUPT else policy.mend)


def may(policy: Policy, who: Profile, risk: Risk) -> bool:
    """Whether a person may ask for a command of this grade; help shows no others."""
    return not _refusal(policy, who, Deed.LOOK if risk is Risk.LOOK else Deed.PROPOSE, risk, None)


def _refusal(policy: Policy, who: Profile, deed: Deed, risk: Risk, approval: Approval | None) -> str:
    if who.outsider:
        return f"You are {who.outsider}; Scout answers only full members of its own workspace."
    if deed in {Deed.LOOK, Deed.SHARE}:
        return ""
    if deed is Deed.DECIDE:
        return _decision(policy, who, risk, approval)
    if deed is Deed.REVIEW:
        return _review(policy, who, approval)
    if not _is(who, policy.operators | policy.approvers):
        return _only("operators", policy.operators | policy.approvers)
    return _alone(policy, who) if deed is Deed.BREAK_GLASS else ""


def _alone(policy: Policy, who: Profile) -> str:
    """Why somebody may not break the glass."""
    if _is(who, policy.break_glass):
        return ""
    if not policy.break_glass:
        return "Nobody may break the glass: the settings name nobody for it (SCOUT_BREAK_GLASS). Ask without `now`."
    return "You may not break the glass: the settings do not name you for it (SCOUT_BREAK_GLASS). Ask without `now`."


def _review(policy: Policy, who: Profile, approval: Approval | None) -> str:
    if approval is None:
        return "I do not know this run any more."
    if not _is(who, policy.approvers):
        return _only("approvers", policy.approvers)
    return "You broke the glass, so another of the approvers reviews it." if who.id == approval.requester else ""


def _decision(policy: Policy, who: Profile, risk: Risk, approval: Approval | None) -> str:
    if approval is None:
        return "I do not know this plan any more. Ask for it again."
    if risk is not Risk.DISRUPT and not _is(who, policy.operators | policy.approvers):
        return _only("operators", policy.operators)
    if risk is Risk.DISRUPT and not _is(who, policy.approvers):
        return _only("approvers", policy.approvers)
    return _own(policy, who, risk, approval)


def _own(policy: Policy, who: Profile, risk: Risk, approval: Approval) -> str:
    """Why somebody may not decide about what they asked for themselves."""
    if who.id != approval.requester:
        return ""
    if approval.needed > 1:
        alone = (
            " Deciding alone, as the settings allow it, holds only where one person is enough." if policy.own else ""
        )
        return f"You asked for it, and {approval.needed} other people have to approve it.{alone}"
    if risk is Risk.DISRUPT and not (policy.own and approval.own_allowed):
        return "You asked for it, so another person decides: somebody of the approvers."
    return ""


def _is(who: Profile, allowed: frozenset[str]) -> bool:
    return who.id in allowed or bool(who.groups & allowed)


def _only(what: str, allowed: frozenset[str]) -> str:
    if not allowed:
        return f"Nobody may do that: the settings name no {what} (SCOUT_{what.upper()})."
    return f"Only {what} may do that, and you are not one of them. Ask one of the {what}, or have your id added to SCOUT_{what.upper()}."
