"""Whatever people type and whatever the database holds, the answer is a sentence, escaped, and within Slack's limits."""

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from stage_fixture import ALERTS, ANA, BEN, CORA, Scene, entered, marked

from practice.slack.text import as_text
from practice.slack.wire import Json
from practice.stage import Stage

WILD = "<!channel> ``` <@U0BEN> &amp; *bold* <https://evil.example|click> \u202egnp.exe \N{PILE OF POO}"
PINGS = ("<!channel>", "<!here>", "<!everyone>", "<@U0BEN>", "<https://evil.example")


def harmless(message: Json) -> None:
    """Nothing that came from outside is markup, neither in the blocks nor in the fallback."""
    texts = list(marked(message))
    assert texts
    assert [ping for ping in PINGS for text in texts if ping in text] == []
    assert [text for text in texts if "```" in text] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("statos", "Did you mean `/scout status`?"),
        ("refrehs all", "Did you mean `/scout refresh"),
        ("qqq", "`/scout help` lists what you may do"),
        ("slow limt=5", "Did you mean 'limit'?"),
        ("slow limit=5 limit=6", "there twice"),
        ("slow limit=0", "greater than or equal to 1"),
        ("slow limit=9999999999999999999999", "less than or equal to 50"),
        ("slow limit=-1", "Usage: `/scout slow"),
        ("slow limit=five", "Usage: `/scout slow"),
        ("slow limit=", "Usage: `/scout slow"),
        ("slow limit=\u0665", "Usage: `/scout slow"),
        ("slow by=<!channel>", "Usage: `/scout slow"),
        ("active min_seconds=nan", "Usage: `/scout active"),
        ("active min_seconds=1e400", "Usage: `/scout active"),
        ("status on stagign", "Did you mean 'staging'?"),
        ("status on nowhere", "I look after: scout, staging"),
        ("status on", "Usage: `/scout status"),
        ("status on <!channel>", "There is no database"),
        ("on staging", "`/scout help`"),
        ('slow "limit=5', "A quotation mark has no partner"),
        ("slow 'limit=5", "A quotation mark has no partner"),
        ("\u201cstatus\u201d", "*Status*"),
        ('"status"', "*Status*"),
        ("refresh no_such_view", "There is no materialized view 'no_such_view'"),
        ("refresh scout.gold_daily_agregates", "Did you mean 'gold_daily_aggregates'?"),
        ("refresh '; drop table dim_store; --'", "There is no materialized view"),
        ("refresh all extra", "'gently' has to be yes or no"),
        ("status\nslow", "Usage: `/scout status`"),
        ("\N{PILE OF POO}", "`/scout help`"),
        ("status\x00", "`/scout"),
        ("\u202estatus", "Did you mean"),
        ("<@U0BEN>", "I do not know"),
        ("approve", "I do not know"),
        ("help me", "There is no command 'me'"),
        ("help <!channel> ```", "There is no command"),
        ("%s %(x)s {schema}", "I do not know"),
        ("status \\", "A backslash"),
        ("x" * 100_000, "100,000 characters"),
        ("slow " + "limit=5 " * 100, "a command has at most"),
        ("&lt;!channel&gt;", "I do not know"),
    ],
)
def test_what_cannot_be_understood_gets_one_sentence_with_what_to_type(scene: Scene, text: str, words: str) -> None:
    answer = scene.ask(ANA, f"/scout {text}")
    assert words in as_text(answer).replace("\N{MODIFIER LETTER GRAVE ACCENT}", "`")
    assert len(as_text(answer)) < 700 or "*" in words
    harmless(answer)


def test_a_mistake_in_a_mention_and_in_a_direct_message_is_told_there(scene: Scene) -> None:
    assert "Did you mean" in as_text(scene.ask(ANA, "@Scout statos"))
    assert "Did you mean" in as_text(scene.say(ANA, "statos", "D0ANA", "statos"))


# --- what the database holds


def _busy(scene: Scene, statement: str, name: str = "wild") -> psycopg.Connection:
    """A session of the application that sleeps in a statement, until the test closes it."""
    connection = psycopg.connect(scene.stage.database.app_url, application_name=name, autocommit=True)
    scene.left_open.append(connection)
    connection.pgconn.send_query(statement.encode())
    scene.until(
        lambda: scene.value(
            "select state = 'active' from pg_stat_activity where pid = %s", connection.info.backend_pid
        ),
        "a running statement",
    )
    return connection


def _wild_statement(seconds: int = 60) -> str:
    return f'select pg_sleep({seconds}) as {sql.Identifier(WILD).as_string(None)[:60]}" /* {WILD} */'


def test_query_texts_are_shown_and_do_nothing(scene: Scene) -> None:
    _busy(scene, _wild_statement(), WILD)
    for question in ("active", "connections", "status"):
        harmless(scene.ask(ANA, f"/scout {question}"))
    public = scene.say(ANA, "/scout active", ALERTS, "*Active sessions*")
    harmless(public | {"text": public["text"].replace("<@U0ANA>", "")})


def test_statements_that_were_counted_are_shown_and_do_nothing(scene: Scene) -> None:
    columns = ", ".join(f'{number} as "<!channel> ``` {number}"' for number in range(1600))
    with psycopg.connect(scene.stage.database.app_url, autocommit=True) as app:
        app.execute(f'select pg_sleep(0.3) as "<!channel> ``` <@U0BEN>", {columns}'.encode())
        app.execute(f"select length('{'x' * 100_000}'), pg_sleep(0.3)".encode())
    for by in ("total", "mean", "calls", "io"):
        harmless(scene.ask(ANA, f"/scout slow limit=50 by={by}"))


