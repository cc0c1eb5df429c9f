"""The rules of the house that no linter knows."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from bot.command import Command
from bot.registry import discover
from bot.slack.payloads import ACTIONS, COMMAND, LINK, VERBS

ROOT = Path(__file__).parents[1]
COMMANDS = discover("commands").commands
OWN = {
    "alerts", "help", "history", "morning", "schedule pause", "schedule resume", "schedule run", "silence", "silences", "undo", "unsilence",
}  # fmt: skip
"""Commands about Scout itself: the runbook has no section for them."""

NAMELESS = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "service", "misc"}
MAY_IMPORT = {"bot.command", "bot.report", "bot.sql", "bot.errors", "commands", "pydantic"}

# A statement begins with a verb and goes on with what only a statement has. set_config() is left to the doors: it names a
# session and limits it before there is a question. Grants and extensions are what people are advised to do themselves.
STATEMENT = re.compile(
    r"""^\s*(
        select\s.+\sfrom\s | select\s+(?!set_config)\w+\.?\w*\( | select\s+(\d|true|null|now\b|current_)
      | insert\s+into\s | update\s+\S+\s+set\s | delete\s+from\s | merge\s+into\s | with\s+\w+\s+as\s+\(
      | (alter|create|drop)\s+(or\s+replace\s+|unique\s+|temp\w*\s+)?(table|index|view|materialized|schema|role|function|database|trigger|system)\s
      | truncate\s+\w | refresh\s+materialized\s+view\s | (vacuum|reindex|cluster)\s+(\(|index|table|concurrently|full|\w+\.\w+)
      | lock\s+table\s | copy\s+\S+\s+(from|to)\s | explain\s
    )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)


def modules(*folders: str, kind: str = "*.py") -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob(kind))


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def documentation(of: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings, also those below an assignment."""
    blocks = [node.body for node in ast.walk(of) if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))]
    return {id(one.value) for block in blocks for one in block if isinstance(one, ast.Expr)}


@cache
def texts(file: Path) -> tuple[str, ...]:
    """The string constants of a module that are no documentation."""
    constants = [node for node in ast.walk(tree(file)) if isinstance(node, ast.Constant)]
    told = documentation(tree(file))
    return tuple(node.value for node in constants if isinstance(node.value, str) and id(node) not in told)


@cache
def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(tree(file)))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    parts = [(node.module, name.name) for node in nodes if isinstance(node, ast.ImportFrom) for name in node.names]
    return plain | {module for module, _ in parts if module} | {f"{module}.{name}" for module, name in parts}


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


def test_the_floors_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", modules("bot", "commands"), ids=name_of)
def test_no_statement_is_written_in_python(file: Path) -> None:
    own = file.stem.replace("_", " ") if "_" in file.stem else "\0"  # `vacuum full` is the name of a command as well
    names = {command.name for command in COMMANDS}
    found = [text for text in texts(file) if STATEMENT.match(text) and text not in names]
    assert [text for text in found if not text.lower().startswith(own)] == []


@pytest.mark.parametrize(
    "text",
    [
        "select 1", "select true as ok", "select pg_cancel_backend(%s)", "SELECT a FROM b", "insert into a values (1)",
        "update a set b = 1", "delete from a", "with a as (select 1) select 2", "create unique index i on t (a)",
        "drop index i", "refresh materialized view v", "vacuum scout.t", "reindex index concurrently i", "truncate t",
    ],
)  # fmt: skip
def test_statements_are_recognised(text: str) -> None:
    assert STATEMENT.match(text)


@pytest.mark.parametrize(
    "text",
    ["Delete expired rows of query_cache", "refresh views", "Vacuum orders", "lock queue", "select on", "with it"],
)
def test_words_are_no_statements(text: str) -> None:
    assert not STATEMENT.match(text)


@pytest.mark.parametrize("file", modules("bot", "commands", "practice", kind="*.sql"), ids=name_of)
def test_every_sql_file_belongs_to_a_module_and_begins_with_a_name_or_what_it_answers(file: Path) -> None:
    assert file.read_text(encoding="utf-8").startswith("--")
    mentioned = any(
        text in (file.name, file.stem) for neighbour in file.parent.glob("*.py") for text in texts(neighbour)
    )
    assert file.with_suffix(".py").exists() or mentioned


@pytest.mark.parametrize("file", modules("commands"), ids=name_of)
def test_a_command_imports_only_the_vocabulary(file: Path) -> None:
    ours = {".".join(name.split(".")[:2]) if name.startswith("bot.") else name.split(".")[0] for name in imported(file)}
    assert ours - MAY_IMPORT - sys.stdlib_module_names == set()


@pytest.mark.parametrize("file", modules("commands"), ids=name_of)
def test_a_command_reads_no_clock(file: Path) -> None:
    called = {ast.unparse(node.func) for node in ast.walk(tree(file)) if isinstance(node, ast.Call)}
    assert called & {"datetime.now", "time.time", "time.monotonic", "datetime.utcnow", "now"} == set()


def test_no_file_has_a_name_that_says_nothing() -> None:
    folders = ("bot", "commands", "practice", "tests")
    names = {name_of(file): set(re.split(r"[_\W]", file.stem)) for file in modules(*folders)}
    assert [file for file, words in names.items() if words & NAMELESS] == []


def test_every_button_has_somebody_who_listens_and_every_verb_a_button() -> None:
    drawn = {text for file in modules("bot/blocks") for text in texts(file) if re.fullmatch(r"scout_[a-z]+", text)}
    assert drawn == {COMMAND, LINK, *VERBS}
    assert all(ACTIONS.match(name) and ACTIONS.match(f"{name}:1") for name in drawn)


def test_the_version_stands_in_one_place() -> None:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    repeated = [name_of(file) for file in modules("bot", "commands", "practice") if version in texts(file)]
    assert repeated == []
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
class TestEveryCommand:
    def test_has_a_module_of_its_name(self, command: Command) -> None:
        module = ROOT / "commands" / f"{command.name.replace(' ', '_')}.py"
        assert module.exists()
        assert ast.get_docstring(tree(module))

    def test_has_a_help_line_that_fits_a_phone(self, command: Command) -> None:
        assert 10 < len(command.help) <= 80
        assert command.help[0].isupper()
        assert not command.help.endswith(".")

    def test_names_its_section_of_the_runbook(self, command: Command) -> None:
        assert bool(command.runbook) is not (command.name in OWN)

    def test_is_asked_by_a_test(self, command: Command) -> None:
        asked = re.compile(rf"(/scout )?{command.name}( |$)")
        files = [file for file in modules("tests") if any(asked.match(text) for text in texts(file))]
        module = f"commands.{command.name.replace(' ', '_')}"
        assert files + [file for file in modules("tests") if module in imported(file)]
