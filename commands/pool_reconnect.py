"""What the runbook's "reset connections" meant: the pooler opens its server connections anew, each between two transactions."""

from bot.command import Command, Plan, Risk, Sources
from bot.errors import BadInput, Cannot
from commands.pooler_tables import Told, ask
from commands.pooling import NO_RESET, reconnect
from commands.wording import listed, several


def plan(sources: Sources, args: object) -> Plan:  # noqa: ARG001 - every command is asked the same way
    """Ask the console what would be reconnected, then propose it.

    Raises:
        Cannot: the settings name no pooler or no database of it.
        BadInput: the pooler serves no database of that name.
        Unavailable: its console does not answer.
    """
    name, wanted = sources.database.name, sources.limits.pooler_database
    if sources.pooler is None:
        raise Cannot(
            f"No pooler is configured for {name}. Set SCOUT_POOLER_URL, or pooler_url below [databases.{name}] in the SCOUT_CONFIG file, "
            "to pgbouncer's console with a user of admin_users."
        )
    if not wanted:
        raise Cannot(
            f"The settings do not say which of the pooler's databases leads to {name}. Set pooler_database below "
            f"[databases.{name}.limits] in the SCOUT_CONFIG file; `pool` shows their names."
        )
    told = ask(sources.pooler)
    if told.served(wanted) is None:
        there = listed([one.name for one in told.databases]) or "none"
        raise BadInput(f"The pooler serves no database '{wanted}', which pooler_database names. It serves: {there}.")
    return proposal(told, wanted, sources)


def proposal(told: Told, wanted: str, sources: Sources) -> Plan:
    """One order, and what it will close."""
    servers = [one for one in told.servers if one.database == wanted]
    at_work = sum(one.state == "active" for one in servers)
    steps = [step.model_copy(update={"required": True}) for step in reconnect(sources.limits)]
    return Plan(
        summary=f"Reconnect {several(len(servers), 'connection')} of the pooler to PostgreSQL; clients notice nothing",
        risk=Risk.MEND,
        steps=tuple(steps),
        notes=(
            f"{wanted}: {several(len(servers), 'connection')}, {at_work} at work: each is closed when its transaction has ended, and opened anew for the next.",
            "Clients stay connected. A session that never ends its transaction keeps its old connection: `pool` shows how many are left.",
            "The console's login has to be one of admin_users; one of stats_users may look, but not reconnect.",
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
