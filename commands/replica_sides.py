"""Replication from the side of the replicas that the settings name: what each says of itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.command import Database
from bot.report import Cell, Column, Table, Unit
from bot.sql import queries
from commands import elsewhere
from commands.elsewhere import Identity, Told
from commands.replicas import Configured, Conflicts, Here, Receiver

SQL = queries(__file__.replace("replica_sides", "replication"))
CONFIGURED = (
    Column(title="Replica"),
    Column(title="Replay"),
    Column(title="To replay", unit=Unit.BYTES),
    Column(title="Lag", unit=Unit.SECONDS),
    Column(title="Queries cancelled", unit=Unit.COUNT),
    Column(title="Feedback"),
    Column(title="Receives from"),
)


@dataclass(frozen=True)
class Side:
    """What a replica told of itself."""

    identity: Identity
    here: Here
    receiver: Receiver | None
    cancelled: int


def look(replica: Database) -> Side:
    """What a replica tells of itself."""
    with replica.together() as questions:
        identity = questions.ask(elsewhere.SQL["identity"], Identity)
        here = questions.ask(SQL["here"], Here)
        receiver = questions.ask(SQL["receiver"], Receiver)
        conflicts = questions.ask(SQL["conflicts"], Conflicts)
    return Side(identity.row, here.row, next(iter(receiver.rows), None), conflicts.row.cancelled)


def configured(told: Told[Side], here: Identity) -> Configured:
    """A replica's answer, judged against the server that was asked."""
    if told.said is None:
        return Configured(name=told.name, wrong=told.trouble)
    side = told.said
    return Configured(
        name=told.name,
        wrong=elsewhere.stranger(here, side.identity),
        here=side.here,
        host=side.receiver.host if side.receiver else "",
        connected=side.receiver is not None,
        cancelled=side.cancelled,
    )


def table(sides: Sequence[Configured]) -> Table:
    """A row for each."""
    return Table(title="Replicas, as they say", columns=CONFIGURED, rows=tuple(map(_asked, sides)))


def _asked(one: Configured) -> tuple[Cell, ...]:
    here = one.here
    if here is None or one.wrong:
        return one.name, one.wrong, None, None, None, "", ""
    replay = "paused" if here.is_paused else "running"
    feedback = "on" if here.gives_feedback else "off"
    return one.name, replay, here.replay_bytes, here.replay_s, one.cancelled, feedback, one.host or "nobody"
