"""Replication from both sides: who is behind, what slots keep, and how this standby does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.command import Answer, Command, Risk, Sources, Together
from bot.report import Button, Cell, Code, Column, Fact, Facts, Level, Part, Report, Table, Unit, Verdict, worst
from bot.sql import queries
from commands import elsewhere, replica_sides
from commands.elsewhere import Identity, Told
from commands.lag import METRICS
from commands.replica_sides import Side
from commands.replicas import (
    Configured,
    Conflicts,
    Here,
    Receiver,
    Slot,
    Standby,
    Subscription,
    Trouble,
    commit_trouble,
    own_trouble,
    slot_trouble,
    standby_trouble,
    subscription_trouble,
)
from commands.wording import duration, listed, several, size

SQL = queries(__file__)
STANDBYS = (
    Column(title="Standby"),
    Column(title="State"),
    Column(title="Behind", unit=Unit.BYTES),
    Column(title="Lag", unit=Unit.SECONDS),
    Column(title="Not sent", unit=Unit.BYTES),
    Column(title="Slot"),
    Column(title="Host"),
)
SLOTS = (
    Column(title="Slot"),
    Column(title="Kind"),
    Column(title="In use"),
    Column(title="Keeps", unit=Unit.BYTES),
    Column(title="WAL status"),
    Column(title="Safe for", unit=Unit.BYTES),
    Column(title="Not confirmed", unit=Unit.BYTES),
)


@dataclass(frozen=True)
class Seen:
    """Everything that was looked at."""

    here: Here
    receiver: Receiver | None
    conflicts: Conflicts
    standbys: Sequence[Standby]
    slots: Sequence[Slot]
    subscriptions: Sequence[Subscription]
    configured: Sequence[Configured] = ()

    def troubles(self) -> list[Trouble]:
        """What is wrong, the worst first."""
        order = list(Level)
        found = [
            commit_trouble(self.here, self.standbys),
            *(own_trouble(self.here, is_connected=self.receiver is not None) if self.here.is_replica else ()),
            *map(slot_trouble, self.slots),
            *map(standby_trouble, self.standbys),
            *map(subscription_trouble, self.subscriptions),
            *(trouble for one in self.configured for trouble in one.troubles),
        ]
        return sorted((one for one in found if one), key=lambda one: -order.index(one.level))


class Asked:
    """The questions, and what was seen once they are answered."""

    def __init__(self, questions: Together) -> None:
        self._identity: Answer[Identity] = questions.ask(elsewhere.SQL["identity"], Identity)
        self._here: Answer[Here] = questions.ask(SQL["here"], Here)
        self._receiver: Answer[Receiver] = questions.ask(SQL["receiver"], Receiver)
        self._conflicts: Answer[Conflicts] = questions.ask(SQL["conflicts"], Conflicts)
        self._standbys: Answer[Standby] = questions.ask(SQL["standbys"], Standby)
        self._slots: Answer[Slot] = questions.ask(SQL["slots"], Slot)
        self._subscriptions: Answer[Subscription] = questions.ask(SQL["subscriptions"], Subscription)

    def seen(self, replicas: Sequence[Told[Side]]) -> Seen:
        """What came back, from here and from the replicas."""
        return Seen(
            self._here.row,
            next(iter(self._receiver.rows), None),
            self._conflicts.row,
            self._standbys.rows,
            self._slots.rows,
            self._subscriptions.rows,
            [replica_sides.configured(one, self._identity.row) for one in replicas],
        )


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Look, then say."""
    with sources.database.together() as questions:
        asked = Asked(questions)
    return report(asked.seen(elsewhere.ask(sources, replica_sides.look)), sources.database.facts().role)


def report(seen: Seen, role: str) -> Report:
    """What is wrong first, then every standby and slot."""
    return Report(
        title="Replication",
        verdict=verdict(seen),
        parts=tuple(_parts(seen)),
        notes=tuple(notes(seen, role)),
        buttons=(
            Button(label="Vacuum", text="vacuum"),
            Button(label="Throughput", text="tps"),
            Button(label="Status", text="status"),
        ),
    )


def verdict(seen: Seen) -> Verdict:
    """What is worst, or how many keep up, in one line."""
    troubles = seen.troubles()
    urgent = [one for one in troubles if one.level is not Level.INFO]
    if troubles:
        more = f"; {len(troubles) - 1} more like it" if len(troubles) > 1 else ""
        text = troubles[0].text[0].upper() + troubles[0].text[1:] + more
        return Verdict(level=worst([one.level for one in urgent]) if urgent else Level.INFO, text=text)
    if seen.here.is_replica:
        return Verdict(
            level=Level.OK, text=f"This is a standby, and it keeps up ({size(seen.here.replay_bytes)} to replay)"
        )
    if not seen.standbys and not seen.slots and not seen.configured:
        return Verdict(level=Level.INFO, text="No standby is connected, and there is no slot")
    keep_up = f"{several(len(seen.standbys), 'standby', 'standbys')} and {several(len(seen.slots), 'slot')}"
    return Verdict(level=Level.OK, text=f"All is well with {keep_up}")


