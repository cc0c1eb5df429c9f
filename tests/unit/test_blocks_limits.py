"""Whatever is drawn, the message that leaves is one that Slack takes; the practice workspace is the judge."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from bot.alert import Alert, Findings, Gap
from bot.approval import Approval, Outcome, StepRecord, StepState
from bot.blocks import Around, Block, Drawn, check_blocks, draw_approval, draw_incident, draw_report, full_plan, plain
from bot.command import Hush, Measurement, Missing, Plan, Pooler, Program, Risk, Session, Sql, Step, Value
from bot.report import (
    Button,
    Chart,
    Choices,
    Code,
    Column,
    Fact,
    Facts,
    Level,
    Report,
    Series,
    Table,
    Text,
    Unit,
    Verdict,
)
from practice.slack.elements import each_element
from practice.slack.limits import block_problems, message_problems, message_size_error

LONG = ("select '<!channel>' as \"é\", `x` & *bold* _it_\n" * 2_500)[:100_000]
TEXT = st.text(max_size=40) | st.sampled_from(["", " ", "<!channel> <@U1>", "`*_~", "a\x00b\u202ec", "&" * 3000, LONG])
AT = st.datetimes(timezones=st.just(UTC))
CELL = st.none() | TEXT | st.integers() | st.floats()


def table(columns: int, rows: list[tuple[object, ...]], title: str, times: int) -> Table:
    shown = tuple(Column(title=title[:60], unit=list(Unit)[at % len(Unit)]) for at in range(columns))
    return Table.model_validate({"title": title, "columns": shown, "rows": tuple(rows * times)})


def repeated(steps: list[Step], times: int) -> tuple[Step, ...]:
    return tuple(steps * times)


def block(kind: str, fields: dict[str, JsonValue]) -> Block:
    return {"type": kind, **fields}


def lists_or_objects(inner: st.SearchStrategy[JsonValue]) -> st.SearchStrategy[JsonValue]:
    anything = st.lists(inner, max_size=4) | st.dictionaries(TEXT | KEYS, inner, max_size=4)
    return anything | st.builds(block, KINDS | PARTS, st.dictionaries(KEYS, inner, max_size=4))


TABLE = st.builds(
    table,
    st.integers(min_value=0, max_value=25),
    st.lists(st.lists(CELL, max_size=25).map(tuple), max_size=4),
    TEXT,
    st.sampled_from([1, 1, 30, 250]),
)
FACT = st.builds(Fact, name=TEXT, value=TEXT, level=st.sampled_from(Level), note=TEXT)
PART = st.one_of(
    st.builds(Text, text=TEXT),
    st.builds(Code, text=TEXT, title=TEXT),
    st.builds(Facts, title=TEXT, facts=st.lists(FACT, max_size=15).map(tuple)),
    TABLE,
)
BUTTON = st.builds(Button, label=TEXT, text=TEXT, danger=st.booleans())
CHOICES = st.builds(Choices, label=TEXT, options=st.lists(BUTTON, max_size=120).map(tuple))
REPORT = st.builds(
    Report,
    title=TEXT,
    verdict=st.builds(Verdict, level=st.sampled_from(Level), text=TEXT),
    parts=st.lists(PART, max_size=8).map(tuple),
    more=st.lists(PART, max_size=2).map(tuple),
    notes=st.lists(TEXT, max_size=4).map(tuple),
    buttons=st.lists(BUTTON, max_size=30).map(tuple),
    choices=st.none() | CHOICES,
)
SESSION = st.builds(
    Session,
    pid=st.integers(1, 9),
    role=TEXT,
    application=TEXT,
    state=TEXT,
    age_s=st.floats(0, 1e9),
    doing=TEXT,
    why=TEXT,
)
DO = st.one_of(
    st.builds(Sql, statement=TEXT),
    st.builds(Pooler, order=TEXT),
    st.builds(Program, argv=st.lists(TEXT, max_size=3).map(tuple)),
)
STEP = st.builds(
    Step, title=TEXT, do=DO, locks=TEXT, timeout_s=st.floats(0, 1e6), hits=st.lists(SESSION, max_size=12).map(tuple)
)
STEPS = st.builds(repeated, st.lists(STEP, max_size=3), st.sampled_from([1, 2, 20]))
PLAN = st.builds(
    Plan,
    summary=TEXT,
    risk=st.sampled_from(Risk),
    steps=STEPS,
    spared=st.lists(SESSION, max_size=12).map(tuple),
    notes=st.lists(TEXT, max_size=8).map(tuple),
)
MEASURED = st.builds(Missing, reason=TEXT) | st.builds(Value, value=st.floats(), note=TEXT)
MEASUREMENT = st.builds(Measurement, name=TEXT, measured=MEASURED, level=st.sampled_from(Level), at=AT)
MEASUREMENTS = st.lists(MEASUREMENT, max_size=8).map(tuple)
APPROVAL = st.builds(
    Approval,
    plan=PLAN,
    text=TEXT,
    database=TEXT,
    requester=TEXT | st.just("U2REQ"),
    decider=TEXT | st.just("U3DEC"),
    stop_asked_by=TEXT,
    difference=st.lists(TEXT, max_size=15).map(tuple),
    outcome=st.builds(Outcome, said=TEXT, before=MEASUREMENTS, after=MEASUREMENTS),
    id=st.just("0190-abc"),
    seal=st.just("5" * 64),
    asked_at=AT,
    expires_at=AT,
    decided_at=st.none() | AT,
    started_at=st.none() | AT,
    ended_at=st.none() | AT,
)
RECORDS = st.lists(
    st.builds(
        StepRecord,
        approval=st.just("0190-abc"),
        number=st.integers(0, 60),
        state=st.sampled_from(StepState),
        started_at=st.none() | AT,
        ended_at=st.none() | AT,
        said=TEXT,
    ),
    max_size=60,
)
ALERT = st.builds(
    Alert,
    database=TEXT,
    metric=TEXT,
    incident=TEXT,
    acknowledged_by=TEXT,
    last=st.none() | MEASUREMENT,
    since=AT,
    opened_at=st.none() | AT,
    closed_at=st.none() | AT,
    acknowledged_at=st.none() | AT,
    cause=TEXT,
    flapping=st.booleans(),
    gaps=st.lists(st.builds(Gap, start=AT, end=AT), max_size=3).map(tuple),
)
FINDINGS = st.builds(Findings, at=AT, answers=st.lists(REPORT, max_size=3).map(tuple))
HUSH = st.builds(Hush, id=TEXT, database=TEXT, metric=TEXT, since=AT, until=AT, person=st.just("U1REQ"), why=TEXT)
AROUND = st.builds(
    Around,
    silence=st.none() | HUSH,
    findings=st.none() | FINDINGS,
    done=st.lists(TEXT, max_size=20).map(tuple),
    chart=st.none() | st.just(Chart(title=LONG, labels=("a", "b"), series=(Series(name=LONG, values=(1, 2)),))),
)
KINDS = st.sampled_from(
    (
        "section",
        "header",
        "context",
        "actions",
        "image",
        "markdown",
        "divider",
        "table",
        "data_table",
        "rich_text",
        "plan",
        "data_visualization",
        "task_card",
        "alert",
        "card",
        "container",
        "video",
        "unknown",
    )
)
PARTS = st.sampled_from(
    ("mrkdwn", "plain_text", "button", "static_select", "text", "raw_text", "raw_number", "rich_text_section")
)
KEYS = st.sampled_from(
    (
        "text",
        "fields",
        "elements",
        "accessory",
        "rows",
        "caption",
        "page_size",
        "tasks",
        "title",
        "status",
        "task_id",
        "details",
        "block_id",
        "action_id",
        "value",
        "style",
        "confirm",
        "options",
        "placeholder",
        "image_url",
        "alt_text",
        "chart",
        "column_settings",
    )
)
SCALAR: st.SearchStrategy[JsonValue] = st.none() | st.booleans() | st.integers() | st.floats() | TEXT
THING = st.recursive(SCALAR, lists_or_objects, max_leaves=12)
BLOCK = st.builds(block, KINDS, st.dictionaries(KEYS, THING, max_size=5)) | st.dictionaries(KEYS, THING, max_size=3)

often = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TOKEN = re.compile(r"<[^>]*>")
OURS = re.compile(r"<!date\^-?\d+\^[^|<>]*\|[^|<>]*>|<@U[23](REQ|DEC)>")


def taken(drawn: Drawn) -> None:
    message = {"text": drawn.text, "blocks": drawn.blocks}
    json.dumps(message, allow_nan=False).encode()
    assert message_problems(message) == []
    assert message_size_error(message) is None
    assert 1 <= len(drawn.text) <= 2_000


def markup(value: JsonValue) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in markup(one)]
    if not isinstance(value, dict):
        return []
    own = [str(value.get("text"))] if value.get("type") == "mrkdwn" else []
    return own + [text for one in value.values() for text in markup(one)]


def only_our_tokens(drawn: Drawn) -> None:
    texts = [drawn.text, *(text for block in drawn.blocks for text in markup(block))]
    tokens = [token for text in texts for token in TOKEN.findall(text)]
    assert [token for token in tokens if not OURS.fullmatch(token)] == []


@often
@given(REPORT, st.booleans())
def test_any_report_is_a_message_that_slack_takes(report: Report, show_more: bool) -> None:  # noqa: FBT001 - hypothesis gives it by position
    drawn = draw_report(report, share="n1", more="status more=1", by="someone <!channel>", show_more=show_more)
    taken(drawn)
    only_our_tokens(drawn)
    assert plain(report)


@often
@given(APPROVAL, RECORDS, AT, st.booleans())
def test_any_approval_is_a_message_that_slack_takes(
    approval: Approval,
    records: list[StepRecord],
    at: datetime,
    native: bool,  # noqa: FBT001 - hypothesis gives it by position
) -> None:
    drawn = draw_approval(approval, records, at, native=native)
    taken(drawn)
    only_our_tokens(drawn)
    assert full_plan(approval)


@often
@given(ALERT, TEXT, st.sampled_from(Unit), st.lists(BUTTON, max_size=8), AROUND)
def test_any_incident_is_a_message_that_slack_takes(
    alert: Alert, title: str, unit: Unit, buttons: list[Button], around: Around
) -> None:
    drawn = draw_incident(alert, title, unit, title, buttons, around)
    taken(drawn)
    only_our_tokens(drawn)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(BLOCK, max_size=4), st.sampled_from(["message", "modal", "home"]))
def test_any_json_at_all_becomes_blocks_that_slack_takes(blocks: list[Block], surface: str) -> None:
    assert block_problems(check_blocks(blocks, surface), surface) == []  # pyright: ignore[reportArgumentType] - one of the three names


def section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def press(value: str = "v", action: str = "scout_command") -> Block:
    return {
        "type": "button",
        "text": {"type": "plain_text", "text": "go", "emoji": False},
        "action_id": action,
        "value": value,
    }


def actions(*elements: Block) -> Block:
    return {"type": "actions", "elements": [*elements]}


def test_what_fits_is_left_as_it_is() -> None:
    blocks = [section("all well"), actions(press())]
    assert check_blocks(blocks) == blocks


def test_a_long_section_is_split_at_its_lines() -> None:
    drawn = check_blocks([section("\n".join(["x" * 999] * 6))])
    assert [len(text) for text in markup([*drawn])] == [2999, 2999]


def test_equal_action_ids_in_a_block_are_numbered() -> None:
    drawn = check_blocks([actions(press("a"), press("b"), press("c", "scout_ack"))])
    assert re.findall(r"scout_\w+(?::\d)?", json.dumps(drawn)) == ["scout_command:1", "scout_command:2", "scout_ack"]


def test_a_list_to_choose_from_has_a_hundred_options_at_most_and_none_that_is_cut() -> None:
    options = (Button(label="long", text="x" * 151), *(Button(label=f"{n}", text=f"chart {n}") for n in range(120)))
    shown = Report(
        title="T", verdict=Verdict(level=Level.OK, text="v"), choices=Choices(label="Chart of", options=options)
    )
    drawn = draw_report(shown)
    taken(drawn)
    ((_, menu),) = each_element(drawn.blocks)
    assert (len(menu["options"]), menu["options"][0]["value"]) == (100, "chart 0")


def test_a_command_that_is_too_long_for_a_button_is_left_out_not_cut() -> None:
    assert check_blocks([actions(press("x" * 2001), press("ok"))]) == [actions(press("ok"))]


def test_buttons_outlive_everything_else_but_the_first_block() -> None:
    drawn = check_blocks([section("verdict"), *[section("y" * 2900)] * 60, actions(press())])
    assert len(drawn) <= 50
    assert markup([drawn[0]]) == ["verdict"]
    assert drawn[-1]["type"] == "actions"
    assert "does not fit" in json.dumps(drawn)


def test_only_one_table_stays_a_table() -> None:
    grid: Block = {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}], [{"type": "raw_text", "text": "b"}]]}
    assert [block["type"] for block in check_blocks([grid, grid])] == ["table", "rich_text"]


def test_rows_over_the_limit_are_counted() -> None:
    rows: list[JsonValue] = [[{"type": "raw_text", "text": f"row {at}"}] for at in range(300)]
    drawn = check_blocks([{"type": "data_table", "caption": "c", "rows": rows}])
    assert markup([*drawn]) == ["99 more rows"]


def test_a_chart_with_a_gap_is_left_out() -> None:
    axes: JsonValue = {"categories": ["12:00", "12:05"]}
    series: JsonValue = [{"name": "main", "data": [{"label": "12:00", "value": 1}]}]
    chart: JsonValue = {"type": "line", "axis_config": axes, "series": series}
    assert check_blocks([{"type": "data_visualization", "title": "t", "chart": chart}]) == []


def test_three_charts_are_one_too_many() -> None:
    pie: Block = {"type": "pie", "segments": [{"label": "a", "value": 1}]}
    chart: Block = {"type": "data_visualization", "title": "t", "chart": pie}
    drawn = check_blocks([chart] * 3)
    assert [block["type"] for block in drawn] == ["data_visualization", "data_visualization", "context"]


@pytest.mark.parametrize("surface", ["modal", "home"])
def test_a_block_that_a_surface_does_not_know_is_left_out(surface: str) -> None:
    assert check_blocks([{"type": "markdown", "text": "x"}, {"type": "divider"}], surface) == [{"type": "divider"}]


def test_a_message_of_nothing_but_buttons_is_cut_somewhere() -> None:
    label: Block = {"type": "plain_text", "text": "x" * 75}
    buttons: list[JsonValue] = [block("button", {"text": label, "action_id": f"a:{at}"}) for at in range(25)]
    rows = [block("actions", {"elements": buttons}) for _ in range(20)]
    drawn = check_blocks([block("section", {"text": label}), *rows])
    assert drawn[0]["type"] == "section"
    assert 1 < len(drawn) < 20
