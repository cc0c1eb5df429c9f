"""The page with all figures: what was measured, on what, and the tables."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg
import slack_bolt.version

from tests.bench.figure import Section

INTRODUCTION = """\
# What Scout costs

Written by `make bench` on {day}. Every figure that depends on the machine stands beside one that was measured in the same run, because only their
ratio says something about Scout; the targets are those of the design, for a machine that does nothing else. Nothing here is asserted in a test.

Machine: {machine}. The database, the practice Slack and Scout itself all run on it, and it was {busy}.
Software: {software}.
"""


def page(sections: Sequence[Section], postgres: str) -> str:
    """The whole page in Markdown."""
    day = datetime.now(UTC).date().isoformat()
    head = INTRODUCTION.format(day=day, machine=_machine(), busy=_busy(), software=_software(postgres))
    return "\n".join([head, *_verdict(sections), *(line for section in sections for line in section.lines())])


def _verdict(sections: Sequence[Section]) -> Iterable[str]:
    aimed = [(section.title, row) for section in sections for row in section.rows if row.is_met is not None]
    missed = [f"{title}: {row.what} ({row.measured})" for title, row in aimed if not row.is_met]
    yield f"{len(aimed) - len(missed)} of {len(aimed)} targets are kept." + (" Missed:" if missed else "")
    yield from ("", *[f"- {one}" for one in missed], *[""][: len(missed)])


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} processors ({_processor()}), {memory:.0f} GiB, {platform.system()} {platform.machine()}"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return found[0] if found else platform.processor() or "unknown"


def _busy() -> str:
    load = os.getloadavg()[0]
    return f"at a load of {load:.1f} when the last figure was taken"


def _software(postgres: str) -> str:
    return ", ".join(
        (
            f"Python {platform.python_version()}",
            postgres,
            f"psycopg {psycopg.__version__}",
            f"slack-bolt {slack_bolt.version.__version__}",
        )
    )
