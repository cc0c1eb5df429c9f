"""What a person does in the chat, and what Slack makes of the app's acknowledgement."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from practice.slack import fixture, hooks, interactions
from practice.slack.elements import find_element
from practice.slack.envelope import Envelope
from practice.slack.fixture import Channel, User
from practice.slack.hooks import Origin
from practice.slack.passes import Passes
from practice.slack.socket_mode import Hub
from practice.slack.state import Workspace
from practice.slack.views import Views, fill
from practice.slack.wire import Json, NotPossible, Refusal, as_record, typed_text

_LABEL = re.compile(r"<([@#][A-Z0-9]+)\|[^<>]*>")


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
    subscriptions: tuple[str, ...] = ("app_mention", "message.im")
    _states: dict[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])
    _overheard: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
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
            body = await envelope.acknowledged()
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

    def overhear(self, change: Json) -> None:
        """Tell the app what it has said itself in a direct message, or edited there, as Slack does."""
        message = as_record(change.get("message"))
        channel = self.workspace.channels.get(str(message.get("channel", "")))
        if channel is None or not channel.is_im or not message.get("bot_id") or "message.im" not in self.subscriptions:
            return
        version = (message["ts"], as_record(message.get("edited")).get("ts", ""))
        if version in self._overheard:
            return
        self._overheard.add(version)
        about: Json = {
            "type": "message",
            "channel_type": "im",
            "channel": channel.id,
            "event_ts": self.workspace.clock.ts(),
        }
        if version[1]:
            self._event(
                None, channel, {**about, "subtype": "message_changed", "ts": about["event_ts"], "message": message}
            )
        else:
            self._event(None, channel, {**message, **about})

    def _event(self, user: User | None, channel: Channel, body: Json) -> None:
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
        view = home if home is not None and home["id"] == view_id else self.views.owned(user_id, view_id)
        place: Json = {"container": {"type": "view", "view_id": view_id}, "view": view}
        return self._click(Origin(user_id, ""), view, press, place)

    def _click(self, origin: Origin, holder: Json, press: Json, place: Json) -> Json:
        found = find_element(holder["blocks"], str(press.get("action_id")), press.get("block_id"))
        if found is None:
            raise NotPossible("This button is no longer there.")
        block, element = found
        chosen = as_record(press.get("action"))
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
            await envelope.acknowledged()
        except TimeoutError:
            self._unanswered(origin)

    def _unanswered(self, origin: Origin) -> None:
        text = "\N{WARNING SIGN} The button did not work: the app did not answer in time."
        self.workspace.notice(origin.user, origin.channel or None, text)

    # -- the ways back

    def _ways_back(self, origin: Origin) -> Json:
        url = f"{self.address()}/hooks/response/{self.answers.issue(origin)}"
        return {"response_url": url, "trigger_id": self.triggers.issue(origin.user)}

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
