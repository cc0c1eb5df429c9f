"""One running PostgreSQL server, and the end of it whatever becomes of us."""

import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from practice.installation import Installation

# The server is a child of this shell, which reads a pipe that we hold. A line means stop; the end of the file means that we
# are gone, even by SIGKILL: it stops the server and clears a scratch directory away.
_KEEPER = """
"$@" &
server=$!
if read -r _; then orphaned=; else orphaned=yes; fi
kill -INT "$server"
wait "$server"
if [ "$orphaned" ] && [ "$SCRATCH" ]; then rm -rf "$SCRATCH"; fi
"""


START_SECONDS = 30.0
FORK_SECONDS = 5.0
"""How long a busy machine may take before the shell has begun the server at all."""


class Postmaster:
    """A server over `home/data` that writes `home/postgres.log`."""

    def __init__(self, installation: Installation, home: Path, *, scratch: bool = False) -> None:
        self._installation = installation
        self._data = home / "data"
        self.log = home / "postgres.log"
        self._scratch = str(home) if scratch else ""
        self._keeper: subprocess.Popen[bytes] | None = None

    @property
    def is_up(self) -> bool:
        """Whether it accepts connections."""
        pid, status = self._pid_file()
        return status == "ready" and _is_alive(pid)

    def start(self, settings: Mapping[str, str]) -> None:
        """Start it, after clearing away what an earlier life has left.

        Raises:
            RuntimeError: With the end of its log, when it does not come up within 30 seconds.
        """
        if self.is_up and self._keeper:
            return
        self.clear_away()
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        words = [
            "/bin/sh",
            "-c",
            _KEEPER,
            "keeper",
            str(self._installation.programs / "postgres"),
            "-D",
            str(self._data),
            *options,
        ]
        with self.log.open("ab") as log:
            self._keeper = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"SCRATCH": self._scratch, "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                start_new_session=True,  # Ctrl-C is for us, not for the server
                user=self._installation.uid,
                group=self._installation.gid,
                extra_groups=self._installation.groups,
            )
        self._await_ready(self._keeper)

    def stop(self) -> None:
        """Stop it in order: sessions are ended, a checkpoint is written."""
        keeper, self._keeper = self._keeper, None
        if keeper is None or keeper.stdin is None:
            return
        with suppress(BrokenPipeError), keeper.stdin:
            keeper.stdin.write(b"stop\n")
        try:
            keeper.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.clear_away()
            keeper.kill()
            keeper.wait()

    def kill(self) -> None:
        """Kill the server and every session of it with SIGKILL, as a crash would."""
        pid, _ = self._pid_file()
        with suppress(psutil.NoSuchProcess):
            postmaster = psutil.Process(pid)
            _kill([postmaster, *postmaster.children()])

    def clear_away(self) -> None:
        """Kill what still runs over the data directory, ours or an orphan, and remove the stale lock file."""
        self.kill()
        _kill(list(_servers_in(self._data)))
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        if self._keeper:
            self.stop()

    def _await_ready(self, keeper: subprocess.Popen[bytes]) -> None:
        begun = time.monotonic()
        while not self.is_up:
            waited = time.monotonic() - begun
            if waited > START_SECONDS or (waited > FORK_SECONDS and not _has_child(keeper.pid)):
                said = self.log.read_text(errors="replace")[-1500:]
                self.stop()
                message = f"PostgreSQL does not start. The end of its log:\n{said}"
                raise RuntimeError(message)
            time.sleep(0.01)

    def _pid_file(self) -> tuple[int, str]:
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
            return int(lines[0]), lines[7].strip()
        except (OSError, IndexError, ValueError):
            return 0, ""


def _is_alive(pid: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return pid > 0 and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def _has_child(keeper: int) -> bool:
    with suppress(psutil.NoSuchProcess):
        return any(_is_alive(child.pid) for child in psutil.Process(keeper).children())
    return False


def _servers_in(data: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter(["name", "cwd"]):
        if process.info["name"] == "postgres" and process.info["cwd"] == str(data.resolve()):
            yield process


def _kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(_is_alive(process.pid) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.005)
