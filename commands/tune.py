"""Give one role more memory or workers for its statements here: new sessions only, with the worst case and the undo."""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from pydantic import Field, field_validator

from bot.command import Args, Check, Command, Plan, Risk, Row, Sources, Sql, Step
from bot.errors import BadInput, Cannot
from bot.report import Button, Level, Report, Verdict
from bot.sql import queries
from commands.wording import listed, several, size

SQL = queries(__file__)
UNITS = {"kb": ("kB", 2**10), "mb": ("MB", 2**20), "gb": ("GB", 2**30)}
LEAST, MOST = 2**20, 2**30
MOST_WORKERS = 8
LOCKS = "none; only sessions that begin from now on"
NODES = 2
"""Sorts and hashes of one statement: each may take work_mem for itself."""


class Wanted(Args):
    """For which role, and what."""

    role: str = Field(min_length=1, max_length=63)
    work_mem: str = ""
    parallel: int | None = Field(default=None, ge=0, le=MOST_WORKERS)

    @classmethod
    def spoken(cls, words: Sequence[str]) -> Sequence[str]:
        """As `work_mem=64MB for ROLE`, with the parallel setting under PostgreSQL's own name too."""
        named = [re.sub(r"(?i)^max_parallel_workers_per_gather=", "parallel=", word) for word in words]
        lower = [word.lower() for word in named]
        at = lower.index("for") if "for" in lower[:-1] else None
        return named if at is None else [f"role={named[at + 1]}", *named[:at], *named[at + 2 :]]

    @field_validator("work_mem")
    @classmethod
    def _is_an_amount(cls, typed: str) -> str:
        """The amount as PostgreSQL writes it, between 1 MB and 1 GB."""
        match = re.fullmatch(r"([0-9]{1,7})(kb|mb|gb)", typed, re.IGNORECASE | re.ASCII)
        if typed and (match is None or not LEAST <= int(match[1]) * UNITS[match[2].lower()][1] <= MOST):
            raise ValueError("should be an amount from 1MB to 1GB, as 64MB")
        return f"{int(match[1])}{UNITS[match[2].lower()][0]}" if match else ""


class Role(Row):
    """A role, its sessions here, and what each of them may use now; amounts in bytes."""

    role: str
    logs_in: bool
    superuser: bool
    predefined: bool
    members: tuple[str, ...]
    sessions: int
    most_sessions: int
    work_mem: int
    workers: int
    most_workers: int
    hash_factor: float
    shared_buffers: int
    temp_files: int
    temp_bytes: int
    needed: str

    def worst(self, sessions: int, work_mem: int, workers: int) -> float:
        """The memory that so many sessions could take at once, in bytes (runbook notes, section 12)."""
        return sessions * NODES * (workers + 1) * work_mem * self.hash_factor


