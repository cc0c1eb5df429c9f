"""A real Redis on a port and in a folder of its own."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest
import redis

PROGRAM = shutil.which("redis-server")


@dataclass(frozen=True)
class RedisServer:
    """A running Redis."""

    port: int
    server: "subprocess.Popen[bytes]"

    def end(self) -> None:
        """Let it be gone at once."""
        self.server.kill()
        self.server.wait(10)

    def url(self, login: str = "", database: int = 0) -> str:
        """Where somebody logs in, as `name:password`."""
        return f"redis://{login}{'@' if login else ''}127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def client(self, database: int = 0) -> Generator[Any]:
        """A client of the application."""
        client = redis.Redis(port=self.port, db=database)
        try:
            yield client
        finally:
            client.close()


def require_program() -> str:
    """The program; a test without it is skipped."""
    if PROGRAM is None:
        pytest.skip("redis-server is not installed (Debian package redis-server)")
    return PROGRAM


@contextlib.contextmanager
def running_redis(*options: str) -> Generator[RedisServer]:
    """Start a Redis and stop it after the block; options as on its command line."""
    program = require_program()
    with tempfile.TemporaryDirectory(prefix="scout-redis-") as home:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = int(probe.getsockname()[1])
        told = ["--port", str(port), "--bind", "127.0.0.1", "--dir", home, "--save", "", *options]
        server = subprocess.Popen([program, *told], stdout=subprocess.DEVNULL)
        try:
            _await(port, server)
            yield RedisServer(port, server)
        finally:
            server.kill()
            server.wait(10)


def _await(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("redis-server did not start")
