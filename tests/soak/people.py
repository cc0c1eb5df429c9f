"""People who see their repairs through: they wait for the card, press what they meant to press, and press again when nothing happens."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from practice.slack.server import PracticeSlack
from practice.slack.wire import Json, NotPossible
from tests.soak.drama import MENTIONS, Ending, Question, Repair

ANA, BEN, CORA, DAN = "U0ANA", "U0BEN", "U0CORA", "U0DAN"
LOOKED_AT = 80
"""How many of a channel's newest messages somebody looks at for a card."""
WAIT_S = 60.0
"""After which nobody waits for a card any more."""
AGAIN_S = 9.0
"""After which somebody presses again."""
REASON = "not in the middle of the day"


@dataclass
class Errand:
    """One repair, as the person who asked and those who decide see it."""

    there: PracticeSlack
    repair: Repair
    began: float = field(default_factory=time.monotonic)
    place: str = ""
    is_over: bool = False
    _pressed: float = 0.0
    _done: set[str] = field(default_factory=set[str])

    def go_on(self) -> None:
        """Look, and press what is next."""
        card = self._card()
        if card is None:
            self.is_over = time.monotonic() > self.began + WAIT_S
            return
        buttons = str(card["blocks"])
        if "scout_resume" in buttons:
            self._again(lambda: self._press(BEN, card, "scout_resume"))
        elif "scout_stop" in buttons and self.repair.ending is Ending.STOP:
            self._again(lambda: self._press(ANA, card, "scout_stop"), once="stop")
        elif "scout_approve" in buttons:
            self._again(lambda: self._decide(card))
        elif "scout_stop" not in buttons:
            self.is_over = "Interrupted" not in str(card["text"])

    def _decide(self, card: Json) -> None:
        match self.repair.ending:
            case Ending.LEAVE:
                return
            case Ending.DENY:
                self._deny(card)
            case Ending.TWICE:
                for who in (BEN, CORA, BEN):
                    self._press(who, card, "scout_approve")
            case Ending.WRONG:
                self._press(DAN, card, "scout_approve")
                self._press(CORA, card, "scout_approve")
            case _:
                self._press(BEN, card, "scout_approve")

    def _deny(self, card: Json) -> None:
        for view in reversed(self.there.views(BEN)):
            self.there.close_view(BEN, view["id"])
        self._press(BEN, card, "scout_deny")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            for view in self.there.views(BEN):
                if view.get("submit"):
                    self._submit(view)
                    return
            time.sleep(0.05)

    def _submit(self, view: Json) -> None:
        blocks = [one for one in view["blocks"] if one["type"] == "input"]
        written = {"type": "plain_text_input", "value": REASON}
        values = {one["block_id"]: {one["element"]["action_id"]: written} for one in blocks}
        with suppress(NotPossible, TimeoutError):
            self.there.submit(BEN, view["id"], values)

    def _again(self, do: Callable[[], None], once: str = "") -> None:
        """Do it now, and once more when nothing came of it for a while."""
        if time.monotonic() < self._pressed + AGAIN_S and (not once or once in self._done):
            return
        self._pressed = time.monotonic()
        self._done.add(once)
        do()

    def _press(self, who: str, card: Json, action: str) -> None:
        with suppress(
            NotPossible, AssertionError
        ):  # the card has changed meanwhile: there is nothing to press any more
            self.there.click(who, card, action)

    def _card(self) -> Json | None:
        workspace, channel = self.there.house.workspace, self.repair.channel
        if not self.place:
            newest = workspace.messages(channel)[-LOOKED_AT:]
            self.place = next((one["ts"] for one in newest if is_card_of(one, self.repair.view)), "")
        found = workspace.message(channel, self.place) if self.place else None
        return {**found, "channel": channel} if found else None


def is_card_of(message: Mapping[str, object], view: str) -> bool:
    """Whether a message is the card of the repair of a view; what stands below it is not."""
    own = message.get("thread_ts") in (None, "", message.get("ts"))
    return bool(message.get("bot_id")) and own and f"refresh {view} " in str(message.get("text"))


def ask(there: PracticeSlack, question: Question) -> None:
    """Type a question; a mention stands in a thread of its own, so that its answer is known by its place."""
    if question.channel == MENTIONS:
        there.say(question.who, MENTIONS, question.text, there.say(question.who, MENTIONS, "I have a question")["ts"])
    else:
        there.say(question.who, question.channel, question.text)


def propose(there: PracticeSlack, repair: Repair) -> Errand:
    """Ask for a repair, and see it through from then on."""
    there.say(ANA, repair.channel, f"/scout refresh {repair.view} on {repair.database} because the soak wants it")
    return Errand(there, repair)
