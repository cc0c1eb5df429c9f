"""Two thousand hostile names and query texts through every text that leaves Scout.

What is asserted of each: Slack takes it, and finds in it exactly the markup, links and mentions that a harmless text of the same
shape brings; a terminal, a spreadsheet and a webhook find nothing in it to obey; and the secret of a query text is nowhere.
tests/integration/test_hostile_database.py asks every question of a database in which things are really called so.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import pytest

from bot.alert import Alert, Findings
from bot.approval import Approval, Outcome, State, StepRecord, StepState
from bot.blocks import (
    Around,
    Block,
    Drawn,
    as_csv,
    check_blocks,
    draw_approval,
    draw_dialog,
    draw_front_page,
    draw_in_dialog,
    draw_incident,
    draw_reminder,
    draw_report,
    draw_review,
    full_plan,
    open_already,
    plain,
)
from bot.chat import Place, Verb, sorry
from bot.command import Check, Hush, Measurement, Missing, Plan, Pooler, Program, Risk, Session, Sql, Step, Value
from bot.dialog import Choice, Dialog, Option, Ticks, Words
from bot.errors import StepFailed
from bot.front_page import Affairs, DatabaseLine, FrontPage, IncidentLine, PlanLine, Shown
from bot.redact import redact, scrub
from bot.report import Button, Chart, Code, Column, Fact, Facts, Level, Report, Series, Table, Text, Unit, Verdict
from bot.terminal.telling import Screen, found
from practice.slack.limits import message_problems, message_size_error, view_problems
from tests.unit.alive_fixture import OBEYED, alive, marks, obeyed
from tests.unit.hostile_fixture import SECRET, names, queries

NUMBER = 2_000
AT_ONCE = 20
"""How many of them stand in the fields of one record; the next twenty begin at another field."""
LINK = "https://x.slack.com/p1"
AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
Texts = Iterator[str]


# --- every record that leaves, with such a text in each of its fields


def report(t: Texts) -> Report:
    columns = (Column(title=next(t)), Column(title="Text", unit=Unit.CODE), Column(title="n", unit=Unit.COUNT))
    short = Table(title=next(t), columns=columns, rows=tuple((next(t), next(t), 1) for _ in range(3)), left_out=2)
    long = Table(title=next(t), columns=columns, rows=tuple((next(t), next(t), 1) for _ in range(8)))
    facts = Facts(title=next(t), facts=tuple(Fact(name=next(t), value=next(t), note=next(t)) for _ in range(2)))
    chart = Chart(title=next(t), labels=(next(t), "b"), series=(Series(name=next(t), values=(1, 2)),))
    return Report(
        title=next(t),
        verdict=Verdict(level=Level.ALERT, text=next(t)),
        parts=(short, long, facts, chart, Text(text=next(t)), Code(title=next(t), text=next(t))),
        more=(long, Text(text=next(t))),
        notes=(next(t), next(t)),
        buttons=(Button(label=next(t), text=next(t)),),
    )


def session(t: Texts) -> Session:
    return Session(pid=1, role=next(t), application=next(t), state="active", age_s=5, doing=next(t), why=next(t))


def step(t: Texts, do: Sql | Pooler | Program) -> Step:
    hits = (session(t), session(t))
    return Step(title=next(t), do=do, locks=next(t), timeout_s=5, hits=hits, check=Check(statement=next(t)))


def approval(t: Texts, state: State) -> Approval:
    does = Sql(statement=next(t)), Pooler.about("PAUSE", next(t)), Program(argv=(next(t), next(t)))
    plan = Plan(
        summary=next(t),
        risk=Risk.DISRUPT,
        steps=tuple(step(t, do) for do in does),
        spared=(session(t),),
        notes=(next(t), next(t)),
        break_glass=state is State.DONE,
    )
    blind = Measurement(name=next(t), measured=Missing(reason=next(t)), level=Level.NO_DATA, at=AT)
    return Approval(
        id="0190-abc", text=next(t), command="vacuum", database=next(t), plan=plan, seal="5" * 64, state=state, requester="U2REQ",
        requester_name=next(t), channel="C1", reason=next(t), asked_at=AT, expires_at=AT, decider=next(t), decider_name=next(t),
        decided_at=AT, started_at=AT, ended_at=AT, stop_asked_by=next(t), difference=(next(t), next(t)),
        outcome=Outcome(said=next(t), before=(blind,), after=(blind,)),
    )  # fmt: skip


def steps(t: Texts) -> list[StepRecord]:
    states = (StepState.DONE, StepState.FAILED, StepState.UNKNOWN)
    return [StepRecord(approval="0190-abc", number=n, state=one, said=next(t)) for n, one in enumerate(states)]


def incident(t: Texts) -> Drawn:
    last = Measurement(name="lag", measured=Value(value=25, note=next(t)), level=Level.PAGE, at=AT)
    alert = Alert(database=next(t), metric="lag", level=Level.PAGE, since=AT, incident="i", opened_at=AT, last=last,
                  acknowledged_by=next(t), cause=next(t))  # fmt: skip
    hush = Hush(id="h", database="shop", metric="lag", since=AT, until=AT, person="U2REQ", why=next(t))
    around = Around(silence=hush, findings=Findings(at=AT, answers=(report(t),)), done=(next(t), next(t)))
    return draw_incident(alert, next(t), Unit.SECONDS, next(t), [Button(label=next(t), text=next(t))], around)


def dialog(t: Texts) -> Any:  # noqa: ANN401 - JSON
    options = tuple(Option(value=str(n), label=next(t), hint=next(t)) for n in range(3))
    fields = (
        Words(name="a", label=next(t), hint=next(t), given=next(t)),
        Choice(name="b", label=next(t), options=options, hint=next(t)),
        Ticks(name="c", label=next(t), options=options, hint=next(t)),
    )
    what = Dialog(verb=Verb.DENY, subject="a1", title=next(t), text=next(t), fields=fields, send=next(t))
    return draw_dialog(what, Place(channel="C1"))


def front_page(t: Texts) -> Any:  # noqa: ANN401 - JSON
    blind = Shown(title=next(t), reason=next(t))
    incidents = IncidentLine(
        id="i",
        database=next(t),
        metric=next(t),
        level=Level.PAGE,
        since=AT,
        shown=blind,
        charted=True,
        owner=next(t),
        link=LINK,
    )
    plans = [
        PlanLine(id=state.value, text=next(t), database=next(t), risk=Risk.MEND, state=state, requester=next(t), at=AT,
                 expires_at=AT, said=next(t), channel="C1", link=LINK)
        for state in (State.ASKED, State.DONE)
    ]  # fmt: skip
    affairs = Affairs(
        databases=(DatabaseLine(name=next(t), level=Level.NO_DATA, shown=blind),),
        incidents=(incidents,), waiting=(plans[0],), runs=(plans[1],),
    )  # fmt: skip
    page = FrontPage(affairs=affairs, at=AT, orders=True, menu=(Button(label=next(t), text=next(t)),))
    return {"type": "home", "blocks": draw_front_page(page)}


MESSAGES: dict[str, Callable[[Texts], Drawn]] = {
    "answer": lambda t: draw_report(report(t), share="n1", more="n1"),
    "answer with all of it": lambda t: draw_report(report(t), show_more=True),
    "error": lambda t: draw_report(sorry(StepFailed(next(t)))),
    "already open": lambda t: draw_report(sorry(StepFailed(open_already(approval(t, State.RUNNING), AT, 5)))),
    "incident": incident,
    "reminder": lambda t: draw_reminder(approval(t, State.ASKED)),
    "review": lambda t: draw_review(approval(t, State.DONE)),
    **{f"card {one.value}": lambda t, s=one: draw_approval(approval(t, s), steps(t), AT, native=False) for one in State},
    **{f"card {one.value}, native": lambda t, s=one: draw_approval(approval(t, s), steps(t), AT, native=True) for one in State},
}  # fmt: skip
VIEWS: dict[str, Callable[[Texts], Any]] = {
    "dialog": dialog,
    "answer in a dialog": lambda t: draw_in_dialog(report(t)),
    "home": front_page,
}


# --- judges


def harmless(text: str) -> str:
    """A text of the same shape in which nothing means anything."""
    return re.sub(r"\S", "x", text)


def batches(texts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), AT_ONCE):
        yield texts[start : start + AT_ONCE]


def told_of(queries: list[str]) -> list[str]:
    """What is said of statements: their shape, and now and then an error that quotes one."""
    shapes = [redact(one, 42) for one in queries]
    errors = [scrub(f'ERROR:  syntax error at or near "{one}"\nLINE 1: {one}') for one in queries]
    return [pair[number % 4 == 0] for number, pair in enumerate(zip(shapes, errors, strict=True))]


QUERIES = queries(NUMBER)
ALL = {"names": names(NUMBER), "queries": told_of(QUERIES)}


@pytest.fixture(params=ALL)
def texts(request: pytest.FixtureRequest) -> list[str]:
    return ALL[request.param]


def test_there_are_two_thousand_different_ones_of_each_and_they_are_what_they_say() -> None:
    assert len(set(ALL["names"])) == len(set(QUERIES)) == NUMBER
    assert max(len(one.encode()) for one in ALL["names"]) == 63
    assert all(SECRET in one for one in QUERIES)
    whole = "".join(ALL["names"])
    assert all(
        one in whole for one in ("<!channel>", "<@U0BEN>", "https://evil.example", "\u202e", "\u200b", "\x1b[2J", "```")
    )


def test_no_secret_is_in_what_is_told_of_a_statement() -> None:
    assert [one for one in told_of(QUERIES) if SECRET in one] == []
    assert sum(one not in {"text hidden", "query id 42"} for one in told_of(QUERIES)) > NUMBER / 2


@pytest.mark.parametrize("outlet", MESSAGES)
def test_a_message_is_one_that_slack_takes_and_nothing_in_it_is_alive(texts: list[str], outlet: str) -> None:
    draw = MESSAGES[outlet]
    for some in batches(texts):
        drawn, innocent = draw(cycle(some)), draw(cycle([harmless(one) for one in some]))
        message = {"text": drawn.text, "blocks": drawn.blocks}
        assert message_problems(message) == []
        assert message_size_error(message) is None
        assert Counter(alive(drawn.blocks)) == Counter(alive(innocent.blocks)), some
        assert Counter(marks(drawn.text, links=False)) == Counter(marks(innocent.text, links=False)), some
        assert list(obeyed([drawn.text, drawn.blocks])) == [], some


@pytest.mark.parametrize("outlet", VIEWS)
def test_a_view_is_one_that_slack_takes_and_nothing_in_it_is_alive(texts: list[str], outlet: str) -> None:
    for some in batches(texts):
        drawn, innocent = VIEWS[outlet](cycle(some)), VIEWS[outlet](cycle([harmless(one) for one in some]))
        assert view_problems(drawn) == []
        assert Counter(alive(drawn)) == Counter(alive(innocent)), some
        assert list(obeyed(drawn)) == [], some


def test_a_terminal_finds_nothing_to_obey(texts: list[str]) -> None:
    for some in batches(texts):
        out, beside = io.StringIO(), io.StringIO()
        screen = Screen(out, beside)
        screen.show(found(report(cycle(some))))
        screen.line(" ".join(some))
        assert beside.getvalue().count("\n") == 1
        whole = full_plan(approval(cycle(some), State.ASKED))
        assert OBEYED.findall(out.getvalue() + beside.getvalue() + whole + plain(report(cycle(some)), 80)) == [], some


def test_a_script_gets_one_object_of_plain_letters(texts: list[str]) -> None:
    for some in batches(texts):
        out = io.StringIO()
        told = report(cycle(some))
        Screen(out, out, as_json=True).show(found(told))
        assert out.getvalue().isascii()
        assert json.loads(out.getvalue())["verdict"] == told.verdict.text


def test_a_sheet_has_a_cell_for_each_and_no_formula(texts: list[str]) -> None:
    for some in batches(texts):
        told = report(cycle(some))
        sheet = list(csv.reader(io.StringIO(as_csv(told))))
        tables = [one for one in (*told.parts, *told.more) if isinstance(one, Table)]
        assert len(sheet) == sum(3 + len(one.rows) for one in tables)
        cells = [cell for row in sheet for cell in row]
        assert [one for one in cells if one.lstrip().startswith(("=", "+", "-", "@"))] == [], some
        assert OBEYED.findall("".join(cells)) == [], some


# --- the judges themselves


@pytest.mark.parametrize(
    "text",
    [
        "<!channel>", "<@U0BEN>", "<#C1>", "<https://evil.example|Approve>", "*bold*", "_italic_", "~gone~", ":boom:", "@here",
        "> quote", "&gt; quote", "```",
    ],
)  # fmt: skip
def test_what_is_alive_would_be_found(text: str) -> None:
    assert list(alive([{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}]))


@pytest.mark.parametrize("text", ["https://evil.example", "see www.evil.example", "mailto:x@y", "in #general"])
def test_a_bare_address_is_a_link_unless_the_block_says_that_it_is_verbatim(text: str) -> None:
    block: Block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
    assert list(alive([block])) == ["link"]
    assert list(alive([*check_blocks([block])])) == []
