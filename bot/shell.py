"""Programs that the settings name: run without a shell, in a group of their own, with a limit on time and on talk."""

import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from bot.errors import StepFailed
from bot.redact import scrub

LONGEST_OUTPUT = 1_500
"""Bytes of output that are kept, from the end: there the reason stands."""
FAREWELL_SECONDS = 2.0
_KEPT = ("PATH", "HOME", "KUBECONFIG")


def run_program(argv: Sequence[str], timeout_s: float) -> str:
    """Run a program and return what it said, scrubbed.

    Raises:
        StepFailed: it could not be started, took longer than `timeout_s` seconds (then its whole group is killed), or ended
            with another code than 0.
    """
    name = argv[0] if argv else ""
    program = _started(argv, name)
    heard = bytearray()
    listener = threading.Thread(target=_listen, args=(program.stdout, heard), daemon=True)
    listener.start()
    try:
        code = program.wait(timeout_s)
    except subprocess.TimeoutExpired:
        raise StepFailed(f"{name} took longer than {timeout_s:g} s and was killed.") from None
    finally:
        _kill_group(program)
        listener.join(FAREWELL_SECONDS)
    said = scrub(_last_words(bytes(heard)))
    if code != 0:
        raise StepFailed(f"{name} ended with code {code}: {_last_line(said)}")
    return said


def _started(argv: Sequence[str], name: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={key: os.environ[key] for key in _KEPT if key in os.environ},
            start_new_session=True,
        )
    except (OSError, ValueError, IndexError):
        raise StepFailed(f"{name or 'A program without a name'} could not be started. Check the settings.") from None


def _listen(output: IO[bytes] | None, heard: bytearray) -> None:
    """Read to the end, so that the program never waits for us, and keep only the last words."""
    if output is None:
        return
    with output, suppress(OSError, ValueError):
        while words := os.read(output.fileno(), 65536):
            heard += words
            del heard[: -2 * LONGEST_OUTPUT]


def _last_words(heard: bytes) -> str:
    """The last whole lines: the rest of a line that was cut could be the rest of a secret."""
    kept = heard if len(heard) <= LONGEST_OUTPUT else heard[-LONGEST_OUTPUT:].partition(b"\n")[2]
    return kept.decode(errors="replace")


def _kill_group(program: subprocess.Popen[bytes]) -> None:
    """Kill what the program left behind, or the program itself when its time is up."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(program.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        program.wait(FAREWELL_SECONDS)


def _last_line(said: str) -> str:
    return said.splitlines()[-1] if said else "it said nothing"
