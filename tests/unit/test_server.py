"""Two readings are compared only when they are of the same server that ran without a break."""

from datetime import UTC, datetime

import pytest

from bot.command import Kept
from bot.watch.server import Server, first

AT = datetime(2026, 3, 1, 3, 4, 5, tzinfo=UTC)
PRIMARY = Server(system_id="1", timeline=1, is_replica=False, started_at=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("before", "now", "reason"),
    [
        ({}, {"started_at": AT}, "the server was restarted at 03:04:05 UTC"),
        ({}, {"system_id": "2", "started_at": AT}, "another server answers than before"),
        ({"is_replica": True}, {"timeline": 2}, "the standby was promoted to primary"),
        ({}, {"is_replica": True}, "a standby answers instead of the primary"),
        ({}, {"timeline": 2}, "the server went to timeline 2"),
    ],
)
def test_what_happened_in_between_is_said(before: dict[str, object], now: dict[str, object], reason: str) -> None:
    was = Kept([PRIMARY.model_copy(update=before)], AT)
    found = first(was, [PRIMARY.model_copy(update=now)])
    assert found is not None
    assert (found.reason, found.quiet) == (f"{reason}; the next one gives a value", True)


def test_the_same_server_is_compared_and_so_is_one_of_which_nothing_is_known() -> None:
    assert first(Kept([PRIMARY], AT), [PRIMARY]) is None
    assert first(None, [PRIMARY]) is None
    assert first(Kept([PRIMARY], AT), []) is None
