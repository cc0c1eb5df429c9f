"""Everything the practice workspace remembers, in memory, and who is told when it changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from practice.slack import fixture
from practice.slack.fixture import Channel, Group, User
from practice.slack.wire import Clock, Json, is_record, new_id, records

Listener = Callable[[Json], None]


@dataclass
class Workspace:
    """The workspace: people, channels, messages, ephemerals, views, homes, files."""

    users: dict[str, User] = field(default_factory=fixture.users)
    groups: dict[str, Group] = field(default_factory=fixture.groups)
    channels: dict[str, Channel] = field(default_factory=fixture.channels)
    clock: Clock = field(default_factory=Clock)
    files: dict[str, Json] = field(default_factory=dict[str, Json])
    whispers: dict[str, Json] = field(default_factory=dict[str, Json])
    stacks: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    homes: dict[str, Json] = field(default_factory=dict[str, Json])
    notices: list[Json] = field(default_factory=list[Json])
    _messages: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    _commands: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    _listeners: list[Listener] = field(default_factory=list[Listener])

    # -- telling the page

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call the listener with every change, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, kind: str, **what: object) -> None:
        """Tell every listener of a change."""
        for listener in tuple(self._listeners):
            listener({"type": kind, **what})

    def notice(self, user: str, channel: str | None, text: str) -> None:
        """Show a person what Slack itself has to say."""
        self.notices.append({"user": user, "channel": channel, "text": text})
        self.tell("notice", user=user, channel=channel, text=text)

    def notices_to(self, user: str) -> list[str]:
        """Return what Slack itself told a person."""
        return [str(one["text"]) for one in self.notices if one["user"] == user]

    # -- messages

    def messages(self, channel: str) -> list[Json]:
        """Return the messages of a channel with their threads, oldest first."""
        return list(self._messages.get(channel, {}).values())

    def message(self, channel: str, ts: str) -> Json | None:
        """Return a message, if it exists."""
        return self._messages.get(channel, {}).get(ts)

    def replies(self, channel: str, ts: str) -> list[Json]:
        """Return the replies to a message, oldest first."""
        return [one for one in self.messages(channel) if one.get("thread_ts") == ts and one["ts"] != ts]

    def post(self, channel: str, message: Json, *, is_command: bool = False) -> Json:
        """Add a message; its timestamp is given here."""
        ts = self.clock.ts()
        kept: Json = {"type": "message", **message, "ts": ts, "team": fixture.TEAM}
        kept["blocks"] = with_block_ids(kept.get("blocks"))
        self._messages.setdefault(channel, {})[ts] = kept
        if is_command:
            self._commands.add((channel, ts))
        self._show(channel, kept)
        self._show_parent(channel, kept)
        return kept

    def edit(self, channel: str, ts: str, changes: Json) -> Json:
        """Change a message in place."""
        kept = self._messages[channel][ts]
        kept.update(changes)
        kept["blocks"] = with_block_ids(kept.get("blocks"))
        self._show(channel, kept)
        return kept

    def delete(self, channel: str, ts: str) -> None:
        """Remove a message."""
        gone = self._messages[channel].pop(ts)
        self.tell("message_deleted", channel=channel, ts=ts)
        self._show_parent(channel, gone)

    def page_message(self, channel: str, message: Json) -> Json:
        """Return a message as the page draws it."""
        ts = message["ts"]
        files = [self._page_file(file["id"]) for file in records(message.get("files"))]
        return message | {
            "channel": channel,
            "files": files,
            "reply_count": len(self.replies(channel, ts)),
            "is_command": (channel, ts) in self._commands,
        }

    def _page_file(self, file_id: str) -> Json:
        file = self.files[file_id]
        return {name: file[name] for name in ("id", "name", "title", "content")}

    def _show(self, channel: str, message: Json) -> None:
        self.tell("message", message=self.page_message(channel, message))

    def _show_parent(self, channel: str, message: Json) -> None:
        parent = self.message(channel, message.get("thread_ts") or "")
        if parent is not None and parent is not message:
            self._show(channel, parent)

    # -- ephemerals

    def whisper(self, channel: str, user: str, message: Json) -> Json:
        """Show one person an ephemeral message."""
        kept: Json = {"id": new_id("E"), "channel": channel, "user": user, "ts": self.clock.ts(), **message}
        kept["blocks"] = with_block_ids(kept.get("blocks"))
        self.whispers[kept["id"]] = kept
        self.tell("ephemeral", ephemeral=kept)
        return kept

    def whispers_to(self, user: str) -> list[Json]:
        """Return the ephemeral messages a person sees, oldest first, each as it is now."""
        return [dict(one) for one in self.whispers.values() if one["user"] == user]

    def rewrite(self, whisper_id: str, changes: Json) -> None:
        """Change an ephemeral message in place, if it is still there."""
        kept = self.whispers.get(whisper_id)
        if kept is not None:
            kept.update(changes)
            kept["blocks"] = with_block_ids(kept.get("blocks"))
            self.tell("ephemeral", ephemeral=kept)

    def hush(self, whisper_id: str) -> None:
        """Remove an ephemeral message, if it is still there."""
        if self.whispers.pop(whisper_id, None):
            self.tell("ephemeral_deleted", id=whisper_id)

    # -- views

    def views(self, user: str) -> list[Json]:
        """Return the person's open views, the topmost last."""
        return self.stacks.setdefault(user, [])

    def view(self, view_id: str) -> tuple[str, Json] | None:
        """Return an open view with the person who sees it."""
        found = [(user, view) for user, stack in self.stacks.items() for view in stack if view["id"] == view_id]
        return found[0] if found else None

    def open_view(self, user: str, view: Json) -> None:
        """Put a view on top of the person's."""
        self.views(user).append(view)
        self.tell("view", user=user, view=view)

    def close_view(self, user: str, view_id: str) -> None:
        """Close a view; the one below it is seen again."""
        self.stacks[user] = [view for view in self.views(user) if view["id"] != view_id]
        self.tell("view_closed", user=user, view_id=view_id)
        if self.stacks[user]:
            self.tell("view", user=user, view=self.stacks[user][-1])

    def set_home(self, user: str, view: Json) -> None:
        """Put a view on the person's home tab."""
        self.homes[user] = view
        self.tell("home", user=user, view=view)

    # -- names

    def name_token(self, sign: str, name: str) -> str | None:
        """Return the token of a name that a person typed, as `<@U0BEN|ben>`."""
        found: dict[str, str] = {}
        if sign == "@":
            found |= {word: f"<!{word}>" for word in ("here", "channel", "everyone")}
            found |= {group.handle: f"<!subteam^{group.id}|@{group.handle}>" for group in self.groups.values()}
            found |= {user.name: f"<@{user.id}|{user.name}>" for user in self.users.values()}
        else:
            found |= {one.name: f"<#{one.id}|{one.name}>" for one in self.channels.values() if one.name}
        return found.get(name.lower())


def with_block_ids(blocks: Any) -> list[Json]:  # noqa: ANN401 - whatever a caller sent; the limits were checked before
    """Return the blocks as Slack stores them: each with an id."""
    return [_with_id(block) for block in records(blocks)]


def _with_id(block: Json) -> Json:
    kept: Json = {**block, "block_id": block.get("block_id") or new_id("")[:5]}
    for name in ("element", "accessory"):
        if is_record(kept.get(name)):
            kept[name] = _with_action(kept[name])
    name = {"actions": "elements", "context_actions": "elements", "card": "actions"}.get(kept["type"], "")
    if name in kept:
        kept[name] = [_with_action(one) for one in records(kept[name])]
    name = {"container": "child_blocks", "carousel": "elements"}.get(kept["type"], "")
    if name in kept:
        kept[name] = with_block_ids(kept[name])
    return kept


def _with_action(element: Json) -> Json:
    if element.get("action_id") or element.get("type") == "image":
        return element
    return {**element, "action_id": new_id("")[:5]}
