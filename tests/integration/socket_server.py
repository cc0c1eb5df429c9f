"""A Slack that does nothing but Socket Mode, and that can be told to misbehave: refuse, fall silent, vanish."""

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar, cast

from aiohttp import WSMsgType, web

T = TypeVar("T")
APP_TOKEN, BOT_TOKEN = "xapp-1-right", "xoxb-right"


def eventually(true: Callable[[], object], seconds: float = 10.0) -> None:
    """Waits until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        threading.Event().wait(0.01)


@dataclass(frozen=True)
class Link:
    """One socket as the server sees it."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport


@dataclass
class SocketServer:
    """Runs in a thread of its own; `refusals` are the HTTP states of the next handshakes, `limits` the 429s of the next tickets."""

    refusals: list[int] = field(default_factory=list[int])
    limits: list[str] = field(default_factory=list[str])
    silent: list[str] = field(
        default_factory=list[str]
    )  # the next sockets: "mute" says nothing, "deaf" says hello and then nothing
    links: list["Link"] = field(default_factory=list["Link"])
    tickets: set[str] = field(default_factory=set[str])
    issued: int = 0
    stale: int = 0
    most_at_once: int = 0
    acknowledged: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    port: int = 0

    def __post_init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        self.come_back()
        return self

    def __exit__(self, *_: object) -> None:
        self.vanish()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/"

    def counted(self) -> Counter[str]:
        """How often each envelope was acknowledged."""
        return Counter(answer["envelope_id"] for answer in self.acknowledged)

    def send(self, envelope_id: str, text: str = "", link: Link | None = None, **more: object) -> None:
        """A slash command, on the newest socket that is open unless another is named."""
        payload = {"command": "/scout", "text": text, "team_id": "T1", "user_id": "U1"}
        frame = {
            "type": "slash_commands",
            "envelope_id": envelope_id,
            "payload": payload,
            "accepts_response_payload": True,
        }
        self._run(self._say(frame | more, link))

    def refresh(self, reason: str = "refresh_requested", *, hang_up: bool = False) -> None:
        """Asks the newest socket to leave; with `hang_up`, ends it at once."""
        self._run(self._say({"type": "disconnect", "reason": reason}, hang_up=hang_up))

    def hang_up(self) -> None:
        """Ends all sockets without a close frame."""
        self._run(self._abort())

    def vanish(self) -> None:
        """Closes the port, and the sockets with it."""
        self._run(self._gone())

    def come_back(self) -> None:
        """Opens the same port again."""
        self._run(self._serve())

    def _run(self, job: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(job, self._loop).result(10)

    async def _serve(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.post("/api/auth.test", self._auth_test),
                web.post("/api/apps.connections.open", self._open),
                web.get("/link", self._link),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def _gone(self) -> None:
        await self._abort()
        await self._runner.cleanup()

    async def _abort(self) -> None:
        for link in self.links:
            link.transport.abort()

    async def _say(self, frame: dict[str, Any], link: Link | None = None, *, hang_up: bool = False) -> None:
        socket = (link or self.links[-1]).socket
        await socket.send_json(frame)
        if hang_up:
            await socket.close()

    async def _auth_test(self, request: web.Request) -> web.Response:
        if _token(request) != BOT_TOKEN:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return web.json_response({"ok": True, "team_id": "T1", "user_id": "UBOT", "team": "Home"})

    async def _open(self, request: web.Request) -> web.Response:
        if _token(request) == "xapp-1-narrow":
            return web.json_response({"ok": False, "error": "missing_scope", "needed": "connections:write"})
        if _token(request) != APP_TOKEN:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if self.limits:
            return web.json_response(
                {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": self.limits.pop(0)}
            )
        self.issued += 1
        ticket = f"ticket-{self.issued}"
        self.tickets.add(ticket)
        return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{self.port}/link?ticket={ticket}"})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query["ticket"]
        if ticket not in self.tickets:
            self.stale += 1
            return web.Response(status=404)
        self.tickets.remove(ticket)
        if self.refusals:
            return web.Response(status=self.refusals.pop(0))
        return await self._talk(request)

    async def _talk(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        mood = self.silent.pop(0) if self.silent else ""
        link = Link(socket, cast("asyncio.Transport", request.transport))
        self.links.append(link)
        self.most_at_once = max(self.most_at_once, len(self.links))
        if mood != "mute":
            await socket.send_json({"type": "hello", "num_connections": 1})
        try:
            await (self._sulk(link) if mood else self._listen(socket))
        finally:
            self.links.remove(link)
        return socket

    async def _sulk(self, link: Link) -> None:
        """Never reads: no pong, no acknowledgement, no answer to a close."""
        while not link.transport.is_closing():
            await asyncio.sleep(0.02)

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data))


def _token(request: web.Request) -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ")
