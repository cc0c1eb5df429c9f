"""Carries out what is due: each time of a job becomes one plan, or is recorded as having had nothing to do, failed or been missed."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import repeat

from pydantic import JsonValue

from bot.chat import Lane, Notice, Post, bug, new_id
from bot.command import Command, Instead, Keepsake, Order, Plan, is_put_back
from bot.errors import ScoutError, Unavailable
from bot.report import Report
from bot.rota import Rota
from bot.routine.outcome import became
from bot.routine.request import Request, cards
from bot.store import Fence, LostLease, Store
from bot.timetable import Due, Job, Ran, RunState, Standing, answered, due

log = logging.getLogger(__name__)

SCHEDULE = "the schedule"
"""Who asks for what is due, and confirms what nobody else notices."""


@dataclass(frozen=True)
class Routine:
    """Ticks for the databases that this process holds.

    `plan` looks and proposes as a command does, `begin` runs what is approved, `needed` is how many people a plan takes. A time of a job is one row in the store, written together with its plan: whoever writes it first runs it, and a process
    that dies before leaves the time to the next tick.
    """

    store: Store
    rota: Rota
    plan: Callable[[str, str, datetime], tuple[Report | Plan | Order | Instead, Command]]
    begin: Callable[[str], None]
    channel: str
    approval_seconds: float
    needed: Callable[[Plan], int]
    keeps: Callable[[Command, str], Sequence[dict[str, JsonValue]]]

    def tick(self, at: datetime, fences: Mapping[str, Fence]) -> None:
        """Go once round the databases that this process holds."""
        names = [name for name, jobs in self.rota.jobs.items() if jobs and name in fences]
        held = [fences[name] for name in names]
        with ThreadPoolExecutor(max(1, min(4, len(names))), "routine") as pool:
            for _ in pool.map(self._round, names, held, repeat(at)):
                pass

    def _round(self, database: str, fence: Fence, at: datetime) -> None:
        try:
            self._settle(database, at)
            self._go_round(database, fence, at)
        except LostLease:
            log.info("another process runs the jobs of %s now", database)
        except ScoutError as error:
            log.warning("the jobs of %s cannot be looked at now: %s", database, error)
        except Exception as error:  # noqa: BLE001 - the next tick comes whatever happens
            bug(f"the jobs of {database}", error)

    def _go_round(self, database: str, fence: Fence, at: datetime) -> None:
        standings, runs = self.store.standings(database), self.rota.runs(database)
        for job in self.rota.jobs[database]:
            known = standings.get(job.name)
            if known is None or known.defined != job.defined or is_put_back(known.since, at):
                self._begin_to_count(job, fence, at)
            else:
                last = next((one.slot for one in runs[job.name] if not is_put_back(one.slot, at)), None)
                self._look(job, due(job, known, last, at), fence, at)

    def _begin_to_count(self, job: Job, fence: Fence, at: datetime) -> None:
        """A job that is new, another than before, or begun by a clock that was ahead has missed nothing; a pause goes on."""
        with self.store.change(fence) as change:
            known = change.standing(job.database, job.name)
            paused = known.paused if known else None
            change.put_standing(
                Standing(database=job.database, job=job.name, defined=job.defined, since=at, paused=paused)
            )

    def _look(self, job: Job, found: Due | None, fence: Fence, at: datetime) -> None:
        if found is None:
            return
        if found.missed:
            self._write(ran(job, found, at, RunState.MISSED, missed(job)), fence)
            return
        try:
            answer, command = self.plan(job.command, job.database, at)
        except Unavailable as error:
            if at < job.patience_ends(found.slot):
                log.info("the job %s of %s has to wait: %s", job.name, job.database, error)
            else:
                self._write(ran(job, found, at, RunState.FAILED, str(error)), fence)
        except ScoutError as error:
            self._write(ran(job, found, at, RunState.FAILED, str(error)), fence)
        except Exception as error:  # noqa: BLE001 - told as what became of it, so that it alerts
            self._write(ran(job, found, at, RunState.FAILED, bug(f"planning {job.name}", error).verdict.text), fence)
        else:
            self._answered(job, found, answer, command, fence)

    def _answered(
        self, job: Job, found: Due, answer: Report | Plan | Order | Instead, command: Command, fence: Fence
    ) -> None:
        if isinstance(answer, Report) and job.channel:
            self._tell(job, found, answer, command, fence)
        elif isinstance(answer, Plan):
            self._propose(job, found, command, answer, fence)
        else:
            self._write(ran(job, found, self.store.now(), *nothing(answer)), fence)

    def _tell(self, job: Job, found: Due, answer: Report, command: Command, fence: Fence) -> None:
        """Tell an answer once, and keep what the next one is compared with."""
        at, rows = self.store.now(), self.keeps(command, job.database)
        post = Post(channel=job.channel, report=answer)
        with self.store.change(fence) as change:
            if change.add_job_run(ran(job, found, at, RunState.DONE, answer.verdict.text)):
                change.put_notice(Notice(id=new_id(), lane=Lane.ANSWER, message=post, due=at))
                if command.keeps is not None:
                    change.keep(job.database, command.keeps.name, Keepsake(at=at, rows=tuple(rows)))

    def _propose(self, job: Job, found: Due, command: Command, plan: Plan, fence: Fence) -> None:
        at = self.store.now()
        approval = Request(job, command.name, plan, self.channel, self.approval_seconds, self.needed(plan)).approval(
            SCHEDULE, at
        )
        begun = ran(job, found, at, RunState.UNDER_WAY, approval=approval.id)
        with self.store.change(fence) as change:
            if not change.add_job_run(begun):
                return
            other = change.add_approval(approval)
            if other is not None:
                change.settle_job_run(begun.model_copy(update=self._in_the_way(other)))
                return
            for notice in cards(approval):
                change.put_notice(notice)
            told = {"text": approval.text, "database": job.database, "seal": approval.seal, "job": job.name}
            change.record(SCHEDULE, "asked", approval.id, told)
            if approval.decider:
                change.record(SCHEDULE, "approved", approval.id, {"seal": approval.seal, "text": approval.text})
        if approval.decider:
            self.begin(approval.id)

    def _in_the_way(self, other: str) -> Mapping[str, str]:
        found = self.store.approval(other)
        what = (
            f"'{found.text}' is {found.state.value} (asked by {found.requester_name or found.requester})"
            if found
            else "another"
        )
        return {"state": RunState.SKIPPED, "approval": other, "said": f"Left out: {what}."}

    def _write(self, found: Ran, fence: Fence) -> None:
        with self.store.change(fence) as change:
            if change.add_job_run(found) and found.state.is_bad:
                subject = f"{found.database}.{found.job}"
                change.record(SCHEDULE, f"job {found.state.value}", subject, {"said": found.said})

    def _settle(self, database: str, at: datetime) -> None:
        """Keep how plans ended, whoever ran them."""
        for one in self.store.job_runs_under_way(database):
            ended = became(one, self.store.approval(one.approval), self.store.steps(one.approval), at)
            if ended is not None:
                with self.store.change() as change:
                    change.settle_job_run(ended)


def ran(job: Job, found: Due, at: datetime, state: RunState, said: str = "", approval: str = "") -> Ran:
    """What became of a job at a time."""
    return Ran(database=job.database, job=job.name, slot=found.slot, state=state, said=said, approval=approval, at=at)


def missed(job: Job) -> str:
    """That nobody came in time."""
    minutes = round(job.grace.total_seconds() / 60)
    return f"Nobody began it within {minutes} min of its time: Scout or the database was down."


def nothing(answer: Report | Order | Instead) -> tuple[RunState, str]:
    """What an answer that is no plan means for a job."""
    if isinstance(answer, Report):
        return answered(answer.verdict.level), answer.verdict.text
    return RunState.FAILED, "This command changes what Scout itself does, so it cannot be scheduled."
