"""The practice Slack refuses what Slack refuses, and says where."""

import pytest

from practice.slack.block_rules import Surface
from practice.slack.limits import block_problems, message_problems, message_size_error, view_problems
from practice.slack.rates import Bucket, Rates
from practice.slack.wire import Json


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**more: object) -> Json:
    return {"type": "button", "text": plain("Go"), "action_id": "go", **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def confirm(**more: object) -> Json:
    whole: Json = {"title": plain("Sure?"), "text": plain("Really?"), "confirm": plain("Yes"), "deny": plain("No")}
    return button(confirm=whole | more)


def section(**more: object) -> Json:
    return {"type": "section", **more}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def rich(text: str) -> Json:
    part = {"type": "text", "text": text}
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [part]}]}


def table(rows: int, columns: int, **more: object) -> Json:
    return {"type": "table", "rows": [[raw("x")] * columns] * rows, **more}


def data_table(rows: int, columns: int, text: str = "x", **more: object) -> Json:
    return {"type": "data_table", "caption": "Slow", "rows": [[raw(text)] * columns] * rows, **more}


def line(categories: int = 2, series: int = 1, value: float = 1.5) -> Json:
    names = [f"c{index}" for index in range(categories)]
    data = [{"label": name, "value": value} for name in names]
    chart = {"type": "line", "axis_config": {"categories": names}}
    return visual({**chart, "series": [{"name": f"s{index}", "data": data} for index in range(series)]})


def pie(*values: float) -> Json:
    return visual(
        {"type": "pie", "segments": [{"label": f"s{index}", "value": one} for index, one in enumerate(values)]}
    )


def visual(chart: Json, title: str = "p95") -> Json:
    return {"type": "data_visualization", "title": title, "chart": chart}


def task(status: str = "complete", **more: object) -> Json:
    return {"type": "task_card", "task_id": "1", "title": "Look", "status": status, **more}


def plan(*tasks: Json) -> Json:
    return {"type": "plan", "title": "Repair", "tasks": list(tasks)}


def options(count: int) -> list[Json]:
    return [{"text": plain(f"o{index}"), "value": f"v{index}"} for index in range(count)]


def menu(kind: str, count: int) -> Json:
    return {"type": kind, "action_id": "m", "options": options(count)}


GOOD: dict[str, Json] = {
    "a section at its longest": section(text=mrkdwn("x" * 3000), fields=[mrkdwn("y" * 2000)] * 1),
    "ten fields": section(fields=[plain("f")] * 10),
    "a header at its longest": {"type": "header", "text": plain("h" * 150)},
    "twenty-five buttons": actions(*(button(action_id=f"a{index}") for index in range(25))),
    "a button at its longest": actions(button(text=plain("b" * 75), value="v" * 2000, url="u" * 3000)),
    "a confirmation at its longest": actions(
        confirm(
            title=plain("t" * 100),
            text=mrkdwn("x" * 300),
            confirm=plain("c" * 30),
            deny=plain("d" * 30),
            style="danger",
        )
    ),
    "ten context elements": {"type": "context", "elements": [mrkdwn("c")] * 10},
    "a hundred options": actions(menu("static_select", 100)),
    "a divider": {"type": "divider"},
    "rich text": rich("x"),
    "markdown at its longest": {"type": "markdown", "text": "m" * 12_000},
    "a table at its largest": table(100, 20, column_settings=[{"align": "right"}, None]),
    "a table with rich text": {
        "type": "table",
        "rows": [[rich("x"), {"type": "raw_number", "value": 1.5, "text": "1.5"}]],
    },
    "a data table at its largest": data_table(201, 20, page_size=100, row_header_column_index=0),
    "a line chart": line(20, 12),
    "a line chart below zero": line(value=-1.5),
    "a pie": pie(*[1] * 12),
    "a plan of fifty tasks": plan(*[task("pending", details=rich("d"))] * 50),
    "a task that is done": task(output=rich("ok"), sources=[{"type": "url", "url": "https://x.example", "text": "x"}]),
    "a card": {"type": "card", "title": mrkdwn("t" * 150), "body": mrkdwn("b" * 200), "actions": [button()]},
    "a container": {
        "type": "container",
        "title": plain("More"),
        "child_blocks": [section(text=plain("x"))],
        "is_collapsible": True,
    },
    "an input": {"type": "input", "label": plain("Why"), "element": {"type": "plain_text_input", "action_id": "w"}},
}

