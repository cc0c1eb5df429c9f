"""Several Scouts on one store: they share the databases, one takes over from the other, and no more than one runs a plan."""

import os
import signal
from collections.abc import Iterator

import pytest
from laboratory import SOON, Laboratory, holder, process_of
from stage_fixture import BEN, CORA

from bot.store import Fence
from practice.slack.text import as_text
from tests.integration.slow_proxy import SlowProxy

pytestmark = pytest.mark.slow

REPLICAS, CLICKS = 4, 300
NAMES = {BEN: "Ben", CORA: "Cora"}


@pytest.fixture
def pair(shared_laboratory: Laboratory) -> Iterator[Laboratory]:
    """The laboratory with two Scouts, which give each other five seconds."""
    with shared_laboratory.experiment("postgres", SCOUT_DEAD_AFTER_SECONDS="5") as there:
        there.joined()
        yield there


def test_the_other_takes_over_when_the_one_that_runs_is_killed(pair: Laboratory) -> None:
    card = pair.cut()
    os.kill(holder(pair.kept), signal.SIGKILL)
    pair.unlock()
    pair.interrupted(card, "was in flight")
    assert len(pair.alive()) == 1
    pair.resumed(card)
    pair.settled()
    assert pair.runs() == (1, 1, 1)


def test_one_that_slept_while_its_statement_ran_does_not_run_the_rest(pair: Laboratory) -> None:
    card = pair.cut()
    sleeper = holder(pair.kept)
    os.kill(sleeper, signal.SIGSTOP)
    pair.interrupted(card, "its statement is still running on the server")
    pair.unlock()
    pair.until(lambda: not pair.at_work(), "the server to finish")
    os.kill(sleeper, signal.SIGCONT)
    pair.woken()
    assert "Interrupted" in as_text(pair.now(card))
    assert pair.runs() == (1, 1, 0)
    pair.resumed(card)
    pair.settled()
    assert pair.runs() == (1, 1, 1)


def test_one_that_fell_asleep_before_its_statement_finds_its_line_cut(pair: Laboratory) -> None:
    pair.arm("begun step: second", signal.SIGSTOP)
    card = pair.approved()
    pair.until(lambda: not pair.order.exists(), "one to fall asleep")
    sleeper = holder(pair.kept)
    pair.interrupted(card, "was in flight, and is not done")
    os.kill(sleeper, signal.SIGCONT)
    pair.woken()
    assert pair.runs() == (1, 0, 0)
    pair.resumed(card)
    pair.settled()
    assert pair.runs() == (1, 1, 1)


def test_three_hundred_presses_of_two_people_at_four_replicas_make_one_run(pair: Laboratory) -> None:
    pair.joined()
    pair.joined()
    assert len(pair.alive()) == REPLICAS
    card = pair.propose("U0ANA", "/scout refresh all")
    pair.settled()
    heard = {user: pair.hearing(user) for user in NAMES}
    taken = pair.handled()
    for number in range(CLICKS):
        pair.presses_what_was_shown([*NAMES][number % 2], card, number)
    shown = as_text(pair.becomes(card, "Done", within=SOON))
    pair.until(lambda: sum(len(one()) for one in heard.values()) == CLICKS, "every press to be answered", 2 * SOON)
    approved = {user: [text for text in told() if "OK* Approved" in text] for user, told in heard.items()}
    (winner,) = [user for user, told in approved.items() if told]
    assert len(approved[winner]) == 1
    late = [text for told in heard.values() for text in told() if "OK* Approved" not in text]
    assert len(late) == CLICKS - 1
    assert [text for text in late if f"Already approved by {NAMES[winner]} at" not in text] == []
    assert f"Approved by @{NAMES[winner]}" in shown
    pair.settled()
    assert pair.runs() == (1, 1, 1)
    assert len(pair.handled() - taken) == CLICKS
    assert len({holder for _, holder in pair.handled() - taken}) == REPLICAS


# --- who watches what

FAILOVER = 20.0
"""Seconds after which another process watches what the dead one did, as promised."""


@pytest.fixture
def watching(shared_laboratory: Laboratory) -> Iterator[Laboratory]:
    """The laboratory with one Scout that goes round every second."""
    with shared_laboratory.experiment("postgres", SCOUT_DEAD_AFTER_SECONDS="5", SCOUT_TICK_SECONDS="1") as there:
        there.until(there.watcher, "the database to be watched", SOON)
        yield there


def both_watch(lab: Laboratory) -> Fence:
    """Wait until each of two Scouts holds something; the lease of the laboratory's database."""
    lab.until(lambda: len({one.holder for one in lab.kept.leases().values()}) == len(lab.alive()), "shares", SOON)
    return lab.until(lab.watcher, "the database to be watched") or pytest.fail("nobody watches it")


def held_by(lab: Laboratory, process: int) -> set[str]:
    """What a process looks after."""
    return {name for name, lease in lab.kept.leases().items() if process_of(lease) == process}


def the_other(lab: Laboratory, process: int) -> int:
    """The process id of the Scout that is not this one."""
    return next(one.pid for one in lab.alive() if one.pid != process)


def test_a_killed_one_is_followed_within_twenty_seconds(watching: Laboratory) -> None:
    watching.joined()
    before = both_watch(watching)
    other = the_other(watching, process_of(before))
    os.kill(process_of(before), signal.SIGKILL)
    watching.until(lambda: watching.watched_by(other), "the other to follow", FAILOVER)
    assert watching.kept.leases()[watching.watched].epoch == before.epoch + 1
    seen = watching.sampled()
    watching.until(lambda: watching.sampled() - seen, "the other to measure")


def test_one_that_slept_between_measuring_and_writing_writes_nothing_any_more(watching: Laboratory) -> None:
    watching.joined()
    sleeper = process_of(both_watch(watching))
    watching.arm(f"measured {watching.watched}", signal.SIGSTOP)
    watching.until(lambda: not watching.order.exists(), "one to fall asleep")
    before = watching.sampled()
    other = the_other(watching, sleeper)
    watching.until(lambda: watching.watched_by(other), "the other to follow", FAILOVER)
    watching.until(lambda: watching.sampled() - before, "the other to measure")
    followed = min(watching.sampled() - before)
    os.kill(sleeper, signal.SIGCONT)
    watching.woken()
    seen = watching.sampled()
    watching.until(lambda: watching.sampled() - seen, "the next round")
    assert {at for at in watching.sampled() if at < followed} == before


def test_one_that_is_cut_off_from_the_store_is_followed_and_the_rest_goes_on(watching: Laboratory) -> None:
    proxy = SlowProxy(watching.stage.database.port, 0)
    there = watching.joined(SCOUT_STORE_URL=proxy.url(watching.stores["postgres"]))
    here = next(one for one in watching.alive() if one is not there)
    both_watch(watching)
    everything = set(watching.kept.leases())
    proxy.close()
    watching.until(lambda: held_by(watching, here.pid) == everything, "all of it to pass", FAILOVER)
    assert there.poll() is None
