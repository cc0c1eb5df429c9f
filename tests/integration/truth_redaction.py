"""The truth about redaction: statements with a planted secret, in every fashion that the unit tests know."""

from collections.abc import Iterable

from bot.redact import redact
from practice.database import PracticeDatabase
from tests.accuracy import Score
from tests.unit.test_redact import SECRETS, S


def score(_: PracticeDatabase) -> Iterable[Score]:
    """Count the statements whose secret is gone, and those that leak it; no server is needed."""
    leaks = [name for name, statement in SECRETS.items() if S in redact(statement, 42)]
    yield Score(
        diagnosis="statements with a secret, redacted",
        cases=len(SECRETS),
        found=len(SECRETS) - len(leaks),
        false=len(leaks),
        others="libpg_query leaks 2 of 16, regular expressions 4, sqlglot 5",
    )
