"""When recurring work is due, and what is known of it: pure."""

from bot.timetable.cron import Cron
from bot.timetable.due import Due, Paused, Ran, RunState, Standing, answered, due, failing
from bot.timetable.job import Job, JobSettings
from bot.timetable.jobs import jobs_of, morning, of_the_runbook

__all__ = [
    "Cron",
    "Due",
    "Job",
    "JobSettings",
    "Paused",
    "Ran",
    "RunState",
    "Standing",
    "answered",
    "due",
    "failing",
    "jobs_of",
    "morning",
    "of_the_runbook",
]
