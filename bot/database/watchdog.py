"""Hangs up on a server that took a question and then fell silent; its own time limit cannot fire then."""

import os
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress

from bot.database.lines import Connection


@contextmanager
def hung_up_after(connection: Connection, seconds: float) -> Generator[threading.Event]:
    """Break the connection when the block lasts longer, so that the waiting thread gets an OperationalError; tells whether it did."""
    fired = threading.Event()
    timer = threading.Timer(seconds, _hang_up, [connection.fileno(), fired])
    timer.daemon = True
    timer.start()
    try:
        yield fired
    finally:
        timer.cancel()


def _hang_up(number: int, fired: threading.Event) -> None:
    fired.set()
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as line:
        line.shutdown(socket.SHUT_RDWR)
