"""HTTP mode's door: Slack comes to Scout, on the address of the health pages, instead of being kept on a socket."""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

from aiohttp import web
from slack_bolt import App
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.errors import ScoutError
from bot.transport.carrier import CROWD, TransportState
from bot.transport.envelope import Envelopes
from bot.transport.health import HealthPages
from bot.transport.link import Identity, SlackUnreachable, SocketSettings, slack_errors, who_we_are
from bot.transport.requests import MOST_BYTES, PATH, Requests

log = logging.getLogger(__name__)

STOPPING = "Scout is stopping."


class Visited:
    """Carries what Slack posts to a synchronous Bolt app; from outside it looks as the door of Socket Mode."""

    def __init__(
        self,
        app: App,
        settings: SocketSettings,
        secret: str,
        listen: tuple[str, int],
        ready: Callable[[], list[str]] = list,
        figures: Callable[[], bytes] = bytes,
        overhear: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.settings, self.listen, self.ready, self.figures, self.overhear = settings, listen, ready, figures, overhear
        self.identity: Identity | None = None
        self.address: tuple[str, int] | None = None
        self._pool = ThreadPoolExecutor(settings.workers, "slack-request")
        self._envelopes = Envelopes(app, self._pool)
        self._requests = Requests(secret, self._answer, self._why_not)
        self._thread = threading.Thread(target=self._live, name="slack-transport", daemon=True)
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._first_try: Future[None] = Future()
        self._acknowledged = 0
        self._problem: str | None = None
        self._wait = self._leaving = False

    def start(self, *, wait: bool = False) -> None:
        """Listens, and asks Slack whom the bot token speaks for.

        With `wait`, a Slack that does not answer is only logged and asked again.

        Raises:
            WrongToken: the token is refused.
            SlackUnreachable: without `wait`, Slack does not answer.
            CannotListen: the address is taken.
        """
        self._wait = wait
        self._thread.start()
        try:
            self._first_try.result()
        except BaseException:
            self.stop(0)
            raise

    def stop(self, timeout: float = 10.0) -> None:
        """Takes no more requests, gives those under way `timeout` seconds, and ends the thread."""
        if self._thread.ident is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.result().call_soon_threadsafe(self._leave, timeout)
        self._thread.join(timeout + self.settings.ping_interval)

    @property
    def crowded(self) -> bool:
        """Whether many requests wait for their acknowledgement."""
        return self._envelopes.under_way > CROWD

    def state(self) -> TransportState:
        """A look from any thread; there are no sockets to be counted."""
        return TransportState(
            connected=not self.trouble(),
            sockets_opened=0,
            reconnects=0,
            last_frame_age=None,
            acknowledged=self._acknowledged,
            slow_acknowledgements=self._envelopes.slow,
            problem=self._problem,
        )

    def renew(self) -> None:
        """Nothing to renew: Slack makes a connection for every request."""

    def trouble(self) -> list[str]:
        """Why nothing can be heard from Slack, from any thread; empty when it can."""
        reason = self._why_not()
        return [reason] if reason else []

    def _why_not(self) -> str:
        if self._leaving:
            return STOPPING
        return "" if self.identity else self._problem or "Slack has not said yet whom the bot token speaks for."

    # The thread's life

    def _live(self) -> None:
        try:
            asyncio.run(self._main())
            self._tried(None)
        except BaseException as problem:
            if not self._tried(problem):
                raise
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        self._patience: asyncio.Future[float] = loop.create_future()
        self._loop.set_result(loop)
        page = web.post(PATH, self._requests.serve)
        pages = HealthPages(_no_reasons, self._reasons, self._page, (page,), MOST_BYTES)
        async with pages.served(*self.listen) as self.address:
            asking = asyncio.create_task(self._introduce())
            await self._envelopes.finish(await self._patience)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)

    def _leave(self, timeout: float) -> None:
        self._leaving = True
        if not self._patience.done():
            self._patience.set_result(timeout)

    async def _introduce(self) -> None:
        while self.identity is None:
            try:
                with slack_errors(self.settings):
                    self.identity = await who_we_are(self.settings)
                self._problem = None
                self._tried(None)
            except ScoutError as problem:
                log.warning("Slack does not say who we are: %s", problem)
                self._problem = str(problem)
                self._tried(None if self._wait and isinstance(problem, SlackUnreachable) else problem)
                await asyncio.sleep(self.settings.ping_interval)

    def _tried(self, problem: BaseException | None) -> bool:
        """Lets start() return or raise, unless it has already."""
        if self._first_try.done():
            return False
        self._first_try.set_exception(problem) if problem else self._first_try.set_result(None)
        return True

    async def _answer(self, request: SocketModeRequest) -> SocketModeResponse | None:
        if request.type == "events_api":
            self.overhear(cast("dict[str, Any]", request.payload))
        answer = await self._envelopes.answered(request)
        self._acknowledged += answer is not None
        return answer

    # Health

    async def _reasons(self) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(2.0):
                return [*self.trouble(), *await loop.run_in_executor(self._pool, self.ready)]
        except Exception as error:  # noqa: BLE001 - whatever keeps the check from answering is a reason
            return [f"the readiness check failed ({type(error).__name__})"]

    async def _page(self) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.figures)


async def _no_reasons() -> list[str]:
    return []
