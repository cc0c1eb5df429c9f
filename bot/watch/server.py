"""Which server answers: whether two readings come from the same one, running without a break."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.command import FIRST, Kept, Missing, Probe, Row
from bot.sql import queries


class Server(Row):
    """A server and its life so far."""

    system_id: str
    timeline: int
    is_replica: bool
    started_at: datetime


SERVER = Probe("server", queries(str(Path(__file__)))["server"], Server)


def first(before: Kept[Server] | None, now: Sequence[Server]) -> Missing | None:
    """Why nothing from before a moment can be compared with now; None when it can."""
    if before is None or not before.rows or not now:
        return None
    reason = changed(before.rows[0], now[0])
    return Missing(reason=f"{reason}; {FIRST.reason.partition('; ')[2]}", quiet=True) if reason else None


def changed(before: Server, now: Server) -> str:
    """What happened to the server between two readings, as a clause; empty when nothing did."""
    if before.system_id != now.system_id:
        return "another server answers than before"
    if before.is_replica and not now.is_replica:
        return "the standby was promoted to primary"
    if now.is_replica and not before.is_replica:
        return "a standby answers instead of the primary"
    if before.started_at != now.started_at:
        return f"the server was restarted at {now.started_at:%H:%M:%S} UTC"
    if before.timeline != now.timeline:
        return f"the server went to timeline {now.timeline}"
    return ""
