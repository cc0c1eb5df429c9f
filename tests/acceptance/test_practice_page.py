"""The practice chat in the browser: drawn, typed into, clicked, and never fooled by hostile text."""

import json
import os
import queue
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from practice.slack.server import PracticeSlack

SHOWCASE = Path(__file__).parent.parent / "golden" / "blocks-showcase.json"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

Json = dict[str, Any]
Open = Callable[..., Page]


@dataclass
class Switch:
    """A fault that breaks nothing but can be switched."""

    name: str
    title: str
    detail: str
    group: Literal["database", "slack"]
    momentary: bool
    refuses: str | None
    is_on: bool = False

    def start(self) -> None:
        """Switch it on, or refuse."""
        if self.refuses:
            raise RuntimeError(self.refuses)
        self.is_on = not self.momentary

    def undo(self) -> None:
        """Switch it off."""
        self.is_on = False


def furnished(showcase: Json) -> PracticeSlack:
    """Return a workspace, not yet started, that holds an example of every block."""
    faults = [_switch(fault) for fault in showcase["faults"]]
    slack = PracticeSlack(faults=faults, completions=[(one["text"], one["help"]) for one in showcase["completions"]])
    workspace = slack.house.workspace
    given: dict[str, str] = {}
    for message in showcase["messages"]:
        workspace.files.update({file["id"]: file for file in message.get("files", [])})
        kept = _without(message, "ts", "channel", "reply_count", "is_command", "thread_ts") | _thread(message, given)
        posted = workspace.post(message["channel"], kept, is_command=message.get("is_command", False))
        given[message["ts"]] = posted["ts"]
    for whisper in showcase["ephemerals"]:
        kept = _without(whisper, "id", "ts", "channel", "user", "thread_ts") | _thread(whisper, given)
        workspace.whisper(whisper["channel"], whisper["user"], kept)
    for home in showcase["homes"]:
        workspace.set_home(home["user"], home["view"])
    for opened in showcase["views"]:
        slack.house.people.views.open(opened["user"], _without(opened["view"], "id"))
    return slack


def _switch(fault: Json) -> Switch:
    return Switch(fault["name"], fault["title"], fault["detail"], fault["group"], fault["momentary"], fault["error"])


def _without(record: Json, *names: str) -> Json:
    return {name: value for name, value in record.items() if name not in names}


def _thread(record: Json, given: dict[str, str]) -> Json:
    return {"thread_ts": given[record["thread_ts"]]} if "thread_ts" in record else {}


