"""One bad night told in pictures: something breaks, the alert, the plan, the approval, the run, before and after."""

import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from practice.settings import ALERTS, Settings
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text
from practice.slack.wire import Json
from practice.stage import Stage

ANA, BEN, CORA = "U0ANA", "U0BEN", "U0CORA"
ALONE = {"SCOUT_BREAK_GLASS": BEN}
FAULTS = ("lock-queue", "invalid-index")
PATIENCE_S = 60
SETTLE_MS = 900


@dataclass(frozen=True)
class Story:
    """The night as Ana sees it."""

    slack: PracticeSlack
    page: Page
    folder: Path

    def keep(self, name: str, message: Json | None = None) -> None:
        """Keep what is seen, with a message at the top when one is meant."""
        self.page.wait_for_timeout(SETTLE_MS)
        if message is not None:
            card = self.page.locator(f"#timeline [data-ts='{message['ts']}']")
            card.evaluate("card => card.scrollIntoView({block: 'start'})")
        self.page.screenshot(path=self.folder / f"emergency-{name}.png", animations="disabled")

    def found(self, *words: str) -> Json:
        """The newest message of Scout's that holds all the words."""
        there = self.slack.wait_for(
            lambda: [one for one in self.slack.messages(ALERTS) if all(word in as_text(one) for word in words)],
            PATIENCE_S,
            str(words),
        )
        return there[-1]

    def tell(self) -> None:
        """Break it, ask, approve, and look again."""
        for fault in FAULTS:
            self.slack.fault(fault).start()
        self.keep("1-alert", self.found("Blocked sessions", "Acknowledge"))
        time.sleep(6)  # until the idle transaction counts as forgotten
        self.slack.say(ANA, ALERTS, "/scout emergency because checkout hangs")
        plan = self.found("Approval needed", "Emergency:")
        self.keep("2-plan", plan)
        self.slack.click(BEN, plan, "scout_approve")
        done = self.found("Done", "Before and after")
        self.keep("3-done", done)
        self.found("later", "Service level", "Now")
        self.page.locator(f"#timeline [data-ts='{done['ts']}']").get_by_test_id("thread-link").click()
        self.keep("4-thread")

    def tell_alone(self) -> None:
        """Another night, on which nobody else answers."""
        self.page.goto(f"{self.slack.url}/?as={CORA}#{ALERTS}")
        for fault in FAULTS:
            self.slack.fault(fault).undo()
        self.slack.fault("lock-queue").start()
        time.sleep(6)
        self.slack.say(BEN, ALERTS, "/scout emergency now because checkout hangs and nobody answers")
        done = self.found("BREAK GLASS", "Done", "To be reviewed")
        self.found("Ben approves 'emergency now'")
        self.keep("5-break-glass", done)
        self.slack.click(CORA, done, "scout_review")
        self.found("BREAK GLASS", "Reviewed by")


def tell_emergency(browser: Browser, home: Path, folder: Path) -> None:
    """Play the night on a stage of its own and keep its pictures."""
    with Stage(home, Settings(tick=0.5, alert_for=1, idle=5, look_again=5), extra=ALONE) as stage:
        if stage.slack is None:
            raise RuntimeError("the curtain is down")
        page = browser.new_page(viewport={"width": 1180, "height": 900}, color_scheme="light")
        page.goto(f"{stage.slack.url}/?as={ANA}#{ALERTS}")
        story = Story(stage.slack, page, folder)
        story.tell()
        story.tell_alone()
        page.close()
