"""`make accuracy`: every diagnosis against fixtures with a known truth; writes docs/accuracy.md.

A module `tests/integration/truth_NAME.py` holds the fixture of one diagnosis with every trap, and `score(database)`, which runs Scout's
own command or statement over it and counts. The same modules are the fixtures of the tests.
"""

import importlib
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from practice.database import PracticeDatabase

ROOT = Path(__file__).parent
PAGE = ROOT.parent / "docs" / "accuracy.md"

INTRODUCTION = """\
# How right the diagnoses are

Written by `make accuracy` on PostgreSQL {version}; the fixtures are in `tests/integration/truth_*.py`, and every trap in them has a name.
The last column gives what the best and the worst of the existing tools reached on fixtures of the same kind, from the notes to the runbook (section 18).

| diagnosis | cases | found | false | mean error | other tools |
|---|---|---|---|---|---|
"""

SERVERS = """
## By version of PostgreSQL

The same on every server that was there (`make accuracy PG=/path/to/bin` adds one, colons between several).

| PostgreSQL | diagnoses | cases | found | false | wrong in |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Score:
    """How a diagnosis did: true cases, how many of them it found, what it reported wrongly, and an error where it is a figure."""

    diagnosis: str
    cases: int
    found: int
    false: int
    mean_error: str = "-"
    others: str = "-"

    @property
    def is_perfect(self) -> bool:
        """Whether everything was found and nothing false."""
        return self.found == self.cases and self.false == 0

    def row(self) -> str:
        """One row of the page's table."""
        return f"| {self.diagnosis} | {self.cases} | {self.found} | {self.false} | {self.mean_error} | {self.others} |"


def scores(database: PracticeDatabase) -> Iterable[Score]:
    """Run every truth module over one server."""
    for path in sorted((ROOT / "integration").glob("truth_*.py")):
        yield from importlib.import_module(f"tests.integration.{path.stem}").score(database)


@dataclass(frozen=True)
class Server:
    """How all diagnoses did on one server."""

    version: str
    scores: Sequence[Score]

    def row(self) -> str:
        """One row of the table of servers."""
        cases, found, false = (sum(getattr(one, name) for one in self.scores) for name in ("cases", "found", "false"))
        wrong = ", ".join(one.diagnosis for one in self.scores if not one.is_perfect) or "none"
        return f"| {self.version} | {len(self.scores)} | {cases} | {found} | {false} | {wrong} |"


def measured(programs: str = "") -> Server:
    """Every diagnosis on the embedded server, or on the one whose programs are named."""
    if programs:
        os.environ["PG"] = programs
    with PracticeDatabase() as database:
        return Server(str(database.version).split()[2], list(scores(database)))


def page(servers: Sequence[Server]) -> str:
    """The whole page: the first server in full, all of them in sums."""
    rows = "\n".join(score.row() for score in servers[0].scores)
    return (
        f"{INTRODUCTION.format(version=servers[0].version)}{rows}\n{SERVERS}{chr(10).join(map(Server.row, servers))}\n"
    )


def main() -> int:
    """Write the page; 1 when something was missed or false."""
    others = [measured(programs) for programs in os.environ.get("SCOUT_SERVERS", "").split(":") if programs]
    os.environ.pop("PG", None)
    servers = [measured(), *others]
    PAGE.write_text(page(servers), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))  # noqa: T201 - a command of the terminal
    return 0 if all(score.is_perfect for server in servers for score in server.scores) else 1


if __name__ == "__main__":
    sys.exit(main())
