"""Which jobs a database has: those of the runbook, as the settings change them, and those that only the settings name."""

import re
from collections.abc import Mapping

from bot.command import Limits, Warmth
from bot.timetable.cron import written
from bot.timetable.job import Job, JobSettings

HALF_AN_HOUR = 1800.0
MORNING_GRACE_S = 4 * 3600.0


class Incomplete(ValueError):
    """A job lacks what the runbook does not give; a sentence."""


def of_the_runbook(limits: Limits, warmth: Warmth | None, *, redis: bool) -> dict[str, Job]:
    """The jobs that come with Scout (runbook, sections 6 to 9), in the order in which they are shown."""
    zone = limits.time_zone
    no_window = "" if limits.window else "no maintenance window is set (`window` in the limits)"
    no_cache = "" if redis and warmth else "no Redis with `cache_warm` is set"
    views = Job(database="", name="views", command="refresh stale gently=yes", every_seconds=HALF_AN_HOUR, zone=zone,
        why="The runbook's every 2 h cannot keep views under the hour that the freshness target asks for; every 30 min does.",
    )  # fmt: skip
    weekday = Job(database="", name="maintenance", command="maintenance", cron=written("0 2 * * sun-fri"), zone=zone,
        why="The runbook's script on every day but Saturday.")  # fmt: skip
    partitions = Job(database="", name="partitions", command="partition ensure", cron="0 3 * * mon", zone=zone,
        why="Every week, so that a month is there long before it begins even if a week fails.")  # fmt: skip
    saturday = Job(database="", name="saturday", command="maintenance full", cron="0 12 * * fri", zone=zone,
        grace_seconds=12 * 3600, off=no_window, why="Asked half a day before Saturday, so that people can look; it runs in the window.")  # fmt: skip
    cache = Job(database="", name="cache", command="cache warm", every_seconds=warmth.interval_seconds if warmth else 300, zone=zone,
        off=no_cache, why="Keys live twice as long, so none expires between two warm-ups.")  # fmt: skip
    return {job.name: job for job in (views, weekday, saturday, partitions, cache)}


def jobs_of(
    database: str, told: Mapping[str, JobSettings], runbook: Mapping[str, Job], zone: str, off: str, asleep: str = ""
) -> tuple[Job, ...]:
    """All jobs of a database; `off` says why none of them changes anything, `asleep` why none is asked for, empty when they are.

    Raises:
        Incomplete: one has no command or no time.
    """
    names = dict.fromkeys([*runbook, *told])
    return tuple(
        _job(database, name, told.get(name, JobSettings()), runbook.get(name), zone, off, asleep) for name in names
    )


def _job(database: str, name: str, told: JobSettings, known: Job | None, zone: str, off: str, asleep: str) -> Job:
    base = known or Job(database=database, name=name, command="", zone=zone)
    paced = bool(told.cron) or told.every_seconds is not None
    pace = {"cron": told.cron, "every_seconds": told.every_seconds} if paced else {}
    given = told.model_dump(include=told.model_fields_set & {"command", "grace_seconds", "channel"})
    why = "" if paced or "command" in given else base.why
    held = asleep or ("" if told.channel else off)
    none = "switched off in the settings" if not told.enabled else ""
    job = base.model_copy(
        update={"database": database, "zone": told.time_zone or base.zone, "off": held or none or base.off, "why": why}
        | pace
        | given
    )
    if not job.command.strip() or not (job.cron or job.every_seconds):
        raise Incomplete(f"the job {name!r} needs a command, and cron or every_seconds")
    return job


def morning(clock: str, zone: str, channel: str) -> JobSettings:
    """The daily report as a job.

    Raises:
        ValueError: the clock is none, or nobody would read it.
    """
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", clock.strip(), re.ASCII)
    if found is None:
        raise ValueError("the morning is written as 07:30")
    if not channel:
        raise ValueError("the morning needs a channel: set morning_channel or alert_channel")
    cron = f"{int(found[2])} {int(found[1])} * * *"
    return JobSettings(command="morning", cron=cron, time_zone=zone, grace_seconds=MORNING_GRACE_S, channel=channel)
