"""What the runbook's "reset connections" meant: the pooler opens its server connections anew, each between two transactions."""

from bot.command import Command, Plan, Risk, Sources
from commands.pooler_tables import Served, Told
from commands.pooling import ADMIN, NO_RESET, reconnect, served
from commands.wording import several


def plan(sources: Sources, args: object) -> Plan:  # noqa: ARG001 - every command is asked the same way
    """Ask the console what would be reconnected, then propose it.

    Raises:
        ScoutError: the settings name no pooler or no database of it, or its console does not answer.
    """
    return proposal(*served(sources), sources)


def proposal(told: Told, wanted: Served, sources: Sources) -> Plan:
    """One order, and what it will close."""
    servers = [one for one in told.servers if one.database == wanted.name]
    at_work = sum(one.state == "active" for one in servers)
    steps = [step.model_copy(update={"required": True}) for step in reconnect(sources.limits)]
    return Plan(
        summary=f"Reconnect {several(len(servers), 'connection')} of the pooler to PostgreSQL; clients notice nothing",
        risk=Risk.MEND,
        steps=tuple(steps),
        notes=(
            f"{wanted.name}: {several(len(servers), 'connection')}, {at_work} at work: each is closed when its transaction has ended, and opened anew for the next.",
            "Clients stay connected. A session that never ends its transaction keeps its old connection: `pool` shows how many are left.",
            ADMIN,
            NO_RESET,
        ),
        evidence=("pool",),
    )


command = Command(
    name="pool reconnect",
    help="Let the pooler open its connections to PostgreSQL anew",
    runbook="Emergency procedures, step 2: reset connections",
    risk=Risk.MEND,
    place=69,
    plan=plan,
    words=("reconnect", "reconnect pool", "reset connections"),
)
