"""Every request that Slack handed to Scout, with what became of it: acknowledged or not, and every answer that came back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from practice.slack.server import PracticeSlack
from practice.slack.wire import Json, as_record

STILL = "Still asking"
UNTAKEN = "Scout cannot take this now"
DIALOGS = ("scout_deny", "scout_note")
OK = 200


@dataclass(frozen=True)
class Request:
    """One envelope; `inbox` is the id under which Scout writes it down, `heard` how soon it was acknowledged, None when never."""

    inbox: str
    what: str
    user: str
    sent: float
    heard: float | None
    told_at_once: str
    answers: tuple[tuple[float, str], ...]
    channel: str = ""
    opens_dialog: bool = False
    is_event: bool = False

    @property
    def was_taken(self) -> bool:
        """Whether Scout said that it has it."""
        refused = UNTAKEN in self.told_at_once or any(UNTAKEN in text for _, text in self.answers)
        return self.heard is not None and not refused

    @property
    def seconds(self) -> float | None:
        """How long the person waited for the answer."""
        return self.answers[0][0] - self.sent if self.answers else None


def requests(there: PracticeSlack) -> list[Request]:
    """All of them, in the order in which they were sent."""
    hub = there.house.hub
    heard = {one.envelope_id: one for one in list(hub.acknowledged)}
    said = _answers(there)
    found: list[Request] = []
    for envelope in list(hub.sent):
        acknowledged = heard.get(envelope.id)
        told = str(acknowledged.payload.get("text", "")) if acknowledged else ""
        seconds = acknowledged.seconds if acknowledged else None
        read = _read(envelope.kind, envelope.payload)
        if read is not None:
            inbox, what, user, opens = read
            token = str(envelope.payload.get("response_url", "")).rpartition("/")[2]
            answers = said.get(token, ())
            where, is_event = _channel(envelope.payload), envelope.kind == "events_api"
            sent = envelope.sent_at
            found.append(Request(inbox, what, user, sent, seconds, told, tuple(answers), where, opens, is_event))
    return found


@dataclass(frozen=True)
class Aside:
    """A word to one person that came without a response URL."""

    at: float
    channel: str
    user: str
    text: str


def asides(there: PracticeSlack) -> list[Aside]:
    """All of them that were shown; a word that it takes longer is none."""
    shown = [one for one in there.calls("chat.postEphemeral") if as_record(one.answer).get("ok")]
    told = [Aside(one.at, one.args["channel"], one.args["user"], str(one.args.get("text", ""))) for one in shown]
    return [one for one in told if STILL not in one.text]


def _channel(payload: Json) -> str:
    return str(payload.get("channel_id") or as_record(payload.get("channel")).get("id") or "")


def _answers(there: PracticeSlack) -> Mapping[str, Sequence[tuple[float, str]]]:
    """What arrived at each response URL; a word that it takes longer is no answer."""
    found: dict[str, list[tuple[float, str]]] = {}
    for call in there.calls("response_url"):
        text = str(call.args.get("text", ""))
        if call.status == OK and STILL not in text:
            found.setdefault(str(call.args["token"]), []).append((call.at, text))
    return found


def _read(kind: str, payload: Json) -> tuple[str, str, str, bool] | None:
    """Id in the inbox, what it was, who, and whether it opens a dialog; None for what Scout has nothing to answer to."""
    if kind == "slash_commands":
        return f"slash:{payload['trigger_id']}", f"/scout {payload['text']}", str(payload["user_id"]), False
    if kind == "events_api":
        return _event(payload)
    user = str(payload["user"]["id"])
    if payload["type"] == "view_submission":
        return f"dialog:{payload['view']['id']}", "a dialog", user, True
    action = str(payload["actions"][0]["action_id"])
    return f"press:{payload['trigger_id']}", action, user, action.startswith(DIALOGS)


def _event(payload: Json) -> tuple[str, str, str, bool] | None:
    event: dict[str, Any] = payload["event"]
    if event.get("bot_id") or event.get("subtype") or event.get("type") != "app_mention":
        return None
    return f"event:{payload['event_id']}", str(event["text"]), str(event["user"]), False
