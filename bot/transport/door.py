"""What both doors to Slack have in common: a thread with its own event loop, and the synchronous Bolt app behind it."""

import asyncio
import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from slack_bolt import App
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.transport.envelope import Envelopes
from bot.transport.link import Identity, SocketSettings

TOO_LONG = 3  # ping intervals: what an attempt, a silence or the end of an old socket may last
CROWD = 4  # requests at once; one person's haste is none
STOPPING = "Scout is stopping."


@dataclass(frozen=True)
class TransportState:
    """What the door has seen so far; `last_frame_age` in seconds, none before the first frame."""

    connected: bool
    sockets_opened: int
    reconnects: int
    last_frame_age: float | None
    acknowledged: int
    slow_acknowledgements: int
    problem: str | None


class Door(ABC):
    """Carries requests from Slack to a synchronous Bolt app, and its acknowledgements back.

    `listen` is the address of the health pages; `ready` gives the reasons against readiness that the house knows, `figures` the page of
    metrics, and `overhear` sees every event.
    """

    def __init__(
        self,
        app: App,
        settings: SocketSettings,
        listen: tuple[str, int] | None = None,
        ready: Callable[[], list[str]] = list,
        figures: Callable[[], bytes] = bytes,
        overhear: Callable[[dict[str, Any]], None] = lambda _: None,
    ) -> None:
        self.settings, self.listen, self.ready, self.figures = settings, listen, ready, figures
        self.overhear = overhear
        self.identity: Identity | None = None
        self.address: tuple[str, int] | None = None
        self._pool = ThreadPoolExecutor(settings.workers, "slack-request")
        self._envelopes = Envelopes(app, self._pool)
        self._thread = threading.Thread(target=self._live, name="slack-transport", daemon=True)
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        self._first_try: Future[None] = Future()
        self._acknowledged: int = 0
        self._problem: str | None = None
        self._wait = False

    def start(self, *, wait: bool = False) -> None:
        """Asks Slack whom the bot token speaks for and opens; what fails later is tried again for ever.

        With `wait`, a Slack that does not answer is only logged and tried again as well.

        Raises:
            WrongToken: a token is refused.
            SlackUnreachable: without `wait`, Slack does not answer.
            CannotListen: the address of the health pages is taken.
        """
        self._wait = wait
        self._thread.start()
        try:
            self._first_try.result()
        except BaseException:
            self.stop(0)
            raise

    def stop(self, timeout: float = 10.0) -> None:
        """Takes no more requests, gives those under way `timeout` seconds to be acknowledged, and ends the thread."""
        if self._thread.ident is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended already
            self._loop.result().call_soon_threadsafe(self._leave, timeout)
        self._thread.join(timeout + TOO_LONG * self.settings.ping_interval)

    @property
    def crowded(self) -> bool:
        """Whether many requests wait for their acknowledgement, so that whatever else there is to do should wait for them."""
        return self._envelopes.under_way > CROWD

    @abstractmethod
    def state(self) -> TransportState:
        """A look from any thread."""

    @abstractmethod
    def trouble(self) -> list[str]:
        """Why nothing can be heard from Slack, from any thread; empty when it can."""

    @abstractmethod
    def renew(self) -> None:
        """Ask for a new way to hear from Slack, from any thread: the one there is may be deaf without knowing."""

    # The thread's life

    @abstractmethod
    async def _serve(self) -> None:
        """Be there for Slack until `_patience` says how long to wait for what is under way, then leave."""

    def _live(self) -> None:
        try:
            asyncio.run(self._main())
            self._tried(None)  # stopped before the first try came to an end: start() must not wait for it
        except BaseException as problem:
            if not self._tried(problem):
                raise
        finally:
            self._pool.shutdown(wait=False, cancel_futures=True)

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        self._patience: asyncio.Future[float] = loop.create_future()
        self._loop.set_result(loop)
        await self._serve()

    def _leave(self, timeout: float) -> None:
        if not self._patience.done():
            self._patience.set_result(timeout)

    def _tried(self, problem: BaseException | None) -> bool:
        """Lets start() return or raise, unless it has already."""
        if self._first_try.done():
            return False
        self._first_try.set_exception(problem) if problem else self._first_try.set_result(None)
        return True

    def _heard(self, request: SocketModeRequest) -> None:
        if request.type == "events_api":
            self.overhear(cast("dict[str, Any]", request.payload))

    # Health

    async def _why_not_ready(self) -> list[str]:
        return [*self.trouble(), *await self._further_reasons()]

    async def _further_reasons(self) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(2.0):
                return await loop.run_in_executor(self._pool, self.ready)
        except Exception as error:  # noqa: BLE001 - whatever keeps the check from answering is a reason
            return [f"the readiness check failed ({type(error).__name__})"]

    async def _figures(self) -> bytes:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self.figures)
