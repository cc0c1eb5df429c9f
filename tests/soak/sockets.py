"""Which socket belonged to which replica, and what became of it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from tests.soak.ground import REPLICAS, Ground

NOBODY = -1


@dataclass(frozen=True)
class Socket:
    """One socket; `replica` is -1 when it was gone before anybody could look whose it was. Moments are of the monotonic clock."""

    replica: int
    pid: int = 0
    deaf_at: float | None = None
    ended_at: float | None = None


@dataclass
class Register:
    """Looks whose each new socket is."""

    ground: Ground
    _owners: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])

    def look(self) -> None:
        """Look at those that are new."""
        for one in list(self.ground.there.house.hub.all_connections):
            if one.number not in self._owners:
                self._owners[one.number] = self._owner(one.port)

    def found(self) -> Mapping[int, Socket]:
        """All sockets there were, by their number."""
        return {
            one.number: Socket(*self._owners.get(one.number, (NOBODY, 0)), one.deaf_at, one.ended_at)
            for one in list(self.ground.there.house.hub.all_connections)
        }

    def _owner(self, port: int) -> tuple[int, int]:
        for number in range(REPLICAS):
            pid = self.ground.replica(number).pid
            with suppress(psutil.Error):
                if any(one.laddr.port == port for one in psutil.Process(pid).net_connections("tcp4")):
                    return number, pid
        return NOBODY, 0