def notes(seen: Seen, role: str) -> Iterable[str]:
    """What was examined, and what is not bounded or hidden."""
    yield (
        f"Examined: {several(len(seen.standbys), 'receiver')} of the log, {several(len(seen.slots), 'slot')} and"
        f" {several(len(seen.subscriptions), 'subscription')}; wal_level is {seen.here.wal_level}."
    )
    if seen.configured:
        yield f"Asked themselves: {several(len(seen.configured), 'replica')} that the settings name."
    elif seen.standbys:
        yield "Seen from here only: the settings name no replica (replicas below [databases.NAME])."
    if seen.slots and seen.here.keep_limit == "-1":
        idle = seen.here.idle_limit
        until = "the disk is full" if idle == "0" else f"idle_replication_slot_timeout ends it after {idle}"
        yield f"max_slot_wal_keep_size is off: a slot that nobody uses keeps log until {until}."
    if copied := [one.name for one in seen.slots if one.copied]:
        yield f"Copied from the primary, so in use there and not here: {listed(copied)}."
    if any(one.state == "hidden" for one in seen.standbys):
        yield f"Not complete: the state of receivers is hidden; grant pg_read_all_stats to {role}."


def _parts(seen: Seen) -> Iterable[Part]:
    if seen.here.is_replica:
        yield Facts(title="This standby", facts=tuple(_own(seen)))
    if seen.standbys:
        rows = tuple(_standby(one) for one in seen.standbys)
        yield Table(title="Who receives the log", columns=STANDBYS, rows=rows)
    if seen.configured:
        yield replica_sides.table(seen.configured)
    if seen.slots:
        yield Table(title="Slots", columns=SLOTS, rows=tuple(_slot(one) for one in seen.slots))
    if seen.subscriptions:
        yield Facts(title="Subscriptions", facts=tuple(_subscription(one) for one in seen.subscriptions))
    drops = [one.drop_statement for one in seen.slots if (one.is_lost and not one.copied) or one.is_unused]
    if drops:
        yield Code(title="To drop a slot whose consumer is gone; there is no undo", text=";\n".join(drops) + ";")


def _own(seen: Seen) -> Iterable[Fact]:
    here, receiver = seen.here, seen.receiver
    behind = (
        f"{size(here.replay_bytes)}, {duration(here.replay_s)}"
        if here.replay_s is not None
        else size(here.replay_bytes)
    )
    yield Fact(name="To replay", value=behind, note="paused" if here.is_paused else "")
    if receiver:
        silent = f"last word {duration(receiver.silent_s)} ago" if receiver.silent_s is not None else ""
        yield Fact(
            name="To receive",
            value=size(receiver.receive_bytes),
            note=f"{receiver.status} from {receiver.host or 'a socket'}; {silent}",
        )
    conflicts = seen.conflicts
    yield Fact(
        name="Queries cancelled by replay",
        value=f"{conflicts.cancelled:,}",
        note=f"{conflicts.by_cleanup:,} for rows that vacuum removed, {conflicts.by_locks:,} for locks; since the counters began",
    )
    yield Fact(name="hot_standby_feedback", value="on" if here.gives_feedback else "off")


def _standby(one: Standby) -> tuple[Cell, ...]:
    state = f"{one.state}, {one.sync_state}" if one.sync_state not in {"", "async"} else one.state
    return one.name, state, one.behind, one.replay_s, one.unsent_bytes, one.slot, one.host


def _slot(one: Slot) -> tuple[Cell, ...]:
    kind = f"{one.kind} ({one.plugin}, {one.database})" if one.plugin else one.kind
    used = (
        "yes"
        if one.active
        else "at the primary"
        if one.copied
        else "no" + (f", {duration(one.inactive_s)}" if one.inactive_s is not None else "")
    )
    status = one.invalid_because or one.wal_status
    return one.name, kind, used, one.retained_bytes, status, one.safe_bytes, one.unconfirmed_bytes


def _subscription(one: Subscription) -> Fact:
    silent = f"last word {duration(one.silent_s)} ago" if one.silent_s is not None else "never heard of"
    return Fact(name=one.name, value="working" if one.working else "not working", note=silent)


command = Command(
    name="replication",
    help="Standbys, slots and the log they keep",
    runbook="Diagnostics (beyond the runbook)",
    risk=Risk.LOOK,
    place=41,
    plan=plan,
    metrics=METRICS,
    words=("standbys", "replicas", "replication lag", "slots"),
)
