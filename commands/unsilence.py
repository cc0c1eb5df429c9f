"""Let a silence end before its time."""

from pydantic import Field

from bot.command import Args, Command, EndSilence, Order, Risk, Sources


class Wanted(Args):
    """Which silence, by its id; `silences` has a button for each."""

    id: str = Field(min_length=1, max_length=40)


def plan(sources: Sources, args: Wanted) -> Order:  # noqa: ARG001 - every command is asked the same way
    """Order it."""
    return EndSilence(silence=args.id)


command = Command(
    name="unsilence",
    help="End a silence before its time",
    runbook="",
    risk=Risk.MEND,
    place=9,
    args=Wanted,
    plan=plan,
    words=("unmute", "silence end"),
)