def test_a_victim_with_a_wild_name_is_shown_and_ended(scene: Scene) -> None:
    idle = scene.idles("<!channel> ``` \" ' ; --")
    card = scene.propose(ANA, "/scout emergency")
    harmless({**card, "text": card["text"].replace("<@U0ANA>", "")})
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Done", "the session is gone")
    assert not scene.value("select count(*) from pg_stat_activity where pid = %s", idle.info.backend_pid)


@pytest.mark.parametrize(
    "name", ["<!channel> ```", 'quo"ted', "Ünïcode \N{PILE OF POO}", "two\nlines", "per%cent %s", "o'clock", "{schema}"]
)
def test_a_view_with_a_wild_name_is_refreshed(scene: Scene, name: str) -> None:
    view = sql.Identifier("scout", name)
    with scene.admin() as admin:
        admin.execute(sql.SQL("create materialized view {} as select 1 as one").format(view))
        admin.execute(sql.SQL("alter materialized view {} owner to scout_owner").format(view))
    try:
        quoted = name.replace('"', '\\"')
        card = scene.propose(ANA, f'/scout refresh "{quoted}"')
        harmless({**card, "text": card["text"].replace("<@U0ANA>", "")})
        scene.press(BEN, card, "scout_approve")
        scene.becomes(card, "Done", "1 of 1 steps done and verified")
    finally:
        with scene.admin() as admin:
            admin.execute(sql.SQL("drop materialized view {}").format(view))


def test_a_plan_longer_than_a_message_is_shown_whole_in_the_thread(scene: Scene) -> None:
    names = [f"mv_many_{number:02}_{'x' * 45}" for number in range(60)]
    with scene.admin() as admin:
        for name in names:
            admin.execute(
                sql.SQL("create materialized view {} as select 1 as one").format(sql.Identifier("scout", name))
            )
    try:
        card = scene.propose(ANA, "/scout refresh all")
        assert "word for word in the thread" in as_text(card)

        def below() -> str:
            return "\n".join(as_text(one) for one in scene.said(scene.room) if one.get("thread_ts") == card["ts"])

        scene.until(
            lambda: all(f"refresh materialized view scout.{name}" in below() for name in names), "all steps", 20
        )
        scene.deny(CORA, card)
    finally:
        with scene.admin() as admin:
            for name in names:
                admin.execute(sql.SQL("drop materialized view {}").format(sql.Identifier("scout", name)))


def test_a_crowd_of_victims_fits_and_all_are_ended(scene: Scene) -> None:
    scene.slack.fault("connections").start()
    oldest = "select max(state_change) < now() - interval '2.1 s' and count(*) > 40 from pg_stat_activity where state = 'idle in transaction'"
    scene.until(lambda: scene.value(oldest), "a crowd")
    card = scene.propose(ANA, "/scout emergency")
    scene.press(BEN, card, "scout_approve")
    scene.becomes(card, "Done", within=25)
    assert scene.value("select count(*) from pg_stat_activity where state = 'idle in transaction'") == 0


# --- what nobody types


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "type",
        "team",
        "user",
        "actions",
        "channel",
        "event",
        "trigger_id",
        "command",
        "text",
        "container",
        "message",
        "view",
    ]
)
KINDS = st.sampled_from(["slash_commands", "events_api", "interactive", "options", "no such kind"])
ACTIONS = st.sampled_from(
    ["scout_approve", "scout_stop", "scout_command", "scout_share", "scout_ack", "scout_resume", "scout_x"]
)


def _bent(whole: Json, name: str, junk: Any) -> Json:  # noqa: ANN401 - junk
    return whole | {name: junk}


def _plausible(action: str, value: Any) -> Json:  # noqa: ANN401 - junk
    return {
        "type": "block_actions",
        "team": {"id": "T0PRACTICE", "domain": "x"},
        "user": {"id": ANA, "team_id": "T0PRACTICE"},
        "channel": {"id": "C0GENERAL"},
        "container": {"channel_id": "C0GENERAL"},
        "trigger_id": repr(value)[:40],
        "actions": [{"type": "button", "action_id": action, "value": value, "block_id": "b"}],
    }


@given(kind=KINDS, payload=st.dictionaries(NAMES, JUNK, max_size=6), action=ACTIONS, name=NAMES, junk=JUNK)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def _bombard(scene: Scene, kind: str, payload: Json, action: str, name: str, junk: Any) -> None:  # noqa: ANN401 - junk
    scene.slack.send_envelope(kind, payload)
    scene.slack.send_envelope("interactive", _plausible(action, junk))
    scene.slack.send_envelope("interactive", _bent(_plausible(action, "x"), name, junk))


# The workload of the stage rolls its own dice in other threads.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
def test_no_payload_kills_the_bot(shared_stage: Stage) -> None:
    scene = entered(shared_stage)
    _bombard(scene)
    scene.slack.say(BEN, scene.room, "/scout status")
    heard = lambda: [one for one in scene.slack.ephemerals(BEN) if one["channel"] == scene.room]  # noqa: E731 - asked again and again
    assert "*Status*" in as_text(scene.found(heard, 20, "an answer"))
    assert shared_stage.bot is not None
    assert shared_stage.bot.poll() is None
