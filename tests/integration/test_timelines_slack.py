"""Every timeline once through the practice Slack: what stands in the channels and threads afterwards is what was to be said."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field

import pytest
from timeline_fixture import Play, called, card_in

from bot.chat import Call
from bot.outbox import Outbox, Tempo
from bot.slack import SlackSpeaker, web_client
from bot.store import Store
from practice.slack.server import PracticeSlack
from practice.slack.wire import Json, unescape
from tests.timelines import METRICS, TIMELINES, Timeline

CHANNELS = ("C0ALERTS", "C0GENERAL", "C0STAGING", "C0SHARED")
TEMPO = 200
"""A tick of 20 s takes the outbox a tenth of a second."""


@pytest.fixture(scope="module")
def slack() -> Generator[PracticeSlack]:
    with PracticeSlack() as there:
        there.rates.is_on = False  # it counts in real seconds, and the outbox's are short here
        yield there


@dataclass
class Staged(Play):
    """A play before the practice Slack: heard is what people can read there."""

    slack: PracticeSlack = field(kw_only=True)
    calls: list[str] = field(default_factory=list[str])
    _seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def __post_init__(self) -> None:
        super().__post_init__()
        self._seen = {(one["channel"], one["ts"]) for one in self.everything()}
        speaker = SlackSpeaker(web_client(self.slack.bot_token, self.slack.api_url, None))
        self.outbox = Outbox(
            self.store, "play", speaker, lambda _, name: METRICS.get(name), self.call, tempo=Tempo(TEMPO)
        )

    def call(self, call: Call) -> None:
        """A receiver outside of Slack."""
        self.calls.append(called(call))

    def everything(self) -> list[Json]:
        """All that stands in the channels."""
        return [one for channel in CHANNELS for one in self.slack.messages(channel)]

    def heard(self) -> Iterator[str]:
        """What is new when everything is sent, in the order in which Slack took it."""
        self.outbox.wake()
        self.slack.wait_for(lambda: not self.store.unsent(), 30, "everything to be sent")
        fresh = [one for one in self.everything() if (one["channel"], one["ts"]) not in self._seen]
        self._seen |= {(one["channel"], one["ts"]) for one in fresh}
        yield from map(read, sorted(fresh, key=lambda one: float(one["ts"])))
        yield from self.calls
        self.calls.clear()


def read(message: Json) -> str:
    """A message as the timelines write it: a card, or who is woken and the first line of each paragraph, without its symbol."""
    if str(message["metadata"]["event_payload"]["key"]).startswith("incident:"):
        return card_in(message["channel"])
    first, *rest = [str(block["text"]["text"]) for block in message["blocks"]]
    verdict, _, *woken = first.split("\n")
    who = "".join(one.replace("<!subteam^", "@").replace("<@", "@").replace(">", " ") for one in woken)
    return unescape(who + " | ".join([*spoken(verdict), *rest]))


def spoken(verdict: str) -> Iterator[str]:
    """A verdict without the emoji and the word of its level."""
    _, _, words = verdict.partition(" ")
    yield words.partition("* ")[2] if words.startswith("*") else words


def by_second(lines: list[str]) -> list[tuple[int, str]]:
    """Sorted within each second: different channels do not wait for each other."""
    return sorted((int(seconds), text) for seconds, _, text in (line.partition(" ") for line in lines))


@pytest.fixture
def stage(sqlite_url: str, slack: PracticeSlack) -> Generator[Callable[[Timeline], Staged]]:
    """Sets a timeline up; the outbox works until the curtain."""
    opened, plays = Store.open(sqlite_url), list[Staged]()

    def staged(timeline: Timeline) -> Staged:
        play = Staged(opened, timeline, slack=slack)
        plays.append(play)
        play.outbox.start()
        return play

    yield staged
    for play in plays:
        play.outbox.stop()
    opened.close()


@pytest.mark.parametrize("timeline", TIMELINES, ids=lambda timeline: timeline.name)
def test_a_timeline_is_read_so_in_slack(stage: Callable[[Timeline], Staged], timeline: Timeline) -> None:
    assert by_second(stage(timeline).run()) == by_second([*timeline.said])
