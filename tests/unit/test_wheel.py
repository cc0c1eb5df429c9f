"""What is installed is everything that is needed: built as a release is, and imported from there alone."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("bot", "commands", "practice")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
START = """
import sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder).lower()]
sys.path[:] = [sys.argv[1], *(place for place in sys.path if place != sys.argv[2])]
import bot.__main__, commands
print(bot.__file__, commands.__file__)
sys.exit(bot.__main__.main(["--help"]))
"""
"""What is installed for the tests is this very folder, and must not help out."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy so that nothing is left here."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in OURS:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(out)], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out / done.stdout.splitlines()[-1]


def shipped() -> set[str]:
    """Every file of ours that somebody needs who installs it."""
    files = [
        file for name in OURS for file in (ROOT / name).rglob("*") if file.is_file() and "__pycache__" not in file.parts
    ]
    return {str(file.relative_to(ROOT)) for file in files}


def test_every_file_is_in_it_the_statements_and_the_types_too(wheel: Path) -> None:
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith(OURS)}
    assert inside == shipped()
    assert {"bot/py.typed", "commands/py.typed"} <= inside


def test_its_version_and_its_name_are_those_of_the_project(wheel: Path) -> None:
    told = PROJECT["project"]
    assert wheel.name.startswith(f"{re.sub('[-.]', '_', told['name'])}-{told['version']}-py3-none-any")


def test_it_starts_from_what_is_installed_and_nothing_else(wheel: Path, tmp_path: Path) -> None:
    zipfile.ZipFile(wheel).extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "-c", START, str(tmp_path), str(ROOT)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "usage: scout" in done.stdout, done.stderr
    first = done.stdout.splitlines()[0].split()
    assert [path.startswith(str(tmp_path)) for path in first] == [True, True]
