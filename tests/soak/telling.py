"""The report of a soak, as lines for a terminal."""

from collections import Counter
from collections.abc import Iterator

from practice.slack.envelope import ACK_SECONDS
from tests.soak.drama import Drama
from tests.soak.found import tally
from tests.soak.verdict import Court, megabytes, threads

MOST_FLAWS = 40


def told(drama: Drama, court: Court, flaws: list[str]) -> Iterator[str]:
    """Counts of everything, then what does not hold."""
    yield f"Soak of {drama.seconds / 60:.1f} min with seed {drama.seed}: " + (
        "everything holds" if not flaws else f"{len(flaws)} flaws"
    )
    yield from _requests(court)
    yield from _plans(court)
    yield from _cost(court)
    struck = Counter(one.strike.trouble.value for one in court.striking.log)
    yield f"struck {sum(struck.values())}: " + ", ".join(f"{name} {count}" for name, count in sorted(struck.items()))
    yield f"replicas that ended by themselves and were started anew: {len(court.striking.revived)}"
    yield from (f"FLAW {one}" for one in flaws[:MOST_FLAWS])
    if flaws:
        yield f"Again: make soak MINUTES={drama.seconds / 60:g} SEED={drama.seed}; the logs are in {court.ground.logs}"


def _requests(court: Court) -> Iterator[str]:
    all_ = court.found.requests
    heard = [one.heard for one in all_ if one.heard is not None]
    in_time = sum(one <= ACK_SECONDS for one in heard)
    nobody = len(court.ground.there.house.workspace.notices)
    waited = sorted(one.seconds for one in all_ if one.seconds is not None)
    twice = sum(len(one.answers) > 1 for one in all_)
    yield (
        f"requests {len(all_)}, acknowledged in time {in_time}, later {len(heard) - in_time} (worst after {max(heard):.2f} s),"
        f" never {len(all_) - len(heard)}; Slack told people {nobody} times that nobody answered; answered twice after a death {twice}"
    )
    worst = max((one for one in all_ if one.seconds is not None), key=lambda one: one.seconds or 0)
    yield f"answers: median {waited[len(waited) // 2]:.2f} s, worst {waited[-1]:.1f} s ({worst.what[:40]}, {worst.sent - court.began:.0f} s after the start)"


def _plans(court: Court) -> Iterator[str]:
    states = ", ".join(f"{state} {count}" for state, count in sorted(tally(court.found).items()))
    done, messages = sum(court.found.effects.values()), sum(len(one) for one in court.found.standing.values())
    yield f"plans {len(court.found.plans)}: {states}; refreshed {done} times"
    yield "audited: " + ", ".join(f"{action} {count}" for action, count in sorted(court.found.actions.items()))
    yield f"messages {messages}, incidents {len(court.found.incidents)}, audit entries {court.found.audit.checked}"


def _cost(court: Court) -> Iterator[str]:
    life = court.gauges.elder()
    memory = life.thirds(megabytes, court.began, court.ended)
    strings = life.thirds(threads, court.began, court.ended)
    most = max(one.megabytes for one in court.gauges.readings)
    yield (
        f"memory of the first replica {memory[0]:.1f} MB in the second third, {memory[1]:.1f} MB in the last (most of any {most:.1f} MB);"
        f" threads {strings[0]:.0f} and {strings[1]:.0f}"
    )
    last = court.gauges.backends[-1]
    highest = max(one.patient for one in court.gauges.backends), max(one.store for one in court.gauges.backends)
    yield f"connections at the end: patient {last.patient} (most {highest[0]}), store {last.store} (most {highest[1]})"
