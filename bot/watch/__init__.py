"""The watch: measure, judge, and write down what is worth telling; it never sends anything itself."""

from bot.watch.gauge import Gauge
from bot.watch.itself import ITSELF, JOBS, RECENT, own_sample
from bot.watch.judging import REACHABLE, Judging
from bot.watch.schedule import SCHEDULE
from bot.watch.series import Series, prometheus, series
from bot.watch.watch import KEEP, Watch

__all__ = [
    "ITSELF",
    "JOBS",
    "KEEP",
    "REACHABLE",
    "RECENT",
    "SCHEDULE",
    "Gauge",
    "Judging",
    "Series",
    "Watch",
    "own_sample",
    "prometheus",
    "series",
]
