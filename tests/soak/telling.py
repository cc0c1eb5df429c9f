"""The report of a soak, as lines for a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from practice.slack.envelope import ACK_SECONDS
from tests.soak.clicks import said_again
from tests.soak.ends import fires
from tests.soak.evidence import Evidence
from tests.soak.found import tally
from tests.soak.gauges import Life, files, megabytes, threads

MOST_FLAWS = 40


def told(evidence: Evidence, flaws: Sequence[str], logs: Path) -> Iterator[str]:
    """Counts of everything, then what does not hold."""
    minutes, seed = evidence.drama.seconds / 60, evidence.drama.seed
    yield f"Soak of {minutes:.1f} min with seed {seed}: " + ("everything holds" if not flaws else f"{len(flaws)} flaws")
    yield from _requests(evidence)
    yield from _plans(evidence)
    yield from _cost(evidence)
    yield from _struck(evidence)
    yield from (f"FLAW {one}" for one in flaws[:MOST_FLAWS])
    if flaws:
        yield f"Again: make soak MINUTES={minutes:g} SEED={seed}; logs, transcript and evidence are in {logs}"


def as_text(evidence: Evidence) -> str:
    """All requests, plans, troubles and sockets, for who looks into a flaw; moments since the start."""
    shift = evidence.began
    lines = [(one.sent, f"{one}") for one in evidence.found.requests]
    lines += [(one.began, f"{one.strike.trouble} until {one.ended - shift:.1f}: {one}") for one in evidence.struck]
    lines += [(one.at, f"{one}") for one in (*evidence.found.asides, *evidence.deaths, *evidence.stalls)]
    lines += [(one.began_at - evidence.wall, f"{one}") for one in evidence.found.plans]
    lines += [(one.at, f"{one}") for one in evidence.readings]
    ordered = [f"{at - shift:8.2f} {text}" for at, text in sorted(lines)]
    sockets = [f"socket {number}: {one}" for number, one in evidence.sockets.items()]
    return "\n".join([f"the start was at {shift}", *ordered, *sockets])


def _requests(evidence: Evidence) -> Iterator[str]:
    all_ = evidence.found.requests
    heard = [one.heard for one in all_ if one.heard is not None]
    in_time = sum(one <= ACK_SECONDS for one in heard)
    yield (
        f"requests {len(all_)}, acknowledged in time {in_time}, later {len(heard) - in_time} (worst after {max(heard):.2f} s),"
        f" never {len(all_) - len(heard)}; {len(evidence.dispatch_failed)} more met no socket;"
        f" refused while the store was gone {sum(one.was_refused for one in all_)}; answered twice after a death {said_again(evidence)}"
    )
    answered = [one for one in all_ if one.seconds is not None]
    waited = sorted(one.seconds or 0 for one in answered)
    worst = max(answered, key=lambda one: one.seconds or 0)
    yield (
        f"answers: median {waited[len(waited) // 2]:.2f} s, 99 of 100 within {waited[len(waited) * 99 // 100]:.1f} s, worst {waited[-1]:.1f} s"
        f" ({worst.what[:40]}, {worst.sent - evidence.began:.0f} s after the start)"
    )


def _plans(evidence: Evidence) -> Iterator[str]:
    found = evidence.found
    states = ", ".join(f"{state} {count}" for state, count in sorted(tally(found).items()))
    yield f"plans {len(found.plans)}: {states}; refreshed {sum(found.effects.values())} times"
    yield "audited: " + ", ".join(f"{action} {count}" for action, count in sorted(found.actions.items()))
    messages = sum(len(one) for one in found.standing.values())
    yield (
        f"messages {messages}, of which posts {len(found.posts)}, incidents {len(found.incidents)}; fires that had to be told {len(fires(evidence))};"
        f" cards drawn {len(found.shown)} times; audit entries {found.audit.checked}"
    )


def _cost(evidence: Evidence) -> Iterator[str]:
    life = Life.of_the_elder(evidence.readings)
    memory, strings, open_ = (life.thirds(of, evidence.began, evidence.ended) for of in (megabytes, threads, files))
    most = max(one.megabytes for one in evidence.readings)
    yield (
        f"memory of the first replica {memory[0]:.1f} MB in the second third, {memory[1]:.1f} MB in the last (most of any {most:.1f} MB);"
        f" threads {strings[0]:.0f} and {strings[1]:.0f}, open files {open_[0]:.0f} and {open_[1]:.0f}"
    )
    last = evidence.backends[-1]
    highest = max(one.patient for one in evidence.backends), max(one.store for one in evidence.backends)
    yield f"connections at the end: patient {last.patient} (most {highest[0]}), store {last.store} (most {highest[1]})"


def _struck(evidence: Evidence) -> Iterator[str]:
    came, hits = Counter[str](), Counter[str]()
    for one in evidence.struck:
        came[one.strike.trouble.value] += 1
        hits[one.strike.trouble.value] += one.hits
    kinds = ", ".join(f"{name} {count} ({hits[name]} hit)" for name, count in sorted(came.items()))
    yield f"struck {sum(came.values())}: {kinds}"
    worst = max((one.seconds for one in evidence.stalls), default=0.0)
    yield f"replicas that ended by themselves: {len(evidence.deaths)}; the machine stood still for {worst:.1f} s at most"
