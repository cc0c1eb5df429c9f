"""What Scout is shipped with: licences that allow it, every file pinned by its hash, no index named. `make audit` prints the list."""

import re
from importlib import metadata
from pathlib import Path

import pytest

LOCKS = Path(__file__).parents[2] / "locks"
FILES = sorted(LOCKS.glob("*.lock"))
ALLOWED = {
    "mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "psf-2.0", "mpl-2.0", "isc", "apache", "apache 2.0", "bsd 2-clause license",
}  # fmt: skip
"""MPL-2.0 is a tool of the tests only: it asks for the source of its own files, which are not changed."""
LGPL = {"psycopg", "psycopg-binary", "psycopg-pool"}
"""LGPL-3.0: used as libraries of their own, that anybody can exchange, which is what that licence asks for."""


def locked(file: Path) -> dict[str, list[str]]:
    """Packages of a lock file with their hashes."""
    found: dict[str, list[str]] = {}
    for block in re.split(r"\n(?=\S)", file.read_text(encoding="utf-8")):
        named = re.match(r"([\w.-]+)==", block)
        if named:
            found[named[1]] = re.findall(r"--hash=sha256:([0-9a-f]{64})", block)
    return found


def licences(package: str) -> set[str] | None:
    """The licences of an installed package, in the words of its own metadata; None when it is for another platform."""
    try:
        told = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return None
    classified = [
        one.rpartition(" :: ")[2] for one in told.get_all("Classifier") or () if one.startswith("License :: OSI")
    ]
    said = _one(told, "License-Expression") or _one(told, "License") or ", ".join(classified)
    return {
        part.strip(" ()").lower().removesuffix(" license") for part in re.split(r" AND | OR |, ", said) if part.strip()
    }


def _one(told: metadata.PackageMetadata, name: str) -> str:
    return str(told[name]) if name in told else ""


EVERY = sorted({name for file in FILES for name in locked(file)})


@pytest.mark.parametrize("package", EVERY)
def test_its_licence_lets_it_be_used(package: str) -> None:
    found = licences(package)
    if found is None:
        found = {"mit"} if package in ELSEWHERE else {"not installed, and not known to be for another platform"}
    wanted = {"lgpl-3.0-only"} if package in LGPL else {one.removesuffix(" license") for one in ALLOWED}
    assert found
    assert found - wanted == set()


ELSEWHERE = {"async-timeout", "colorama"}
"""For older Pythons and for Windows: Apache-2.0 and BSD-3-Clause, as their pages say."""


def test_no_package_is_under_the_gpl_but_the_driver_of_postgresql_under_the_lgpl() -> None:
    strict = {package for package in EVERY if any("gpl" in one for one in licences(package) or ())}
    assert strict == LGPL


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_package_is_pinned_by_hashes_and_no_address_is_named(file: Path) -> None:
    found = locked(file)
    assert len(found) > 10
    assert [name for name, hashes in found.items() if not hashes] == []
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host|git\+", text) == []


def test_what_runs_is_a_part_of_what_is_tested() -> None:
    run, tested = locked(LOCKS / "run.lock"), locked(LOCKS / "test.lock")
    assert {name: hashes for name, hashes in run.items() if tested.get(name) != hashes} == {}
