"""`make accuracy`: every diagnosis against fixtures with a known truth; writes docs/accuracy.md.

A module `tests/integration/truth_NAME.py` holds the fixture of one diagnosis with every trap, and `score(database)`, which runs Scout's
own command or statement over it and counts. The same modules are the fixtures of the tests.
"""

import importlib
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


def page(version: str, found: Sequence[Score]) -> str:
    """The whole page."""
    return INTRODUCTION.format(version=version) + "\n".join(score.row() for score in found) + "\n"


def main() -> int:
    """Write the page; 1 when something was missed or false."""
    with PracticeDatabase() as database:
        found = list(scores(database))
        PAGE.write_text(page(str(database.version).rsplit(" ", 1)[-1], found), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))  # noqa: T201 - a command of the terminal
    return 0 if all(score.is_perfect for score in found) else 1


if __name__ == "__main__":
    sys.exit(main())
