"""A runner in a process of its own that carries one plan out, so that a test can kill it: STORE DATABASE BESIDE HOLDER APPROVAL."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime

from bot.approval import Approval
from bot.cache import Cache
from bot.command import Plan
from bot.database import Watched
from bot.pooler import Pooler
from bot.report import Level, Report, Verdict
from bot.runner import Runner, Tools
from bot.shell import run_program
from bot.store import Store


def again(approval: Approval, _: datetime) -> Plan:
    """The same plan: nothing has changed."""
    return approval.plan


def look(text: str, _: str, __: datetime) -> Report:
    """No evidence is asked for."""
    return Report(title=text, verdict=Verdict(level=Level.OK, text="seen"))


@contextmanager
def running(store: Store, database: str, beside: str, holder: str) -> Generator[Runner]:
    """A runner with a real database, real programs, and the pooler or the Redis whose address stands beside it."""
    watched = Watched("main", database, database, "scout")
    pooler = Pooler(beside) if beside.startswith("postgresql:") else None
    tools = Tools(watched, pooler, run_program, Cache(beside) if beside.startswith("redis:") else None)
    try:
        yield Runner(store, holder, {"main": tools}, again, look, lambda _: ())
    finally:
        watched.close()


if __name__ == "__main__":
    url, where, beside, name, wanted = sys.argv[1:]
    with running(Store.open(url), where, beside, name) as runner:
        runner.run(wanted)
