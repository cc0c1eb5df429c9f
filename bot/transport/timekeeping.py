"""Whether this machine's clock is the reason why what Slack signs seems too old: Slack's own clock decides that."""

import asyncio
import logging
import time
from email.utils import parsedate_to_datetime

import aiohttp

from bot.errors import ScoutError
from bot.transport.link import SocketSettings, proxy_for, slack_errors
from bot.transport.signature import WINDOW_SECONDS

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0


class Timekeeping:
    """Compares the clocks once a request was out of time, and goes on until ours is right.

    Nobody but Slack can make it say that ours is wrong: a request that somebody plays again after an hour has it ask, no more.
    """

    def __init__(self, settings: SocketSettings) -> None:
        self._settings = settings
        self._doubted = asyncio.Event()
        self.problem = ""
        """Why every request is refused, as a sentence; empty when the clock is right."""

    def doubt(self) -> None:
        """Slack has signed something, and by our clock not within the last five minutes."""
        self._doubted.set()

    async def keep(self) -> None:
        """Look whenever there is doubt, as long as there is."""
        while True:
            await self._doubted.wait()
            try:
                self._judge(await _ahead(self._settings))
            except ScoutError as error:
                log.warning("whether the clock is right is not known: %s", error)
            await asyncio.sleep(self._settings.ping_interval)

    def _judge(self, ahead: float) -> None:
        if abs(ahead) <= WINDOW_SECONDS:
            self._doubted.clear()
            self.problem = ""
            return
        was_known, how = bool(self.problem), "ahead of" if ahead > 0 else "behind"
        self.problem = (
            f"The clock of this machine is {abs(ahead):.0f} s {how} Slack's, so every request of Slack is refused as too old: "
            "let this machine keep time (NTP)."
        )
        if not was_known:
            log.error("%s", self.problem)


async def _ahead(settings: SocketSettings) -> float:
    """By how many seconds our clock is ahead of Slack's, which stands above each of its answers.

    Raises:
        SlackUnreachable: there is no answer to be had.
    """
    url, limit = f"{settings.api_url.rstrip('/')}/api.test", aiohttp.ClientTimeout(total=PATIENCE_SECONDS)
    with slack_errors(settings):
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(url, proxy=proxy_for(url)) as answer:
            return time.time() - parsedate_to_datetime(answer.headers["Date"]).timestamp()
