"""Every request that Slack handed to Scout, with what became of it: acknowledged or not, and every answer that came back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from practice.slack.envelope import Acknowledgement, Envelope
from practice.slack.server import PracticeSlack
from practice.slack.wire import Json, as_record

STILL = "Still asking"
UNTAKEN = "Scout cannot take this now"
DIALOGS = ("scout_deny", "scout_note")
OK = 200


@dataclass(frozen=True)
class Request:
    """One envelope, as the person sees it who waits.

    `inbox` is the id under which Scout writes it down; `sent` when it went out first and `socket` by which socket; `heard` how soon
    after that it was acknowledged, None when never; `subject` is the plan that a press is about, `thread` where a mention stands.
    """

    inbox: str
    what: str
    user: str
    sent: float
    heard: float | None
    told_at_once: str = ""
    answers: tuple[tuple[float, str], ...] = ()
    channel: str = ""
    thread: str = ""
    subject: str = ""
    opens_dialog: bool = False
    is_event: bool = False
    socket: int = 0

    @property
    def was_refused(self) -> bool:
        """Whether Scout said that it cannot take it."""
        return UNTAKEN in self.told_at_once or any(UNTAKEN in text for _, text in self.answers)

    @property
    def was_taken(self) -> bool:
        """Whether Scout said that it has it."""
        return self.heard is not None and not self.was_refused

    @property
    def seconds(self) -> float | None:
        """How long the person waited for the answer."""
        return self.answers[0][0] - self.sent if self.answers else None


@dataclass(frozen=True)
class Aside:
    """A word to one person that came without a response URL."""

    at: float
    channel: str
    user: str
    text: str
    thread: str = ""


def requests(there: PracticeSlack) -> list[Request]:
    """All of them, in the order in which they were sent."""
    hub = there.house.hub
    heard = {one.envelope_id: one for one in list(hub.acknowledged)}
    said = _answers(there)
    found = [_request(envelope, heard.get(envelope.id), said) for envelope in list(hub.sent)]
    return [one for one in found if one is not None]


def asides(there: PracticeSlack) -> list[Aside]:
    """All of them that were shown; a word that it takes longer is none."""
    shown = [one for one in there.calls("chat.postEphemeral") if as_record(one.answer).get("ok")]
    told = [
        Aside(
            one.at,
            one.args["channel"],
            one.args["user"],
            str(one.args.get("text", "")),
            str(one.args.get("thread_ts") or ""),
        )
        for one in shown
    ]
    return [one for one in told if STILL not in one.text]


def _request(
    envelope: Envelope, heard: Acknowledgement | None, said: Mapping[str, Sequence[tuple[float, str]]]
) -> Request | None:
    """None for what Scout has nothing to answer to."""
    payload = envelope.payload
    read = _read(envelope.kind, payload)
    if read is None:
        return None
    inbox, what, user, opens = read
    sent, socket = envelope.sendings[0]
    answer = heard.payload if heard else {}
    channel, thread = _place(payload)
    token = str(payload.get("response_url", "")).rpartition("/")[2]
    return Request(
        inbox,
        what,
        user,
        sent,
        envelope.sent_at + heard.seconds - sent if heard else None,
        told_at_once=f"{answer.get('text', '')}{answer.get('errors', '')}",
        answers=tuple(said.get(token, ())),
        channel=channel,
        thread=thread,
        subject=_subject(payload),
        opens_dialog=opens,
        is_event=envelope.is_event,
        socket=socket,
    )


def _place(payload: Json) -> tuple[str, str]:
    """The channel and the thread in which it was typed or pressed; a dialog's are those of its button."""
    if "view" in payload:
        about = _about(payload)
        return str(about["channel"]), str(about["thread"] or "")
    event = as_record(payload.get("event"))
    channel = payload.get("channel_id") or event.get("channel") or as_record(payload.get("channel")).get("id")
    return str(channel or ""), str(event.get("thread_ts") or "")


def _about(payload: Json) -> Json:
    return json.loads(payload["view"]["private_metadata"])


def _subject(payload: Json) -> str:
    """The plan that a button or a dialog belongs to."""
    if "view" in payload:
        return str(_about(payload)["subject"])
    actions: Sequence[Json] = payload.get("actions") or [{}]
    return str(actions[0].get("value") or "").partition(" ")[0]


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
        return f"dialog:{payload['view']['id']}", "a dialog", user, False
    action = str(payload["actions"][0]["action_id"])
    return f"press:{payload['trigger_id']}", action, user, action.startswith(DIALOGS)


def _event(payload: Json) -> tuple[str, str, str, bool] | None:
    event: dict[str, Any] = payload["event"]
    if event.get("bot_id") or event.get("subtype") or event.get("type") != "app_mention":
        return None
    return f"event:{payload['event_id']}", str(event["text"]), str(event["user"]), False
