"""Everything that is known when a soak is over; moments are of the monotonic clock where nothing else is said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.soak.drama import Drama, Repair, Trouble
from tests.soak.found import Found, Plan
from tests.soak.gauges import Backends, Reading, Stall
from tests.soak.sockets import Socket
from tests.soak.striking import Death, Struck


@dataclass(frozen=True)
class Evidence:
    """What the verdict is made of.

    `dispatch_failed` is when a request met no socket at all, `words` what the logs say that no log should say, and `wall` by how much
    the wall clock is ahead of the monotonic one.
    """

    drama: Drama
    found: Found
    struck: Sequence[Struck]
    began: float
    ended: float
    sockets: Mapping[int, Socket] = field(default_factory=dict[int, Socket])
    dispatch_failed: Sequence[float] = ()
    deaths: Sequence[Death] = ()
    readings: Sequence[Reading] = ()
    backends: Sequence[Backends] = ()
    stalls: Sequence[Stall] = ()
    words: Sequence[str] = ()
    wall: float = 0.0

    def was(self, kinds: Iterable[Trouble], since: float, until: float, replica: int | None = None) -> bool:
        """Whether one of some troubles was in force at some moment of a span, on a replica where one is named."""
        return bool(self.of(kinds, since, until, replica))

    def of(self, kinds: Iterable[Trouble], since: float, until: float, replica: int | None = None) -> list[Struck]:
        """Those troubles of some kinds that were in force at some moment of a span."""
        known = frozenset(kinds)
        return [
            one
            for one in self.struck
            if one.strike.trouble in known
            and one.began <= until
            and since <= one.ended
            and (replica is None or one.strike.trouble not in OF_A_REPLICA or one.strike.replica == replica)
        ]

    def repair(self, plan: Plan) -> Repair | None:
        """What people meant to do with a plan."""
        return next((one for one in self.drama.repairs if one.view == plan.view), None)


OF_A_REPLICA = frozenset({Trouble.KILL, Trouble.STOP, Trouble.CLOCK})
