"""The story of one bad night in a real browser: status, a fault, the alert, a refusal, the repair, the recovery.

With SCOUT_RENEW_PICTURES=1 it keeps the picture of the README as docs/practice.png.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from practice.settings import Settings
from practice.slack.server import PracticeSlack
from practice.stage import Stage

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "practice.png"
HOME = Path(tempfile.gettempdir()) / f"scout-practice-templates-{os.geteuid()}"
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
MOMENT, WHILE = 10_000, 40_000
"""Milliseconds: what an answer may take, and what an alert or a run may take."""

Open = Callable[[str], Page]


def granted() -> set[str]:
    """The scopes that the manifest asks for: with these and no others the whole story has to go."""
    manifest: dict[str, Any] = yaml.safe_load((ROOT / "slack_manifest.yaml").read_text(encoding="utf-8"))
    return set(manifest["oauth_config"]["scopes"]["bot"])


@pytest.fixture
def slack() -> Iterator[PracticeSlack]:
    with Stage(HOME, Settings(tick=0.5, alert_for=1, long_query=30, idle=5)) as stage:
        assert stage.slack is not None
        stage.slack.scopes.intersection_update(granted())
        yield stage.slack


@pytest.fixture
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained of."""
    return []


@pytest.fixture
def visit(browser: Browser, slack: PracticeSlack, complaints: list[str]) -> Open:
    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def go(user: str) -> Page:
        page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{slack.url}/?as={user}#C0ALERTS")
        expect(page.get_by_test_id("composer")).to_be_visible()
        return page

    return go


def types(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()


def message(page: Page, *texts: str) -> Locator:
    """The newest message that holds all of these texts."""
    found = page.locator("#timeline").get_by_test_id("message")
    for text in texts:
        found = found.filter(has_text=text)
    return found.last


def presses(card: Locator, action: str) -> None:
    """Press a button and confirm it, where it asks."""
    card.locator(f"[data-action-id^={action}]").first.click()
    card.page.get_by_test_id("confirm-yes").click()


def keep_picture(page: Page, card: Locator) -> None:
    """Keep the page with the top of a card at its top, when somebody wants a new picture."""
    if os.environ.get("SCOUT_RENEW_PICTURES") == "1":
        card.evaluate("card => card.scrollIntoView({block: 'start'})")
        page.screenshot(path=PICTURE, animations="disabled")


def test_a_bad_night_ends_well(visit: Open, complaints: list[str]) -> None:
    ana, ben = visit("U0ANA"), visit("U0BEN")

    types(ana, "/scout status")
    expect(message(ana, "Service levels")).to_contain_text("Data freshness", timeout=MOMENT)

    ana.get_by_test_id("fault-lock-queue").click()
    expect(ana.get_by_test_id("fault-lock-queue")).to_have_attribute("data-on", "true", timeout=MOMENT)
    alert = message(ana, "Blocked sessions", "Acknowledge")
    expect(alert).to_be_visible(timeout=WHILE)

    alert.locator("[data-action-id^=scout_command]").filter(has_text=re.compile("emergency", re.IGNORECASE)).click()
    ana.get_by_test_id("ephemeral").last.locator("[data-action-id^=scout_why]").click()
    modal = ana.get_by_test_id("modal")
    modal.locator("[data-action-id=given]").fill("the shop stands still")
    modal.get_by_test_id("modal-submit").click()
    card = message(ana, "Emergency:", "Approve")
    expect(card).to_be_visible(timeout=MOMENT)
    kept = card.get_attribute("data-ts")
    card, seen_by_ben = (page.locator(f"#timeline [data-ts='{kept}']") for page in (ana, ben))

    presses(card, "scout_approve")
    expect(ana.get_by_test_id("ephemeral").last).to_contain_text("Only approvers may do that", timeout=MOMENT)
    expect(card).to_contain_text("Approve")

    presses(seen_by_ben, "scout_approve")
    expect(card).to_contain_text("Approved by @Ben", timeout=MOMENT)
    expect(card).to_contain_text("steps done and verified", timeout=WHILE)
    expect(card.locator("[data-action-id^=scout_approve]")).to_have_count(0)

    expect(message(ana, "RECOVERED", "Blocked sessions")).to_be_visible(timeout=WHILE)
    types(ana, "/scout history")
    expect(message(ana, "History")).to_contain_text("done", timeout=MOMENT)

    again = visit("U0ANA")
    expect(again.get_by_test_id("fault-lock-queue")).to_have_attribute("data-on", "false")
    keep_picture(again, again.locator(f"#timeline [data-ts='{kept}']"))
    assert complaints == []
