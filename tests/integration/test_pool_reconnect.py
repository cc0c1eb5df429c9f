"""The pooler's connections are opened anew while its clients stay."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest
from command_fixture import IMPATIENT, House, await_that, house_of
from pgbouncer import Bouncer, running_bouncer

from bot.command import Pooler as Order
from bot.command import Risk
from bot.errors import BadInput, Cannot
from bot.pooler import Pooler
from practice.database import PracticeDatabase

NAMED = IMPATIENT.model_copy(update={"pooler_database": "scout"})
OTHER = IMPATIENT.model_copy(update={"pooler_database": "elsewhere"})


@pytest.fixture(scope="module")
def bouncer(practice_database: PracticeDatabase) -> Generator[Bouncer]:
    with running_bouncer(practice_database.read_url) as bouncer:
        yield bouncer


@pytest.fixture
def house(practice_database: PracticeDatabase, bouncer: Bouncer, tmp_path: Path) -> Generator[House]:
    with house_of(practice_database, tmp_path, limits=NAMED) as opened:
        opened.pooler = Pooler(bouncer.admin_url)
        yield opened


def test_a_client_stays_and_its_next_transaction_runs_on_a_new_connection(house: House, bouncer: Bouncer) -> None:
    with psycopg.connect(bouncer.url("app", "app", "scout"), autocommit=True, prepare_threshold=None) as client:
        before = client.execute("select pg_backend_pid()").fetchone()
        plan = house.plan("reset connections")
        assert plan.risk is Risk.MEND
        assert plan.summary.startswith("Reconnect 1 connection of the pooler")
        (step,) = plan.steps
        assert step.required
        assert isinstance(step.do, Order)
        Pooler(bouncer.admin_url).order(step.do.order)
        await_that(lambda: client.execute("select pg_backend_pid()").fetchone() != before)
    assert [one.binding for one in house.plan("pool reconnect").steps] == [step.binding]


def test_without_a_pooler_or_its_database_the_setting_is_named(
    practice_database: PracticeDatabase, bouncer: Bouncer, tmp_path: Path
) -> None:
    with house_of(practice_database, tmp_path) as house:
        with pytest.raises(Cannot, match="SCOUT_POOLER_URL"):
            house.ask("pool reconnect")
        house.pooler = Pooler(bouncer.admin_url)
        with pytest.raises(Cannot, match="Set pooler_database below"):
            house.ask("pool reconnect")
    with house_of(practice_database, tmp_path, limits=OTHER) as house:
        house.pooler = Pooler(bouncer.admin_url)
        with pytest.raises(BadInput, match="It serves: scout"):
            house.ask("pool reconnect")