class Setting(Row):
    """A wanted setting of a role in this database; `was` is None where it was not set."""

    name: str
    value: str
    was: str | None
    statement: str
    undo: str
    given: str
    taken_back: str


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Look at the role and its settings, then propose to change them.

    Raises:
        BadInput: nothing is to be set, or there is no such role.
        Cannot: this is a replica, or the role must be left alone.
    """
    if not args.work_mem and args.parallel is None:
        raise BadInput("Say what to set, as `/scout tune ROLE work_mem=64MB` or `/scout tune ROLE parallel=4`.")
    if sources.database.facts().is_replica:
        raise Cannot(f"{sources.database.name} is a replica: roles are changed on the primary, ask there.")
    role = choose(sources.database.rows(SQL["roles"], Role), args.role, sources.limits.protected_roles)
    workers = None if args.parallel is None else str(args.parallel)
    found = sources.database.rows(
        SQL["settings"], Setting, role=role.role, work_mem=args.work_mem or None, workers=workers
    )
    wanted = [one for one in found if one.was != one.value]
    return proposal(role, wanted) if wanted else nothing(role, found)


def choose(roles: Sequence[Role], typed: str, protected: Sequence[str] = ()) -> Role:
    """The role of a name.

    Raises:
        BadInput: there is no such role, with the nearest name.
        Cannot: its settings are not for me to change.
    """
    found = next((one for one in roles if one.role == typed), None)
    if found is None:
        close = get_close_matches(typed, [one.role for one in roles if not one.predefined], 1, 0.5)
        hint = f" Did you mean '{close[0]}'?" if close else " `connections` shows who is there."
        raise BadInput(f"There is no role '{typed}'.{hint}")
    refused = _refused(found, protected)
    if refused:
        raise Cannot(f"I leave {found.role} as it is: {refused}.")
    return found


def proposal(role: Role, wanted: Sequence[Setting]) -> Plan:
    """A step for each setting, with the worst case and the way back."""
    values = {one.name: one.value for one in wanted}
    said = " and ".join(f"{name} = {value}" for name, value in values.items())
    return Plan(
        summary=f"Let new sessions of {role.role} in this database work with {said}",
        risk=Risk.MEND,
        steps=tuple(step(role, one) for one in wanted),
        notes=(memory(role, values), *(f"Undo: `{one.undo};`" for one in wanted), right(role), *advice(role, values)),
    )


def step(role: Role, setting: Setting) -> Step:
    """How one setting is given, how that is verified, and how it is taken back."""
    return Step(
        title=f"Set {setting.name} of {role.role} to {setting.value}",
        do=Sql(statement=setting.statement),
        locks=LOCKS,
        timeout_s=10,
        check=Check(statement=setting.given),
        undo=(
            Step(
                title=f"Set {setting.name} of {role.role} back to {setting.was or 'what the server says'}",
                do=Sql(statement=setting.undo),
                locks=LOCKS,
                timeout_s=10,
                check=Check(statement=setting.taken_back),
            ),
        ),
    )


def memory(role: Role, values: dict[str, str]) -> str:
    """How much the sessions of the role could take at once, before and after, in words."""
    amount = _bytes(values["work_mem"]) if "work_mem" in values else role.work_mem
    workers = int(values.get("max_parallel_workers_per_gather", role.workers))
    most = role.worst(role.most_sessions, amount, workers)
    return (
        f"Memory, worst case: {several(role.most_sessions, 'session')} x {NODES} sorts or hashes x {several(workers + 1, 'process', 'processes')} "
        f"x {size(amount)} x {role.hash_factor:g} (hash_mem_multiplier) = {size(most)}; "
        f"with the {several(role.sessions, 'session')} of now {size(role.worst(role.sessions, amount, workers))}. "
        f"Before: {size(role.worst(role.most_sessions, role.work_mem, role.workers))}. "
        f"Compare with the memory of the machine, which I cannot see; shared_buffers is {size(role.shared_buffers)}."
    )


def advice(role: Role, values: dict[str, str]) -> Iterable[str]:
    """When it helps, and whom it reaches."""
    if "work_mem" in values:
        files = several(role.temp_files, "temporary file")
        yield f"work_mem helps statements that spill to disk: this database wrote {files} ({size(role.temp_bytes)}) since its statistics began."
    if "max_parallel_workers_per_gather" in values:
        yield f"All of the server together have {several(role.most_workers, 'parallel worker')}; a small table gets fewer than asked for."
    yield "Who is connected keeps what it has until it connects anew, behind a pooler until the pooler does."


def right(role: Role) -> str:
    """What the operator login needs."""
    return (
        f"The operator login needs createrole and, from PostgreSQL 16 on, the admin option: `{role.needed};`. "
        "Without it PostgreSQL refuses (42501) and nothing changes."
    )


def nothing(role: Role, settings: Sequence[Setting]) -> Report:
    """That it is so already."""
    said = listed([f"{one.name} = {one.value}" for one in settings])
    return Report(
        title="Tune",
        verdict=Verdict(level=Level.OK, text=f"{role.role} has {said} in this database already"),
        buttons=(Button(label="Connections", text="connections"), Button(label="Slow", text="slow")),
    )


def _refused(role: Role, protected: Sequence[str]) -> str:
    if role.superuser:
        return "a superuser, whom only a superuser may change"
    if role.predefined:
        return "it belongs to PostgreSQL"
    if role.role in protected:
        return "a protected role"
    if role.logs_in:
        return ""
    members = f"; name one of its members: {listed(list(role.members))}" if role.members else ""
    return f"it does not log in, and settings are not inherited{members}"


def _bytes(amount: str) -> int:
    return int(amount[:-2]) * UNITS[amount[-2:].lower()][1]


command = Command(
    name="tune",
    help="Give one role more memory or workers for its statements",
    runbook="Quick wins",
    risk=Risk.MEND,
    place=57,
    args=Wanted,
    plan=plan,
    words=("set work_mem", "work_mem", "parallel workers"),
)
