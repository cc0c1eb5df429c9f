"""The settings file of the practice's Scout."""

from dataclasses import dataclass

from practice.database import PracticeDatabase

ALERTS = "C0ALERTS"
STAGING = "C0STAGING"

FILE = """\
tick_seconds = {tick}
window_seconds = {window}
alert_for_seconds = {alert_for}
alert_channel = "{alerts}"
mention = ["S0DBA"]
operators = ["S0ONCALL"]
approvers = ["S0DBA"]
questions_per_minute = 6000  # stories on this stage are told fast, by few people
question_burst = 1000

[alerting]  # as impatient as the tick
calm_for_seconds = {alert_for}
no_data_page_seconds = 60

[databases.scout]
census = {census}
url = "{read_url}"
operate_url = "{operate_url}"
scheduled = {scheduled}

[databases.scout.schedule.views]
every_seconds = {views_every}

[databases.scout.limits]
long_query_seconds = {long_query}
idle_in_transaction_seconds = {idle}
look_again_seconds = {look_again}

[databases.staging]  # a copy for trying things; nothing runs there, so nothing is watched
url = "{staging_read_url}"
operate_url = "{staging_operate_url}"
channels = ["{staging_channel}"]
watch = false

[metrics.freshness]  # as impatient as the others
alert_for = {alert_for}

[metrics.throughput]  # the practice shops sell little: the runbook's 10,000 a second would page all day
target = 5
alert = 0.5
page = 0.1
"""


@dataclass(frozen=True)
class Settings:
    """How impatient the practice's Scout is, in seconds, and what it does by itself."""

    tick: float = 2
    alert_for: float = 4
    long_query: float = 10
    idle: float = 10
    look_again: float = 60
    views_every: float = 1800
    scheduled: bool = False
    census: bool = False

    def file(self, database: PracticeDatabase) -> str:
        """The text of the file, for the Scout that looks after a practice database and its copy."""
        return FILE.format(
            tick=self.tick,
            # what is counted by the second is true, and bad for as long as the window looks back: a tour is over sooner
            window=15 if self.census else 60,
            alert_for=self.alert_for,
            long_query=self.long_query,
            idle=self.idle,
            look_again=self.look_again,
            views_every=self.views_every,
            scheduled=str(self.scheduled).lower(),
            census=str(self.census).lower(),
            alerts=ALERTS,
            read_url=database.read_url,
            operate_url=database.operate_url,
            staging_channel=STAGING,
            staging_read_url=database.url("scout_read", "staging"),
            staging_operate_url=database.url("scout_operate", "staging"),
        )
