"""Who may do what."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.approval import Approval, seal
from bot.chat import Profile
from bot.command import Plan, Risk, Sql, Step
from bot.errors import NotAllowed
from bot.policy import Deed, Policy, authorise, may, needed

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
NOBODY = Policy()
TEAM = Policy(operators=frozenset({"S0ONCALL", "U0OPS"}), approvers=frozenset({"S0DBA"}))
GLASS = TEAM.model_copy(update={"break_glass": frozenset({"S0DBA", "U0OPS"})})
ALONE = TEAM.model_copy(update={"own": True})

OPERATOR = Profile(id="U0ANA", name="Ana", groups=frozenset({"S0ONCALL"}))
NAMED = Profile(id="U0OPS", name="Otto")
APPROVER = Profile(id="U0BEN", name="Ben", groups=frozenset({"S0DBA"}))
MEMBER = Profile(id="U0DAN", name="Dan", groups=frozenset({"S0SALES"}))
GUEST = Profile(id="U0GIL", name="Gil", groups=frozenset({"S0DBA", "S0ONCALL"}), outsider="a guest")
STRANGER = Profile(id="U0OPS", name="Sam", outsider="a member of another workspace")

ACTING = (Deed.PROPOSE, Deed.TRIM, Deed.STOP, Deed.SKIP, Deed.RESUME, Deed.ORDER)


def asked_by(requester: Profile, risk: Risk, *, own: bool = False, needed: int = 1) -> Approval:
    step = Step(title="end it", do=Sql(statement="select 1"), locks="none", timeout_s=5)
    plan = Plan(summary="mend it", risk=risk, steps=(step,))
    return Approval(
        id="a1", text="fix", command="fix", database="main", plan=plan, seal=seal(plan), requester=requester.id,
        channel="C1", own_allowed=own, needed=needed, asked_at=AT, expires_at=AT + timedelta(minutes=15),
    )  # fmt: skip


def refused(policy: Policy, who: Profile, deed: Deed, approval: Approval | None = None) -> str:
    with pytest.raises(NotAllowed) as refusal:
        authorise(policy, who, deed, risk=Risk.DISRUPT, approval=approval)
    return str(refusal.value)


@pytest.mark.parametrize("who", [OPERATOR, NAMED, APPROVER, MEMBER])
@pytest.mark.parametrize("deed", [Deed.LOOK, Deed.SHARE])
def test_every_member_may_look(who: Profile, deed: Deed) -> None:
    authorise(NOBODY, who, deed)
    authorise(TEAM, who, deed)


@pytest.mark.parametrize("who", [OPERATOR, NAMED, APPROVER])
@pytest.mark.parametrize("deed", ACTING)
def test_operators_and_approvers_may_act(who: Profile, deed: Deed) -> None:
    authorise(TEAM, who, deed, risk=Risk.DISRUPT)


@pytest.mark.parametrize("deed", ACTING)
def test_others_may_not_act(deed: Deed) -> None:
    assert "Only operators may do that, and you are not one of them." in refused(TEAM, MEMBER, deed)


@pytest.mark.parametrize("who", [OPERATOR, NAMED, APPROVER, MEMBER])
@pytest.mark.parametrize("deed", [*ACTING, Deed.DECIDE])
@pytest.mark.parametrize("risk", [Risk.MEND, Risk.DISRUPT])
def test_where_the_settings_name_nobody_nobody_may(who: Profile, deed: Deed, risk: Risk) -> None:
    said = refused(NOBODY, who, deed, asked_by(OPERATOR, risk))
    assert "Nobody may do that: the settings name no" in said
    assert "SCOUT_OPERATORS" in said or "SCOUT_APPROVERS" in said


@pytest.mark.parametrize("who", [GUEST, STRANGER])
@pytest.mark.parametrize("deed", list(Deed))
def test_outsiders_may_nothing_whatever_groups_they_are_in(who: Profile, deed: Deed) -> None:
    said = refused(ALONE, who, deed, asked_by(OPERATOR, Risk.MEND))
    assert said.startswith(f"You are {who.outsider};")


@pytest.mark.parametrize("who", [OPERATOR, NAMED, APPROVER])
def test_an_operator_confirms_a_mend_even_an_own_one(who: Profile) -> None:
    authorise(TEAM, who, Deed.DECIDE, approval=asked_by(who, Risk.MEND))


def test_a_member_confirms_nothing() -> None:
    assert "Only operators" in refused(TEAM, MEMBER, Deed.DECIDE, asked_by(OPERATOR, Risk.MEND))
    assert "Only approvers" in refused(TEAM, MEMBER, Deed.DECIDE, asked_by(OPERATOR, Risk.DISRUPT))


@pytest.mark.parametrize("who", [OPERATOR, NAMED])
def test_an_operator_approves_no_disruption(who: Profile) -> None:
    assert "Only approvers" in refused(TEAM, who, Deed.DECIDE, asked_by(OPERATOR, Risk.DISRUPT))


def test_an_approver_approves_what_another_asked_for() -> None:
    authorise(TEAM, APPROVER, Deed.DECIDE, approval=asked_by(OPERATOR, Risk.DISRUPT))


def test_nobody_approves_an_own_disruption() -> None:
    said = refused(TEAM, APPROVER, Deed.DECIDE, asked_by(APPROVER, Risk.DISRUPT))
    assert said == "You asked for it, so another person decides: somebody of the approvers."


def test_a_team_of_one_may_when_the_settings_say_so_and_said_so_when_it_was_asked() -> None:
    authorise(ALONE, APPROVER, Deed.DECIDE, approval=asked_by(APPROVER, Risk.DISRUPT, own=True))
    assert refused(ALONE, APPROVER, Deed.DECIDE, asked_by(APPROVER, Risk.DISRUPT, own=False))
    assert refused(TEAM, APPROVER, Deed.DECIDE, asked_by(APPROVER, Risk.DISRUPT, own=True))


def test_own_approval_makes_nobody_an_approver() -> None:
    assert "Only approvers" in refused(ALONE, OPERATOR, Deed.DECIDE, asked_by(OPERATOR, Risk.DISRUPT, own=True))


@pytest.mark.parametrize(("risk", "who"), [(Risk.MEND, OPERATOR), (Risk.DISRUPT, APPROVER)])
def test_where_two_are_needed_the_requester_is_none_of_them(risk: Risk, who: Profile) -> None:
    said = refused(TEAM, who, Deed.DECIDE, asked_by(who, risk, needed=2))
    assert said == "You asked for it, and 2 other people have to approve it."


def test_where_two_are_needed_a_team_of_one_is_told_why_it_cannot() -> None:
    said = refused(ALONE, APPROVER, Deed.DECIDE, asked_by(APPROVER, Risk.DISRUPT, own=True, needed=2))
    assert "holds only where one person is enough" in said


@pytest.mark.parametrize(("of_the_plan", "of_the_settings", "people"), [(1, 1, 1), (2, 1, 2), (1, 3, 3), (2, 3, 3)])
def test_the_settings_ask_for_more_and_never_for_fewer(of_the_plan: int, of_the_settings: int, people: int) -> None:
    plan = asked_by(OPERATOR, Risk.DISRUPT).plan.model_copy(update={"approvers": of_the_plan})
    assert needed(TEAM.model_copy(update={"disrupt": of_the_settings}), plan) == people
    mend = plan.model_copy(update={"risk": Risk.MEND})
    assert needed(TEAM.model_copy(update={"mend": of_the_settings}), mend) == people


@pytest.mark.parametrize("deed", list(Deed))
def test_nothing_is_done_where_another_company_reads(deed: Deed) -> None:
    with pytest.raises(NotAllowed, match="Another company reads this channel"):
        authorise(GLASS, APPROVER, deed, approval=asked_by(OPERATOR, Risk.DISRUPT), shared=True)


# --- breaking the glass


@pytest.mark.parametrize("who", [APPROVER, NAMED])
def test_those_whom_the_settings_name_break_the_glass(who: Profile) -> None:
    authorise(GLASS, who, Deed.BREAK_GLASS, risk=Risk.DISRUPT)


@pytest.mark.parametrize(
    ("policy", "who", "words"),
    [
        (GLASS, OPERATOR, "You may not break the glass: the settings do not name you for it (SCOUT_BREAK_GLASS)."),
        (TEAM, APPROVER, "Nobody may break the glass: the settings name nobody for it (SCOUT_BREAK_GLASS)."),
        (NOBODY, APPROVER, "Nobody may do that"),
        (GLASS, GUEST, "You are a guest"),
        (GLASS, STRANGER, "You are a member of another workspace"),
        (GLASS.model_copy(update={"break_glass": frozenset({"U0DAN"})}), MEMBER, "Only operators may do that"),
    ],
)
def test_nobody_else_breaks_the_glass(policy: Policy, who: Profile, words: str) -> None:
    assert refused(policy, who, Deed.BREAK_GLASS).startswith(words)


def test_another_approver_reviews_it() -> None:
    authorise(GLASS, APPROVER, Deed.REVIEW, approval=asked_by(NAMED, Risk.DISRUPT))
    assert "another of the approvers reviews it" in refused(
        GLASS, APPROVER, Deed.REVIEW, asked_by(APPROVER, Risk.DISRUPT)
    )
    assert "Only approvers" in refused(GLASS, OPERATOR, Deed.REVIEW, asked_by(NAMED, Risk.DISRUPT))
    assert refused(GLASS, APPROVER, Deed.REVIEW) == "I do not know this run any more."


def test_the_grade_is_that_of_the_plan_whatever_the_caller_says() -> None:
    with pytest.raises(NotAllowed):
        authorise(TEAM, OPERATOR, Deed.DECIDE, risk=Risk.LOOK, approval=asked_by(NAMED, Risk.DISRUPT))


def test_without_a_plan_there_is_nothing_to_decide() -> None:
    assert refused(TEAM, APPROVER, Deed.DECIDE) == "I do not know this plan any more. Ask for it again."


@pytest.mark.parametrize(
    ("who", "grades"),
    [
        (MEMBER, {Risk.LOOK}),
        (OPERATOR, set(Risk)),
        (APPROVER, set(Risk)),
        (GUEST, set[Risk]()),
        (STRANGER, set[Risk]()),
    ],
)
def test_help_shows_what_one_may_ask_for(who: Profile, grades: set[Risk]) -> None:
    assert {risk for risk in Risk if may(TEAM, who, risk)} == grades
