"""The patient of the practice workspace: a PostgreSQL of its own with the runbook's schema and 300,000 rows."""

import atexit
import fcntl
import hashlib
import os
import random
import secrets
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from practice.installation import Installation, find_installation
from practice.postmaster import Postmaster
from practice.template import DATABASE, copy_template, password

# A practice database does not wait for the disk (fsync off): a crash of the server loses nothing, one of the machine may.
SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_preload_libraries": "pg_stat_statements",
    "compute_query_id": "on",
    "track_io_timing": "on",
    "track_activity_query_size": "4096",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "temp_file_limit": "1GB",
    "jit": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
MEMORY = Path("/dev/shm")  # noqa: S108 - what is made there has a name that nobody guesses, and belongs to the server's account
MEMORY_BYTES = 4 * 2**30
"""How much has to be free there: what is left has to do for the rest of the machine."""


class PracticeDatabase:
    """An embedded PostgreSQL 18, or the one whose programs `PG` in the environment names.

    It begins well: each first start copies the template, whatever an earlier one left in `home`. Without `home` it lives in
    a temporary directory that goes with it. It never outlives this process.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        cache: Path | None = None,
        max_connections: int = 100,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._installation = find_installation()
        self._scratch = home is None
        self._home = _reachable(self._installation, home) if home else _scratch_home()
        default_cache = Path(tempfile.gettempdir()) / f"scout-practice-templates-{os.geteuid()}"
        self._cache = _reachable(self._installation, cache or default_cache)
        self._settings = {**SETTINGS, "max_connections": str(max_connections), **(settings or {})}
        self._server = Postmaster(self._installation, self._home, scratch=self._scratch)
        self._lock = threading.RLock()
        self._claim: IO[str] | None = None
        self._waiting: list[Callable[[], None]] = []
        self.port = 0
        atexit.register(self.close)

    @property
    def version(self) -> str:
        """What the server calls itself, as `postgres (PostgreSQL) 18.6`."""
        return self._installation.version

    @property
    def log(self) -> Path:
        """The file that the server writes its log to."""
        return self._server.log

    @property
    def is_up(self) -> bool:
        """Whether the server accepts connections."""
        return self._server.is_up

    @property
    def read_url(self) -> str:
        """Where Scout reads: `scout_read`, read-only by default."""
        return self.url("scout_read")

    @property
    def operate_url(self) -> str:
        """Where Scout carries out approved changes: `scout_operate`."""
        return self.url("scout_operate")

    @property
    def app_url(self) -> str:
        """Where the application works: `scout_app`."""
        return self.url("scout_app")

    @property
    def report_url(self) -> str:
        """Where the analysts read: `scout_report`."""
        return self.url("scout_report")

    @property
    def owner_url(self) -> str:
        """Where migrations work: `scout_owner`, the owner of the schema."""
        return self.url("scout_owner")

    @property
    def admin_url(self) -> str:
        """The superuser, for the practice itself; Scout never has it."""
        return self.url("postgres")

    def url(self, role: str, database: str = DATABASE) -> str:
        """The address of a database for a role; the port stays the same across restarts."""
        return f"postgresql://{role}:{password(self._home, role)}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server; the first time with fresh data, up to this minute.

        Raises:
            RuntimeError: When it does not come up, or another practice runs in the same home.
        """
        with self._lock:
            if self._claim is None:
                self._open()
            self._server.start(self._settings)
            while self._waiting:
                self._waiting.pop(0)()

    def when_up(self, action: Callable[[], None]) -> None:
        """Do something to the data now, or right after the next start when the server is down."""
        with self._lock:
            if self.is_up:
                action()
            else:
                self._waiting.append(action)

    def stop(self) -> None:
        """Stop the server in order; `start` brings it back with its data."""
        with self._lock:
            self._server.stop()

    def restart(self) -> None:
        """Stop and start: every session is lost, the data stays."""
        with self._lock:
            self._server.stop()
            self.start()

    def kill(self) -> None:
        """Kill the whole server with SIGKILL; `start` recovers it."""
        with self._lock:
            self._server.kill()

    def close(self) -> None:
        """Stop the server for good and remove a temporary home."""
        with self._lock:
            self._server.stop()
            atexit.unregister(self.close)
            if self._claim:
                self._claim.close()
                self._claim = None
            if self._scratch:
                shutil.rmtree(self._home, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        self._installation.account.settle_in(self._home)
        self._claim = _claim(self._home)
        self.port = _free_port()
        self._settings["port"] = str(self.port)
        self._server.clear_away()
        shutil.rmtree(self._home / "data", ignore_errors=True)
        copy_template(self._installation, self._cache, self._home, self._settings)
        self._server.start(self._settings)
        self._top_up()

    def _top_up(self) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute((Path(__file__).parent / "topup.sql").read_bytes())
            admin.execute("select pg_stat_statements_reset()")


def _scratch_home() -> Path:
    """A name for a temporary directory, which is made when the server is first started."""
    return _scratch_place() / f"scout-practice-{secrets.token_hex(6)}"


def _scratch_place() -> Path:
    """Memory where there is plenty: each server copies 130 MB, of which a disk gets enough when hundreds are started."""
    with suppress(OSError):
        if shutil.disk_usage(MEMORY).free > MEMORY_BYTES:
            return MEMORY
    return Path(tempfile.gettempdir())


def _claim(home: Path) -> IO[str]:
    """Hold a lock as long as this process lives, so that what runs there without it is known to be an orphan."""
    claim = (home / "lock").open("w")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.close()
        message = f"Another practice database already runs in {home}."
        raise RuntimeError(message) from None
    return claim


def _free_port() -> int:
    """A free port below the range from which the system hands out ports, so that it is still ours after a restart."""
    while True:
        port = random.SystemRandom().randrange(15000, 30000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


def _reachable(installation: Installation, wanted: Path) -> Path:
    """A directory that the server's account can walk to: the wanted one, else a stand-in under the temporary directory."""
    wanted = wanted.resolve()
    if installation.account.reaches(wanted / "data"):
        return wanted
    name = hashlib.sha256(str(wanted).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"scout-practice-{os.geteuid()}-{name}"
