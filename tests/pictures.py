"""`make pictures`: what some diagnoses and an emergency look like in the practice workspace, into docs/."""

import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

from practice.settings import ALERTS
from practice.slack.server import PracticeSlack
from practice.stage import UNWANTED, Stage
from tests.emergency_story import tell_emergency

DOCS = Path(__file__).parent.parent / "docs"
WANTED = ("health", "blocked", "slow", "indexes", "bloat")
SETTLE_SECONDS = 20
PHONE = ViewportSize(width=390, height=844)
"""What is held at three in the morning."""


def main() -> int:
    """Break two things, ask, and keep the pictures."""
    for name in UNWANTED:
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as cache, Stage(Path(cache)) as stage, sync_playwright() as browsers:
        if stage.slack is None:
            return 1
        chromium = browsers.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-quic"]
        )
        page = chromium.new_page(viewport=PHONE, device_scale_factor=2)
        page.goto(f"{stage.slack.url}/?as=U0ANA#{ALERTS}")
        for fault in ("lock-queue", "bloat"):
            stage.slack.fault(fault).start()
        time.sleep(SETTLE_SECONDS)  # a rate wants readings that are some seconds apart
        for text in WANTED:
            keep(page, stage.slack, text)
        tell_emergency(chromium, Path(cache), DOCS)
        chromium.close()
    return 0


def keep(page: Page, slack: PracticeSlack, text: str) -> None:
    """Ask one thing and keep the first screen of the answer."""
    before = len(slack.messages(ALERTS))
    slack.say("U0ANA", ALERTS, f"/scout {text}")
    slack.wait_for(lambda: [one for one in slack.messages(ALERTS)[before:] if one.get("bot_id")], 15, text)
    page.wait_for_timeout(700)
    page.locator(".message").last.evaluate("answer => answer.scrollIntoView({block: 'start'})")
    page.screenshot(path=DOCS / f"{text}.png")


if __name__ == "__main__":
    sys.exit(main())
