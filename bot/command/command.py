"""One action of the runbook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from bot.command.ordering import Order
from bot.command.probing import Probe
from bot.command.proposing import Plan, Risk
from bot.command.scheduling import Instead
from bot.command.sources import Sources
from bot.command.watching import Metric
from bot.report import Report


class Args(BaseModel):
    """The arguments of a command that takes none; others subclass it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def spoken(cls, words: Sequence[str]) -> Sequence[str]:
        """The typed words in the form that is read, one by one or as `name=value`: for commands that people say as a sentence.

        Raises:
            BadInput: it is such a sentence, and cannot be understood.
        """
        return words


@dataclass(frozen=True)
class Command:
    """One action of the runbook.

    `words` are plain words that mean it ("slow queries"); `menu` is its label in the short menu, empty when it is not there;
    `place` orders the menu, small numbers first. `probes` are what the watch reads for this command besides the sources of its metrics.
    `keeps` is what is read and kept when a schedule tells its answer, for the next time.
    """

    name: str
    help: str
    runbook: str
    risk: Risk
    plan: Callable[[Sources, Any], Report | Plan | Order | Instead]
    args: type[Args] = Args
    words: tuple[str, ...] = ()
    menu: str = ""
    place: int = 50
    metrics: tuple[Metric[Any], ...] = ()
    probes: tuple[Probe[Any], ...] = ()
    keeps: Probe[Any] | None = None
