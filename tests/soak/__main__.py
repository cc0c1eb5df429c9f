"""`make soak`: play the drama of a seed, look whether everything holds, and say it; exits with 1 when it does not."""

import argparse
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from practice.slack.wire import NotPossible
from tests.soak.drama import Drama, Question, Repair, Strike, drama
from tests.soak.evidence import Evidence
from tests.soak.found import is_quiet, look
from tests.soak.gauges import Gauges
from tests.soak.ground import REPLICAS, Ground
from tests.soak.people import Errand, ask, propose
from tests.soak.sockets import Register
from tests.soak.striking import Striking
from tests.soak.telling import as_text, told
from tests.soak.verdict import flaws

PAUSE_S = 0.1
SETTLE_S = 120.0
BAD_WORDS = ("Traceback (most recent call last)", "failed, reference ")
QUIET_S = 2.0
"""For how long nothing may be left to do before it counts as settled."""


@dataclass
class Play:
    """A drama under way."""

    drama: Drama
    ground: Ground
    errands: list[Errand] = field(default_factory=list[Errand])
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.striking, self.gauges, self.register = Striking(self.ground), Gauges(self.ground), Register(self.ground)

    def play(self) -> Evidence:
        """From the first word until everything has settled."""
        self.gauges.start()
        deeds = (*self.drama.questions, *self.drama.repairs, *self.drama.strikes)
        for deed in sorted(deeds, key=lambda one: one.at):
            self._look_on_until(self.began + deed.at)
            self._do(deed)
        self._look_on_until(self.began + self.drama.seconds)
        self.striking.end()
        ended = time.monotonic()
        self._settle()
        self.gauges.look()
        return self._evidence(ended)

    def _evidence(self, ended: float) -> Evidence:
        return Evidence(
            self.drama,
            look(self.ground),
            self.striking.log,
            self.began,
            ended,
            self.register.found(),
            self.ground.there.house.hub.dispatch_failed,
            self.striking.deaths,
            self.gauges.readings,
            self.gauges.backends,
            self.gauges.stalls,
            list(_words(self.ground)),
            wall=time.time() - time.monotonic(),
        )

    def _do(self, deed: Question | Repair | Strike) -> None:
        if isinstance(deed, Strike):
            self.striking.begin(deed)
            return
        with suppress(NotPossible):
            if isinstance(deed, Question):
                ask(self.ground.there, deed)
            else:
                self.errands.append(propose(self.ground.there, deed))

    def _look_on_until(self, moment: float) -> None:
        """What goes on between two deeds."""
        self._look_on()
        while time.monotonic() < moment:
            time.sleep(min(PAUSE_S, max(0.0, moment - time.monotonic())))
            self._look_on()

    def _look_on(self) -> None:
        for errand in self.errands:
            errand.go_on()
        self.errands = [one for one in self.errands if not one.is_over]
        self.striking.revive()
        self.register.look()
        self.gauges.look()

    def _settle(self) -> None:
        """Until nothing is left to do for a while; what is left when the patience ends, the verdict tells."""
        deadline = time.monotonic() + SETTLE_S
        quiet_since: float | None = None
        while time.monotonic() < deadline and (quiet_since is None or time.monotonic() < quiet_since + QUIET_S):
            time.sleep(PAUSE_S)
            self._look_on()
            quiet = False
            with suppress(psycopg.Error):
                quiet = is_quiet(self.ground)
            quiet_since = (quiet_since or time.monotonic()) if quiet else None


def main() -> int:
    """Play, judge and say it."""
    words = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    words.add_argument("--minutes", type=float, default=60)
    words.add_argument("--seed", type=int, default=None, help="the same seed types, presses and strikes the same")
    words.add_argument("--logs", type=Path, default=None, help="where the replicas write")
    given = words.parse_args()
    logs: Path = given.logs or Path(tempfile.mkdtemp(prefix="scout-soak-"))
    logs.mkdir(parents=True, exist_ok=True)
    plan = drama(secrets.randbelow(10**6) if given.seed is None else given.seed, given.minutes * 60)
    print(f"Soak of {given.minutes:g} min with seed {plan.seed}; the replicas write into {logs}", flush=True)  # noqa: T201 - a command of the terminal
    with Ground(logs, plan.repairs) as ground:
        evidence = Play(plan, ground).play()
        found = flaws(evidence)
        (logs / "evidence.txt").write_text(as_text(evidence), encoding="utf-8")
        if found:
            (logs / "transcript.txt").write_text(ground.there.transcript(), encoding="utf-8")
        print("\n".join(told(evidence, found, logs)), flush=True)  # noqa: T201 - as above
    return 1 if found else 0


def _words(ground: Ground) -> Iterator[str]:
    """What the replicas wrote that no log should hold."""
    for number in range(REPLICAS):
        log = ground.log(number)
        for line in log.read_text(errors="replace").splitlines() if log.exists() else ():
            if any(word in line for word in BAD_WORDS):
                yield f"Replica {number} says: {line[:200]}"


if __name__ == "__main__":
    sys.exit(main())
