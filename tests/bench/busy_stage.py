"""A stage with many more databases, which are all the same one, so that many repairs can run at once."""

import asyncio
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import psycopg
from psycopg import sql

from practice.settings import Settings
from practice.slack.server import PracticeSlack
from practice.slack.text import as_text
from practice.slack.wire import Json
from practice.stage import Stage

GENERAL = "C0GENERAL"
ANA, BEN = "U0ANA", "U0BEN"
PEOPLE = (ANA, BEN, "U0CORA", "U0DAN")
TEXTS = ("status", "active", "connections", "slow limit=5", "help", "history")
PATIENCE_S = 60.0

DATABASE = """
[databases.{name}]  # the same one under another name
url = "{read_url}"
operate_url = "{operate_url}"
watch = false
"""


class BusyStage(Stage):
    """The real bot, with as many names for the practice database as there are to be runs at once."""

    def __init__(self, home: Path, runs: int) -> None:
        super().__init__(home, Settings(tick=15, alert_for=60, long_query=300, idle=60))
        self.names = [f"busy{number}" for number in range(1, runs + 1)]

    def environment(self) -> dict[str, str]:
        """As ever, with more databases in the file."""
        told = super().environment()
        urls = {"read_url": self.database.read_url, "operate_url": self.database.operate_url}
        with Path(told["SCOUT_CONFIG"]).open("a", encoding="utf-8") as config:
            config.writelines(DATABASE.format(name=name, **urls) for name in self.names)
        return told

    def build_views(self) -> None:
        """A view for each name, whose refresh takes longer than any bench, and logins for all of them."""
        with psycopg.connect(self.database.admin_url, autocommit=True) as admin:
            admin.execute("alter role scout_operate connection limit 40")
            admin.execute("alter role scout_read connection limit 40")
            for name in self.names:
                view = sql.Identifier("scout", f"mv_{name}")
                admin.execute(
                    sql.SQL("create materialized view {} as select pg_sleep(900)::text as done with no data").format(
                        view
                    )
                )
                admin.execute(sql.SQL("alter materialized view {} owner to scout_owner").format(view))

    def occupy(self) -> None:
        """Propose as one person and approve as another until every name has its run."""
        self.build_views()
        for name in self.names:
            self.there.say(ANA, GENERAL, f"/scout refresh mv_{name} on {name} because the bench wants it")
        until(lambda: len(self._cards()) >= len(self.names), "the cards of all plans")
        for card in self._cards():
            self.there.click(BEN, card, "scout_approve")
        until(lambda: self._asleep() == len(self.names), "all runs")

    @property
    def there(self) -> PracticeSlack:
        """The practice Slack."""
        if self.slack is None:
            raise RuntimeError("the curtain is down")
        return self.slack

    def _cards(self) -> list[Json]:
        said = [one for one in self.there.messages(GENERAL) if "scout_approve" in str(one)]
        return [one for one in said if "mv_busy" in as_text(one)]

    def _asleep(self) -> int:
        with psycopg.connect(self.database.admin_url, autocommit=True) as admin:
            row = admin.execute(
                "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and usename = 'scout_operate'"
            ).fetchone()
        return int(row[0]) if row else 0

    def burst(self, commands: int) -> list[float]:
        """Type so many commands in one instant; the milliseconds until each was acknowledged, once all are answered."""
        acknowledged, answered = len(self.there.acknowledgements()), self._answers()
        typed = list(islice(zip(cycle(PEOPLE), cycle(TEXTS), strict=False), commands))
        self.there._loop.wait(self._type(typed))  # pyright: ignore[reportPrivateUsage] - in Slack's own thread, so as fast as it can send
        until(lambda: self._answers() - answered >= commands, "all answers")
        came = self.there.acknowledgements()[acknowledged:]  # among them are those of the runs' events
        return [1000 * one.seconds for one in came if one.kind == "slash_commands"]

    async def _type(self, typed: list[tuple[str, str]]) -> None:
        for who, text in typed:
            self.there.house.people.say(who, GENERAL, f"/scout {text}")
            await asyncio.sleep(0)  # lets the envelope out before the next is written

    def _answers(self) -> int:
        return sum(len(self.there.ephemerals(one)) for one in PEOPLE)


def until(reached: Callable[[], bool], what: str) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it is not so in time.
    """
    deadline = time.monotonic() + PATIENCE_S
    while not reached():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {PATIENCE_S:.0f} s in vain for {what}.")
        time.sleep(0.05)
