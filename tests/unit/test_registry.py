"""The commands there are, and what follows from them."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chat import Profile
from bot.command import Risk
from bot.policy import Policy
from bot.registry import discover

COMMAND = """\
from bot.command import Command, Metric, Probe, Risk, Row
from bot.report import Unit
from bot.sql import Statement

probe = Probe("{metric}", Statement("{metric}", "select 1"), Row)
command = Command(
    name="{name}", help="Looks", runbook="1", risk=Risk.{risk}, plan=print, words=({words}), place={place},
    metrics=(Metric("{metric}", "Blocked", Unit.COUNT, 0, None, probe),),
)
"""
TEAM = Policy(operators=frozenset({"U0ANA"}))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package of commands that can be found by its name."""
    folder = tmp_path / "runbook_of_a_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield folder
    for name in [name for name in sys.modules if name.startswith(folder.name)]:
        del sys.modules[name]


def put(package: Path, name: str, *, risk: str = "LOOK", words: str = "", metric: str = "", place: int = 50) -> None:
    text = COMMAND.format(name=name, risk=risk, words=words, metric=metric or name, place=place)
    (package / f"{name.replace(' ', '_')}.py").write_text(text, encoding="utf-8")


def test_every_module_with_a_command_is_found_and_ordered(package: Path) -> None:
    put(package, "zebra")
    put(package, "index create")
    put(package, "first", place=1)
    (package / "wording.py").write_text("command = 'not one'\n", encoding="utf-8")
    found = discover(package.name)
    assert [command.name for command in found.commands] == ["first", "index create", "zebra"]
    assert found.named("zebra").help == "Looks"
    assert [metric.name for metric in found.metrics] == ["first", "index create", "zebra"]
    assert [entry.name for entry in found.entries] == ["first", "index create", "zebra"]


def test_a_name_or_plain_words_that_mean_two_commands_are_refused(package: Path) -> None:
    put(package, "slow", words="'fix',")
    put(package, "fix")
    with pytest.raises(ValueError, match="there twice: fix"):
        discover(package.name)


def test_a_metric_is_declared_once(package: Path) -> None:
    put(package, "slow", metric="p95")
    put(package, "fast", metric="p95")
    with pytest.raises(ValueError, match="there twice: p95"):
        discover(package.name)


def test_a_module_that_cannot_be_loaded_stops_the_start(package: Path) -> None:
    (package / "broken.py").write_text("import no_such_module_anywhere\n", encoding="utf-8")
    with pytest.raises(ModuleNotFoundError):
        discover(package.name)


def test_a_person_is_offered_what_the_person_may_use(package: Path) -> None:
    put(package, "slow")
    put(package, "fix", risk="DISRUPT")
    found = discover(package.name)
    member, operator, guest = Profile(id="U0DAN", name="Dan"), Profile(id="U0ANA", name="Ana"), Profile(id="U0GIL", name="Gil", outsider="a guest")  # fmt: skip
    assert [offer.name for offer in found.offers(TEAM, member)] == ["slow"]
    assert [(offer.name, offer.risk) for offer in found.offers(TEAM, operator)] == [("fix", Risk.DISRUPT), ("slow", Risk.LOOK)]  # fmt: skip
    assert found.offers(TEAM, guest) == []


def test_an_unknown_name_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        discover("commands").named("no such command")
