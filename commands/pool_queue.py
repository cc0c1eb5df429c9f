"""Who waits in front of the pooler, as the watch measures it."""

from bot.command import Inquiry, Measured, Metric, Missing, Reading, Sources, Value
from bot.report import Unit
from commands.pooler_tables import CONSOLE, Line
from commands.wording import several


def ask(sources: Sources) -> list[Line] | Missing:
    """The pools of the console; none where no pooler is configured."""
    if sources.pooler is None:
        return Missing(reason="no pooler is configured", configured=False)
    (pools,) = sources.pooler.tables(["SHOW POOLS"])
    return [line for line in map(Line.model_validate, pools) if line.database != CONSOLE]


def wait(reading: Reading[Line]) -> Measured:
    """How long the first client of the slowest queue waits, in seconds."""
    pools = sorted(reading.now, key=lambda pool: pool.wait_s)
    waiting = sum(pool.cl_waiting for pool in pools)
    if not waiting:
        return Value(value=0)
    return Value(value=pools[-1].wait_s, note=f"{several(waiting, 'client')} wait, the first for {pools[-1].name}")


# A client that waits for less than a second is served between two transactions of others, as a pooler is meant to work.
QUEUE = Metric(
    name="pooler_wait",
    title="Wait for the pooler",
    unit=Unit.SECONDS,
    alert=1,
    page=15,
    source=Inquiry("pooler", ask),
    measure=wait,
    repairs=("pool", "emergency"),
)
