"""What a person does in the chat, and what Slack makes of the app's acknowledgement."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from practice.slack import fixture, hooks, interactions
from practice.slack.elements import find_element
from practice.slack.fixture import Channel, User
from practice.slack.hooks import Origin
from practice.slack.passes import Passes
from practice.slack.socket_mode import ACK_SECONDS, Envelope, Hub
from practice.slack.state import Workspace
from practice.slack.views import Views, fill, missing
from practice.slack.wire import Json, Refusal, is_record, typed_text

_LABEL = re.compile(r"<([@#][A-Z0-9]+)\|[^<>]*>")


class NotPossible(Exception):  # noqa: N818 - named for what happened
    """Something that Slack's own client would not let the person do; the message is a sentence to them."""


@dataclass
class People:
    """Everything a person can do in the workspace."""

    workspace: Workspace
    hub: Hub
    views: Views
    triggers: Passes[str]
    answers: Passes[Origin]
    address: Callable[[], str]
    commands: tuple[str, ...] = ("/scout",)
    subscriptions: tuple[str, ...] = ("app_mention", "message.im", "app_home_opened")
    _states: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    # -- typing

    def say(self, user_id: str, channel_id: str, text: str, thread_ts: str = "") -> Json:
        """Type something into a channel: a slash command or a message."""
        user, channel = self._member(user_id, channel_id)
        if text.startswith("/"):
            return self._command(user, channel, text, thread_ts)
        if not text.strip():
            raise NotPossible("There is nothing to send.")
        said = _LABEL.sub(r"<\1>", typed_text(text, self.workspace.name_token))
        thread: Json = {"thread_ts": thread_ts} if thread_ts else {}
        message = self.workspace.post(channel.id, {"user": user.id, "text": said, **thread})
        self._mention(user, channel, message)
        return {"ts": message["ts"]}

    def _member(self, user_id: str, channel_id: str) -> tuple[User, Channel]:
        user = self.workspace.users.get(user_id)
        channel = self.workspace.channels.get(channel_id)
        if user is None or channel is None:
            raise NotPossible("There is no such person or channel.")
        if user.id not in channel.members:
            raise NotPossible(f"{user.real_name} is not in this channel.")
        if channel.is_archived:
            raise NotPossible("This channel is archived.")
        return user, channel

    def _command(self, user: User, channel: Channel, text: str, thread_ts: str) -> Json:
        command, _, rest = text.partition(" ")
        if thread_ts:
            raise NotPossible(f"{command} cannot be used in threads.")
        if command not in self.commands or user.is_stranger:
            raise NotPossible(f"{command} is not a valid command.")
        origin = Origin(user.id, channel.id, command=text)
        said = typed_text(rest.strip(), self.workspace.name_token)
        payload = interactions.slash_command(user, channel, command, said)
        envelope = self.hub.deliver("slash_commands", payload | self._ways_back(origin))
        if envelope is None:
            self.workspace.notice(user.id, channel.id, f'{command} failed with the error "dispatch_failed"')
            return {}
        self._spawn(self._command_answered(envelope, origin, command))
        return {"envelope_id": envelope.id}

    async def _command_answered(self, envelope: Envelope, origin: Origin, command: str) -> None:
        try:
            body = await _acknowledged(envelope)
            if body:
                hooks.answer(self.workspace, origin, body)
        except TimeoutError:
            self._failed(origin, command, "operation_timeout")
        except Refusal as refusal:
            self._failed(origin, command, refusal.error)

    def _failed(self, origin: Origin, command: str, error: str) -> None:
        self.workspace.notice(origin.user, origin.channel, f'{command} failed with the error "{error}"')

    def _mention(self, user: User, channel: Channel, message: Json) -> None:
        if fixture.BOT_USER not in channel.members:
            return
        body: Json = {**message, "channel": channel.id, "event_ts": message["ts"]}
        body = {name: value for name, value in body.items() if name not in ("blocks", "type")}
        if channel.is_im and "message.im" in self.subscriptions:
            self._event(user, channel, {"type": "message", "channel_type": "im", **body})
        elif f"<@{fixture.BOT_USER}>" in message["text"] and "app_mention" in self.subscriptions:
            self._event(user, channel, {"type": "app_mention", **body})

    def _event(self, user: User, channel: Channel, body: Json) -> None:
        self.hub.deliver("events_api", interactions.event(user, body, shared=channel.is_ext_shared))

    # -- clicking

    def click_message(self, user_id: str, channel_id: str, ts: str, press: Json) -> Json:
        """Press something in a message."""
        user, channel = self._member(user_id, channel_id)
        message = self.workspace.message(channel_id, ts)
        if message is None:
            raise NotPossible("This message is no longer there.")
        origin = Origin(user.id, channel.id, ts=ts)
        place: Json = {
            "container": interactions.message_container(channel, message, is_ephemeral=False),
            "channel": interactions.channel_of(channel),
            "message": interactions.escaped_again(message),
        }
        return self._click(origin, message, press, place)

    def click_whisper(self, user_id: str, whisper_id: str, press: Json) -> Json:
        """Press something in an ephemeral message."""
        whisper = self.workspace.whispers.get(whisper_id)
        if whisper is None or whisper["user"] != user_id:
            raise NotPossible("This message is no longer there.")
        channel = self.workspace.channels[whisper["channel"]]
        origin = Origin(user_id, channel.id, whisper=whisper_id)
        place: Json = {
            "container": interactions.message_container(channel, whisper, is_ephemeral=True),
            "channel": interactions.channel_of(channel),
        }
        return self._click(origin, whisper, press, place)

    def click_view(self, user_id: str, view_id: str, press: Json) -> Json:
        """Press something in a modal or on the home tab."""
        home = self.workspace.homes.get(user_id)
        view = home if home is not None and home["id"] == view_id else self._own_view(user_id, view_id)
        place: Json = {"container": {"type": "view", "view_id": view_id}, "view": view}
        return self._click(Origin(user_id, ""), view, press, place)

    def _click(self, origin: Origin, holder: Json, press: Json, place: Json) -> Json:
        found = find_element(holder["blocks"], str(press.get("action_id")), press.get("block_id"))
        if found is None:
            raise NotPossible("This button is no longer there.")
        block, element = found
        chosen: Json = press["action"] if is_record(press.get("action")) else {}
        payload = interactions.interaction("block_actions", self.workspace.users[origin.user]) | place
        payload["state"] = self._remember(origin.user, holder, block, element, chosen)
        payload["actions"] = [interactions.action(block, element, chosen)]
        payload |= self._ways_back(origin) if origin.channel else {"trigger_id": self.triggers.issue(origin.user)}
        envelope = self.hub.deliver("interactive", payload)
        if envelope is None:
            self._unanswered(origin)
            return {}
        self._spawn(self._click_answered(envelope, origin))
        return {"envelope_id": envelope.id}

    def _remember(self, user: str, holder: Json, block: Json, element: Json, chosen: Json) -> Json:
        if "state" in holder:
            fill(holder, {block["block_id"]: {element["action_id"]: chosen}})
            return holder["state"]
        state = self._states.setdefault((user, holder["ts"]), {"values": {}})
        if interactions.is_stateful(element):
            kept = {"type": element["type"], **interactions.values_of(chosen)}
            state["values"].setdefault(block["block_id"], {})[element["action_id"]] = kept
        return state

    async def _click_answered(self, envelope: Envelope, origin: Origin) -> None:
        try:
            await _acknowledged(envelope)
        except TimeoutError:
            self._unanswered(origin)

    def _unanswered(self, origin: Origin) -> None:
        text = "\N{WARNING SIGN} The button did not work: the app did not answer in time."
        self.workspace.notice(origin.user, origin.channel or None, text)

    # -- modals and the home tab

    async def submit(self, user_id: str, view_id: str, values: Json) -> dict[str, str]:
        """Press a modal's submit button; returns the errors the app or Slack found, by block_id."""
        view = self._own_view(user_id, view_id)
        fill(view, values)
        if errors := missing(view):
            return errors
        payload = interactions.interaction("view_submission", self.workspace.users[user_id])
        payload |= {"view": dict(view), "response_urls": [], "trigger_id": self.triggers.issue(user_id)}
        envelope = self.hub.deliver("interactive", payload)
        try:
            body = await _acknowledged(envelope) if envelope else None
        except TimeoutError:
            body = None
        if body is None:
            raise NotPossible("We had some trouble connecting. Try again?")
        return self._obey(user_id, view_id, body)

    def _obey(self, user: str, view_id: str, body: Json) -> dict[str, str]:
        match body.get("response_action"):
            case None:
                self.workspace.close_view(user, view_id)
            case "errors":
                return {str(name): str(text) for name, text in body.get("errors", {}).items()}
            case "clear":
                for view in reversed(self.workspace.views(user)):
                    self.workspace.close_view(user, view["id"])
            case "update":
                self._changed(lambda: self.views.update(view_id, body.get("view")))
            case "push":
                self._changed(lambda: self.views.push(user, body.get("view")))
            case other:
                raise NotPossible(f"The app answered with an unknown response_action: {other}.")
        return {}

    def _changed(self, change: Callable[[], Json]) -> None:
        try:
            change()
        except Refusal as refusal:
            raise NotPossible(f"The app's answer was refused: {refusal.body()}") from refusal

    def close(self, user_id: str, view_id: str) -> None:
        """Close a modal; the app hears of it only when it asked to."""
        view = self._own_view(user_id, view_id)
        self.workspace.close_view(user_id, view_id)
        if view["notify_on_close"]:
            payload = interactions.interaction("view_closed", self.workspace.users[user_id])
            self.hub.deliver("interactive", payload | {"view": view, "is_cleared": False})

    def open_home(self, user_id: str) -> None:
        """Open the app's home tab."""
        user = self.workspace.users[user_id]
        if "app_home_opened" not in self.subscriptions or user.is_stranger:
            return
        home = self.workspace.homes.get(user_id)
        body: Json = {"type": "app_home_opened", "user": user_id, "channel": user.direct_message, "tab": "home"}
        body["event_ts"] = self.workspace.clock.ts()
        channel = self.workspace.channels[user.direct_message]
        self._event(user, channel, body | ({"view": home} if home else {}))

    def _own_view(self, user_id: str, view_id: str) -> Json:
        found = self.workspace.view(view_id)
        if found is None or found[0] != user_id:
            raise NotPossible("This dialog is no longer open.")
        return found[1]

    # -- the ways back

    def _ways_back(self, origin: Origin) -> Json:
        url = f"{self.address()}/hooks/response/{self.answers.issue(origin)}"
        return {"response_url": url, "trigger_id": self.triggers.issue(origin.user)}

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _acknowledged(envelope: Envelope) -> Json:
    return await asyncio.wait_for(asyncio.shield(envelope.answer), ACK_SECONDS)