BAD: dict[str, Json] = {
    "a section without anything": section(),
    "an empty text": section(text=mrkdwn("")),
    "a section too long": section(text=mrkdwn("x" * 3001)),
    "a field too long": section(fields=[mrkdwn("x" * 2001)]),
    "eleven fields": section(fields=[plain("f")] * 11),
    "an unknown property": section(text=plain("x"), colour="red"),
    "a text with a property of the other kind": section(text={**mrkdwn("x"), "emoji": True}),
    "an unknown block": {"type": "sparkline"},
    "a block without a type": {"text": plain("x")},
    "an unknown element": actions({"type": "lever", "action_id": "x"}),
    "an input element among actions": actions({"type": "plain_text_input", "action_id": "x"}),
    "a header with markup": {"type": "header", "text": mrkdwn("x")},
    "a header too long": {"type": "header", "text": plain("h" * 151)},
    "no actions": actions(),
    "twenty-six buttons": actions(*(button(action_id=f"a{index}") for index in range(26))),
    "two equal action ids": actions(button(), button()),
    "an action id too long": actions(button(action_id="a" * 256)),
    "a button text too long": actions(button(text=plain("b" * 76))),
    "a button text with markup": actions(button(text=mrkdwn("b"))),
    "a button value too long": actions(button(value="v" * 2001)),
    "a button of another colour": actions(button(style="warning")),
    "a confirmation title too long": actions(confirm(title=plain("t" * 101))),
    "a confirmation text too long": actions(confirm(text=plain("t" * 301))),
    "a confirm label too long": actions(confirm(confirm=plain("t" * 31))),
    "a deny label too long": actions(confirm(deny=plain("t" * 31))),
    "a block id too long": section(text=plain("x"), block_id="b" * 256),
    "eleven context elements": {"type": "context", "elements": [mrkdwn("c")] * 11},
    "a hundred and one options": actions(menu("static_select", 101)),
    "six overflow options": actions(menu("overflow", 6)),
    "eleven radio buttons": actions(menu("radio_buttons", 11)),
    "an option value too long": actions(
        {**menu("static_select", 0), "options": [{"text": plain("o"), "value": "v" * 151}]}
    ),
    "a menu without options": actions({"type": "static_select", "action_id": "m"}),
    "markdown too long": {"type": "markdown", "text": "m" * 12_001},
    "a table with too many rows": table(101, 1),
    "a table with too many columns": table(1, 21),
    "a table without rows": table(0, 0),
    "a table with an empty cell": {"type": "table", "rows": [[raw("")]]},
    "a table with too much text": {"type": "table", "rows": [[raw("x" * 1001)] * 10]},
    "a table with too many column settings": table(1, 1, column_settings=[{"align": "left"}] * 21),
    "a data table without rows": data_table(1, 2),
    "a data table with too many rows": data_table(202, 2),
    "a data table with too many columns": data_table(2, 21),
    "a data table without a caption": {**data_table(2, 2), "caption": ""},
    "a data table of uneven rows": {**data_table(2, 2), "rows": [[raw("a"), raw("b")], [raw("c")]]},
    "a data table with a rich header": {**data_table(2, 2), "rows": [[rich("a")], [raw("c")]]},
    "a data table with too much text": data_table(21, 10, "x" * 96),
    "a data table with pages too long": data_table(2, 2, page_size=101),
    "a chart title too long": visual({"type": "pie", "segments": [{"label": "a", "value": 1}]}, "t" * 51),
    "a line of twenty-one points": line(21),
    "thirteen series": line(2, 13),
    "a series with a gap": visual(
        {
            "type": "line",
            "axis_config": {"categories": ["a", "b"]},
            "series": [{"name": "s", "data": [{"label": "a", "value": 1}]}],
        }
    ),
    "a value that is no number": line(value=float("nan")),
    "thirteen segments": pie(*[1] * 13),
    "an empty segment": pie(1, 0),
    "a task standing alone that is pending": task("pending"),
    "a task in an unknown state": task("done"),
    "fifty-one tasks": plan(*[task()] * 51),
    "an alert in a message": {"type": "alert", "text": plain("x")},
    "a card with four buttons": {
        "type": "card",
        "title": plain("t"),
        "actions": [button(action_id=f"a{n}") for n in range(4)],
    },
    "a container with eleven children": {
        "type": "container",
        "title": plain("t"),
        "child_blocks": [{"type": "divider"}] * 11,
    },
    "an input without a label": {"type": "input", "element": {"type": "plain_text_input", "action_id": "w"}},
}


@pytest.mark.parametrize("block", GOOD.values(), ids=GOOD)
def test_what_slack_takes_in_a_message_passes(block: Json) -> None:
    assert message_problems({"blocks": [block]}) == []


@pytest.mark.parametrize("block", BAD.values(), ids=BAD)
def test_what_slack_refuses_in_a_message_is_refused(block: Json) -> None:
    problems = message_problems({"blocks": [block]})

    assert problems
    assert all(one.startswith("[ERROR] ") for one in problems)
    assert all("[json-pointer:/blocks" in one for one in problems)


