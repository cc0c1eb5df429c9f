"""What is known of the recurring jobs of every database: read for answers and for the alert about those that fail."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.command import Duty, LastRun
from bot.store import Store
from bot.timetable import Job, Paused, Ran, Standing, failing


@dataclass(frozen=True)
class Rota:
    """The jobs of the settings with what the store knows of them."""

    store: Store
    jobs: Mapping[str, Sequence[Job]] = field(default_factory=dict[str, Sequence[Job]])

    def duties(self, database: str, at: datetime) -> list[Duty]:
        """Every job of a database."""
        standings, runs = self.store.standings(database), self.runs(database)
        return [_duty(job, standings.get(job.name), runs[job.name], at) for job in self.jobs.get(database, ())]

    def failing(self, database: str, at: datetime) -> list[Duty]:
        """The jobs that somebody should look at; one that is paused or switched off is nobody's trouble."""
        duties = self.duties(database, at) if self.jobs.get(database) else []
        return [one for one in duties if one.failing and not one.off and not one.paused_by]

    def runs(self, database: str) -> dict[str, list[Ran]]:
        """The last runs by job, newest first."""
        found: dict[str, list[Ran]] = defaultdict(list)
        for ran in self.store.job_runs(database):
            found[ran.job].append(ran)
        return found


def _duty(job: Job, standing: Standing | None, runs: Sequence[Ran], at: datetime) -> Duty:
    paused, bad = standing.pause(at) if standing else None, failing(runs)
    return Duty(
        name=job.name,
        command=job.command,
        pace=job.pace,
        zone=job.zone,
        next_at=_next(job, paused, at),
        off=job.off,
        why=job.why,
        last=_last(runs[0]) if runs else None,
        failing=bad.said if bad else "",
        failing_since=bad.slot if bad else None,
        paused_by=(paused.name or paused.person) if paused else "",
        paused_until=paused.until if paused else None,
        paused_why=paused.why if paused else "",
    )


def _next(job: Job, paused: Paused | None, at: datetime) -> datetime | None:
    if job.off or (paused and paused.until is None):
        return None
    return job.after(max(at, paused.until) if paused and paused.until else at)


def _last(ran: Ran) -> LastRun:
    return LastRun(slot=ran.slot, state=ran.state.value, said=ran.said, plan=ran.approval, by=ran.by)
