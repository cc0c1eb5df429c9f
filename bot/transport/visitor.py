"""HTTP mode's door: Slack comes to Scout, on the address of the health pages, instead of being kept on a socket."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiohttp import web
from slack_bolt import App
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.errors import ScoutError
from bot.transport.door import STOPPING, Door, TransportState
from bot.transport.health import HealthPages
from bot.transport.link import SlackUnreachable, SocketSettings, slack_errors, who_we_are
from bot.transport.requests import MOST_BYTES, PATH, Requests
from bot.transport.timekeeping import Timekeeping

log = logging.getLogger(__name__)


class Visited(Door):
    """Carries what Slack posts to the app."""

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
        super().__init__(app, settings, listen, ready, figures, overhear)
        self._address = listen
        self._time = Timekeeping(settings)
        self._requests = Requests(secret, self._answer, self._why_not, self._time.doubt)
        self._leaving = False

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
        return [reason for reason in (self._why_not(), self._time.problem) if reason]

    def _why_not(self) -> str:
        if self._leaving:
            return STOPPING
        return "" if self.identity else self._problem or "Slack has not said yet whom the bot token speaks for."

    # The thread's life

    async def _serve(self) -> None:
        page = web.post(PATH, self._requests.serve)
        pages = HealthPages(_no_reasons, self._why_not_ready, self._figures, (page,), MOST_BYTES)
        async with pages.served(*self._address) as self.address:
            tasks = [asyncio.create_task(one) for one in (self._introduce(), self._time.keep())]
            await self._envelopes.finish(await self._patience)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _leave(self, timeout: float) -> None:
        self._leaving = True
        super()._leave(timeout)

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

    async def _answer(self, request: SocketModeRequest) -> SocketModeResponse | None:
        self._heard(request)
        answer = await self._envelopes.answered(request)
        self._acknowledged += answer is not None
        return answer


async def _no_reasons() -> list[str]:
    return []
