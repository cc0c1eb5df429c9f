"""Who is told of a plan directly, when, and what."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.approval import Approval, Decision, State, seal, with_decision
from bot.blocks import draw_reminder
from bot.chat import Card, Post
from bot.command import Plan, Risk, Sql, Step
from bot.policy import Policy
from bot.tidings import news_of, remind_at, reminded, reminders

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
POLICY = Policy(operators=frozenset({"S0ONCALL"}), approvers=frozenset({"S0DBA", "U0EVE"}))


def asked(risk: Risk = Risk.DISRUPT, *, needed: int = 1, minutes: float = 15) -> Approval:
    step = Step(title="end it", do=Sql(statement="select 1"), locks="none", timeout_s=5)
    plan = Plan(summary="End <!channel> & one", risk=risk, steps=(step,))
    return Approval(
        id="a1", text="fix", command="fix", database="main", plan=plan, seal=seal(plan), requester="U0ANA",
        requester_name="Ana", channel="C1", needed=needed, reason="it: `burns` <!here>", asked_at=AT,
        expires_at=AT + timedelta(minutes=minutes),
    )  # fmt: skip


def decided(approval: Approval, *, yes: bool, person: str = "U0BEN", reason: str = "") -> Approval:
    return with_decision(approval, Decision(person=person, name=person[2:].title(), at=AT, yes=yes, reason=reason))


@pytest.mark.parametrize(("minutes", "after"), [(15, 120), (6, 120), (1, 20)])
def test_a_reminder_comes_after_two_minutes_or_a_third_of_a_short_life(minutes: float, after: float) -> None:
    assert remind_at(asked(minutes=minutes)) - AT == timedelta(seconds=after)


def test_those_are_reminded_who_may_decide() -> None:
    assert reminded(POLICY, asked()) == POLICY.approvers
    assert reminded(POLICY, asked(Risk.MEND)) == frozenset()
    assert reminded(POLICY, asked(Risk.MEND, needed=2)) == POLICY.approvers | POLICY.operators


def test_neither_who_asked_nor_who_decided_is_reminded() -> None:
    once = decided(asked(needed=2), yes=True)
    found = reminders(once, ["U0ANA", "U0BEN", "U0CORA", "U0EVE"], AT)
    assert [notice.message.channel for notice in found] == ["U0CORA", "U0EVE"]
    assert [notice.id for notice in found] == ["remind:a1:U0CORA", "remind:a1:U0EVE"]
    assert all(isinstance(notice.message, Card) for notice in found)


def test_a_reminder_says_what_why_and_until_when_and_where_to_decide() -> None:
    drawn = draw_reminder(decided(asked(needed=2), yes=True))
    told = str(drawn.blocks)
    for words in (
        "A plan waits for you",
        "End &lt;!channel&gt; &amp; one",
        "<@U0ANA>",
        "it: `burns` <!here>",
        "<#C1>",
        "1 of 2",
    ):
        assert words in told
    assert "<!here>" not in drawn.text


def test_the_requester_is_told_who_denied_it_and_why() -> None:
    (notice,) = news_of(decided(asked(), yes=False, reason="the shop: is open"), AT)
    assert isinstance(notice.message, Post)
    assert notice.message.channel == "U0ANA"
    assert notice.message.report.verdict.text == "Denied by Ben: 'fix' on main. the shop: is open. Nothing was run"


def test_what_is_interrupted_again_after_a_resume_is_told_again() -> None:
    interrupted = asked().model_copy(update={"state": State.INTERRUPTED})
    (first,), (second,) = news_of(interrupted, AT), news_of(interrupted, AT + timedelta(minutes=1))
    assert first.id != second.id
    assert news_of(interrupted, AT) == [first]


@pytest.mark.parametrize("state", sorted(set(State) - {State.ASKED, State.RUNNING, State.INTERRUPTED}))
def test_every_end_is_told_once(state: State) -> None:
    approval = asked().model_copy(update={"state": state, "decider": "U0BEN"})
    assert [notice.id for notice in news_of(approval, AT)] == [f"outcome:a1:{state}"]


def test_nobody_is_told_what_they_did_themselves() -> None:
    assert news_of(decided(asked(Risk.MEND), yes=True, person="U0ANA"), AT) == []


@pytest.mark.parametrize("state", [State.ASKED, State.RUNNING])
def test_what_goes_on_is_seen_on_the_card(state: State) -> None:
    assert news_of(asked().model_copy(update={"state": state}), AT) == []
