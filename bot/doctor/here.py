"""What this machine has to have: the store, a free address, the programs of the settings, and the accounts of the terminal."""

import errno
import pwd
import shutil
import socket
from collections.abc import Iterable

from bot.doctor.finding import BROKEN, DOUBTFUL, FINE, Finding, tried
from bot.errors import Unavailable
from bot.settings import Settings
from bot.store import Store


def here(settings: Settings) -> Iterable[Finding]:
    """Everything that needs nobody else."""
    yield tried("store", lambda: _store(settings))
    if settings.listen_at is not None:
        yield _address(*settings.listen_at)
    yield from _programs(settings)
    yield from _terminal(settings)


def _store(settings: Settings) -> str:
    """It opens with the schema of this Scout, can be written, and its audit holds."""
    store = Store.open(settings.store_url.get_secret_value())
    try:
        with store.change() as change:
            at = change.now()
        verdict = store.verify_audit()
        if not verdict.holds:
            raise Unavailable(
                f"its audit does not hold, entry {verdict.broken} is {verdict.flaw}: somebody has changed it; `scout audit verify`"
            )
        waiting = f"{store.unsent()} messages wait"
        return f"opens and can be written; its clock says {at:%Y-%m-%d %H:%M:%S} UTC, {waiting}, all {verdict.checked} entries of the audit hold"
    finally:
        store.close()


def _address(host: str, port: int) -> Finding:
    what = f"address {host}:{port}"
    try:
        kind, _, _, _, there = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(kind, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(there)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return Finding(
                DOUBTFUL, what, "in use: by the Scout that runs, or end the program that has it (SCOUT_LISTEN)"
            )
        return Finding(BROKEN, what, f"cannot be listened on ({error.strerror}): correct SCOUT_LISTEN")
    return Finding(FINE, what, "free")


def _programs(settings: Settings) -> Iterable[Finding]:
    for name, told in settings.databases.items():
        for setting in ("pooler_restart", "free_disk_program"):
            program: tuple[str, ...] = getattr(told.limits, setting)
            if program:
                yield _program(f"{setting} of {name}", program[0])


def _program(what: str, program: str) -> Finding:
    found = shutil.which(program)
    if found is None:
        return Finding(BROKEN, what, f"{program} is not there, or may not be executed by this account")
    return Finding(FINE, what, found)


def _terminal(settings: Settings) -> Iterable[Finding]:
    """Whether two people could work here on the day Slack is down: one asks, another approves."""
    if not settings.terminal:
        yield Finding(DOUBTFUL, "terminal", "nobody can use `scout ask` when Slack is down (SCOUT_TERMINAL)")
        return
    for account in settings.terminal:
        if not _is_known(account):
            yield Finding(
                DOUBTFUL, f"account {account}", "this machine does not know it: correct its name in [terminal]"
            )
    people = set(settings.terminal.values())
    if not any(people - {one} for one in people & set(settings.approvers)):
        yield Finding(
            DOUBTFUL,
            "terminal",
            "nobody could approve what another asks: name two people, and one of them by id in SCOUT_APPROVERS (groups are not known there)",
        )
    else:
        yield Finding(FINE, "terminal", f"{len(people)} people, and one can approve what another asks")


def _is_known(account: str) -> bool:
    try:
        pwd.getpwnam(account)
    except KeyError:
        return account.isdigit()
    return True
