"""What the runbook's "reset connections" and "restart the pooler" meant, as steps."""

from bot.command import Limits, Pooler, Program, Step

NO_RESET = "No pg_stat_reset(): it resets no connection, it stops autovacuum and blinds the index statistics."


def reconnect(limits: Limits) -> list[Step]:
    """What the runbook's "reset connections" meant: the pooler opens its server connections anew, between transactions."""
    if not limits.pooler_database:
        return []
    order = Pooler(order=f"RECONNECT {limits.pooler_database}")
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


def no_reset(limits: Limits) -> list[str]:
    """Why nothing stands in the place of the runbook's step 2."""
    return [] if limits.pooler_database else [f"{NO_RESET} No pooler is configured to reconnect."]
