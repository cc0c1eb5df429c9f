"""Which recurring job somebody means."""

from collections.abc import Sequence
from difflib import get_close_matches

from bot.command import Duty
from bot.errors import BadInput
from commands.wording import listed


def chosen(duties: Sequence[Duty], name: str) -> Duty:
    """The job of a name.

    Raises:
        BadInput: there is none, with the nearest.
    """
    known = {duty.name.lower(): duty for duty in duties}
    found = known.get(name.strip().lower())
    if found is not None:
        return found
    close = get_close_matches(name.strip().lower(), known, 1, 0.5)
    hint = f"Did you mean '{close[0]}'?" if close else f"There are {listed(sorted(known), 20) or 'none'}."
    raise BadInput(f"There is no job '{name[:40]}'. {hint}")
