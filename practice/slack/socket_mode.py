"""The server side of Socket Mode: who is connected, what was sent to whom, and what was not acknowledged."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from practice.slack.connection import Connection
from practice.slack.envelope import ACK_SECONDS, Acknowledgement, Envelope
from practice.slack.fixture import APP
from practice.slack.wire import Json, is_record


@dataclass
class Hub:
    """All sockets of the app; each envelope goes to one of them."""

    retry_seconds: tuple[float, ...] = (1.0, 60.0, 300.0)
    ping_seconds: float = 10.0
    connections: dict[int, Connection] = field(default_factory=dict[int, Connection])
    sent: list[Envelope] = field(default_factory=list[Envelope])
    acknowledged: list[Acknowledgement] = field(default_factory=list[Acknowledgement])
    open: dict[str, Envelope] = field(default_factory=dict[str, Envelope])
    waiting: list[Envelope] = field(default_factory=list[Envelope])
    all_connections: list[Connection] = field(default_factory=list[Connection])
    dispatch_failed: list[float] = field(default_factory=list[float])
    """When a command or a click met no socket, so that Slack told the person at once."""
    twice: int = 0
    on_change: Callable[[], None] = lambda: None
    post: "Callable[[Envelope], Awaitable[Json | None]] | None" = None
    """Where an app in HTTP mode is posted to; what it says, or None when it does not acknowledge."""
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _turn: "count[int]" = field(default_factory=count)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    # -- sending

    def deliver(self, kind: str, payload: Json) -> Envelope | None:
        """Send something to the app; None when no socket is open for a command or a click."""
        envelope = Envelope(kind, payload, asyncio.get_running_loop().create_future())
        if self._send(envelope):
            return envelope
        if not envelope.is_event:
            self.dispatch_failed.append(time.monotonic())
            return None
        self.waiting.append(envelope)
        return envelope

    def _send(self, envelope: Envelope) -> bool:
        if self.post is not None:
            envelope.sent_at = time.monotonic()
            self.open[envelope.id] = envelope
            self._spawn(self._posted(envelope))
            self._later(envelope)
            return True
        chosen = self._choose()
        if chosen is None:
            return False
        envelope.holder = chosen.number
        envelope.sent_at = time.monotonic()
        envelope.sendings.append((envelope.sent_at, chosen.number))
        self.open[envelope.id] = envelope
        if not envelope.attempt:
            self.sent.append(envelope)
        self._write(chosen, envelope.frame())
        self._repeat(envelope)
        self._later(envelope)
        return True

    async def _posted(self, envelope: Envelope) -> None:
        said = await self.post(envelope) if self.post is not None else None
        if said is not None:
            self._acknowledge(json.dumps({"envelope_id": envelope.id, "payload": said}))

    def _later(self, envelope: Envelope) -> None:
        if envelope.is_event and envelope.attempt < len(self.retry_seconds):
            pause = self.retry_seconds[envelope.attempt] + ACK_SECONDS
            asyncio.get_running_loop().call_later(pause, self._again, envelope, envelope.attempt)

    def _repeat(self, envelope: Envelope) -> None:
        other = self._choose() if self.twice else None
        if other is not None:
            self.twice -= 1
            self._write(other, envelope.frame())

    def _again(self, envelope: Envelope, attempt: int) -> None:
        if envelope.id in self.open and envelope.attempt == attempt:
            self._resend(envelope, "timeout")

    def _resend(self, envelope: Envelope, reason: str) -> None:
        self.open.pop(envelope.id, None)
        envelope.attempt += 1
        envelope.reason = reason
        if not self._send(envelope):
            self.waiting.append(envelope)

    @property
    def hearing(self) -> list[Connection]:
        """The sockets that are open and not on their way out."""
        return [one for one in self.connections.values() if not one.is_leaving and not one.is_deaf]

    def _choose(self) -> Connection | None:
        # A silent socket gets envelopes only while there is no other: Slack has its pings unanswered there as well.
        ready = self.hearing or list(self.connections.values())
        return ready[next(self._turn) % len(ready)] if ready else None

    def _write(self, connection: Connection, frame: str) -> None:
        if not connection.is_deaf:
            self._spawn(_send_text(connection.socket, frame))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- one socket, from its first frame to its last

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve a socket of the app."""
        socket = web.WebSocketResponse(autoping=False, max_msg_size=2**20, timeout=1.0)
        await socket.prepare(request)
        connection = Connection(next(self._numbers), socket, request.transport)
        await _send_text(socket, self._hello(connection))
        self.connections[connection.number] = connection
        self.all_connections.append(connection)
        self.on_change()
        self._flush()
        pinging = asyncio.ensure_future(self._ping(connection))
        try:
            async for message in socket:
                self._receive(connection, message)
        finally:
            pinging.cancel()
            self._gone(connection)
        return socket

    def _hello(self, connection: Connection) -> str:
        return json.dumps({
            "type": "hello",
            "num_connections": len(self.connections) + 1,
            "debug_info": {"host": f"applink-{connection.number}", "build_number": 58, "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP},
        })  # fmt: skip

    def _flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        for envelope in waiting:
            self._send(envelope)

    def _receive(self, connection: Connection, message: WSMessage) -> None:
        if connection.is_deaf:
            return
        if message.type is WSMsgType.PING:
            self._spawn(_pong(connection.socket, message.data))
        elif message.type is WSMsgType.PONG:
            connection.last_pong = time.monotonic()
        elif message.type is WSMsgType.TEXT:
            self._acknowledge(message.data)

    def _acknowledge(self, text: str) -> None:
        try:
            body: Any = json.loads(text)
        except ValueError:
            return
        envelope = self.open.pop(str(body.get("envelope_id")), None) if is_record(body) else None
        if envelope is None:
            return
        payload: Json = body["payload"] if is_record(body.get("payload")) else {}
        seconds = time.monotonic() - envelope.sent_at
        self.acknowledged.append(Acknowledgement(envelope.id, envelope.kind, seconds, envelope.attempt, payload))
        if not envelope.answer.done():
            envelope.answer.set_result(payload)
        self.on_change()

    def _gone(self, connection: Connection) -> None:
        self.connections.pop(connection.number, None)
        connection.ended_at = time.monotonic()
        for envelope in [one for one in self.open.values() if one.holder == connection.number]:
            self._resend(envelope, "connection_failed")
        self.on_change()

    async def _ping(self, connection: Connection) -> None:
        while not connection.socket.closed:
            await asyncio.sleep(self.ping_seconds)
            if connection.is_deaf:
                continue
            if time.monotonic() - connection.last_pong > self.ping_seconds * 3:
                await connection.socket.close(code=WSCloseCode.GOING_AWAY)
                return
            await connection.socket.ping(b"Ping from applink")

    # -- what goes wrong

    def refresh(self, reason: str = "refresh_requested", grace: float = 5.0) -> None:
        """Ask every socket to be replaced, and close the old ones after some seconds."""
        for connection in list(self.connections.values()):
            connection.is_leaving = connection.is_leaving or reason == "refresh_requested"
            host = f"applink-{connection.number}"
            self._write(connection, json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": host}}))
            if connection.is_leaving:
                self._spawn(_close_later(connection.socket, grace))

    def deafen(self, noticed_after: float) -> None:
        """Let every open socket go silent without closing it, until Slack notices: no pong, no frame, nothing read."""
        for connection in self.connections.values():
            connection.deafen()
            asyncio.get_running_loop().call_later(noticed_after, connection.abort)

    def cut(self) -> None:
        """Cut every socket without a closing frame."""
        for connection in self.connections.values():
            connection.abort()

    async def close(self) -> None:
        """Close every socket with a closing frame."""
        for connection in list(self.connections.values()):
            if connection.is_deaf:
                connection.abort()
            await connection.socket.close(code=WSCloseCode.GOING_AWAY, drain=False)


async def _send_text(socket: web.WebSocketResponse, text: str) -> None:
    if not socket.closed:
        try:
            await socket.send_str(text)
        except ConnectionError:
            return  # the reader sees the end of the socket and sends its envelopes elsewhere


async def _pong(socket: web.WebSocketResponse, data: bytes) -> None:
    if not socket.closed:
        try:
            await socket.pong(data)
        except ConnectionError:
            return  # as above


async def _close_later(socket: web.WebSocketResponse, seconds: float) -> None:
    await asyncio.sleep(seconds)
    if not socket.closed:
        await socket.close(code=WSCloseCode.GOING_AWAY)
