"""How soon Slack has its acknowledgement, when two hundred people type at once and everything else is busy."""

from tests.bench.busy_stage import BusyStage
from tests.bench.figure import Row, Section, Spread, shown
from tests.bench.scale import Scale

MOST_MS = 150
BURSTS = 3
HOW = """\
{commands} slash commands, half of them questions to the database, typed in the same instant in the practice Slack, three times, each after the
last had all its answers. The time is Slack's: from sending the envelope to having its acknowledgement. First with nothing else to do, then while
{runs} approved plans run (each refreshes a materialized view over `pg_sleep`, on a name of its own for the database). The practice Slack, the
database and Scout share this machine."""


def measured(stage: BusyStage, scale: Scale) -> Section:
    """Calm, then busy."""
    calm = _bursts(stage, scale)
    stage.occupy()
    busy = _bursts(stage, scale)
    typed = BURSTS * scale.commands
    rows = [
        _row("p50", busy.median, calm.median),
        _row("p99", busy.percentile(99), calm.percentile(99), MOST_MS),
        _row("max", max(busy.values), max(calm.values)),
        Row("acknowledged in time", f"{len(busy.values)} of {typed}", "", "", "all", len(busy.values) == typed),
    ]
    return Section("Acknowledgement", HOW.format(commands=scale.commands, runs=scale.runs), rows)


def _bursts(stage: BusyStage, scale: Scale) -> Spread:
    return Spread([value for _ in range(BURSTS) for value in stage.burst(scale.commands)])


def _row(what: str, busy: float, calm: float, most: float | None = None) -> Row:
    target, is_met = ("", None) if most is None else (f"< {most} ms", busy < most)
    return Row(what, f"{shown(busy)} ms", f"without runs: {shown(calm)} ms", f"{busy / calm:.2f}", target, is_met)
