"""The story of one bad night, told on the terminal: status, a fault, the alert, the repair, and status again."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from practice.settings import ALERTS, Settings
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text
from practice.stage import Stage

ANA, BEN = "U0ANA", "U0BEN"


def tour(home: Path) -> int:
    """Tell the story; 0 only when the database is well again at the end."""
    began = time.monotonic()
    with Stage(home, Settings(tick=0.5, alert_for=1, long_query=5, idle=5)) as stage:
        if stage.slack is None:
            return 1
        try:
            _story(stage.slack)
        except AssertionError as error:
            print(f"\nThe tour ends here, and not well:\n{error}", flush=True)
            return 1
    print(f"\nThe database is well again. {time.monotonic() - began:.0f} s.", flush=True)
    return 0


def _story(slack: PracticeSlack) -> None:
    told = Narrator(slack)
    told.says(ANA, "/scout status")
    told.hears("status", lambda: told.answer_with("status"))
    told.narrates(
        "Somebody opens a transaction and forgets it; an ALTER TABLE waits behind it, and everybody behind that."
    )
    slack.fault("lock-queue").start()
    told.hears("the alert", lambda: told.card_with("blocked", "scout_ack"), 20)
    told.says(ANA, "/scout emergency because the shop stands still")
    card = told.hears("the plan", lambda: told.card_with("emergency", "scout_approve"), 10)
    told.narrates("Ana presses Approve on her own plan.")
    slack.click(ANA, card, "scout_approve")
    told.hears("that she may not", lambda: told.whisper_to(ANA, "Only approvers"), 10)
    told.narrates("Ben presses Approve.")
    slack.click(BEN, card, "scout_approve")
    told.hears("how it went", lambda: told.ended(card["ts"]), 40)
    told.hears("the recovery", lambda: told.card_with("recovered"), 30)
    told.says(ANA, "/scout status")
    told.hears("status", told.well, 15)


class Narrator:
    """Prints what is typed and heard."""

    def __init__(self, slack: PracticeSlack) -> None:
        self._slack = slack
        self._heard: set[str] = set()

    def narrates(self, text: str) -> None:
        """A line that is not said by anybody in the chat."""
        print(f"\n-- {text}", flush=True)

    def says(self, user: str, text: str) -> None:
        """Type something."""
        self._heard = {message["ts"] for message in self._slack.messages(ALERTS)}
        print(f"\n{user} types: {text}", flush=True)
        self._slack.say(user, ALERTS, text)

    def hears(self, what: str, look: Callable[[], dict[str, Any] | None], seconds: float = 10) -> dict[str, Any]:
        """Wait for a message, and print it."""
        message = self._slack.wait_for(look, seconds, what)
        if message is None:
            raise AssertionError(what)
        print("\n" + "\n".join(f"    {line}" for line in as_text(message).splitlines()), flush=True)
        return message

    def answer_with(self, *words: str) -> dict[str, Any] | None:
        """A message that was not there when something was typed last."""
        return next((one for one in self._found(words) if one["ts"] not in self._heard), None)

    def card_with(self, *words: str) -> dict[str, Any] | None:
        """The newest message with these words, shown or in its blocks."""
        return next(iter(self._found(words)), None)

    def whisper_to(self, user: str, words: str) -> dict[str, Any] | None:
        """What only one person sees."""
        return next((one for one in self._slack.ephemerals(user) if words in as_text(one)), None)

    def ended(self, ts: str) -> dict[str, Any] | None:
        """The card, when its run is over."""
        card = next(one for one in self._slack.messages(ALERTS) if one["ts"] == ts)
        return card if "steps done and verified" in as_text(card) else None

    def well(self) -> dict[str, Any] | None:
        """An answer to status that has nothing to complain of, asked again until it has."""
        answer = self.answer_with("status")
        if answer is not None and ":large_green_circle:" in str(answer["blocks"][0:2]):
            return answer
        if answer is not None:
            self._heard.add(answer["ts"])
            self._slack.say(ANA, ALERTS, "/scout status")
        return None

    def _found(self, words: tuple[str, ...]) -> list[dict[str, Any]]:
        found = [one for one in reversed(self._slack.messages(ALERTS)) if one.get("bot_id")]
        return [one for one in found if all(word.lower() in (as_text(one) + str(one)).lower() for word in words)]