def test_a_finding_points_to_the_place() -> None:
    problems = message_problems({"blocks": [{"type": "divider"}, section(fields=[plain("x"), mrkdwn("y" * 2001)])]})

    assert problems == ["[ERROR] must be less than 2001 characters [json-pointer:/blocks/1/fields/1/text]"]


def test_blocks_are_counted() -> None:
    assert message_problems({"blocks": [{"type": "divider"}] * 50}) == []
    assert message_problems({"blocks": [{"type": "divider"}] * 51}) == [
        "[ERROR] no more than 50 items allowed [json-pointer:/blocks]"
    ]


def test_block_ids_are_unique_in_a_message() -> None:
    assert "block_id already exists: b" in message_problems({"blocks": [{"type": "divider", "block_id": "b"}] * 2})[0]


def test_the_same_action_id_may_stand_in_two_blocks() -> None:
    assert message_problems({"blocks": [actions(button()), actions(button())]}) == []


def test_one_table_and_two_charts_fit_a_message() -> None:
    assert message_problems({"blocks": [table(1, 1), line(), line(), data_table(2, 2), data_table(2, 2)]}) == []
    assert message_problems({"blocks": [table(1, 1), table(1, 1)]})
    assert message_problems({"blocks": [line(), line(), line()]})


def test_the_text_of_all_data_tables_is_counted() -> None:
    assert message_problems({"blocks": [data_table(12, 10, "x" * 96), data_table(12, 10, "x" * 96)]})


def test_attachments_are_looked_into() -> None:
    problems = message_problems({"attachments": [{"color": "red", "blocks": [section()]}]})

    assert "[json-pointer:/attachments/0/blocks/0]" in problems[0]


def test_all_text_of_a_message_together_has_a_limit() -> None:
    four = [section(text=mrkdwn("x" * 3000))] * 4

    assert message_size_error({"blocks": [*four, section(text=mrkdwn("x" * 1200))]}) is None
    assert message_size_error({"blocks": [*four, section(text=mrkdwn("x" * 1201))]}) == "msg_blocks_too_long"


@pytest.mark.parametrize(
    ("kind", "surface", "fits"),
    [
        ("alert", "modal", True),
        ("alert", "home", False),
        ("plan", "modal", False),
        ("plan", "home", False),
        ("table", "modal", False),
        ("table", "home", True),
        ("markdown", "home", False),
    ],
)
def test_each_surface_takes_its_own_kinds_of_blocks(kind: str, surface: Surface, *, fits: bool) -> None:
    blocks = {
        "alert": {"type": "alert", "text": plain("x")},
        "plan": plan(task()),
        "table": table(1, 1),
        "markdown": {"type": "markdown", "text": "x"},
    }

    assert (block_problems([blocks[kind]], surface) == []) is fits


def modal(**more: object) -> Json:
    return {"type": "modal", "title": plain("Why?"), "blocks": [GOOD["an input"]], "submit": plain("Send"), **more}


def test_a_modal_at_its_longest_passes() -> None:
    longest = modal(
        title=plain("t" * 24), submit=plain("s" * 24), close=plain("c" * 24), callback_id="c" * 255, private_metadata="p" * 3000
    )  # fmt: skip

    assert view_problems(longest) == []
    assert view_problems({"type": "home", "blocks": [{"type": "divider"}] * 100}) == []


@pytest.mark.parametrize(
    "view",
    [
        modal(title=plain("t" * 25)),
        modal(submit=plain("s" * 25)),
        modal(close=plain("c" * 25)),
        modal(callback_id="c" * 256),
        modal(private_metadata="p" * 3001),
        modal(submit=None),
        modal(blocks=[{"type": "divider"}] * 101),
        modal(state={}),
        {"type": "home", "title": plain("x"), "blocks": []},
    ],
)
def test_a_view_over_a_limit_is_refused(view: Json) -> None:
    assert view_problems(view)


def test_a_bucket_gives_a_burst_then_one_at_a_time() -> None:
    now = [0.0]
    bucket = Bucket(per_minute=60, burst=3, clock=lambda: now[0])

    assert [bucket.take() for _ in range(3)] == [0.0, 0.0, 0.0]
    assert bucket.take() == pytest.approx(1.0)
    now[0] = 1.0
    assert bucket.take() == 0.0


def test_posts_are_counted_by_channel_and_updates_together() -> None:
    rates = Rates(burst=1, clock=lambda: 0.0)

    assert rates.take("chat.postMessage", 1, "C1") == 0.0
    assert rates.take("chat.postMessage", 1, "C2") == 0.0
    assert rates.take("chat.postMessage", 1, "C1") > 0
    assert rates.take("chat.update", 1, "C1") == 0.0
    assert rates.take("chat.update", 1, "C2") > 0


def test_limits_of_rate_can_be_switched_off() -> None:
    rates = Rates(is_on=False, burst=0)

    assert rates.take("chat.update", 1, "C1") == 0.0
