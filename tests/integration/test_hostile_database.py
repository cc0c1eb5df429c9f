"""A database in which two thousand tables and statements are called what somebody with a grudge would call them, asked everything.

The names and texts are those of tests/unit/test_hostile_texts.py, which looks at every text that leaves; here PostgreSQL itself gives
them back, from the catalog, from pg_stat_statements, from sessions that run and wait, and in its own errors.
"""

import io
from collections.abc import Generator
from contextlib import ExitStack, closing, suppress

import psycopg
import pytest
from psycopg import sql

from bot.blocks import as_csv, draw_approval, draw_report, full_plan, plain
from bot.command import Plan, Risk
from bot.errors import ScoutError
from bot.registry import discover
from bot.report import Report
from bot.terminal.telling import Screen, found
from practice.database import PracticeDatabase
from practice.slack.limits import message_problems, message_size_error
from tests.integration.command_fixture import House, house_of
from tests.integration.store_fixture import AT, approval
from tests.integration.test_every_question import NEEDED
from tests.unit.alive_fixture import OBEYED, alive, marks, obeyed
from tests.unit.hostile_fixture import SECRET, names, queries

NUMBER = 2_000
SESSIONS = 8
TOKENS = ("<!channel>", "<!here>", "<!everyone>", "<@U0BEN>", "<#C0GENERAL>", "<!subteam^S0DBA>", "evil.example|")
COMMANDS = [NEEDED.get(one.name, one.name) for one in discover("commands").commands]
TABLE = "create table {name} ({name} int primary key, other text); create index on {name} (other)"


@pytest.fixture(scope="module")
def hostile() -> Generator[PracticeDatabase]:
    """The database, with some sessions that are busy with such statements under such names."""
    with PracticeDatabase(settings={"pg_stat_statements.max": "10000", "max_locks_per_transaction": "512"}) as database:
        with psycopg.connect(database.admin_url, autocommit=True) as admin:
            admin.execute("grant pg_maintain to scout_operate" if admin.info.server_version >= 170_000 else "select 1")
        with psycopg.connect(database.owner_url, autocommit=True) as owner:
            owner.execute("set search_path = scout")
            with owner.pipeline():
                for name in names(NUMBER):
                    for one in TABLE.split("; "):
                        owner.execute(sql.SQL(one).format(name=sql.Identifier(name)))
            owner.execute("grant select on all tables in schema scout to scout_read; analyze")
        with psycopg.connect(database.app_url, autocommit=True) as app:
            for text in queries(NUMBER):
                with suppress(psycopg.Error, UnicodeError):
                    app.execute(text.encode())
        with ExitStack() as stack:
            for name, text in zip(names(SESSIONS), queries(SESSIONS), strict=True):
                stack.enter_context(busy(database, name, text))
            yield database


def busy(database: PracticeDatabase, name: str, text: str) -> "closing[psycopg.Connection]":
    """A session in an open transaction, whose last statement has a secret in it."""
    ascii_name = name.encode("ascii", "ignore").decode().replace("\0", "")
    session = psycopg.connect(database.app_url, application_name=ascii_name)
    session.execute(f"select 1 as \"{text.replace(chr(34), '')[:50]}\" /* {SECRET} */, '{SECRET}'".encode())
    return closing(session)


@pytest.fixture(scope="module")
def house(hostile: PracticeDatabase, tmp_path_factory: pytest.TempPathFactory) -> Generator[House]:
    with house_of(hostile, tmp_path_factory.mktemp("house")) as opened:
        opened.tick(ago_s=60)
        yield opened


def said(house: House, text: str) -> Report | Plan:
    try:
        return house.ask(text)
    except ScoutError as error:
        return Report.model_validate({"title": "Scout", "verdict": {"level": "no-data", "text": str(error)}})


def leaves(answer: Report | Plan) -> tuple[list[str], list[str]]:
    """What is wrong with all that leaves of an answer, and all its texts."""
    if isinstance(answer, Plan):
        wanted = approval("a1").model_copy(update={"plan": answer})
        drawn, texts = [draw_approval(wanted, [], AT)], [full_plan(wanted)]
    else:
        out = io.StringIO()
        Screen(out, out, as_json=True).show(found(answer))
        drawn, texts = (
            [draw_report(answer), draw_report(answer, show_more=True)],
            [plain(answer, 80), as_csv(answer), out.getvalue()],
        )
    wrong = [one for text in texts for one in OBEYED.findall(text)]
    for one in drawn:
        message = {"text": one.text, "blocks": one.blocks}
        wrong += [
            *message_problems(message),
            *filter(None, [message_size_error(message)]),
            *obeyed([one.text, one.blocks]),
        ]
        tokens = [*alive(one.blocks), *marks(one.text, links=False)]
        wrong += [token for token in tokens if token == "link" or any(bad in token for bad in TOKENS)]
    return wrong, [*texts, *(str(one) for one in drawn)]


@pytest.mark.parametrize("text", COMMANDS)
def test_nothing_of_an_answer_or_a_plan_is_alive_and_no_secret_is_in_it(house: House, text: str) -> None:
    wrong, texts = leaves(said(house, text))
    assert wrong == []
    assert [one for one in texts if SECRET in one] == []


def test_the_names_and_the_statements_are_really_there(house: House, hostile: PracticeDatabase) -> None:
    with psycopg.connect(hostile.admin_url, autocommit=True) as admin:
        ours = admin.execute(
            "select count(*) from pg_class where relnamespace = 'scout'::regnamespace and relkind = 'r'"
        )
        assert (ours.fetchone() or (0,))[0] > NUMBER
        there = admin.execute("select count(*) from pg_stat_statements where query ~ 't[0-9]+'").fetchone()
        assert (there or (0,))[0] > NUMBER / 4
        seen = admin.execute("select count(*) from pg_stat_activity where query like %s", [f"%{SECRET}%"]).fetchone()
        assert (seen or (0,))[0] >= SESSIONS
    shown = "".join(
        leaves(said(house, one.name))[1][0] for one in discover("commands").commands if one.risk is Risk.LOOK
    )
    assert "idle in transaction" in shown
