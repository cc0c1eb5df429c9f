"""The page's side: its files, the state, the stream of changes, and what a person does."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

from practice.slack import fixture
from practice.slack.dialogs import Dialogs
from practice.slack.panel import Panel
from practice.slack.people import People
from practice.slack.socket_mode import Hub
from practice.slack.state import Workspace
from practice.slack.wire import Json, NotPossible, as_record, is_record

PAGE = Path(__file__).parent.parent / "page"
KEEP_ALIVE_SECONDS = 15.0
_KINDS = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}
Deed = Callable[[Json], Awaitable[Json]]


@dataclass
class Browser:
    """Serves the page and its API."""

    workspace: Workspace
    people: People
    dialogs: Dialogs
    hub: Hub
    panel: Panel
    completions: Sequence[tuple[str, str]]
    _streams: set["asyncio.Queue[Json | None]"] = field(default_factory=set["asyncio.Queue[Json | None]"])

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page."""
        deeds = {"say": self._say, "click": self._click, "submit": self._submit, "close": self._close}
        deeds |= {"home": self._home, "fault": self._fault}
        return [
            web.get("/", self._page),
            web.get("/{name:[a-z][\\w-]*\\.(?:js|css|svg|png)}", self._file),
            web.get("/practice/state", self._state),
            web.get("/practice/stream", self._stream),
            *(web.post(f"/practice/{name}", _answering(deed)) for name, deed in deeds.items()),
        ]

    # -- the page itself

    async def _page(self, _request: web.Request) -> web.StreamResponse:
        if not (PAGE / "index.html").exists():
            return web.Response(
                text="The page of the practice workspace is not here; the practice Slack itself is running."
            )
        return _static("index.html")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return _static(request.match_info["name"])

    # -- what there is

    async def _state(self, _request: web.Request) -> web.Response:
        return web.json_response({"ok": True, **self.state()})

    def state(self) -> Json:
        """Return everything the page draws."""
        there = self.workspace
        stacks = [(user, view) for user, stack in there.stacks.items() for view in stack]
        return {
            "team": {"id": fixture.TEAM, "name": fixture.TEAM_NAME},
            "bot": {"id": fixture.BOT_USER, "name": fixture.BOT_NAME},
            "users": [_user(one) for one in there.users.values() if not one.is_bot],
            "channels": [_channel(one) for one in there.channels.values()],
            "groups": [{"id": one.id, "handle": one.handle} for one in there.groups.values()],
            "messages": [there.page_message(name, one) for name in there.channels for one in there.messages(name)],
            "ephemerals": list(there.whispers.values()),
            "views": [{"user": user, "view": view} for user, view in stacks],
            "homes": [{"user": user, "view": view} for user, view in there.homes.items()],
            "completions": [{"text": text, "help": meaning} for text, meaning in self.completions],
            "faults": self.panel.listing(),
            "sockets": len(self.hub.connections),
        }

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        changes: asyncio.Queue[Json | None] = asyncio.Queue()
        self._streams.add(changes)
        forget = self.workspace.listen(lambda change: changes.put_nowait(json.loads(json.dumps(change))))
        try:
            await response.prepare(request)
            await response.write(b": here\n\n")
            while event := await _next_event(changes):
                await response.write(event)
        except ConnectionError:
            return response
        finally:
            forget()
            self._streams.discard(changes)
        return response

    def close(self) -> None:
        """End every stream."""
        for changes in self._streams:
            changes.put_nowait(None)

    # -- what a person does

    async def _say(self, body: Json) -> Json:
        return self.people.say(
            _text(body, "user"), _text(body, "channel"), _text(body, "text"), _text(body, "thread_ts")
        )

    async def _click(self, body: Json) -> Json:
        user = _text(body, "user")
        if body.get("view_id"):
            return self.people.click_view(user, _text(body, "view_id"), body)
        if body.get("ephemeral_id"):
            return self.people.click_whisper(user, _text(body, "ephemeral_id"), body)
        return self.people.click_message(user, _text(body, "channel"), _text(body, "ts"), body)

    async def _submit(self, body: Json) -> Json:
        values = as_record(body.get("values"))
        errors = await self.dialogs.submit(_text(body, "user"), _text(body, "view_id"), values)
        return {"errors": errors} if errors else {}

    async def _close(self, body: Json) -> Json:
        self.dialogs.close(_text(body, "user"), _text(body, "view_id"))
        return {}

    async def _home(self, body: Json) -> Json:
        self.dialogs.open_home(_text(body, "user"))
        return {}

    async def _fault(self, body: Json) -> Json:
        error = await self.panel.switch(_text(body, "name"), on=body.get("on") is True)
        if error:
            raise NotPossible(error)
        return {}


def _answering(deed: Deed) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
        except ValueError:
            body = None
        if not is_record(body):
            return web.json_response({"ok": False, "error": "The body is not a JSON object."}, status=400)
        try:
            return web.json_response({"ok": True, **await deed(body)})
        except NotPossible as sentence:
            return web.json_response({"ok": False, "error": str(sentence)})

    return handle


async def _next_event(changes: "asyncio.Queue[Json | None]") -> bytes:
    try:
        change = await asyncio.wait_for(changes.get(), KEEP_ALIVE_SECONDS)
    except TimeoutError:
        return b": still here\n\n"
    return f"data: {json.dumps(change)}\n\n".encode() if change else b""


def _static(name: str) -> web.StreamResponse:
    path = PAGE / name
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Content-Type": f"{_KINDS[path.suffix]}; charset=utf-8"})


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if value is not None and not isinstance(value, str):
        raise NotPossible(f"{name} has to be a text.")
    return value or ""


def _user(user: fixture.User) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "real_name": user.real_name,
        "role": user.role,
        "team_id": user.team_id,
    }


def _channel(channel: fixture.Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_im": channel.is_im,
        "is_private": channel.is_private,
        "is_ext_shared": channel.is_ext_shared,
        "user": channel.user,
    }
