"""The pooler of a database as the settings name it, and what the runbook's "reset connections" and "restart" meant, as steps."""

from bot.command import Answers, Limits, Pool, Pooler, Program, Sources, Step
from bot.errors import BadInput, Cannot
from commands.pooler_tables import Served, Told, ask
from commands.wording import listed

NO_RESET = "No pg_stat_reset(): it resets no connection, it stops autovacuum and blinds the index statistics."
ADMIN = "The console's login has to be one of admin_users; one of stats_users may look, but not act."


def console(sources: Sources) -> tuple[Pool, str]:
    """The pooler's console, and the name in it that leads to the database.

    Raises:
        Cannot: the settings name no pooler or no database of it.
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
    return sources.pooler, wanted


def served(sources: Sources) -> tuple[Told, Served]:
    """What the console tells, and the database in it that the settings name.

    Raises:
        Cannot: the settings name no pooler or no database of it.
        BadInput: the pooler serves no database of that name.
        Unavailable: its console does not answer.
    """
    pooler, wanted = console(sources)
    told = ask(pooler)
    found = told.served(wanted)
    if found is None:
        there = listed([one.name for one in told.databases]) or "none"
        raise BadInput(f"The pooler serves no database '{wanted}', which pooler_database names. It serves: {there}.")
    return told, found


def reconnect(limits: Limits) -> list[Step]:
    """What the runbook's "reset connections" meant: the pooler opens its server connections anew, between transactions."""
    if not limits.pooler_database:
        return []
    order = Pooler.about("RECONNECT", limits.pooler_database)
    return [
        Step(
            title="Reconnect the pooler",
            do=order,
            locks="none; open transactions end first",
            timeout_s=10,
            required=False,
        )
    ]


def restart(limits: Limits) -> list[Step]:
    """The runbook's last step, only where the settings name a program for it."""
    if not limits.pooler_restart:
        return []
    program = Program(argv=limits.pooler_restart)
    return [
        Step(
            title="Restart the pooler", do=program, locks="none; clients may be dropped", timeout_s=120, required=False
        )
    ]


def restarted(limits: Limits) -> list[Step]:
    """The restart with the proof that the pooler is back, where the settings say which of its databases is meant."""
    steps = restart(limits)
    if not (steps and limits.pooler_database):
        return steps
    return [*steps, health(limits.pooler_database).model_copy(update={"follows": (steps[0].title,)})]


def health(database: str) -> Step:
    """The proof that the pooler is back: its console answers and the database is served."""
    return Step(title="Ask the pooler", do=Answers(database=database), locks="none", timeout_s=30)


def no_reset(limits: Limits) -> list[str]:
    """Why the runbook's step 2 is refused, in one sentence, and whether something stands in its place."""
    return [NO_RESET if limits.pooler_database else f"{NO_RESET} No pooler is configured to reconnect."]
