"""The panel *Break something*: every fault, what it does now, and what went wrong with it."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from practice.fault import Fault
from practice.slack.wire import Json


@dataclass
class Panel:
    """All faults, switched in worker threads so that the server's loop never waits."""

    faults: Sequence[Fault]
    tell: Callable[[Json], None]
    _busy: set[str] = field(default_factory=set[str])
    _errors: dict[str, str] = field(default_factory=dict[str, str])
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4, "fault"))

    def listing(self) -> list[Json]:
        """Return all faults as the page shows them."""
        return [self._wire(fault) for fault in self.faults]

    async def switch(self, name: str, *, on: bool) -> str | None:
        """Start or undo a fault; returns a sentence when that did not work."""
        fault = next((one for one in self.faults if one.name == name), None)
        if fault is None:
            return "There is no such fault."
        if name in self._busy:
            return f"{fault.title} is being switched already."
        self._busy.add(name)
        self._errors.pop(name, None)
        self.tell(self._wire(fault))
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, fault.start if on else fault.undo)
        except Exception as error:  # noqa: BLE001 - whatever a fault raises is shown on its button
            self._errors[name] = str(error) or type(error).__name__
        finally:
            self._busy.discard(name)
            self.tell(self._wire(fault))
        return self._errors.get(name)

    def close(self) -> None:
        """Let the worker threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wire(self, fault: Fault) -> Json:
        return {
            "name": fault.name,
            "title": fault.title,
            "detail": fault.detail,
            "group": fault.group,
            "momentary": fault.momentary,
            "on": fault.is_on,
            "busy": fault.name in self._busy,
            "error": self._errors.get(fault.name),
        }
