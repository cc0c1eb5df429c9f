"""The watch: measure, judge, and write down what is worth telling; it never sends anything itself."""

from bot.watch.gauge import Gauge
from bot.watch.watch import KEEP, Watch

__all__ = ["KEEP", "Gauge", "Watch"]
