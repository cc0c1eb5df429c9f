"""What a command may propose: a plan of steps, as data."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field

from bot.command.window import Opening
from bot.report import Record
from bot.sql import identifier


class Risk(StrEnum):
    """What a command can do to others; the order of the members is the order of weight.

    `LOOK` reads. `MEND` is invisible to others: an operator confirms. `DISRUPT` can stop somebody's work: another person approves.
    """

    LOOK = "look"
    MEND = "mend"
    DISRUPT = "disrupt"

    def at_least(self, other: "Risk") -> bool:
        """Whether this is as heavy as another or heavier."""
        order = list(Risk)
        return order.index(self) >= order.index(other)


class Sql(Record):
    """A statement that the database wrote with `format()`; it carries its own guard where it destroys.

    `first` goes before it, whenever the step is begun: it clears away what an attempt that was cut short has left, where that
    cannot be in one transaction with the statement. It names nothing but what this very step makes.
    """

    kind: Literal["sql"] = "sql"
    statement: str
    first: str = ""

    @classmethod
    def transaction(cls, statements: Iterable[str]) -> Self:
        """Whole statements that the database wrote, to be done together or not at all."""
        return cls(statement=";\n".join(["begin", *statements, "commit"]))


class Pooler(Record):
    """An order on the pooler's admin console, word for word, as `RECONNECT "scout"`."""

    kind: Literal["pooler"] = "pooler"
    order: str

    @classmethod
    def about(cls, verb: Literal["RECONNECT", "PAUSE", "RESUME"], database: str) -> Self:
        """An order that is about one of its databases, whatever that is called."""
        return cls(order=f"{verb} {identifier(database)}")


class Program(Record):
    """A program from the settings, run without a shell."""

    kind: Literal["program"] = "program"
    argv: tuple[str, ...]


class Answers(Record):
    """Ask the pooler until it answers and serves a database, which is neither paused nor disabled."""

    kind: Literal["answers"] = "answers"
    database: str


class Pause(Record):
    """Let the pooler give no connection to a database for so many seconds, and in any case resume it: a pause is never left behind.

    It waits `patience_s` for open transactions to end; when they do not, it is given up and the database resumed.
    """

    kind: Literal["pause"] = "pause"
    database: str
    seconds: float
    patience_s: float


class Clear(Record):
    """Remove every key of a cache that begins so, some at a time."""

    kind: Literal["clear"] = "clear"
    prefix: str


class Warm(Record):
    """Write the rows of one statement, `key` and `value`, into a cache over whatever is there, each to live `ttl_s` or a tenth longer."""

    kind: Literal["warm"] = "warm"
    statement: str
    prefix: str
    ttl_s: float
    most: int


Do = Annotated[Sql | Pooler | Program | Answers | Pause | Clear | Warm, Field(discriminator="kind")]


class Session(Record):
    """A session as people see it: ages in seconds, `doing` redacted."""

    pid: int
    role: str
    application: str = ""
    state: str
    age_s: float
    doing: str = ""
    why: str = ""


class Check(Record):
    """A statement that answers `ok` (boolean) and `found` (text) when a step is over; asked again for `patience_s` seconds."""

    statement: str
    patience_s: float = 0


class Step(Record):
    """One thing to do: shown word for word, run alone, journaled before and after.

    A step that is not `required` may fail and the run goes on. `hits` are the sessions it strikes now; they are shown, and a new one
    voids the approval because the statement names it. `retries` repeats a step that ran into its own lock_timeout. `undo` are the
    steps that take this one back once it is done. `at_least` is the number that the last line of a program must reach.

    `follows` are the titles of optional steps that this one confirms, clears up after or needs: it is left out with any of them. Who
    skips one of them while it runs skips this too; unless `if_skipped` says what has to be found then, with which it only clears up.
    """

    title: str
    do: Do
    locks: str
    timeout_s: float
    lock_timeout_s: float = 5
    required: bool = True
    retries: int = 0
    hits: tuple[Session, ...] = ()
    check: Check | None = None
    undo: tuple["Step", ...] = ()
    at_least: float | None = None
    follows: tuple[str, ...] = ()
    if_skipped: Check | None = None

    @property
    def binding(self) -> tuple[str, str, float]:
        """What people approve: the title, what is done, and for how long it may run."""
        return self.title, self.do.model_dump_json(), self.timeout_s


class Plan(Record):
    """What a command means to do, as data.

    `evidence` are command texts whose answers are kept before the first step runs. `approvers` is how many distinct people have to
    approve; the settings may ask for more. A plan with a `window` may be approved before it opens, begins nothing outside of it, and is
    void when it has closed. `pick` lets people leave out optional steps before
    they approve. `look_again_s` seconds after the run the metrics are measured once more and told in its thread; 0: they are not.
    `break_glass` asks to be run at once, approved by its requester alone, where the settings let them; somebody else reviews it afterwards.
    """

    summary: str
    risk: Risk
    steps: tuple[Step, ...]
    spared: tuple[Session, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    approvers: int = 1
    window: Opening | None = None
    pick: bool = False
    look_again_s: float = 0
    break_glass: bool = False
