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

import psycopg
import pytest
from as_account import SHARED
from laboratory import SOON, VIEWS, Laboratory
from stage_fixture import ALERTS, ANA, BEN

from bot.alert import Alert
from bot.report import Level

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),  # each word is a start of Python
    pytest.mark.skipif(os.getuid() != 0, reason="only root can become other accounts"),
]

PROGRAM = str(Path(__file__).with_name("as_account.py"))
ACCOUNTS = {"ana": "daemon", "ben": "bin", "stranger": "games"}
"""Accounts that every Debian has; none of them may log in."""
TELLS = {
    "SCOUT_TERMINAL": f"{ACCOUNTS['ana']}={ANA},{ACCOUNTS['ben']}={BEN}",
    "SCOUT_OPERATORS": ANA,
    "SCOUT_BREAK_GLASS": ANA,
}
WHY = "because the views are a day old"
PATIENT, IMPATIENT = "idle_in_transaction_seconds = 10\n", "idle_in_transaction_seconds = 0.5\n"


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

    def propose(self, who: str = "ana", text: str = "refresh all") -> tuple[str, str]:
        """The id and the beginning of the seal of a plan; for three steps when nothing else is typed."""
        code, said = self.ask(who, f"{text} {WHY}")
        assert code == 0, said
        return self.waiting(said)

    @staticmethod
    def waiting(said: str) -> tuple[str, str]:
        """The id and the beginning of the seal that are written for whoever approves."""
        found = re.search(r"scout ask 'approve (\w+) (\w+)'", said)
        assert found is not None, said
        return found[1], found[2]

    def idle(self, *names: str) -> list[psycopg.Connection]:
        """Sessions of the application that forgot their transactions, for so long that they are to end."""
        opened = [self.lab.idles(name, old=False) for name in names]
        aged = "select count(*) = %s from pg_stat_activity where application_name = any(%s) and state_change < now() - interval '1 s'"
        self.lab.until(lambda: self.lab.value(aged, len(names), list(names)), "old transactions")
        return opened

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
    words = Path(lab.stage.environment()["SCOUT_CONFIG"]).read_text(encoding="utf-8")
    assert PATIENT in words
    there.write_text(words.replace(PATIENT, IMPATIENT), encoding="utf-8")
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
    while shared.lab.left_open:
        shared.lab.left_open.pop().close()


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


def test_steps_are_left_out_and_taken_in_again_by_their_numbers(there: Terminals) -> None:
    sessions = there.idle("one", "two", "three")
    plan, seal = there.propose(text="emergency")
    code, said = there.ask("ben", f"plan {plan}")
    assert (code, said.count("[x] ")) == (0, 3)
    kept = next(one for one in sessions if f"1. End pid {one.info.backend_pid}" in said)
    code, said = there.ask("ana", f"untick {plan} {seal} 1 2")
    assert code == 0, said
    assert "The plan is without 2 of 3 steps" in said
    assert (said.count("[ ] "), said.count("[x] ")) == (2, 1)
    assert there.ask("ben", f"approve {plan} {seal}")[0] == 1
    code, said = there.ask("ana", f"untick {plan} 2")
    assert (code, "Nothing changes" in said) == (1, True)
    code, said = there.ask("ana", f"untick {plan} 4")
    assert (code, "These can be left out: 1, 2, 3." in said) == (2, True)
    code, said = there.ask("ana", f"tick {plan} 2")
    assert (code, "without 1 of 3 steps" in said) == (0, True)
    code, said = there.ask("ben", "approve", *there.waiting(said))
    assert (code, "2 of 2 steps done and verified" in said) == (0, True)
    assert kept.execute("select 2").fetchone() == (2,)
    left = "select count(*) from pg_stat_activity where application_name in ('one', 'two', 'three')"
    assert there.lab.value(left) == 1


def test_the_step_at_work_is_skipped_from_another_terminal_and_the_run_goes_on(there: Terminals) -> None:
    plan, _ = there.propose(text="index create table=gate columns=shut")
    code, said = there.ask("ana", f"skip {plan}")
    assert (code, "No step of it is at work" in said) == (1, True)
    with there.lab.admin() as writer, writer.transaction():
        writer.execute("update lab.gate set shut = shut")
        running = there.begin("ben", f"approve {plan}")
        assert f"scout ask 'skip {plan} 1'" in there.reads(running, "1/3 running")
        code, said = there.ask("ana", f"skip {plan} 3")
        assert (code, "cannot be skipped" in said) == (2, True)
        code, said = there.ask("ana", f"skip {plan}")
        assert (code, "Skipping 'Build index" in said) == (0, True)
        there.reads(running, "skipped by daemon at a terminal before it was through")
    told, _ = running.communicate(timeout=SOON)
    assert "nothing of it is left" in told
    assert there.lab.value("select count(*) from pg_index where not indisvalid") == 0


def test_the_glass_is_broken_at_a_terminal_and_another_reviews_it_there(there: Terminals) -> None:
    (idle,) = there.idle("forgotten")
    code, said = there.ask("ben", "emergency now because nobody answers")
    assert (code, "You may not break the glass" in said) == (1, True)
    code, said = there.ask("ana", "emergency now")
    assert (code, "say why" in said) == (2, True)
    code, said = there.ask("ana", "emergency now because nobody answers")
    assert code == 0, said
    assert said.startswith("BREAK GLASS: Emergency: ")
    assert f"End pid {idle.info.backend_pid}" in said
    assert "1 of 1 steps done and verified" in said
    plan = said.split("scout ask 'review ")[1].split("'")[0]
    assert not there.lab.value("select count(*) from pg_stat_activity where application_name = 'forgotten'")
    code, said = there.ask("ana", f"review {plan}")
    assert (code, "Only approvers may do that" in said) == (1, True)
    code, said = there.ask("ben", f"review {plan}")
    assert (code, "Reviewed: 'emergency now'" in said) == (0, True)
    done = [row.action for row in there.lab.kept.audit_of(plan)]
    assert {"broke the glass", "running", "reviewed"} <= set(done)
    there.lab.rises()
    card = there.lab.found(lambda: there.lab.said(ALERTS, plan, "BREAK GLASS"), SOON, "the card")
    there.lab.becomes(card, "Done", "Reviewed by @Ben")


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
