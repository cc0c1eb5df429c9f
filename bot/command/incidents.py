"""What Scout remembers of incidents and silences, as a command sees it."""

from datetime import datetime

from bot.command.ordering import EVERYTHING
from bot.command.watching import Measurement
from bot.report import Level, Record


class Hush(Record):
    """A silence that holds or held; `person` ordered it, `ended_at` is set when it is over, `ended_by` when somebody cut it short."""

    id: str
    database: str
    metric: str
    since: datetime
    until: datetime
    person: str
    name: str = ""
    why: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""

    def covers(self, database: str, metric: str, at: datetime) -> bool:
        """Whether it mutes a metric of a database at a moment."""
        holds = self.ended_at is None and self.since <= at < self.until
        return holds and self.database == database and self.metric in {metric, EVERYTHING}


class Burnt(Record):
    """An incident of a database: from when until when (None: it is open), and how bad it got."""

    metric: str
    worst: Level
    since: datetime
    until: datetime | None = None


class Burning(Record):
    """An open incident: since when, how bad, whose it is, and until when it is silenced."""

    id: str
    database: str
    metric: str
    level: Level
    since: datetime
    last: Measurement | None = None
    owner: str = ""
    silenced_until: datetime | None = None
