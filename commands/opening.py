"""The maintenance window in which a repair that stops others may run."""

from bot.command import Opening, Sources
from bot.errors import Cannot


def opening(sources: Sources) -> Opening:
    """The window that is open now, else the next one.

    Raises:
        Cannot: the settings name none, with what to set.
    """
    window = sources.limits.maintenance
    if window is None:
        raise Cannot(
            f"This stops others, so it runs in a maintenance window only, and the settings name none for {sources.database.name}. "
            f'Set window = "Sat 02:00-06:00" and time_zone = "Europe/Berlin" below [databases.{sources.database.name}.limits] in the '
            "SCOUT_CONFIG file."
        )
    return window.opening(sources.at)
