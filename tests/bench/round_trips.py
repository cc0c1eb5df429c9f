"""How many round trips an answer waits for, seen through a slow network."""

from pathlib import Path

from practice.database import PracticeDatabase
from tests.bench.figure import Section, times
from tests.bench.recorded import bench_of, by_turns, timed
from tests.bench.scale import Scale
from tests.integration.slow_proxy import slow_way

DELAY_S = 0.05
MOST = 1.5
HOW = """\
`status` asked through a proxy that adds 50 ms to a round trip (25 ms in each direction), beside one `select 1` on an open connection through the
same proxy, by turns; medians. The whole answer counts: the questions, reading the rows, judging and writing the report. What Scout learns when it
connects and every ten minutes (one round trip more) was known."""


def measured(practice: PracticeDatabase, scale: Scale, folder: Path) -> Section:
    """`status` in units of `select 1`."""
    with slow_way(practice.port, DELAY_S / 2) as way, bench_of(practice, folder, way.url(practice.read_url)) as bench:
        bench.house.tick()
        trips = bench.trips(lambda: bench.house.ask("status"))
        with bench.line(way.url(practice.read_url)) as plain:
            status, one = by_turns(
                scale.rounds, timed(lambda: bench.house.ask("status")), timed(lambda: plain.execute("select 1"))
            )
    what = f"`status`: {len(trips)} trip, {sum(map(len, trips))} statements"
    return Section("Round trips", HOW, [times(what, status.median, ("`select 1`", one.median), MOST)])
