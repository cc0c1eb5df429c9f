"""The practice Slack prints what people see."""

from practice.slack.text import as_text, conversation
from practice.slack.wire import Clock, Json, typed_text


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(text: str) -> Json:
    return {"type": "button", "text": plain(text), "action_id": text}


def test_a_message_without_blocks_is_its_text_with_names() -> None:
    text = "<@U0BEN> of <!subteam^S0DBA> in <#C0ALERTS>: a &lt; b &amp;&amp; <https://x.example|the book>, <!here>"

    assert as_text({"text": text}) == "@Ben of @dba in #scout-alerts: a < b && the book (https://x.example), @here"


def test_a_date_is_its_fallback() -> None:
    assert as_text({"text": "until <!date^1790000000^{time}|14:00 UTC>"}) == "until 14:00 UTC"


def test_a_status_card_reads_like_one() -> None:
    blocks: list[Json] = [
        {"type": "header", "text": plain("All well")},
        {
            "type": "section",
            "fields": [{"type": "mrkdwn", "text": "*p95* 0.4 s"}, plain("ok"), plain("age"), plain("1 h")],
        },
        {"type": "divider"},
        {"type": "actions", "elements": [button("Refresh"), button("Share")]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "measured in 12 ms"}, plain("main")]},
    ]

    assert as_text({"text": "fallback", "blocks": blocks}).split("\n") == [
        "# All well",
        "*p95* 0.4 s  ok",
        "age          1 h",
        "--------------------",
        "[Refresh]  [Share]",
        "  measured in 12 ms  main",
    ]


def test_tables_have_aligned_columns_with_numbers_at_the_right() -> None:
    head = [{"type": "raw_text", "text": "statement"}, {"type": "raw_text", "text": "mean s"}]
    row = [{"type": "raw_text", "text": "select 1"}, {"type": "raw_number", "value": 1.84, "text": "1.84"}]

    assert as_text({"blocks": [{"type": "data_table", "caption": "Slow", "rows": [head, row]}]}).split("\n") == [
        "Slow",
        "statement  mean s",
        "select 1     1.84",
    ]


def test_a_plan_is_a_list_of_tasks() -> None:
    output = {"type": "rich_text_section", "elements": [{"type": "text", "text": "2 sessions"}]}
    tasks: list[Json] = [
        {"type": "task_card", "task_id": "1", "title": "Look", "status": "complete", "output": {"type": "rich_text", "elements": [output]}},
        {"type": "task_card", "task_id": "2", "title": "End them", "status": "in_progress"},
        {"type": "task_card", "task_id": "3", "title": "Measure", "status": "pending"},
        {"type": "task_card", "task_id": "4", "title": "Tell", "status": "error"},
    ]  # fmt: skip

    assert as_text({"blocks": [{"type": "plan", "title": "Repair", "tasks": tasks}]}).split("\n") == [
        "Repair",
        "  [x] Look",
        "      2 sessions",
        "  [~] End them",
        "  [ ] Measure",
        "  [!] Tell",
    ]


def test_a_chart_is_a_line_for_each_series() -> None:
    data = [{"label": "12:00", "value": 1.8}, {"label": "12:05", "value": 2.4}]
    chart = {
        "type": "line",
        "axis_config": {"categories": ["12:00", "12:05"]},
        "series": [{"name": "main", "data": data}],
    }

    assert as_text({"blocks": [{"type": "data_visualization", "title": "p95", "chart": chart}]}).split("\n") == [
        "(line chart: p95)",
        "  main: 12:00 1.8, 12:05 2.4",
    ]


def test_rich_text_keeps_its_lists() -> None:
    item = {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": "one"}, {"type": "user", "user_id": "U0BEN"}],
    }
    block = {
        "type": "rich_text",
        "elements": [{"type": "rich_text_list", "style": "ordered", "elements": [item, item]}],
    }

    assert as_text({"blocks": [block]}) == "1. one@U0BEN\n2. one@U0BEN"


def test_a_modal_is_drawn_as_a_box() -> None:
    field = {"type": "input", "label": plain("Reason"), "element": {"type": "plain_text_input", "action_id": "r"}}
    view: Json = {"type": "modal", "title": plain("Deny"), "submit": plain("Deny it"), "blocks": [field]}

    assert as_text(view).split("\n") == ["┌ Deny", "│ Reason: [plain_text_input]", "└ [Deny it]"]


def test_a_conversation_shows_who_said_what_and_where_replies_belong() -> None:
    said: list[Json] = [
        {"user": "U0ANA", "ts": "1.0", "text": "anything odd?"},
        {"user": "U0SCOUT", "ts": "2.0", "text": "All well.\nNothing waits.", "edited": {"ts": "3.0"}},
        {"user": "U0BEN", "ts": "4.0", "thread_ts": "1.0", "text": "no"},
    ]

    assert conversation(said).split("\n") == [
        "Ana: anything odd?",
        "    ↳ Ben: no",
        "Scout (edited): All well.",
        "  Nothing waits.",
    ]


def test_typed_names_become_tokens_and_the_rest_is_escaped() -> None:
    tokens = {"@ben": "<@U0BEN|ben>"}

    typed = typed_text("ask @ben or @nobody & see <@U0ANA|ana> a<b", lambda sign, name: tokens.get(sign + name))

    assert typed == "ask <@U0BEN|ben> or @nobody &amp; see <@U0ANA|ana> a&lt;b"


def test_timestamps_never_repeat() -> None:
    clock = Clock()
    stamps = [clock.ts() for _ in range(1000)]

    assert sorted(set(stamps)) == stamps
