"""Recurring jobs: since when their times count, who paused them, and what became of them at each of their times."""

from bot.command import Keepsake
from bot.sql import queries
from bot.store.engine import Hand, Room, as_body, as_text
from bot.timetable import Ran, Standing

SQL = queries(__file__)
EACH = 20
"""How many runs of a job are looked at."""


class Timetable(Room):
    """Jobs and their runs."""

    def standings(self, database: str) -> dict[str, Standing]:
        """What is known of each job of a database, by its name."""
        found = [
            Standing.model_validate_json(row["body"]) for row in self._engine.ask(SQL["standings"], database=database)
        ]
        return {one.job: one for one in found}

    def job_runs(self, database: str, each: int = EACH) -> list[Ran]:
        """The last runs of each job of a database, newest first."""
        return [
            Ran.model_validate_json(row["body"]) for row in self._engine.ask(SQL["runs"], database=database, each=each)
        ]

    def job_runs_under_way(self, database: str) -> list[Ran]:
        """Those whose plan was not over when they were last looked at."""
        return [Ran.model_validate_json(row["body"]) for row in self._engine.ask(SQL["under_way"], database=database)]

    def keepsake(self, database: str, name: str) -> Keepsake | None:
        """What was kept last under a name."""
        found = self._engine.ask(SQL["keepsake"], database=database, name=name)
        return next((Keepsake.model_validate_json(row["body"]) for row in found), None)


class TimetableHand(Hand):
    """Running and pausing jobs, as part of a change."""

    def standing(self, database: str, job: str) -> Standing | None:
        """What is known of a job, read where it is changed."""
        found = self._session.rows(SQL["standing"], database=database, job=job)
        return next((Standing.model_validate_json(row["body"]) for row in found), None)

    def put_standing(self, standing: Standing) -> None:
        """Keep what is known of a job."""
        self._session.rows(SQL["put_standing"], database=standing.database, job=standing.job, body=as_body(standing))

    def add_job_run(self, ran: Ran) -> bool:
        """Write a run down, once for each of its times; False: somebody was first."""
        return bool(self._session.rows(SQL["add"], **_columns(ran)))

    def keep(self, database: str, name: str, keepsake: Keepsake) -> None:
        """Keep something until the next report."""
        self._session.rows(SQL["keep"], database=database, name=name, at=as_text(keepsake.at), body=as_body(keepsake))

    def settle_job_run(self, ran: Ran) -> bool:
        """Say what became of a run that was under way; False: it is known already."""
        return bool(self._session.rows(SQL["settle"], **_columns(ran)))


def _columns(ran: Ran) -> dict[str, str]:
    return {
        "database": ran.database,
        "job": ran.job,
        "slot": as_text(ran.slot),
        "state": ran.state,
        "at": as_text(ran.at),
        "body": as_body(ran),
    }
