"""Questions to others than the database, each on a thread of its own, so that one which hangs keeps nothing waiting."""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotYet
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.chat import bug
from bot.command import Inquiry, Missing, Sources
from bot.errors import ScoutError

Told = list[Any] | Missing | ScoutError
NOT_HERE = Missing(reason="it is measured by the running Scout only", configured=False)
ABSENT_S = 300
"""What is not configured is not asked for at every tick."""


@dataclass
class Inquiries:
    """What others said of late about one database."""

    look: Callable[[datetime], Sources] | None
    _told: dict[str, tuple[datetime, Told]] = field(default_factory=dict[str, tuple[datetime, Told]])
    _under_way: dict[str, "Future[Told]"] = field(default_factory=dict[str, "Future[Told]"])

    def begin(self, inquiries: Iterable[Inquiry[Any]], at: datetime) -> None:
        """Ask what is due, and wait for nothing."""
        if self.look is None:
            return
        sources = self.look(at)
        for one in inquiries:
            if one.name not in self._under_way and self._is_due(one, at):
                self._under_way[one.name] = _begun(one, sources)

    def end(self, inquiries: Iterable[Inquiry[Any]], at: datetime) -> Mapping[str, Told]:
        """What each said; of one that is not due what it said last."""
        return {one.name: self._answer(one, at) for one in inquiries}

    def is_new(self, inquiry: Inquiry[Any], at: datetime) -> bool:
        """Whether it was asked at this moment, and not remembered."""
        return inquiry.name in self._told and self._told[inquiry.name][0] == at

    def _is_due(self, inquiry: Inquiry[Any], at: datetime) -> bool:
        told = self._told.get(inquiry.name)
        if told is None:
            return True
        absent = isinstance(told[1], Missing) and not told[1].configured
        return not 0 <= (at - told[0]).total_seconds() < 0.9 * (ABSENT_S if absent else inquiry.every_s)

    def _answer(self, inquiry: Inquiry[Any], at: datetime) -> Told:
        under_way = self._under_way.get(inquiry.name)
        if under_way is not None:
            try:
                self._told[inquiry.name] = at, under_way.result(inquiry.patience_s)
                del self._under_way[inquiry.name]
            except NotYet:
                return Missing(reason=f"no answer within {inquiry.patience_s:g} s")
        return self._told[inquiry.name][1] if inquiry.name in self._told else NOT_HERE


def _begun(inquiry: Inquiry[Any], sources: Sources) -> "Future[Told]":
    """On a thread that nobody waits for at the end, and that is not asked for again before it is back."""
    told: Future[Told] = Future()
    threading.Thread(target=lambda: told.set_result(_asked(inquiry, sources)), name="inquiry", daemon=True).start()
    return told


def _asked(inquiry: Inquiry[Any], sources: Sources) -> Told:
    try:
        found = inquiry.ask(sources)
    except ScoutError as error:
        return error
    except Exception as error:  # noqa: BLE001 - one broken inquiry must not silence the others
        return Missing(reason=bug(f"asking for {inquiry.name}", error).verdict.text)
    return found if isinstance(found, Missing) else list(found)
