"""A real pgbouncer in front of the practice database, on ports and files of its own."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")

CONFIGURATION = """
[databases]
scout = host=127.0.0.1 port={database_port} dbname=scout user={user} password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {home}/users.txt
admin_users = pgb_admin
stats_users = pgb_stats
pool_mode = transaction
ignore_startup_parameters = extra_float_digits
logfile = {home}/log
pidfile = {home}/pid
server_login_retry = 1
{extra}
"""


@dataclass(frozen=True)
class Bouncer:
    """A running pgbouncer."""

    port: int
    server: "subprocess.Popen[bytes]"

    def end(self) -> None:
        """Let it be gone at once."""
        self.server.kill()
        self.server.wait(10)

    def url(self, user: str, password: str, database: str = "pgbouncer") -> str:
        """Where a user logs in."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @property
    def admin_url(self) -> str:
        """The admin console."""
        return self.url("pgb_admin", "let-me-in")


def require_program() -> str:
    """The program; a test without it is skipped."""
    if PROGRAM is None:
        pytest.skip("pgbouncer is not installed (Debian package pgbouncer)")
    return PROGRAM


@contextlib.contextmanager
def running_bouncer(database_url: str, extra: str = "", port: int = 0) -> Generator[Bouncer]:
    """Start a pgbouncer, with extra lines in its configuration, and stop it after the block; `port` is that of one that is gone."""
    program = require_program()
    with tempfile.TemporaryDirectory(prefix="scout-pgbouncer-") as home:
        port = _configure(Path(home), database_url, extra, port)
        account = _account(Path(home))
        server = subprocess.Popen([program, f"{home}/pgbouncer.ini"], stderr=subprocess.DEVNULL, user=account)
        bouncer = Bouncer(port, server)
        try:
            _await(bouncer, server)
            yield bouncer
        finally:
            server.kill()
            server.wait(10)


def _configure(home: Path, database_url: str, extra: str, wanted: int) -> int:
    told = conninfo_to_dict(database_url)
    with socket.create_server(("127.0.0.1", wanted)) as probe:
        port = int(probe.getsockname()[1])
    words = CONFIGURATION.format(
        database_port=told["port"], user=told["user"], password=told["password"], port=port, home=home, extra=extra
    )
    (home / "pgbouncer.ini").write_text(words)
    (home / "users.txt").write_text('"pgb_admin" "let-me-in"\n"pgb_stats" "only-look"\n"app" "app"\n')
    return port


def _account(home: Path) -> str | None:
    """Pgbouncer refuses to run as root."""
    if os.geteuid() != 0:
        return None
    for path in (home, *home.iterdir()):
        shutil.chown(path, "nobody")
    return "nobody"


def _await(bouncer: Bouncer, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", bouncer.port), 1):
            return
        time.sleep(0.02)
    raise AssertionError("pgbouncer did not start")
