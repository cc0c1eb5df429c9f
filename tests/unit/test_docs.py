"""The documentation says what the code does; `make docs` renews the tables that are made from it."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.__main__ import main
from bot.alerting import Alerting
from bot.command import Command, Limits, Metric, Warmth
from bot.muting import QuietHours, Route
from bot.parse import usage
from bot.registry import discover, entry
from bot.settings import (
    ALERTING_ENVIRONMENT,
    DATABASE_ENVIRONMENT,
    ENVIRONMENT,
    PROMETHEUS_ENVIRONMENT,
    SECRETS,
    DatabaseSettings,
    Lines,
    PrometheusSettings,
    Settings,
    load,
)
from bot.timetable import JobSettings
from commands.runbook_items import ITEMS, NEVER
from commands.runbook_items import SECTIONS as SECTIONS_OF_RUNBOOK

ROOT = Path(__file__).parents[2]
REGISTRY = discover("commands")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md")])
COMMANDS = ROOT / "docs" / "commands.md"
RUNBOOK = ROOT / "docs" / "runbook.md"
SECTIONS = {
    "Scout": Settings,
    "A database": DatabaseSettings,
    "Its limits": Limits,
    "What cache warm writes": Warmth,
    "Prometheus": PrometheusSettings,
    "A job of the schedule": JobSettings,
    "A metric's lines": Lines,
    "Incidents": Alerting,
    "Quiet hours": QuietHours,
    "A route": Route,
}
VARIABLES: Mapping[type[BaseModel], Mapping[str, str]] = {
    Settings: ENVIRONMENT,
    Alerting: ALERTING_ENVIRONMENT,
    PrometheusSettings: PROMETHEUS_ENVIRONMENT,
}

Row = tuple[str, ...]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def sections(page: Path) -> dict[str, str]:
    """The text below each heading of the second order, by the heading up to a colon."""
    parts = re.split(r"^## ([^:\n]+).*$", text_of(page), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(section: str) -> Iterator[Row]:
    """The rows of the tables in a section, without their heads."""
    for line in section.splitlines():
        if line.startswith("| `"):
            yield tuple(cell.strip().strip("`") for cell in line.strip("|").split(" | "))


def written(value: object) -> str:
    """A default as the tables write it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value and not isinstance(value, BaseModel) else ""


def default(model: type[BaseModel], name: str, field: FieldInfo) -> str:
    if model is Settings:
        return written(getattr(load({}), name))
    return "needed" if field.is_required() else written(field.get_default(call_default_factory=True, validated_data={}))


def described(model: type[BaseModel]) -> dict[str, tuple[str, str]]:
    """Every setting of a model with its variable and its default."""
    variables = VARIABLES.get(model, DATABASE_ENVIRONMENT)
    by_name = {setting: variable for variable, setting in variables.items()}
    fields = [(name, field.alias or name, field) for name, field in model.model_fields.items()]
    return {shown: (by_name.get(shown, ""), default(model, name, field)) for name, shown, field in fields}


@pytest.mark.parametrize(("section", "model"), SECTIONS.items(), ids=list(SECTIONS))
def test_every_setting_is_described_as_it_is(section: str, model: type[BaseModel]) -> None:
    table = list(rows(sections(ROOT / "docs" / "settings.md")[section]))
    assert {row[0]: (row[1], row[2]) for row in table} == described(model)
    assert all(len(row) == 4 and len(row[3].split()) > 1 for row in table)


def test_every_secret_is_named_as_one() -> None:
    (sentence,) = re.findall(r"The secrets\s+are (.+?)\.\n", text_of(ROOT / "docs" / "settings.md"), re.DOTALL)
    assert set(re.findall(r"`(\w+)`", sentence)) == SECRETS


def test_the_example_of_the_settings_is_one(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"```toml\n(.+?)```", sections(ROOT / "docs" / "settings.md")["A file with everything in it"], re.DOTALL
    )
    (tmp_path / "scout.toml").write_text(example, encoding="utf-8")
    settings = load({"SCOUT_CONFIG": str(tmp_path / "scout.toml")})
    assert list(settings.databases) == ["shop", "staging"]
    assert set(settings.metrics) <= {metric.name for metric in REGISTRY.metrics}


# --- commands and metrics: tables that are made from the code


def command_row(command: Command) -> str:
    words = ", ".join(command.words)
    name = usage(entry(command)).replace("|", "\\|")
    return f"| `{name}` | {command.risk.value} | {command.help} | {words} | {command.runbook or 'about Scout'} |"


