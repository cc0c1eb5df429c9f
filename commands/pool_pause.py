"""Let the pooler give no connection to PostgreSQL for a while, as for a switch-over; a deadline always resumes it."""

from collections.abc import Iterable

from pydantic import Field

from bot.command import Args, Command, Pause, Plan, Risk, Sources, Step
from bot.errors import BadInput
from bot.report import Button, Level, Report, Verdict
from commands.pooler_tables import Served, Told
from commands.pooling import ADMIN, served
from commands.wording import duration, several

MARGIN_S = 30
"""What the pause itself and the resuming may take besides."""


class Wanted(Args):
    """For how long at most, and for how long it waits until open transactions have ended; in seconds."""

    seconds: int = Field(default=30, ge=1, le=600)
    wait: int = Field(default=5, ge=1, le=60)


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Ask the console who would wait, then propose it.

    Raises:
        BadInput: clients would lose their patience before it is resumed.
        ScoutError: the settings name no pooler or no database of it, or its console does not answer.
    """
    told, wanted = served(sources)
    if wanted.paused:
        return paused_already(wanted)
    refuse_beyond_patience(told, args)
    return proposal(told, wanted, args)


def refuse_beyond_patience(told: Told, args: Wanted) -> None:
    """Refuse a pause in which clients would be turned away.

    Raises:
        BadInput: pgbouncer's query_wait_timeout ends first.
    """
    patience = told.limit("query_wait_timeout")
    if patience and args.seconds + args.wait >= patience:
        raise BadInput(
            f"A client of this pooler waits {duration(patience)} at most (query_wait_timeout) and is turned away then. "
            f"Let seconds and wait together be less: `/scout pool pause seconds={max(1, int(patience) // 2 - args.wait)}`."
        )


def proposal(told: Told, wanted: Served, args: Wanted) -> Plan:
    """One step that pauses, holds that and resumes, so that there is no pause without its end."""
    step = Step(
        title=f"Pause {wanted.name} of the pooler, and resume it",
        do=Pause(database=wanted.name, seconds=args.seconds, patience_s=args.wait),
        locks="none; every client waits",
        timeout_s=args.wait + args.seconds + MARGIN_S,
    )
    return Plan(
        summary=f"Pause {wanted.name} of the pooler for {duration(args.seconds)} at most; every client waits meanwhile",
        risk=Risk.DISRUPT,
        steps=(step,),
        notes=tuple(notes(told, wanted, args)),
        evidence=("pool",),
    )


def notes(told: Told, wanted: Served, args: Wanted) -> Iterable[str]:
    """What happens to whom, and how it ends."""
    pools = [one for one in told.pools if one.database == wanted.name]
    active, waiting = sum(one.cl_active for one in pools), sum(one.cl_waiting for one in pools)
    yield (
        f"Never left paused: it is resumed {duration(args.seconds)} after it began, when Stop is pressed, by `pool resume`, or when Scout ends. "
        "If Scout is killed, another replica or its next start resumes it."
    )
    yield f"Now {several(active, 'client')} at work and {waiting:,} waiting. Nobody is disconnected: whoever asks meanwhile waits until it is resumed."
    yield f"It waits {duration(args.wait)} for open transactions to end; when one does not, the pause is given up and nobody waits any longer."
    yield ADMIN


def paused_already(wanted: Served) -> Report:
    """That somebody paused it before."""
    return Report(
        title="Pool pause",
        verdict=Verdict(level=Level.ALERT, text=f"{wanted.name} is paused already: its clients wait"),
        buttons=(Button(label="Resume", text="pool resume"), Button(label="Pool", text="pool")),
    )


command = Command(
    name="pool pause",
    help="Let the pooler's clients wait for a while; a deadline resumes them",
    runbook="Application-Level Optimization: connection pooling",
    risk=Risk.DISRUPT,
    place=70,
    args=Wanted,
    plan=plan,
    words=("pause pool", "pause pooler"),
)
