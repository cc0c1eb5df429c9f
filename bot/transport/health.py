"""The health pages: `/healthz` for who restarts a process, `/readyz` for who watches it, `/metrics` for Prometheus."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from bot.errors import ScoutError

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' own name for its text."""

Reasons = Callable[[], Awaitable[list[str]]]


class CannotListen(ScoutError):
    """The address of the health pages is not to be had."""


async def _no_figures() -> bytes:
    return b""


@dataclass(frozen=True)
class HealthPages:
    """Two questions, each answered by the reasons why not: 200 when there is none, else 503; and a page of figures.

    `more` is served beside them, requests up to `most_bytes`.
    """

    alive: Reasons
    ready: Reasons
    figures: Callable[[], Awaitable[bytes]] = _no_figures
    more: Sequence[web.RouteDef] = ()
    most_bytes: int = 10_000

    @contextlib.asynccontextmanager
    async def served(self, host: str, port: int) -> AsyncGenerator[tuple[str, int]]:
        """Answers on an address while the block lasts, and says which (port 0 takes a free one)."""
        pages = web.Application(client_max_size=self.most_bytes)
        pages.add_routes(self.more)
        pages.add_routes(
            [web.get("/healthz", self._healthz), web.get("/readyz", self._readyz), web.get("/metrics", self._metrics)]
        )
        runner = web.AppRunner(pages, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await _bind(runner, host, port)
            yield runner.addresses[0][:2]
        finally:
            await runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        return _page(await self.alive())

    async def _readyz(self, _: web.Request) -> web.Response:
        return _page(await self.ready())

    async def _metrics(self, _: web.Request) -> web.Response:
        return web.Response(body=await self.figures(), headers={"Content-Type": FORMAT})


async def _bind(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise CannotListen(
            f"The health pages cannot have {host}:{port} ({error.strerror}): choose another port."
        ) from error


def _page(reasons: list[str]) -> web.Response:
    return web.json_response({"ok": not reasons, "reasons": reasons}, status=503 if reasons else 200)
