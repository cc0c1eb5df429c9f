"""A streaming standby beside a practice database."""

import secrets
import shutil
import socket
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from psycopg.conninfo import make_conninfo

from practice.database import SETTINGS, PracticeDatabase
from practice.installation import Installation, embedded_programs, find_installation
from practice.postmaster import Postmaster

SLOT = "first_standby"
PRIMARY = {"wal_level": "logical", "max_wal_senders": "5", "max_replication_slots": "8"}
"""What a primary must be started with."""


@contextmanager
def standby_of(primary: PracticeDatabase) -> Generator[str]:
    """The address of the standby for the reading role."""
    installation = find_installation()
    home = Path(tempfile.gettempdir()) / f"scout-practice-{secrets.token_hex(6)}"
    installation.account.settle_in(home)
    source = make_conninfo(primary.admin_url, application_name="first standby")
    words = ("-X", "stream", "-C", "-S", SLOT, "--checkpoint=fast")
    server = Postmaster(installation, home)
    try:
        installation.execute(_base_backup(installation), "-D", str(home / "data"), "-d", source, *words)
        port = _free_port()
        # not with -R: a program newer than the server writes options that the server's own libpq does not know
        (home / "data" / "standby.signal").touch()
        server.start({**SETTINGS, **PRIMARY, "port": port, "primary_conninfo": source, "primary_slot_name": SLOT})
        yield make_conninfo(primary.read_url, port=port)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _base_backup(installation: Installation) -> str:
    """The program, which small distributions of a server leave out; a newer one copies from older servers too."""
    own = installation.programs / "pg_basebackup"
    return str(own if own.exists() else embedded_programs(installation.account) / "pg_basebackup")


def _free_port() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return str(found.getsockname()[1])
