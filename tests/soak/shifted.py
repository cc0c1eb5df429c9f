"""The real Scout, but for one thing: its wall clock can be put forward or back while it runs, as a bad time server would.

The file SHIFTED_BY holds seconds. Everything in the process that reads the wall clock reads it through a module's `datetime`, so those
names are replaced before Scout starts; the monotonic clock and the clocks of the databases go on, as they do on such a machine.
"""

import os
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import apscheduler.executors.base
import apscheduler.schedulers.base
import apscheduler.triggers.interval

import bot.clock
import bot.slack.speaker
from bot.__main__ import main

READERS = (
    bot.clock,
    bot.slack.speaker,
    apscheduler.executors.base,
    apscheduler.schedulers.base,
    apscheduler.triggers.interval,
)


class Shifted(datetime):
    """A clock that is wrong by what a file says."""

    by = Path(os.environ.get("SHIFTED_BY", os.devnull))

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        """The wrong time."""
        seconds = 0.0
        with suppress(OSError, ValueError):  # no file, or one that is just being written
            seconds = float(cls.by.read_text())
        return datetime.now(tz) + timedelta(seconds=seconds)


def shift() -> None:
    """Let everything that reads the wall clock read the wrong one."""
    for reader in READERS:
        vars(reader)["datetime"] = Shifted


if __name__ == "__main__":
    shift()
    main()
