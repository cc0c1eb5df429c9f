"""Several diagnoses in as few round trips as the longest of them needs alone.

A plan is a pure function of the answers that it gets. So it is run until it asks something that has no answer yet, left there, and run
again from its beginning once the answers to the questions of all of them have come back together.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bot.command import Answer, Database, Facts, R, Sources, Together
from bot.errors import ScoutError
from bot.sql import Statement

T = TypeVar("T")


class NotYet(BaseException):
    """A plan has asked what has no answer yet; no error, and so nothing that a plan may catch."""


def in_rounds(sources: Sources, plans: Sequence[Callable[[Sources], T]]) -> list[T]:
    """What some plans come to, in their order; the questions of all that wait go to the database in one round trip."""
    talks = [Talk(sources.database) for _ in plans]
    done: dict[int, T] = {}
    while len(done) < len(plans):
        for number, talk in enumerate(talks):
            if number not in done:
                talk.run(lambda said, number=number: done.update({number: plans[number](said)}), sources)
        _answer(sources.database, [talk for talk in talks if talk.waiting])
    return [done[number] for number in range(len(plans))]


def _answer(database: Database, talks: Sequence["Talk"]) -> None:
    try:
        with database.together() as together:
            asked = [[question.ask(together) for question in talk.waiting] for talk in talks]
    except ScoutError as error:
        asked = [[_failed(error) for _ in talk.waiting] for talk in talks]
    for talk, answers in zip(talks, asked, strict=True):
        talk.answered.append(answers)
        talk.waiting = []


def _failed(error: ScoutError) -> Answer[Any]:
    answer: Answer[Any] = Answer()
    answer.settle(None, error)
    return answer


@dataclass(frozen=True)
class Question:
    """A question that waits for its round trip."""

    statement: Statement
    row: type[Any]
    names: Mapping[str, str] | None
    values: Mapping[str, object]

    def ask(self, together: Together) -> Answer[Any]:
        """Queue it."""
        return together.ask(self.statement, self.row, self.names, **self.values)


@dataclass
class Heard:
    """Gives the answers of an earlier run, in the order in which they were asked for."""

    answers: Iterator[Answer[Any]]

    def ask(
        self,
        statement: Statement,  # noqa: ARG002 - the same as the time before
        row: type[R],  # noqa: ARG002
        names: Mapping[str, str] | None = None,  # noqa: ARG002
        **values: object,  # noqa: ARG002
    ) -> Answer[R]:
        """The answer to the question of this place."""
        return next(self.answers)


@dataclass
class Noted:
    """Notes questions down; nobody can read their answers in this run."""

    questions: list[Question] = field(default_factory=list[Question])

    def ask(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> Answer[R]:
        """Note a question."""
        self.questions.append(Question(statement, row, names, values))
        return Answer()


@dataclass
class Talk:
    """One plan's talk with the database, from its beginning each time; implements `bot.command.Database`."""

    database: Database
    answered: list[list[Answer[Any]]] = field(default_factory=list[list[Answer[Any]]])
    waiting: list[Question] = field(default_factory=list[Question])
    _at: int = 0

    def run(self, plan: Callable[[Sources], object], sources: Sources) -> None:
        """Run a plan as far as the answers reach."""
        self._at = 0
        try:
            plan(replace(sources, database=self))
        except NotYet:
            return

    @property
    def name(self) -> str:
        """The name that people type after `on`."""
        return self.database.name

    @property
    def schema(self) -> str:
        """The schema that the runbook is about."""
        return self.database.schema

    def facts(self) -> Facts:
        """What is installed and allowed."""
        return self.database.facts()

    def rows(
        self, statement: Statement, row: type[R], names: Mapping[str, str] | None = None, **values: object
    ) -> list[R]:
        """Ask one question.

        Raises:
            ScoutError: the database is down, too slow, or something is missing.
        """
        with self.together() as together:
            answer = together.ask(statement, row, names, **values)
        return answer.rows

    @contextmanager
    def together(self) -> Generator[Together]:
        """Give what was answered before, or note the questions for the round trip of all."""
        if self._at < len(self.answered):
            self._at += 1
            yield Heard(iter(self.answered[self._at - 1]))
            return
        noted = Noted()
        yield noted
        if noted.questions:
            self.waiting = noted.questions
            raise NotYet
        self.answered.append([])
        self._at += 1