@pytest.fixture(scope="module")
def showcase() -> Json:
    found: Json = json.loads(SHOWCASE.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def slack(showcase: Json) -> Iterator[PracticeSlack]:
    with furnished(showcase) as running:
        yield running


@pytest.fixture
def app(slack: PracticeSlack) -> Iterator["queue.Queue[Json]"]:
    """An app that acknowledges everything; yields the payloads it got."""
    payloads: queue.Queue[Json] = queue.Queue()
    web = WebClient(token=slack.bot_token, base_url=slack.api_url)
    client = SocketModeClient(app_token=slack.app_token, web_client=web)

    def acknowledge(socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
        socket.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))
        payload: Json = cast("Json", request.payload)
        if payload.get("event", {}).get("type") != "message":  # what the app itself has said comes back to it
            payloads.put(payload)

    client.socket_mode_request_listeners.append(acknowledge)
    client.connect()
    yield payloads
    client.auto_reconnect_enabled = False
    slack.cut_sockets()  # or closing would wait for the next three seconds in which nothing is heard
    client.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None and os.environ.get("SCOUT_TEST_NO_SKIPS") == "1":
        pytest.fail("chromium is not installed")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of: errors, refused loads, broken policy, alerts."""
    return []


@pytest.fixture
def visit(browser: Browser, slack: PracticeSlack, complaints: list[str]) -> Iterator[Open]:
    pages: list[Page] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def go(user: str = "U0ANA", channel: str = "C0ALERTS", size: Json = DESK, scheme: str = "light") -> Page:
        page = browser.new_page(viewport={"width": size["width"], "height": size["height"]})
        pages.append(page)
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(f"{slack.url}/?as={user}#{channel}")
        expect(page.get_by_test_id("message").first).to_be_visible()
        return page

    yield go
    for page in pages:
        page.close()


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_every_block_is_drawn_without_a_complaint_of_the_browser(
    visit: Open, complaints: list[str], size: Json, scheme: str
) -> None:
    page = visit(channel="C0GENERAL", size=size, scheme=scheme)
    for kind in ("data_visualization", "data_table", "table", "markdown", "container", "card", "carousel"):
        expect(page.locator(f".block-{kind}").first).to_be_visible()
    for shown in ("svg.plot", ".task_card .spinner, .task .spinner", ".snippet", ".attachment", ".block-image img"):
        expect(page.locator(shown).first).to_be_attached()
    expect(page.get_by_text('A block of type "something_new" is not drawn here.')).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert complaints == []


def test_hostile_text_stays_text(visit: Open, complaints: list[str]) -> None:
    page = visit()
    dan = page.get_by_label(re.compile("^Dan"))
    expect(dan).to_contain_text("<img src=x onerror=alert(1)> <script>alert(2)</script> <!channel> press me or me")
    expect(page.get_by_test_id("ephemeral")).to_contain_text("<img src=x onerror=alert(5)>")
    expect(page.locator("[onerror], .message script, a[href^='javascript'], a[href^='data']")).to_have_count(0)
    expect(dan.locator(".mention")).to_have_count(0)
    page.get_by_test_id("channel-C0GENERAL").click()
    expect(page.locator(".data-table")).to_contain_text("select <b>1</b>")
    assert complaints == []


def test_what_a_person_types_is_said_with_nothing_taken_as_markup(
    visit: Open, slack: PracticeSlack, complaints: list[str]
) -> None:
    page = visit("U0DAN", "C0GENERAL")
    page.get_by_test_id("composer").fill("<img src=x onerror=alert(6)> & <b>*bold*</b> @ben")
    page.get_by_test_id("send").click()
    said = page.get_by_test_id("message").last
    expect(said).to_contain_text("<img src=x onerror=alert(6)> & <b>bold</b> @Ben")
    assert "&lt;img" in slack.messages("C0GENERAL")[-1]["text"]
    assert complaints == []


def test_a_command_is_completed_with_the_keys(visit: Open, app: "queue.Queue[Json]") -> None:
    page = visit()
    box = page.get_by_test_id("composer")
    box.press_sequentially("/scout s")
    expect(page.get_by_test_id("completion")).to_have_count(3)
    box.press("ArrowDown")
    box.press("ArrowDown")
    expect(page.locator("[data-testid=completion][aria-selected=true]")).to_contain_text("/scout status main")
    box.press("Enter")
    expect(box).to_have_value("/scout status main ")
    box.press("Enter")
    expect(box).to_have_value("")
    payload = app.get(timeout=5)
    assert (payload["command"], payload["text"], payload["user_id"]) == ("/scout", "status main", "U0ANA")


def test_tab_completes_a_name(visit: Open) -> None:
    page = visit()
    box = page.get_by_test_id("composer")
    box.press_sequentially("over to @co")
    box.press("Tab")
    expect(box).to_have_value("over to @cora ")


def test_one_acts_as_another_person(visit: Open, slack: PracticeSlack) -> None:
    page = visit()
    expect(page.get_by_test_id("ephemeral")).to_have_count(1)
    page.get_by_test_id("act-as").select_option("U0BEN")
    expect(page.get_by_test_id("ephemeral")).to_have_count(0)
    expect(page.get_by_test_id("channel-D0BEN")).to_be_visible()
    page.get_by_test_id("composer").fill("Ben here")
    page.get_by_test_id("composer").press("Enter")
    expect(page.get_by_test_id("message").last).to_contain_text("Ben here")
    assert slack.messages("C0ALERTS")[-1]["user"] == "U0BEN"


def test_a_stranger_sees_the_shared_channel_only(visit: Open) -> None:
    page = visit()
    page.get_by_test_id("act-as").select_option("U0STRANGER")
    expect(page.get_by_test_id("channel-C0SHARED")).to_be_visible()
    expect(page.get_by_test_id("channel-C0ALERTS")).to_have_count(0)


def test_a_mention_elsewhere_is_counted(visit: Open, slack: PracticeSlack) -> None:
    page = visit()
    slack.say("U0BEN", "C0STAGING", "@ana please look")
    expect(page.get_by_test_id("channel-C0STAGING").locator(".badge")).to_have_text("1")
    page.get_by_test_id("channel-C0STAGING").click()
    expect(page.get_by_test_id("message").last).to_contain_text("@Ana please look")
    expect(page.get_by_test_id("channel-C0STAGING").locator(".badge")).to_have_count(0)


def test_a_dangerous_button_asks_first(visit: Open, app: "queue.Queue[Json]") -> None:
    page = visit("U0BEN")
    approve = page.locator("[data-action-id=approve]").first
    approve.click()
    expect(page.get_by_test_id("confirm")).to_contain_text("End this session?")
    page.get_by_test_id("confirm-no").click()
    expect(page.get_by_test_id("confirm")).to_have_count(0)
    approve.click()
    page.get_by_test_id("confirm-yes").click()
    payload = app.get(timeout=5)
    assert (payload["user"]["id"], payload["actions"][0]["action_id"]) == ("U0BEN", "approve")
    assert payload["actions"][0]["value"] == "run-1"
    assert app.empty()


def test_a_button_that_nobody_answers_says_so(visit: Open) -> None:
    page = visit()
    page.locator("[data-action-id=refresh]").click()
    expect(page.get_by_test_id("notice")).to_contain_text("The button did not work")
    page.get_by_test_id("notice").get_by_test_id("dismiss").click()
    expect(page.get_by_test_id("notice")).to_have_count(0)


def test_a_modal_shows_what_is_missing_and_is_sent(visit: Open, app: "queue.Queue[Json]") -> None:
    page = visit("U0CORA")
    page.get_by_test_id("modal-submit").click()
    expect(page.locator(".field-error")).to_have_text("Please complete this required field.")
    page.locator("[data-action-id=reason]").fill("Not before\nthe backup")
    page.locator("[data-action-id=database]").select_option(label="main")
    page.get_by_label("mute the alert for an hour").check()
    page.get_by_test_id("modal-submit").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)
    values = app.get(timeout=5)["view"]["state"]["values"]
    assert values["reason"]["reason"]["value"] == "Not before\nthe backup"
    assert values["database"]["database"]["selected_option"]["value"] == "main"
    assert [one["value"] for one in values["options"]["options"]["selected_options"]] == ["mute", "cora"]


def test_a_modal_can_be_left(visit: Open, slack: PracticeSlack) -> None:
    page = visit("U0CORA")
    page.get_by_test_id("modal-close").click()
    expect(page.get_by_test_id("modal")).to_have_count(0)
    slack.wait_for(lambda: not slack.views("U0CORA"), what="the view to be closed")


def test_a_thread_opens_beside_the_conversation(visit: Open, slack: PracticeSlack) -> None:
    page = visit()
    page.get_by_test_id("thread-link").click()
    thread = page.get_by_test_id("thread")
    expect(thread.get_by_test_id("message")).to_have_count(4)
    page.get_by_test_id("thread-composer").fill("and now?")
    page.get_by_test_id("thread-composer").press("Enter")
    expect(thread.get_by_test_id("message").last).to_contain_text("and now?")
    expect(page.get_by_test_id("thread-link")).to_contain_text("4 replies")
    assert slack.messages("C0ALERTS")[-1]["thread_ts"]


def test_a_table_is_sorted_and_turned(visit: Open) -> None:
    table = visit(channel="C0GENERAL").locator(".data-table")
    table.get_by_role("button", name="mean ms").click()
    expect(table.locator("tbody tr").first).to_contain_text("9000.1")
    table.get_by_role("button", name="mean ms").click()
    expect(table.locator("tbody tr").first).to_contain_text("0.4")
    table.get_by_role("button", name="Next").click()
    expect(table.locator("tbody tr")).to_have_count(2)


def test_the_home_tab_is_shown(visit: Open, app: "queue.Queue[Json]") -> None:
    page = visit(channel="D0ANA")
    page.get_by_test_id("tab-home").click()
    expect(page.get_by_test_id("home")).to_contain_text("3 databases")
    assert app.get(timeout=5)["event"]["type"] == "app_home_opened"


def test_faults_are_switched_on_and_off(visit: Open, complaints: list[str]) -> None:
    page = visit()
    fault = page.get_by_test_id("fault-slow-query")
    fault.click()
    expect(fault).to_have_attribute("data-on", "true")
    page.get_by_test_id("mend-all").click()
    expect(fault).to_have_attribute("data-on", "false")
    page.get_by_test_id("fault-disconnect").click()
    expect(page.get_by_text("There is no socket to cut.")).to_be_visible()
    assert complaints == []


def test_the_panel_is_a_drawer_on_a_phone(visit: Open) -> None:
    page = visit(size=PHONE)
    expect(page.get_by_test_id("panel")).to_be_hidden()
    page.get_by_test_id("panel-toggle").click()
    expect(page.get_by_test_id("fault-lock-queue")).to_be_visible()
    page.get_by_test_id("panel-close").click()
    page.get_by_test_id("menu").click()
    page.get_by_test_id("channel-C0GENERAL").click()
    expect(page.get_by_role("heading", name="general")).to_be_visible()
