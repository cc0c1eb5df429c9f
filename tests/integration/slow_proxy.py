"""A TCP proxy that delays every direction, as a network does: what was sent early also arrives early."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Generator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit


@dataclass
class SlowProxy:
    """Listens on a port of its own and passes everything on to `port`, `delay_s` seconds later in each direction."""

    port: int
    delay_s: float

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def url(self, url: str) -> str:
        """The same address by way of this proxy."""
        parts = urlsplit(url)
        place = parts.netloc.rsplit("@", 1)[0] + f"@127.0.0.1:{self._listener.getsockname()[1]}"
        return urlunsplit(parts._replace(netloc=place))

    def close(self) -> None:
        """Hang up on everybody."""
        for line in [self._listener, *self._sockets]:
            _hang_up(line)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # pyright: ignore[reportArgumentType] - any callable
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self.port))
                self._sockets += [near, far]
                for line in (near, far):
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._pass_on(near, far)
                self._pass_on(far, near)

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        flying: queue.Queue[tuple[float, bytes]] = queue.Queue()
        self._start(_receive, source, flying, self.delay_s)
        self._start(_deliver, target, flying)


def _receive(source: socket.socket, flying: "queue.Queue[tuple[float, bytes]]", delay_s: float) -> None:
    data = b"-"
    while data:
        try:
            data = source.recv(65536)
        except OSError:
            data = b""
        flying.put((time.monotonic() + delay_s, data))


def _deliver(target: socket.socket, flying: "queue.Queue[tuple[float, bytes]]") -> None:
    with contextlib.suppress(OSError):
        while True:
            due, data = flying.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                break
            target.sendall(data)
    _hang_up(target)


def _hang_up(line: socket.socket) -> None:
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()


@contextlib.contextmanager
def slow_way(port: int, delay_s: float) -> Generator[SlowProxy]:
    """A slow way to a port for as long as the block."""
    proxy = SlowProxy(port, delay_s)
    try:
        yield proxy
    finally:
        proxy.close()
