"""Restart the pooler by the program that the settings name, and ask it until it is well."""

from collections.abc import Iterable

from bot.command import Command, Plan, Risk, Sources
from bot.errors import Cannot, Unavailable
from commands.pooler_tables import Told, ask
from commands.pooling import console, health, restart
from commands.wording import several

WAITS_FOR_CLIENTS = (1, 23)
"""From this release on a polite end waits until every client has gone."""


def plan(sources: Sources, args: object) -> Plan:  # noqa: ARG001 - every command is asked the same way
    """Ask the console who would be cut off, then propose it; one that does not answer is a reason to restart it.

    Raises:
        Cannot: the settings name no program, no pooler or no database of it.
    """
    limits, name = sources.limits, sources.database.name
    if not limits.pooler_restart:
        raise Cannot(
            f"The settings name no program that restarts the pooler of {name}. Set pooler_restart = "
            f'["systemctl", "restart", "pgbouncer"] below [databases.{name}.limits] in the SCOUT_CONFIG file. '
            "`pool reconnect` opens its connections anew without it."
        )
    pooler, wanted = console(sources)
    try:
        told = ask(pooler)
    except Unavailable:
        told = None
    steps = [step.model_copy(update={"required": True}) for step in restart(limits)]
    return Plan(
        summary="Restart the pooler; its clients may be cut off",
        risk=Risk.DISRUPT,
        steps=(*steps, health(wanted)),
        notes=tuple(notes(told)),
        evidence=("pool",),
    )


def notes(told: Told | None) -> Iterable[str]:
    """Who is cut off, and what cuts off nobody."""
    if told is None:
        yield "Its console does not answer now."
    else:
        clients = sum(one.cl_active + one.cl_waiting for one in told.pools)
        at_work = sum(one.state == "active" for one in told.servers)
        yield f"Now {several(clients, 'client')}, {several(at_work, 'connection')} at work: a hard restart ends their transactions."
        if told.release >= WAITS_FOR_CLIENTS:
            yield "From 1.23 on pgbouncer waits for its clients when it is asked to end: the program may wait as long."
    yield "`pool reconnect` opens its connections to PostgreSQL anew and cuts off nobody: prefer it where that is enough."
    yield "It is done when the console answers and serves the database, within 30 s."


command = Command(
    name="pool restart",
    help="Restart the pooler with the settings' program, and see it well again",
    runbook="Emergency procedures, step 6: restart the connection pooler",
    risk=Risk.DISRUPT,
    place=72,
    plan=plan,
    words=("restart pool", "restart pooler", "restart pgbouncer"),
)
