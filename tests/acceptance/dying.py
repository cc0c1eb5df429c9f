# pyright: reportPrivateUsage=false
# ruff: noqa: ANN401
# The points lie inside, between methods that are nobody's business elsewhere; a wrapper takes whatever its method takes.
"""The real Scout, but for one thing: it ends itself with a signal when it comes to a point that somebody named in a file.

The file DIE_AT holds `POINT SIGNAL`; it is removed before the signal, so the next start lives. Nothing is replaced: each
method named here does what it does, and the process ends before or after.
"""

import os
import signal
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from bot.__main__ import main
from bot.chat import Asked, Inbound, Opened, Pressed, Submitted
from bot.database.operation import Operation
from bot.house.reception import Reception
from bot.house.runs import Runs
from bot.runner import Runner
from bot.slack import SlackSpeaker
from bot.store import Store
from bot.transport import Transport
from bot.watch import Watch

ORDER = Path(os.environ["DIE_AT"])
KINDS = {Asked: "command", Pressed: "press", Submitted: "dialog", Opened: "visit"}
acknowledged = threading.Event()

Method = Callable[..., Any]


def is_at(point: str) -> bool:
    """Whether this is the point that was named."""
    return ORDER.exists() and ORDER.read_text().rpartition(" ")[0] == point


def die_at(point: str) -> None:
    """End here, if this is the point."""
    if is_at(point):
        number = signal.Signals[ORDER.read_text().rpartition(" ")[2]]
        ORDER.unlink()
        signal.pthread_kill(threading.get_ident(), number)  # this thread stops here; one signal to all takes a moment


def die_in(moment: str, statement: str) -> None:
    """End here, if this is the moment and the statement holds the words that follow it, as in `begun step: analyze`."""
    point = ORDER.read_text().rpartition(" ")[0] if ORDER.exists() else ""
    when, _, words = point.partition(": ")
    if when == moment and words and words in statement:
        die_at(point)


def around(owner: type, name: str, before: Method | None = None, after: Method | None = None) -> None:
    """Let something happen before and after a method, with its arguments; `after` gets what it returned first."""
    method: Method = getattr(owner, name)

    @wraps(method)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            before(*args)
        found = method(*args, **kwargs)
        if after is not None:
            after(found, *args)
        return found

    setattr(owner, name, wrapped)


def receiving(_: Store, item: Inbound, *__: object) -> None:
    """After receipt, before the inbox write."""
    die_at(f"receipt of a {KINDS[type(item)]}")


def received(_: bool, __: Store, item: Inbound, *___: object) -> None:  # noqa: FBT001 - what `receive` returns
    """After the inbox write, before the acknowledgement."""
    die_at(f"inbox write of a {KINDS[type(item)]}")


def handling(_: Reception, item: Inbound) -> None:
    """After the acknowledgement, before anything is made of the request."""
    if is_at(point := f"acknowledgement of a {KINDS[type(item)]}"):
        acknowledged.wait(5)
        die_at(point)


def acknowledge(method: Method) -> Method:
    """Tell when an acknowledgement has gone out."""

    @wraps(method)
    async def wrapped(*args: Any) -> bool:
        sent = await method(*args)
        acknowledged.set()
        return sent

    return wrapped


def beginning(*_: object) -> None:
    """After the decision was written, before the run begins."""
    die_at("decision")


def running(_: Operation, statement: str, *__: object) -> None:
    """The step was written down as begun, its connection is open, and its statement is about to be sent."""
    die_in("begun step", statement)


def ran(_: object, __: Operation, statement: str, *___: object) -> None:
    """The step's statement is through, which is not written down yet."""
    die_in("ended step", statement)


def stepped(*_: object) -> None:
    """Between two steps."""
    die_at("pause between steps")


def editing(_: SlackSpeaker, __: str, ___: str, drawn: Any, *____: object) -> None:
    """Before the card says how it ended."""
    if drawn.text.startswith("Done"):
        die_at("last edit")


def posted(_: object, __: SlackSpeaker, ___: str, ____: object, _____: object, key: str) -> None:
    """The card stands in Slack, and its place was not kept yet."""
    if key.startswith("approval:"):
        die_at("posted card")


def claimed(found: list[Any], *_: object) -> None:
    """A message was claimed and not sent yet."""
    if found:
        die_at("claimed message")


def judging(_: Watch, database: str, *__: object) -> None:
    """A database was measured, and nothing of it is written down yet."""
    die_at(f"measured {database}")


around(Watch, "judge", judging)
around(Store, "receive", receiving, received)
around(Store, "claim_notices", after=claimed)
around(Reception, "_handle", handling)
around(Runs, "begin", beginning)
around(Operation, "run", running, ran)
around(Runner, "_step", after=stepped)
around(SlackSpeaker, "edit", editing)
around(SlackSpeaker, "post", after=posted)
setattr(Transport, "_sent", acknowledge(Transport._sent))  # noqa: B010 - as the others, in one line

if __name__ == "__main__":
    main()
