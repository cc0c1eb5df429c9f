"""A wall clock that is wrong in one process and in nothing else: a small library under everything that the process does.

Whatever reads the wall clock there reads the wrong one, be it Python, a library or the driver; the monotonic clock and the clocks of
the databases go on, as they do where a time server errs. It needs a C compiler on Linux, and no other program.
"""

import shutil
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_suffix(".c")
NANOSECONDS = 1_000_000_000


@dataclass(frozen=True)
class WrongClock:
    """The clock of one process; `folder` holds the library and the file that says by how much it is wrong."""

    folder: Path
    name: str

    @property
    def file(self) -> Path:
        """Where its error stands."""
        return self.folder / f"{self.name}.wrong-by"

    def environment(self) -> dict[str, str]:
        """What the process has to be started with; its clock is right at first.

        Raises:
            RuntimeError: there is no C compiler.
        """
        if not self.file.exists():
            self.file.write_bytes(struct.pack("=q", 0))
        return {"LD_PRELOAD": str(library(self.folder)), "WRONG_BY": str(self.file)}

    def is_read_by(self, pid: int) -> bool:
        """Whether a process has this clock before its eyes."""
        with suppress(OSError):  # it has just ended
            return str(self.file) in Path(f"/proc/{pid}/maps").read_text()
        return False

    def jump(self, seconds: float) -> None:
        """Let it be wrong by so many seconds from now on."""
        with self.file.open("r+b") as file:  # written over, never made anew: the process has it before its eyes
            file.write(struct.pack("=q", int(seconds * NANOSECONDS)))


def library(folder: Path) -> Path:
    """The library, built once for each folder.

    Raises:
        RuntimeError: there is no C compiler.
    """
    built = folder / "wrong_clock.so"
    compiler = shutil.which("cc")
    if compiler is None:
        raise RuntimeError("The soak needs a C compiler, to put a replica's clock wrong: install gcc.")
    if not built.exists():
        subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o", built, SOURCE], check=True)
    return built
