"""Hangs up on a server that took a question and then fell silent; its own time limit cannot fire then."""

import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from bot.database.lines import Connection


@contextmanager
def hung_up_after(connection: Connection, seconds: float) -> Generator[None]:
    """Break the connection when the block lasts longer; the waiting thread then gets an OperationalError."""
    timer = threading.Timer(seconds, _hang_up, [connection.fileno()])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(number: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as line:
        line.shutdown(socket.SHUT_RDWR)
