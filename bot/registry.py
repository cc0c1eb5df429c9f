"""The commands there are: every module of a package that has one."""

import importlib
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bot.chat import Profile
from bot.command import Command, Metric, Offer, Probe, Risk
from bot.parse import Entry, usage
from bot.policy import Policy, may
from bot.report import Button


@dataclass(frozen=True)
class Registry:
    """All commands, and what follows from them."""

    commands: Sequence[Command]

    def named(self, name: str) -> Command:
        """The command of an exact name; KeyError when there is none."""
        return {command.name: command for command in self.commands}[name]

    @cached_property
    def entries(self) -> list[Entry]:
        """What the parser needs."""
        return [entry(command) for command in self.commands]

    @property
    def metrics(self) -> list[Metric[Any]]:
        """All metrics, each declared once beside the command that shows it."""
        return [metric for command in self.commands for metric in command.metrics]

    @property
    def probes(self) -> list[Probe[Any]]:
        """What the watch reads for commands that compare the present with what was."""
        found = {probe.name: probe for command in self.commands for probe in command.probes}
        return list(found.values())

    def offers(self, policy: Policy, who: Profile) -> list[Offer]:
        """The commands that a person may use."""
        return [offer for offer in self._offers if may(policy, who, offer.risk)]

    @cached_property
    def _offers(self) -> list[Offer]:
        return [_offer(command) for command in self.commands]

    def menu(self, policy: Policy, who: Profile) -> tuple[Button, ...]:
        """The buttons of the short menu, those that a person may press."""
        offers = [offer for offer in self.offers(policy, who) if offer.menu]
        return tuple(Button(label=one.menu, text=one.name, danger=one.risk is Risk.DISRUPT) for one in offers)


def discover(package: str) -> Registry:
    """Load every module of a package that has a `command`.

    Raises:
        ValueError: two commands or two metrics have the same name.
    """
    root = importlib.import_module(package)
    names = sorted(info.name for info in pkgutil.iter_modules(root.__path__))
    modules = [importlib.import_module(f"{package}.{name}") for name in names]
    found = [module.command for module in modules if isinstance(getattr(module, "command", None), Command)]
    registry = Registry(sorted(found, key=lambda command: (command.place, command.name)))
    _once([word for command in registry.commands for word in (command.name, *command.words)])
    _once([metric.name for metric in registry.metrics])
    return registry


def entry(command: Command) -> Entry:
    """What the parser knows of a command."""
    return Entry(command.name, command.args, command.words)


def _offer(command: Command) -> Offer:
    return Offer(
        name=command.name,
        usage=usage(entry(command)),
        help=command.help,
        risk=command.risk,
        words=command.words,
        menu=command.menu,
        runbook=command.runbook,
    )


def _once(names: Sequence[str]) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"there twice: {', '.join(sorted(twice))}")