def metric_row(metric: Metric[Any]) -> str:
    lines = " | ".join("" if line is None else f"{line:g}" for line in (metric.target, metric.alert, metric.page))
    return f"| `{metric.name}` | {metric.title} | {metric.unit.value} | {metric.worse.value} | {lines} |"


def tables() -> dict[str, str]:
    """The generated tables, by the name of their place."""
    commands = [command_row(command) for command in REGISTRY.commands]
    metrics = [metric_row(metric) for metric in REGISTRY.metrics]
    heads = ("| Type | Grade | What it does | Plain words | Runbook |\n|---|---|---|---|---|",
             "| Name | Metric | Unit | Worse is | Target | Alert | Page |\n|---|---|---|---|---|---|---|")  # fmt: skip
    return {
        "commands": "\n".join([heads[0], *commands]),
        "metrics": "\n".join([heads[1], *metrics]),
        "items": "\n".join(line for number in SECTIONS_OF_RUNBOOK for line in item_lines(number)),
        "never": "\n".join(f"- {never}" for never in NEVER),
    }


def item_lines(section: str) -> Iterator[str]:
    """A section of the runbook: its heading, and a row for each item."""
    yield f"\n### {SECTIONS_OF_RUNBOOK[section]}\n"
    yield "| Item | As written | What Scout does | Type | Grade |\n|---|---|---|---|---|"
    for item in ITEMS:
        if item.section == section:
            names = ", ".join(f"`{name}`" for name in item.commands)
            grades = ", ".join(dict.fromkeys(REGISTRY.named(name).risk.value for name in item.commands))
            yield f"| {item.number} {item.title} | {item.written} | {item.instead} | {names} | {grades} |"


def renewed(text: str) -> str:
    for name, table in tables().items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        text = before + mark + table + rest[rest.index("\n<!-- end -->") :] if mark else text
    return text


@pytest.mark.parametrize("page", [COMMANDS, RUNBOOK], ids=lambda page: page.name)
def test_the_tables_that_are_made_from_the_code_are_up_to_date(page: Path) -> None:
    if os.environ.get("SCOUT_RENEW_DOCS") == "1":
        page.write_text(renewed(text_of(page)), encoding="utf-8")
    assert "<!-- end -->" in text_of(page)
    assert text_of(page) == renewed(text_of(page)), "run `make docs`"


def test_every_command_of_the_runbook_stands_at_an_item() -> None:
    told = {name for item in ITEMS for name in item.commands}
    of_runbook = {one.name for one in REGISTRY.commands if one.runbook and "beyond the runbook" not in one.runbook}
    assert of_runbook - told - {"runbook"} == set()


def test_every_item_of_the_runbook_is_there_once_and_in_order() -> None:
    numbers = [item.number for item in ITEMS]
    assert numbers == sorted(set(numbers), key=lambda number: [int(part) for part in number.split(".")])
    assert {item.section for item in ITEMS} == set(SECTIONS_OF_RUNBOOK)


# --- everything that is written


def targets(page: Path) -> list[str]:
    found: list[str] = re.findall(r"\]\((?!https?:|#)([^)#]+)", text_of(page))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in targets(page) if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_variable_that_is_named_is_read_somewhere(page: Path) -> None:
    told = set(re.findall(r"\b(?:SCOUT|SLACK|DATABASE)_[A-Z_]*[A-Z]\b", text_of(page)))
    known = {
        *ENVIRONMENT,
        *DATABASE_ENVIRONMENT,
        *ALERTING_ENVIRONMENT,
        *PROMETHEUS_ENVIRONMENT,
        *(f"{name}_FILE" for name in SECRETS),
        "SCOUT_CONFIG",
    }
    of_tests = {"SCOUT_TEST_NO_SKIPS", "SCOUT_RENEW_PICTURES", "SCOUT_RENEW_DOCS"}
    assert told - known - of_tests == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_everything_that_can_be_made_can_be_made(page: Path) -> None:
    made = set(re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", text_of(page), re.MULTILINE))
    known = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert {name for pair in made for name in pair if name} - known == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_an_example_is_one(page: Path) -> None:
    typed = set(re.findall(r"`/scout ([a-z]+(?: [a-z]+)?)", text_of(page)))
    known = {word for command in REGISTRY.commands for word in (command.name, *command.words)}
    assert {text for text in typed if text not in known and text.split()[0] not in known} == set()


@pytest.mark.parametrize("words", [["run"], ["ask"], ["doctor"], ["audit"]], ids=lambda words: words[0])
def test_the_command_line_has_what_the_readme_says(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert f"scout {words[0]}" in text_of(ROOT / "README.md")
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0
    assert "usage: scout" in capsys.readouterr().out
