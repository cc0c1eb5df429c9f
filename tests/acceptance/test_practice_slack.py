"""The practice Slack behaves like Slack towards slack_sdk's clients and a Bolt app."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from bolt_fixture import BoltApp
from slack_bolt import Ack, Respond
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from practice.fault import Fault
from practice.slack.envelope import Acknowledgement
from practice.slack.server import PracticeSlack
from practice.slack.wire import Json, NotPossible

Web: TypeAlias = Any  # slack_sdk types its methods in parts only
ALERTS, PRIVATE, SHARED = "C0ALERTS", "G0PRIVATE", "C0SHARED"


@pytest.fixture
def slack() -> Iterator[PracticeSlack]:
    with PracticeSlack() as there:
        there.scopes.add("files:read")  # which Scout itself does not ask for
        yield there


@pytest.fixture
def web(slack: PracticeSlack) -> Web:
    return WebClient(slack.bot_token, base_url=slack.api_url)


@pytest.fixture
def bolt(slack: PracticeSlack) -> Iterator[BoltApp]:
    there = BoltApp(slack, ping_interval=0.25)
    yield there
    there.close()


def error_of(web: Web, method: str, **arguments: object) -> Json:
    with pytest.raises(SlackApiError) as refused:
        web.api_call(method, json=dict(arguments))
    answer: Any = refused.value
    return answer.response.data


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def buttons(*labels: str, action_id: str = "scout_go") -> list[Json]:
    made: list[Json] = [
        {"type": "button", "text": plain(label), "value": label.lower(), "action_id": f"{action_id}:{index}"}
        for index, label in enumerate(labels)
    ]
    return [{"type": "actions", "block_id": "choice", "elements": made}]


def why(**more: object) -> Json:
    element = {"type": "plain_text_input", "action_id": "reason"}
    field = {"type": "input", "block_id": "why", "label": plain("Why"), "element": element}
    return {
        "type": "modal",
        "callback_id": "deny",
        "title": plain("Deny"),
        "submit": plain("Send"),
        "blocks": [field],
        **more,
    }


def reason(text: str) -> Json:
    return {"why": {"reason": {"type": "plain_text_input", "value": text}}}


def the_only(found: list[Json]) -> Json:
    assert len(found) == 1
    return found[0]


def page(slack: PracticeSlack, path: str, body: object = None, **headers: str) -> tuple[int, str, Any]:
    data = None if body is None else json.dumps(body).encode()
    sent = {"Origin": slack.url, "Content-Type": "application/json"} if body is not None else {}
    try:
        with urlopen(Request(slack.url + path, data, sent | headers), timeout=5) as answer:  # noqa: S310 - our own server
            return answer.status, answer.read().decode(), answer.headers
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


# -- the Web API


def test_the_bot_learns_who_it_is(web: Web) -> None:
    who = web.auth_test()

    assert (who["team_id"], who["user_id"], who["bot_id"]) == ("T0PRACTICE", "U0SCOUT", "B0SCOUT")
    assert "chat:write" in who.headers["x-oauth-scopes"]


@pytest.mark.parametrize(
    ("token", "method", "error"),
    [
        (None, "auth.test", "not_authed"),
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        ("xapp-practice", "auth.test", "not_allowed_token_type"),
        ("xoxb-practice", "apps.connections.open", "not_allowed_token_type"),
        ("xoxb-practice", "chat.shout", "unknown_method"),
    ],
)
def test_a_wrong_token_or_method_is_named(slack: PracticeSlack, token: str | None, method: str, error: str) -> None:
    assert error_of(WebClient(token, base_url=slack.api_url), method)["error"] == error


def test_a_missing_scope_says_which(slack: PracticeSlack, web: Web) -> None:
    slack.scopes.discard("users:read")

    answer = error_of(web, "users.info", user="U0BEN")

    assert (answer["error"], answer["needed"]) == ("missing_scope", "users:read")


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"channel": ALERTS}, "no_text"),
        ("chat.postMessage", {"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": PRIVATE, "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x" * 40_001}, "msg_too_long"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "blocks": [{"type": "sparkline"}]}, "invalid_blocks"),
        (
            "chat.postMessage",
            {"channel": ALERTS, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}] * 5},
            "msg_blocks_too_long",
        ),
        ("chat.postMessage", {"channel": ALERTS, "text": "x", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
        ("chat.postEphemeral", {"channel": ALERTS, "user": "U0STRANGER", "text": "x"}, "user_not_in_channel"),
        ("chat.update", {"channel": ALERTS, "ts": "1.0", "text": "x"}, "message_not_found"),
        ("chat.getPermalink", {"channel": ALERTS, "message_ts": "1.0"}, "message_not_found"),
        ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
        ("usergroups.users.list", {"usergroup": "S0NONE"}, "no_such_subteam"),
        ("views.open", {"trigger_id": "1.2.3", "view": why()}, "invalid_trigger_id"),
        ("views.open", {"trigger_id": "1.2.3", "view": why(title=plain("t" * 25))}, "invalid_arguments"),
        ("views.update", {"view_id": "V0", "view": why()}, "not_found"),
        ("files.info", {"file": "F0"}, "file_not_found"),
    ],
)  # fmt: skip
def test_errors_have_slacks_names(web: Web, method: str, arguments: Json, error: str) -> None:
    assert error_of(web, method, **arguments)["error"] == error


def test_refused_blocks_say_where(web: Web) -> None:
    answer = error_of(web, "chat.postMessage", channel=ALERTS, text="x", blocks=buttons("Go", "Go") * 2)

    assert answer["response_metadata"]["messages"] == ["[ERROR] block_id already exists: choice [json-pointer:/blocks]"]
    assert answer["errors"] == ["block_id already exists: choice [json-pointer:/blocks]"]


def test_blocks_can_be_checked_beforehand(web: Web) -> None:
    assert web.api_call("blocks.validate", json={"blocks": buttons("Go")})["ok"]
    assert error_of(web, "blocks.validate", view=why(submit=None))["error"] == "invalid_blocks"


def test_an_archived_channel_takes_no_message(slack: PracticeSlack, web: Web) -> None:
    slack.house.workspace.channels["C0STAGING"].is_archived = True

    assert error_of(web, "chat.postMessage", channel="C0STAGING", text="x")["error"] == "is_archived"


def test_a_channel_without_the_bot_needs_the_public_scope(slack: PracticeSlack, web: Web) -> None:
    slack.house.workspace.channels["C0STAGING"].members.discard("U0SCOUT")
    assert web.chat_postMessage(channel="C0STAGING", text="x")["ok"]

    slack.scopes.discard("chat:write.public")

    assert error_of(web, "chat.postMessage", channel="C0STAGING", text="x")["error"] == "not_in_channel"


def test_a_message_is_posted_answered_edited_and_deleted(slack: PracticeSlack, web: Web) -> None:
    first = web.chat_postMessage(channel=ALERTS, text="one", blocks=buttons("Go"))
    web.chat_postMessage(channel=ALERTS, text="two", thread_ts=first["ts"])
    assert slack.messages(ALERTS)[0]["reply_count"] == 1

    web.chat_update(channel=ALERTS, ts=first["ts"], text="three")
    edited = slack.messages(ALERTS)[0]
    assert (edited["text"], bool(edited["edited"])) == ("three", True)
    assert edited["blocks"], "a text alone leaves the blocks, as Slack does"

    web.chat_update(channel=ALERTS, ts=first["ts"], text="four", blocks=[])
    assert slack.messages(ALERTS)[0]["blocks"] == []

    web.chat_delete(channel=ALERTS, ts=first["ts"])
    assert [one["text"] for one in slack.messages(ALERTS)] == ["two"]


def test_somebody_elses_message_cannot_be_edited(slack: PracticeSlack, web: Web) -> None:
    ts = slack.say("U0DAN", ALERTS, "hello")["ts"]

    assert error_of(web, "chat.update", channel=ALERTS, ts=ts, text="x")["error"] == "cant_update_message"
    assert error_of(web, "chat.delete", channel=ALERTS, ts=ts)["error"] == "cant_delete_message"


def test_metadata_is_found_again_until_an_edit_drops_it(web: Web) -> None:
    metadata: Json = {"event_type": "scout_run", "event_payload": {"run_id": "7"}}
    posted = web.chat_postMessage(channel=ALERTS, text="one", metadata=metadata)

    def newest(*, whole: bool) -> Json:
        return web.conversations_history(channel=ALERTS, include_all_metadata=whole)["messages"][0]

    assert newest(whole=True)["metadata"] == metadata
    assert "metadata" not in newest(whole=False)
    web.chat_update(channel=ALERTS, ts=str(posted["ts"]), text="two")
    assert "metadata" not in newest(whole=True)


def test_history_and_replies_come_in_pages(web: Web) -> None:
    sent = [str(web.chat_postMessage(channel=ALERTS, text=f"{index}")["ts"]) for index in range(5)]
    web.chat_postMessage(channel=ALERTS, text="reply", thread_ts=sent[0])

    pages = [[one["text"] for one in part["messages"]] for part in web.conversations_history(channel=ALERTS, limit=2)]
    replies = web.conversations_replies(channel=ALERTS, ts=sent[0])

    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert [one["text"] for one in replies["messages"]] == ["0", "reply"]
    assert len(web.conversations_history(channel=ALERTS, oldest=sent[2])["messages"]) == 2


def test_a_user_id_as_channel_means_the_direct_message(slack: PracticeSlack, web: Web) -> None:
    posted = web.chat_postMessage(channel="U0BEN", text="psst")

    assert posted["channel"] == web.conversations_open(users="U0BEN")["channel"]["id"] == "D0BEN"
    assert slack.messages("D0BEN")[0]["text"] == "psst"


def test_people_groups_and_channels_are_listed(web: Web) -> None:
    assert web.users_info(user="U0GUEST")["user"]["is_restricted"]
    assert web.users_info(user="U0STRANGER")["user"]["is_stranger"]
    assert web.usergroups_users_list(usergroup="S0DBA")["users"] == ["U0BEN", "U0CORA"]
    assert web.conversations_info(channel=SHARED)["channel"]["is_ext_shared"]
    assert [one["name"] for one in web.conversations_list()["channels"]] == [
        "scout-alerts", "general", "partners", "staging",
    ]  # fmt: skip


def test_a_snippet_is_uploaded_and_shown(slack: PracticeSlack, web: Web) -> None:
    uploaded = web.files_upload_v2(content="select 1;", filename="plan.sql", title="Plan", channel=ALERTS)
    file = uploaded["file"]

    assert slack.messages(ALERTS)[0]["files"] == [
        {"id": file["id"], "name": "plan.sql", "title": "Plan", "content": "select 1;"}
    ]
    assert file["mimetype"] == "", "a file is scanned before it has a type"
    picture = {"type": "image", "alt_text": "chart", "slack_file": {"id": file["id"]}}
    assert error_of(web, "chat.postMessage", channel=ALERTS, blocks=[picture])["error"] == "invalid_blocks"
    slack.wait_for(lambda: web.files_info(file=file["id"])["file"]["mimetype"], what="the scan")
    assert web.chat_postMessage(channel=ALERTS, text="x", blocks=[picture])["ok"]


def test_too_many_posts_are_refused_with_the_seconds_to_wait(slack: PracticeSlack, web: Web) -> None:
    slack.rates.burst = 2
    slack.rates.per_minute["chat.postMessage"] = 6

    for _ in range(2):
        web.chat_postMessage(channel=ALERTS, text="x")
    with pytest.raises(SlackApiError) as refused:
        web.chat_postMessage(channel=ALERTS, text="x")

    answer: Any = refused.value
    response = answer.response
    assert (response.status_code, response["error"], response.headers["Retry-After"]) == (429, "ratelimited", "10")
    assert web.chat_postMessage(channel="C0GENERAL", text="x")["ok"], "another channel has its own allowance"


# -- slash commands


def test_a_slash_command_carries_what_slack_sends(slack: PracticeSlack, bolt: BoltApp) -> None:
    bodies: list[Json] = []

    def scout(ack: Ack, body: Json) -> None:
        bodies.append(body)
        ack(f"Got {body['text']}")

    bolt.app.command("/scout")(scout)
    bolt.connect()
    slack.say("U0ANA", ALERTS, "/scout status @ben #staging a<b")
    answer = slack.wait_for(lambda: slack.ephemerals("U0ANA"))

    assert the_only(answer)["text"] == "Got status <@U0BEN|ben> <#C0STAGING|staging> a&lt;b"
    assert set(bodies[0]) == {
        "token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command", "text",
        "api_app_id", "is_enterprise_install", "response_url", "trigger_id",
    }  # fmt: skip
    assert (bodies[0]["channel_name"], bodies[0]["is_enterprise_install"]) == ("scout-alerts", "false")
    assert slack.notices("U0ANA") == []


def test_an_answer_in_the_channel_shows_the_command_too(slack: PracticeSlack, bolt: BoltApp) -> None:
    def scout(ack: Ack) -> None:
        ack(text="All well", response_type="in_channel")

    bolt.app.command("/scout")(scout)
    bolt.connect()
    slack.say("U0ANA", ALERTS, "/scout status")
    slack.wait_for(lambda: len(slack.messages(ALERTS)) == 2)

    assert [(one["user"], one["text"], one["is_command"]) for one in slack.messages(ALERTS)] == [
        ("U0ANA", "/scout status", True),
        ("U0SCOUT", "All well", False),
    ]


def test_a_command_nobody_acknowledges_times_out(slack: PracticeSlack, bolt: BoltApp) -> None:
    bolt.app.command("/scout")(lambda: None)
    bolt.connect()
    slack.say("U0ANA", ALERTS, "/scout status")

    notices = slack.wait_for(lambda: slack.notices("U0ANA"))

    assert notices == ['/scout failed with the error "operation_timeout"']


def test_a_command_without_any_socket_fails_at_once(slack: PracticeSlack) -> None:
    slack.say("U0ANA", ALERTS, "/scout status")

    assert slack.notices("U0ANA") == ['/scout failed with the error "dispatch_failed"']


@pytest.mark.parametrize(
    ("user", "channel", "text", "thread"),
    [
        ("U0ANA", ALERTS, "/scout status", "1.0"),
        ("U0ANA", ALERTS, "/other", ""),
        ("U0STRANGER", SHARED, "/scout status", ""),
        ("U0GUEST", PRIVATE, "hello", ""),
        ("U0STRANGER", ALERTS, "hello", ""),
        ("U0ANA", ALERTS, "  ", ""),
    ],
)
def test_what_slacks_client_does_not_allow_is_not_possible(
    slack: PracticeSlack, user: str, channel: str, text: str, thread: str
) -> None:
    with pytest.raises(NotPossible):
        slack.say(user, channel, text, thread)


def test_a_response_url_answers_five_times_even_where_the_bot_is_not(slack: PracticeSlack, bolt: BoltApp) -> None:
    statuses: list[int] = []
    bodies: list[str] = []

    def scout(ack: Ack, respond: Respond) -> None:
        ack()
        for number in range(6):
            answer = respond(f"{number}")
            statuses.append(answer.status_code)
            bodies.append(answer.body)

    bolt.app.command("/scout")(scout)
    bolt.connect()
    slack.say("U0ANA", PRIVATE, "/scout status")
    slack.wait_for(lambda: len(statuses) == 6)

    assert statuses == [200] * 5 + [404]
    assert "used_url" in bodies[-1]
    assert [one["text"] for one in slack.ephemerals("U0ANA")] == ["0", "1", "2", "3", "4"]


# -- clicks


def test_a_click_carries_the_message_and_the_way_back(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    bodies: list[Json] = []

    def go(ack: Ack, body: Json, respond: Respond) -> None:
        bodies.append(body)
        ack()
        respond(text="Decided", replace_original=True, blocks=[])

    bolt.app.action("scout_go:1")(go)
    bolt.connect()
    text = {"type": "section", "text": {"type": "mrkdwn", "text": "a &amp; b"}}
    web.chat_postMessage(channel=ALERTS, text="a &amp; b", blocks=[text, *buttons("Yes", "No")])
    slack.click("U0BEN", slack.messages(ALERTS)[0], "scout_go", "No")
    slack.wait_for(lambda: slack.messages(ALERTS)[0]["text"] == "Decided")

    body = bodies[0]
    assert body["user"] == {"id": "U0BEN", "username": "ben", "name": "ben", "team_id": "T0PRACTICE"}
    assert body["container"]["is_ephemeral"] is False
    assert (body["actions"][0]["value"], body["actions"][0]["block_id"]) == ("no", "choice")
    assert body["message"]["blocks"][0]["text"]["text"] == "a &amp;amp; b", "Slack escapes once more"
    assert body["message"]["ts"] == body["container"]["message_ts"]
    assert body["state"] == {"values": {}}


def test_a_click_on_an_ephemeral_message_has_no_message(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    bodies: list[Json] = []

    def go(ack: Ack, body: Json, respond: Respond) -> None:
        bodies.append(body)
        ack()
        respond(delete_original=True)

    bolt.app.action("scout_go:0")(go)
    bolt.connect()
    web.chat_postEphemeral(channel=ALERTS, user="U0ANA", text="Share?", blocks=buttons("Share"))
    slack.click("U0ANA", the_only(slack.ephemerals("U0ANA")), "scout_go")
    slack.wait_for(lambda: not slack.ephemerals("U0ANA"))

    assert bodies[0]["container"]["is_ephemeral"] is True
    assert "message" not in bodies[0]


def test_a_stranger_can_click_and_is_known_by_the_team(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    teams: list[str] = []

    def go(ack: Ack, body: Json) -> None:
        ack()
        teams.append(body["user"]["team_id"])

    bolt.app.action("scout_go:0")(go)
    bolt.connect()
    web.chat_postMessage(channel=SHARED, text="x", blocks=buttons("Approve"))
    slack.click("U0STRANGER", slack.messages(SHARED)[0], "scout_go")

    assert slack.wait_for(lambda: teams) == ["T0OTHER"]


def test_a_menu_keeps_its_choice_in_the_state(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    bodies: list[Json] = []

    def heard(ack: Ack, body: Json) -> None:
        ack()
        bodies.append(body)

    bolt.app.action("which")(heard)
    bolt.app.action("scout_go:0")(heard)
    bolt.connect()
    option = {"text": plain("staging"), "value": "staging"}
    menu = {"type": "static_select", "action_id": "which", "options": [option]}
    web.chat_postMessage(
        channel=ALERTS, text="x", blocks=[{"type": "actions", "block_id": "b", "elements": [menu]}, *buttons("Go")]
    )
    slack.click("U0ANA", slack.messages(ALERTS)[0], "which", "staging")
    slack.click("U0ANA", slack.messages(ALERTS)[0], "scout_go")
    slack.wait_for(lambda: len(bodies) == 2)

    chosen = next(body for body in bodies if body["actions"][0]["action_id"] == "which")
    pressed = next(body for body in bodies if body is not chosen)
    assert chosen["actions"][0]["selected_option"] == option
    assert pressed["state"]["values"] == {"b": {"which": {"type": "static_select", "selected_option": option}}}


def test_a_button_nobody_answers_warns_the_person(slack: PracticeSlack, web: Web) -> None:
    web.chat_postMessage(channel=ALERTS, text="x", blocks=buttons("Go"))
    slack.click("U0ANA", slack.messages(ALERTS)[0], "scout_go")

    assert "did not answer" in slack.notices("U0ANA")[0]


# -- modals and the home tab


def open_modal(slack: PracticeSlack, bolt: BoltApp, web: Web, view: Json) -> Json:
    def go(ack: Ack, body: Json) -> None:
        web.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    bolt.app.action("scout_go:0")(go)
    bolt.connect()
    web.chat_postMessage(channel=ALERTS, text="x", blocks=buttons("Deny"))
    slack.click("U0BEN", slack.messages(ALERTS)[0], "scout_go")
    return the_only(slack.wait_for(lambda: slack.views("U0BEN")))


def test_a_modal_is_filled_in_corrected_and_sent(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    def deny(ack: Ack, view: Json) -> None:
        text = view["state"]["values"]["why"]["reason"]["value"]
        if text == "no":
            ack(response_action="errors", errors={"why": "Say more."})
        else:
            ack()

    bolt.app.view("deny")(deny)
    view = open_modal(slack, bolt, web, why())

    assert slack.submit("U0BEN", view["id"], {}) == {"why": "Please complete this required field."}
    assert slack.submit("U0BEN", view["id"], reason("no")) == {"why": "Say more."}
    assert slack.submit("U0BEN", view["id"], reason("not tonight")) == {}
    assert slack.views("U0BEN") == []


def test_a_submission_may_change_the_modal_and_clear_all(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    def deny(ack: Ack, view: Json) -> None:
        if view["title"]["text"] == "Deny":
            ack(response_action="push", view=why(title=plain("Sure?")))
        else:
            ack(response_action="clear")

    bolt.app.view("deny")(deny)
    first = open_modal(slack, bolt, web, why())
    slack.submit("U0BEN", first["id"], reason("x"))
    top = slack.views("U0BEN")[-1]

    assert (top["title"]["text"], top["previous_view_id"], top["root_view_id"]) == ("Sure?", first["id"], first["id"])
    slack.submit("U0BEN", top["id"], reason("y"))
    assert slack.views("U0BEN") == []


def test_a_modal_is_updated_only_from_its_newest_state(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    view = open_modal(slack, bolt, web, why())

    updated = web.views_update(view_id=view["id"], hash=view["hash"], view=why(title=plain("Deny it")))

    assert slack.views("U0BEN")[0]["title"]["text"] == "Deny it"
    assert updated["view"]["id"] == view["id"]
    assert error_of(web, "views.update", view_id=view["id"], hash=view["hash"], view=why())["error"] == "hash_conflict"


def test_the_app_hears_of_a_closed_modal_when_it_asked_to(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    closed: list[str] = []

    def gone(ack: Ack, view: Json) -> None:
        ack()
        closed.append(view["callback_id"])

    bolt.app.view_closed("deny")(gone)
    view = open_modal(slack, bolt, web, why(notify_on_close=True))
    slack.close_view("U0BEN", view["id"])

    assert slack.wait_for(lambda: closed) == ["deny"]


def test_a_trigger_opens_one_view_within_three_seconds(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    triggers: list[str] = []

    def scout(ack: Ack, body: Json) -> None:
        ack()
        triggers.append(body["trigger_id"])

    bolt.app.command("/scout")(scout)
    bolt.connect()
    slack.say("U0ANA", ALERTS, "/scout menu")
    trigger = slack.wait_for(lambda: triggers)[0]
    web.views_open(trigger_id=trigger, view=why())
    assert error_of(web, "views.open", trigger_id=trigger, view=why())["error"] == "exchanged_trigger_id"

    slack.house.desk.triggers.seconds = -1
    slack.say("U0ANA", ALERTS, "/scout menu")
    late = slack.wait_for(lambda: len(triggers) == 2 and triggers[1])
    assert error_of(web, "views.open", trigger_id=late, view=why())["error"] == "expired_trigger_id"


def test_the_home_tab_is_published_when_it_is_opened(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    def opened(event: Json) -> None:
        web.views_publish(user_id=event["user"], view={"type": "home", "blocks": [{"type": "divider"}]})

    bolt.app.event("app_home_opened")(opened)
    bolt.connect()
    slack.open_home("U0ANA")

    home = slack.wait_for(lambda: slack.home("U0ANA"))
    assert home
    assert home["type"] == "home"


# -- events


def test_a_mention_and_a_direct_message_reach_the_app(slack: PracticeSlack, bolt: BoltApp) -> None:
    heard: list[Json] = []

    def hear(body: Json) -> None:
        heard.append(body)

    bolt.app.event("app_mention")(hear)
    bolt.app.event("message")(hear)
    bolt.connect()
    slack.say("U0ANA", ALERTS, "@Scout status")
    slack.say("U0ANA", "D0ANA", "status")
    slack.say("U0ANA", ALERTS, "nothing for the bot")
    slack.wait_for(lambda: len(heard) == 2)

    by_type = {body["event"]["type"]: body for body in heard}
    assert by_type["app_mention"]["event"]["text"] == "<@U0SCOUT> status"
    assert (by_type["message"]["event"]["channel_type"], by_type["message"]["event"]["text"]) == ("im", "status")
    assert by_type["message"]["authorizations"][0]["user_id"] == "U0SCOUT"
    assert by_type["message"]["event_id"] != by_type["app_mention"]["event_id"]


def test_a_mention_in_a_shared_channel_tells_the_team_of_the_person(slack: PracticeSlack, bolt: BoltApp) -> None:
    heard: list[Json] = []

    def hear(body: Json) -> None:
        heard.append(body)

    bolt.app.event("app_mention")(hear)
    bolt.connect()
    slack.say("U0STRANGER", SHARED, "@Scout status")
    slack.wait_for(lambda: heard)

    assert heard[0]["is_ext_shared_channel"] is True
    assert (heard[0]["team_id"], heard[0]["event"]["user_team"]) == ("T0PRACTICE", "T0OTHER")


# -- Socket Mode on its bad days


def mentions(bolt: BoltApp) -> list[str]:
    heard: list[str] = []

    def hear(event: Json) -> None:
        heard.append(event["text"])

    bolt.app.event("app_mention")(hear)
    return heard


def test_an_event_waits_for_the_next_socket(slack: PracticeSlack, bolt: BoltApp) -> None:
    heard = mentions(bolt)
    slack.say("U0ANA", ALERTS, "@Scout one")
    bolt.connect()

    assert slack.wait_for(lambda: heard) == ["<@U0SCOUT> one"]


def test_several_sockets_share_the_envelopes(slack: PracticeSlack, bolt: BoltApp) -> None:
    heard = mentions(bolt)
    bolt.connect()
    bolt.connect()
    for number in range(10):
        slack.say("U0ANA", ALERTS, f"@Scout {number}")
    slack.wait_for(lambda: len(slack.acknowledgements()) == 10)

    assert len(heard) == 10
    assert len({one.envelope_id for one in slack.acknowledgements()}) == 10


def test_a_refreshed_socket_is_replaced(slack: PracticeSlack, bolt: BoltApp) -> None:
    heard = mentions(bolt)
    bolt.connect()
    slack.refresh_sockets(grace=0.2)
    slack.wait_for(lambda: slack.sockets() == 1, what="the new socket")
    slack.say("U0ANA", ALERTS, "@Scout one")

    assert slack.wait_for(lambda: heard) == ["<@U0SCOUT> one"]
    assert len(slack.calls("apps.connections.open")) == 2


def test_a_command_in_a_cut_socket_comes_again(slack: PracticeSlack, bolt: BoltApp) -> None:
    seen = threading.Event()
    go_on = threading.Event()
    again: list[tuple[str, str | None]] = []

    def scout(ack: Ack, body: Json) -> None:
        again.append((body["trigger_id"], None))
        seen.set()
        if len(again) == 1:
            go_on.wait(5)
        ack("done")

    bolt.app.command("/scout")(scout)
    bolt.connect()
    slack.say("U0ANA", ALERTS, "/scout status")
    assert seen.wait(5)
    slack.cut_sockets()
    slack.wait_for(lambda: len(again) == 2, what="the second delivery")
    go_on.set()

    assert again[0] == again[1]
    assert [one.retry_attempt for one in bolt.requests] == [None, 1]
    assert slack.wait_for(lambda: slack.ephemerals("U0ANA"))[0]["text"] == "done"


def test_a_silent_socket_is_noticed_and_nothing_is_lost(slack: PracticeSlack, bolt: BoltApp) -> None:
    heard = mentions(bolt)
    bolt.connect()
    slack.silence_sockets(noticed_after=1.0)
    slack.say("U0ANA", ALERTS, "@Scout one")

    assert slack.wait_for(lambda: heard, timeout=15) == ["<@U0SCOUT> one"]


def test_an_event_nobody_acknowledges_comes_again(slack: PracticeSlack, bolt: BoltApp) -> None:
    slack.house.hub.retry_seconds = (-2.9,)
    bolt.app.event("app_mention")(lambda: time.sleep(0.5))
    bolt.app.use(_refuse_first(bolt))
    bolt.connect()
    slack.say("U0ANA", ALERTS, "@Scout one")
    acknowledged: list[Acknowledgement] = slack.wait_for(slack.acknowledgements)

    assert [(one.retry_attempt, one.retry_reason) for one in bolt.requests] == [(0, ""), (1, "timeout")]
    assert acknowledged[0].attempt == 1


def _refuse_first(bolt: BoltApp) -> Any:  # noqa: ANN401 - Bolt's middleware may be any function
    def middleware(next_: Any) -> None:  # noqa: ANN401 - Bolt hands it over untyped
        if len(bolt.requests) > 1:
            next_()

    return middleware


def test_an_envelope_may_come_twice(slack: PracticeSlack, bolt: BoltApp) -> None:
    heard = mentions(bolt)
    bolt.connect()
    slack.send_twice()
    slack.say("U0ANA", ALERTS, "@Scout one")
    slack.wait_for(lambda: len(heard) == 2)

    assert bolt.requests[0].envelope_id == bolt.requests[1].envelope_id


def test_a_ticket_opens_one_socket(slack: PracticeSlack) -> None:
    web: Web = WebClient(base_url=slack.api_url)
    url = web.apps_connections_open(app_token=slack.app_token)["url"]

    async def connect() -> Json:
        async with ClientSession() as session, session.ws_connect(url) as socket:
            return await socket.receive_json()

    hello = asyncio.run(connect())
    assert (hello["type"], hello["num_connections"], hello["connection_info"]) == ("hello", 1, {"app_id": "A0SCOUT"})
    with pytest.raises(WSServerHandshakeError, match="403"):
        asyncio.run(connect())


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refused_handshake_is_tried_again(slack: PracticeSlack, bolt: BoltApp, status: int) -> None:
    heard = mentions(bolt)
    with slack.inject("handshake", methods=["socket"], times=1, status=status) as rule:
        bolt.connect()
        assert rule.hits == 1
    slack.say("U0ANA", ALERTS, "@Scout one")

    assert slack.wait_for(lambda: heard)


def test_a_hostile_payload_can_be_sent(slack: PracticeSlack, bolt: BoltApp) -> None:
    bolt.connect()

    assert slack.send_envelope("slash_commands", {"command": "/scout", "text": None})
    slack.wait_for(lambda: bolt.requests)


# -- faults


def test_calls_can_be_refused_for_a_while(slack: PracticeSlack, web: Web) -> None:
    with slack.inject("ratelimited", methods=["chat.update", "chat.postMessage"], times=1, retry_after=7):
        assert error_of(web, "chat.postMessage", channel=ALERTS, text="x")["error"] == "ratelimited"
        assert web.chat_postMessage(channel=ALERTS, text="x")["ok"]

    assert [call.status for call in slack.calls("chat.postMessage")] == [429, 200]


def test_an_answer_can_be_lost_after_the_post(slack: PracticeSlack) -> None:
    web: Web = WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
    with slack.inject("lose_answer", times=1), pytest.raises((URLError, ConnectionError, OSError)):
        web.chat_postMessage(channel=ALERTS, text="x")

    assert the_only(slack.messages(ALERTS))["text"] == "x"
    assert slack.calls("chat.postMessage")[0].answer is None


def test_an_answer_can_be_slow_wrong_or_broken(slack: PracticeSlack, web: Web) -> None:
    started = time.monotonic()
    with slack.inject("delay", seconds=0.2):
        web.auth_test()
    assert time.monotonic() - started >= 0.2
    with slack.inject("error", error="fatal_error"):
        assert error_of(web, "auth.test")["error"] == "fatal_error"
    with slack.inject("http_error", status=503), pytest.raises(SlackApiError) as broken:
        web.auth_test()
    answer: Any = broken.value
    assert answer.response.status_code == 503


def test_slack_can_be_gone_and_come_back(slack: PracticeSlack, bolt: BoltApp, web: Web) -> None:
    heard = mentions(bolt)
    bolt.connect()
    gone = slack.fault("slack-gone")
    gone.start()
    assert gone.is_on
    slack.wait_for(lambda: slack.sockets() == 0)
    with pytest.raises((URLError, ConnectionError, OSError)):
        web.auth_test()
    slack.say("U0ANA", ALERTS, "@Scout one")
    gone.undo()

    assert slack.wait_for(lambda: heard, timeout=10) == ["<@U0SCOUT> one"]


def test_a_failed_expectation_shows_the_conversation(slack: PracticeSlack) -> None:
    slack.say("U0DAN", ALERTS, "anything odd?")

    with pytest.raises(AssertionError, match=r"(?s)a miracle.*#scout-alerts\nDan: anything odd\?"):
        slack.wait_for(lambda: False, timeout=0.05, what="a miracle")


# -- the page


@dataclass
class Lever:
    """A fault of another kind, as the practice database has them."""

    name: str = "lever"
    title: str = "Pull"
    detail: str = "Pulls it."
    group: Literal["database", "slack"] = "database"
    momentary: bool = False
    is_on: bool = False

    def start(self) -> None:
        """Refuse to break."""
        raise RuntimeError("The lever is stuck.")

    def undo(self) -> None:
        """Nothing to mend."""


def test_the_page_gets_the_state_and_its_faults() -> None:
    faults: list[Fault] = [Lever()]
    with PracticeSlack(faults=faults, completions=[("status", "How it is")]) as slack:
        status, text, headers = page(slack, "/practice/state")
        state = json.loads(text)

        assert status == 200
        assert [fault["name"] for fault in state["faults"]] == ["lever", "slack-429", "slack-refresh", "slack-gone"]
        assert state["completions"] == [{"text": "status", "help": "How it is"}]
        assert {
            "id": "U0STRANGER",
            "name": "sam",
            "real_name": "Sam",
            "role": "stranger",
            "team_id": "T0OTHER",
        } in state["users"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert (
            json.loads(page(slack, "/practice/fault", {"name": "lever", "on": True})[1])["error"]
            == "The lever is stuck."
        )
        assert json.loads(page(slack, "/practice/state")[1])["faults"][0]["error"] == "The lever is stuck."


def test_the_page_switches_faults_on_and_off(slack: PracticeSlack, web: Web) -> None:
    assert json.loads(page(slack, "/practice/fault", {"name": "slack-429", "on": True})[1]) == {"ok": True}
    assert error_of(web, "auth.test")["error"] == "ratelimited"
    assert [one["on"] for one in json.loads(page(slack, "/practice/state")[1])["faults"]] == [True, False, False]
    page(slack, "/practice/fault", {"name": "slack-429", "on": False})
    assert web.auth_test()["ok"]
    assert json.loads(page(slack, "/practice/fault", {"name": "other", "on": True})[1])["ok"] is False


def test_the_page_can_do_what_a_person_does(slack: PracticeSlack, web: Web) -> None:
    said = page(slack, "/practice/say", {"user": "U0DAN", "channel": ALERTS, "text": "hello"})
    web.chat_postMessage(channel=ALERTS, text="x", blocks=buttons("Go"))
    message = slack.messages(ALERTS)[1]
    press: Json = {
        "user": "U0DAN",
        "channel": ALERTS,
        "ts": message["ts"],
        "block_id": "choice",
        "action_id": "scout_go:0",
        "action": {},
    }

    assert json.loads(said[1])["ok"] is True
    assert json.loads(page(slack, "/practice/click", press)[1]) == {"ok": True}
    gone = json.loads(page(slack, "/practice/click", press | {"action_id": "other"})[1])
    assert gone == {"ok": False, "error": "This button is no longer there."}


def test_the_page_hears_of_every_change(slack: PracticeSlack) -> None:
    with urlopen(f"{slack.url}/practice/stream", timeout=5) as stream:  # noqa: S310 - our own server
        stream.readline()
        slack.say("U0DAN", ALERTS, "hello")
        lines = [stream.readline() for _ in range(2)]

    change = json.loads(next(line for line in lines if line.startswith(b"data:"))[5:])
    assert (change["type"], change["message"]["text"], change["message"]["channel"]) == ("message", "hello", ALERTS)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Host": "evil.example"}, 403),
        ({"Content-Type": "text/plain"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, 200),
    ],
)
def test_other_sites_cannot_act_for_a_person(slack: PracticeSlack, headers: dict[str, str], status: int) -> None:
    body = {"user": "U0ANA", "channel": ALERTS, "text": "/scout emergency"}

    assert page(slack, "/practice/say", body, **headers)[0] == status


def test_other_sites_cannot_call_the_web_api(slack: PracticeSlack) -> None:
    assert page(slack, "/api/auth.test?token=xoxb-practice", Origin="http://evil.example")[0] == 403
    assert page(slack, "/practice/state", Host="rebound.example")[0] == 403


@pytest.mark.parametrize("body", ["nonsense", [1], {"user": 1}])
def test_nonsense_from_the_page_is_answered_with_a_sentence(slack: PracticeSlack, body: object) -> None:
    answer = json.loads(page(slack, "/practice/say", body)[1])

    assert answer["ok"] is False
    assert answer["error"].endswith(".")
