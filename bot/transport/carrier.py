"""Socket Mode's door: Scout keeps a socket to Slack open.

A socket never reconnects: the next one is opened beside it, and the old one runs dry. Requests go to the synchronous Bolt app in a
thread pool, their acknowledgements go out by whichever socket works.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

from slack_bolt import App
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.errors import ScoutError
from bot.transport.door import STOPPING, TOO_LONG, Door, TransportState
from bot.transport.health import HealthPages
from bot.transport.link import SlackUnreachable, Socket, SocketSettings, introduce, new_ticket, slack_errors

log = logging.getLogger(__name__)

CHANCE = random.Random()  # noqa: S311 - spreads the load, guards nothing


class Transport(Door):
    """Carries what comes by a socket to the app."""

    def __init__(
        self,
        app: App,
        settings: SocketSettings,
        listen: tuple[str, int] | None = None,
        ready: Callable[[], list[str]] = list,
        figures: Callable[[], bytes] = bytes,
        overhear: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        super().__init__(app, settings, listen, ready, figures, overhear)
        self._sockets: list[Socket] = []
        self._retiring: set[asyncio.Task[None]] = set()
        self._opened = 0
        self._last_frame = self._retry_after = 0.0

    def state(self) -> TransportState:
        """A look from any thread."""
        sockets = list(self._sockets)
        last = max([self._last_frame, *(socket.last_frame for socket in sockets)])
        return TransportState(
            connected=any(socket.alive for socket in sockets),
            sockets_opened=self._opened,
            reconnects=max(0, self._opened - 1),
            last_frame_age=time.monotonic() - last if last else None,
            acknowledged=self._acknowledged,
            slow_acknowledgements=self._envelopes.slow,
            problem=self._problem,
        )

    # The thread's life

    async def _serve(self) -> None:
        self._newer = asyncio.Event()  # replaced at each new socket
        async with self._health_pages():
            self._keeper = asyncio.create_task(self._stay_connected())
            await self._drain(await self._patience)

    async def _drain(self, timeout: float) -> None:
        await self._envelopes.finish(timeout)
        tasks = [self._keeper, *self._retiring]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(self._close(socket) for socket in list(self._sockets)))

    # Sockets

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            lasted = await self._one_socket()
            failures = 0 if lasted > self.settings.ping_interval else failures + 1
            if failures:
                await asyncio.sleep(self._pause(failures))

    def _pause(self, failures: int) -> float:
        most = 2 * TOO_LONG * self.settings.ping_interval
        backoff = min(most, self.settings.ping_interval / 10 * 2 ** min(failures, 10))
        return self._retry_after + backoff * CHANCE.uniform(0.5, 1.0)

    async def _one_socket(self) -> float:
        """Opens a socket beside the others and returns the seconds it was wanted."""
        try:
            socket = await self._open()
        except ScoutError as problem:
            self._failed(problem)
            return 0.0
        except Exception as error:  # this loop must outlive any bug
            log.exception("an attempt to connect failed")
            self._failed(SlackUnreachable(f"Connecting failed ({type(error).__name__})."))
            return 0.0
        began = time.monotonic()
        self._adopt(socket)
        await socket.leaving.wait()
        log.info("a socket is to be replaced (%s)", socket.reason)
        if socket.ended.is_set() or socket.reason == "too_many_websockets":
            await self._close(socket)
        return time.monotonic() - began

    async def _open(self) -> Socket:
        with slack_errors(self.settings):
            async with asyncio.timeout(TOO_LONG * self.settings.ping_interval):
                ticket = await self._ticket()
                socket = Socket(self.settings, self._receive)
                try:
                    await socket.open(ticket)
                except BaseException:
                    await socket.close()
                    raise
                return socket

    async def _ticket(self) -> str:
        if self.identity:
            return await new_ticket(self.settings)
        self.identity, ticket = await introduce(self.settings)
        return ticket

    def _failed(self, problem: ScoutError) -> None:
        log.warning("not connected to Slack: %s", problem)
        self._problem = str(problem)
        self._retry_after = problem.retry_after if isinstance(problem, SlackUnreachable) else 0.0
        may_wait = self._wait and isinstance(problem, SlackUnreachable)
        self._tried(None if self.identity or may_wait else problem)

    def _adopt(self, socket: Socket) -> None:
        if self._sockets:
            task = asyncio.create_task(self._retire(self._sockets[-1]))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)
        self._sockets.append(socket)
        self._opened += 1
        self._problem, self._retry_after = None, 0.0
        self._newer.set()
        self._newer = asyncio.Event()
        self._tried(None)

    async def _retire(self, socket: Socket) -> None:
        """Lets Slack end the old socket itself, so that no envelope on its way is dropped."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(socket.ended.wait(), TOO_LONG * self.settings.ping_interval)
        await self._close(socket)

    async def _close(self, socket: Socket) -> None:
        await socket.close()
        self._last_frame = max(self._last_frame, socket.last_frame)
        if socket in self._sockets:
            self._sockets.remove(socket)

    def renew(self) -> None:
        """Ask for a new socket, from any thread: the one there is may be deaf without knowing."""
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.result(0).call_soon_threadsafe(self._renew)

    def _renew(self) -> None:
        if self._sockets:
            self._sockets[-1].reason = "not heard"
            self._sockets[-1].leaving.set()

    def _receive(self, socket: Socket, request: SocketModeRequest) -> None:
        self._heard(request)
        self._envelopes.take(request, lambda answer: self._acknowledge(socket, answer))

    async def _acknowledge(self, received_on: Socket, answer: SocketModeResponse) -> None:
        """Sends by the socket the request came from, else by any other, else by the next one that opens."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * TOO_LONG * self.settings.ping_interval):
                while True:
                    newer = self._newer
                    if await self._sent([received_on, *reversed(self._sockets)], answer):
                        return
                    await newer.wait()
        log.warning("an acknowledgement found no socket")

    async def _sent(self, sockets: list[Socket], answer: SocketModeResponse) -> bool:
        for socket in sockets:
            if await socket.sent(answer):
                self._acknowledged += 1
                return True
        return False

    # Health

    @contextlib.asynccontextmanager
    async def _health_pages(self) -> AsyncGenerator[None]:
        if self.listen is None:
            yield
            return
        async with HealthPages(self._why_dead, self._why_not_ready, self._figures).served(*self.listen) as self.address:
            yield

    async def _why_dead(self) -> list[str]:
        """The answer itself shows that the loop turns."""
        return ["the connection is no longer looked after"] if self._keeper.done() else []

    def trouble(self) -> list[str]:
        """Why nothing can be heard from Slack, from any thread; empty when it can."""
        state = self.state()
        if self._patience.done():
            return [STOPPING]
        if not state.connected:
            return [state.problem or "no socket to Slack is open"]
        silent = state.last_frame_age or 0.0
        is_silent = silent > TOO_LONG * self.settings.ping_interval
        return [f"nothing came from Slack for {silent:.0f} s"] if is_silent else []
