"""The whole practice: a database with its workload, a practice Slack, and the real bot as a process of its own."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.request import ProxyHandler, build_opener

import psycopg

from bot.registry import discover
from practice.database import PracticeDatabase
from practice.faults import database_faults
from practice.settings import Settings
from practice.slack.server import PracticeSlack
from practice.workload import Workload

PATIENCE = 60.0
SECRET = "practice-signing-secret"  # noqa: S105 - of the practice workspace
OPENER = build_opener(ProxyHandler({}))

# Proxy variables would send slack_sdk's calls to 127.0.0.1 round the world; the others would change what Bolt does.
UNWANTED = (
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "SLACK_CLIENT_ID",
    "SLACK_CLIENT_SECRET",
)


class Stage:
    """Everything that `make practice`, the tour and the acceptance tests stand on."""

    def __init__(
        self,
        home: Path,
        settings: Settings | None = None,
        *,
        port: int = 0,
        store_url: str = "",
        program: Sequence[str] = ("-m", "bot"),
        extra: Mapping[str, str] | None = None,
        by_http: bool = False,
    ) -> None:
        self._settings = settings or Settings()
        self._scratch = Path(tempfile.mkdtemp(prefix="scout-practice-"))
        self._store_url = store_url or f"sqlite:///{self._scratch / 'scout.sqlite3'}"
        self._program, self._extra = program, dict(extra or {})
        self.database = PracticeDatabase(cache=home)
        self.workload: Workload | None = None
        self.slack: PracticeSlack | None = None
        self.bot: subprocess.Popen[bytes] | None = None
        self._port = port
        self._door = free_port() if by_http else 0

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self) -> None:
        self.database.start()
        with psycopg.connect(self.database.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute("create database staging template scout")
        self.workload = Workload(self.database.app_url, self.database.report_url)
        self.workload.start()
        offers = [(command.name, command.help) for command in discover("commands").commands]
        self.slack = PracticeSlack(self._port, database_faults(self.database, self.workload), offers)
        self.slack.start()
        if self._door:
            self.slack.visit(self.door, SECRET)
        self.start_bot()

    def close(self) -> None:
        """End everything, in the order that leaves nothing behind."""
        self.stop_bot()
        if self.slack is not None:
            self.slack.stop()
        if self.workload is not None:
            self.workload.stop()
        self.database.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    # --- the bot

    def start_bot(self) -> None:
        """Start Scout and wait until it hears Slack."""
        if self.slack is None:
            raise RuntimeError("the practice Slack is not up")
        self.bot = subprocess.Popen([sys.executable, *self._program, "run"], env=self.environment())
        self.await_connection()

    def await_connection(self) -> None:
        """Wait until a socket of the bot is open.

        Raises:
            RuntimeError: the bot ended, or is not connected in time.
        """
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.bot is None or self.bot.poll() is not None:
                raise RuntimeError("Scout ended by itself; its last words are above.")
            if self.slack is not None and (self.slack.sockets() or (self._door and is_ready(self._door))):
                return
            time.sleep(0.02)
        raise RuntimeError(f"Scout was not connected within {PATIENCE:.0f} s.")

    def ensure_bot(self) -> bool:
        """Start Scout again when it has ended; whether it had.

        Raises:
            RuntimeError: it ends at once again, or is not connected in time.
        """
        if self.bot is not None and self.bot.poll() is None:
            return False
        self.start_bot()
        return True

    @property
    def door(self) -> str:
        """Where Slack posts to in HTTP mode."""
        return f"http://127.0.0.1:{self._door}/slack/events"

    def stop_bot(self) -> None:
        """Ask Scout to end, and insist after a while."""
        if self.bot is None or self.bot.poll() is not None:
            return
        self.bot.terminate()
        try:
            self.bot.wait(10)
        except subprocess.TimeoutExpired:
            self.bot.kill()
            self.bot.wait()

    def kill_bot(self) -> None:
        """End Scout in the middle of whatever it does."""
        if self.bot is not None:
            self.bot.kill()
            self.bot.wait()

    def environment(self) -> dict[str, str]:
        """What Scout is told: Slack's tokens in the environment, the rest in a file."""
        if self.slack is None:
            raise RuntimeError("the practice Slack is not up")
        config = self._scratch / "scout.toml"
        config.write_text(self._settings.file(self.database), encoding="utf-8")
        config.chmod(0o600)
        kept = {
            name: value for name, value in os.environ.items() if name not in UNWANTED and not name.startswith("SCOUT_")
        }
        own = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_APP_TOKEN": self.slack.app_token,
            "SLACK_API_URL": self.slack.api_url,
            "SCOUT_STORE_URL": self._store_url,
            "SCOUT_CONFIG": str(config),
        }
        http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": SECRET, "SCOUT_LISTEN": f"127.0.0.1:{self._door}"}
        return kept | own | (http if self._door else {}) | self._extra


def as_practised(home: Path, port: int = 0) -> Stage:
    """The stage of `make practice`: the schedule runs and the census counts, as in earnest."""
    return Stage(home, Settings(scheduled=True, census=True), port=port)


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def is_ready(port: int) -> bool:
    """Whether Scout answers that it hears Slack."""
    try:
        with OPENER.open(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return answer.status == HTTPStatus.OK
    except OSError:
        return False
