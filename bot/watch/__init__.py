"""The watch: measure, judge, and write down what is worth telling; it never sends anything itself."""

from bot.watch.gauge import Gauge
from bot.watch.itself import ITSELF, RECENT, own_sample
from bot.watch.watch import KEEP, Watch

__all__ = ["ITSELF", "KEEP", "RECENT", "Gauge", "Watch", "own_sample"]
