"""One socket of the app, from its hello to its end."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Connection:
    """One socket of the app; `deaf_at` and `ended_at` are moments of the monotonic clock, None while it is well."""

    number: int
    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    is_leaving: bool = False
    deaf_at: float | None = None
    ended_at: float | None = None
    last_pong: float = field(default_factory=time.monotonic)

    @property
    def is_deaf(self) -> bool:
        """Whether it is silent without being closed."""
        return self.deaf_at is not None

    @property
    def port(self) -> int:
        """The port of the app at the other end; it tells which process of several has this socket."""
        peer: Any = self.transport.get_extra_info("peername") if self.transport is not None else None
        return int(peer[1]) if peer else 0

    def deafen(self) -> None:
        """Go silent: nothing is read and nothing is said any more."""
        self.deaf_at = time.monotonic()
        if self.transport is not None:
            self.transport.pause_reading()

    def abort(self) -> None:
        """Cut the connection without a closing frame."""
        if self.transport is not None:
            self.transport.abort()
