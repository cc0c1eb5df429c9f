"""Slack is down: two people ask, decide and steer from two accounts of one machine, and Slack's cards catch up afterwards."""

import grp
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from as_account import SHARED
from laboratory import SOON, VIEWS, Laboratory
from stage_fixture import ALERTS, ANA, BEN

from bot.alert import Alert
from bot.report import Level

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can become other accounts"),
]

PROGRAM = str(Path(__file__).with_name("as_account.py"))
ACCOUNTS = {"ana": "daemon", "ben": "bin", "stranger": "games"}
"""Accounts that every Debian has; none of them may log in."""
TELLS = {
    "SCOUT_TERMINAL": f"{ACCOUNTS['ana']}={ANA},{ACCOUNTS['ben']}={BEN}",
    "SCOUT_OPERATORS": ANA,
}
WHY = "because the views are a day old"


@dataclass
class Terminals:
    """The laboratory with a folder that two accounts share, as the README tells to make it."""

    lab: Laboratory
    folder: Path

    def begin(self, who: str, *words: str) -> "subprocess.Popen[str]":
        """Scout on the terminal of somebody."""
        told = {"SCOUT_CONFIG": str(self.folder / "scout.toml"), "HOME": "/"}
        return subprocess.Popen(
            [sys.executable, PROGRAM, ACCOUNTS[who], "ask", *words],
            env=self.lab.stage.environment() | told,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ask(self, who: str, *words: str) -> tuple[int, str]:
        """The number it ends with, and what is written."""
        process = self.begin(who, *words)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    def propose(self, who: str = "ana") -> tuple[str, str]:
        """The id and the beginning of the seal of a plan for three steps."""
        code, said = self.ask(who, f"refresh all {WHY}")
        assert code == 0, said
        found = re.search(r"scout ask 'approve (\w+) (\w+)'", said)
        assert found is not None, said
        return found[1], found[2]

    def reads(self, process: "subprocess.Popen[str]", words: str) -> str:
        """The line with some words, once it is written."""
        assert process.stdout is not None
        return next(line for line in process.stdout if words in line)


@contextmanager
def shared_folder() -> Generator[Path]:
    """A folder of one group, in which files belong to that group."""
    folder = Path(tempfile.mkdtemp(prefix="scout-shared-"))
    os.chown(folder, 0, grp.getgrnam(SHARED).gr_gid)
    folder.chmod(0o2770)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def share(folder: Path, lab: Laboratory) -> None:
    """Let the group read the settings and write the store."""
    there = folder / "scout.toml"
    there.write_text(Path(lab.stage.environment()["SCOUT_CONFIG"]).read_text(encoding="utf-8"), encoding="utf-8")
    there.chmod(0o640)
    for file in folder.glob("scout.sqlite3*"):
        file.chmod(0o660)


@pytest.fixture(scope="module")
def shared(shared_laboratory: Laboratory) -> Iterator[Terminals]:
    """Two accounts, and no Scout that speaks to Slack."""
    with shared_folder() as folder:
        shared_laboratory.stores["shared"] = f"sqlite:///{folder}/scout.sqlite3"
        with shared_laboratory.experiment("shared", **TELLS) as lab:
            share(folder, lab)
            yield Terminals(lab, folder)
        shared_laboratory.rest()


@pytest.fixture
def there(shared: Terminals) -> Iterator[Terminals]:
    """The same with all counters at zero."""
    shared.lab.stage.stop_bot()
    for view in VIEWS:
        shared.lab.sql(f"alter sequence lab.{view} restart")
    yield shared
    shared.lab.unlock()


def test_one_asks_another_approves_and_the_cards_catch_up(there: Terminals) -> None:
    plan, seal = there.propose()
    assert there.ask("ana", f"approve {plan} {seal}")[0] == 1
    code, said = there.ask("ben", "approve", plan, seal)
    assert code == 0, said
    assert [word for word in ("1/3 done", "3/3 done", "OK: done:") if word not in said] == []
    assert there.lab.runs() == (1, 1, 1)
    there.lab.rises()
    card = there.lab.found(lambda: there.lab.said(ALERTS, plan), SOON, "the card")
    there.lab.becomes(card, "Done", "asked by @Ana", "Approved by @Ben")
    there.lab.settled()
    accounts = [row.body["account"] for row in there.lab.kept.audit_of(plan) if row.action == "at a terminal"]
    assert accounts == ["daemon", "daemon", "bin"]


def test_an_account_that_the_settings_do_not_name_may_not_even_look(there: Terminals) -> None:
    code, said = there.ask("stranger", "help")
    assert code == 1
    assert said.count("\n") <= 2
    assert "The account 'games' stands for nobody" in said
    assert "SCOUT_TERMINAL=games=U0123ABC" in said
    assert "games" not in str(there.lab.kept.audit())


def test_who_one_says_to_be_is_not_believed(there: Terminals) -> None:
    code, said = there.ask("ana", "approve 1f0c9a", "--as", BEN)
    assert (code, "unrecognized arguments: --as" in said) == (2, True)


def test_whoever_leaves_hands_over_and_another_goes_on(there: Terminals) -> None:
    plan, seal = there.propose()
    there.lab.shut()
    terminal = there.begin("ben", f"approve {plan} {seal}")
    there.reads(terminal, "2/3 running")
    there.lab.until(there.lab.at_work, "the second step", SOON)
    terminal.send_signal(signal.SIGINT)
    said, _ = terminal.communicate(timeout=SOON)
    assert terminal.returncode == 130
    assert "Handed over:" in said
    assert f"scout ask 'resume {plan}'" in said
    there.lab.until(lambda: not there.lab.at_work(), "the server to finish")
    there.lab.unlock()
    code, said = there.ask("ana", f"resume {plan}")
    assert (code, "OK: done:" in said) == (0, True)
    assert there.lab.runs() == (1, 2, 1)


def test_another_terminal_stops_a_run_and_a_third_waits_for_its_end(there: Terminals) -> None:
    there.lab.shut()
    asking = there.begin("ana", f"refresh all {WHY}", "--wait")
    line = there.reads(asking, "scout ask 'approve")
    plan = line.split("approve ")[1].split()[0]
    running = there.begin("ben", f"approve {plan}")
    there.reads(asking, "2/3 running")
    there.lab.until(there.lab.at_work, "the second step", SOON)
    assert there.ask("ana", f"stop {plan}")[0] == 0
    told, _ = asking.communicate(timeout=SOON)
    assert (asking.returncode, "stopped:" in told) == (1, True)
    running.communicate(timeout=SOON)
    assert running.returncode == 1
    assert there.lab.runs() == (1, 1, 0)


def test_a_denial_says_why_and_another_plan_than_the_one_that_was_read_is_not_approved(there: Terminals) -> None:
    plan, seal = there.propose()
    assert there.ask("ben", f"approve {plan} 000000")[0] == 1
    code, said = there.ask("ben", f"deny {plan}")
    assert (code, "because" in said) == (2, True)
    code, said = there.ask("ben", f"deny {plan[:6]} {seal} because the shop is open")
    assert (code, "Denied" in said) == (0, True)
    (decision,) = there.lab.kept.approvals()[0].decisions
    assert (decision.person, decision.yes, decision.reason) == (BEN, False, "the shop is open")
    assert "It is denied." in there.ask("ana", f"plan {plan}")[1]


def test_a_script_reads_json_and_the_number_it_ends_with(there: Terminals) -> None:
    code, said = there.ask("ana", "refresh all because of a script", "--json")
    answer = json.loads(said)
    assert (code, answer["form"], answer["exit"], answer["state"], answer["level"]) == (0, 1, 0, "asked", "info")
    assert "refresh materialized view" in answer["parts"][0]["text"]
    code, said = there.ask("ben", f"deny {answer['approval']} because of a script", "--json")
    assert (code, json.loads(said)["state"]) == (0, "denied")
    code, said = there.ask("ana", "no such thing at all", "--json")
    assert (code, json.loads(said)["exit"]) == (2, 2)
    code, said = there.ask("ana", "refresh all", "--json")
    assert (code, "say why" in json.loads(said)["verdict"]) == (2, True)


def test_an_incident_is_taken_and_given_back_at_a_terminal(there: Terminals) -> None:
    at = there.lab.kept.now()
    burning = Alert(database="shop", metric="lag", level=Level.ALERT, since=at, incident="i1", channel=ALERTS)
    with there.lab.kept.change() as change:
        change.put_alert(burning)
    assert there.ask("ana", "acknowledge lag on shop")[0] == 0
    assert there.ask("ben", "ack lag")[0] == 1
    taken = there.lab.kept.incident("i1")
    assert (taken and taken.acknowledged_by) == ANA
    assert there.ask("ben", "release lag on shop")[0] == 0
    code, said = there.ask("ben", "release slowness on shop")
    assert (code, "Open: lag on shop." in said) == (2, True)
