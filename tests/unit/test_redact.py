"""Nothing that is secret passes the redaction door, and what on-call needs does."""

# ruff: noqa: S608 - the statements are only looked at, never run

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redact import redact

S = "hunter2"

SECRETS = {
    # --- roles and users
    "role password": f"ALTER ROLE bob PASSWORD '{S}'",
    "create role": f"create role bob login encrypted password '{S}' valid until 'infinity'",
    "create user": f"create user bob with password '{S}'",
    "identified by": f"create user bob identified by '{S}'",
    "password without quotes": f"alter user bob password {S}",
    "password after a comment": f"alter /* {S} */ role bob -- {S}\n password '{S}'",
    "alter role set": f"alter role bob set app.jwt = '{S}'",
    "alter system": f"alter system set primary_conninfo = 'host=x password={S}'",
    "set secret": f"set app.api_key = '{S}'",
    "set without quotes": f"set app.jwt to {S}",
    "set local": f"set local session.key = {S}",
    "set_config": f"select set_config('app.jwt', '{S}', false)",
    # --- links to elsewhere
    "subscription": f"create subscription s connection 'host=x password={S}' publication p",
    "alter subscription": f"alter subscription s connection 'postgresql://u:{S}@h/d'",
    "server": f"create server s foreign data wrapper f options (host 'x', password '{S}')",
    "user mapping": f"create user mapping for u server s options (user 'u', password '{S}')",
    "alter user mapping": f"alter user mapping for u server s options (set password '{S}')",
    "dblink": f"select * from dblink('host=x password={S}', 'select 1') as t(a int)",
    "dblink with names": f'select * from dblink_connect("{S}")',
    "copy program": f"copy t from program 'curl -u bob:{S} https://x'",
    "copy to program": f"COPY (select 1) TO PROGRAM $$curl -H 'x: {S}'$$",
    "copy file": f"copy t to '/tmp/{S}'",
    "url": f"select 'https://bob:{S}@x.org/'",
    # --- bodies
    "do": f"do $$ begin perform '{S}'; end $$",
    "do with a tag": f"do language plpgsql $x$ begin perform '{S}'; end $x$",
    "execute": f"execute prepared('{S}', 1)",
    "execute with names": f"execute prepared({S})",
    "prepare": f"prepare p as select * from t where a = '{S}'",
    "function": f"create function f() returns text language sql as $$ select '{S}' $$",
    "function with atomic body": f"create function f() returns text begin atomic select '{S}'; end",
    "call": f"call sign_in('bob', '{S}')",
    "view": f"create view v as select '{S}' as a",
    "materialized view": f"create materialized view v as select '{S}' as a",
    "table default": f"create table t (a text default '{S}')",
    "table check": f"alter table t add constraint c check (a <> '{S}')",
    "index predicate": f"create index i on t (a) where b = '{S}'",
    "rule": f"create rule r as on insert to t do instead select '{S}'",
    "policy": f"create policy p on t using (a = '{S}')",
    "comment on": f"comment on table t is '{S}'",
    "security label": f"security label on table t is '{S}'",
    "notify": f"notify channel, '{S}'",
    "notify by name": f'notify "{S}"',
    "listen": f'listen "{S}"',
    "prepare transaction": f"prepare transaction '{S}'",
    "cursor": f"declare c cursor for select '{S}'",
    "explain": f"explain analyze select * from t where a = '{S}'",
    "create table as": f"create table t as select '{S}' as a",
    "import": f"import foreign schema s from server x into y options (token '{S}')",
    # --- literals in every fashion
    "plain": f"select * from t where a = '{S}'",
    "doubled quote": f"select * from t where a = 'it''s {S}'",
    "escape string": rf"select * from t where a = E'it\'s {S}'",
    "escape string with codes": rf"select E'\x41{S}\u0041\'{S}'",
    "unicode string": rf"select U&'d\0061t {S}' from t",
    "unicode string with its own escape": f"select U&'d!0061t {S}' uescape '!' from t",
    "national string": f"select N'{S}'",
    "bits": "select b'1001' , x'686e74657232'",
    "dollar": f"select $$ {S} $$",
    "dollar with a tag": f"select $tag$ '{S}' $$ {S} $$ $tag$",
    "dollar tag with letters of the world": f"select $é$ {S} $é$",
    "continued string": f"select 'a'\n  '{S}'",
    "backslash before a quote": rf"select 'a\' , {S} , 'b'",
    "backslash before a doubled quote": rf"select 'a\'' , {S} , '\''",
    "wrong quotes": f'select * from t where a = "{S}"',
    "wrong quotes with like": f'select * from t where a like "{S}"',
    "wrong quotes with an at": f'select * from t where a in ("bob@{S}.org")',
    "unicode name": rf'select U&"\0061{S}"',
    "insert": f"insert into t values ('bob', '{S}'), ('x', '{S}')",
    "update": f"update t set a = '{S}' where b = 1",
    "update of a password": f"update users set password_hash = {S}",
    "json": f"""select '{{"key": "{S}"}}'::jsonb ->> 'key'""",
    "json path": f"""select jsonb_path_query(a, '$.x ? (@ == "{S}")') from t""",
    "array": f"select '{{{S},b}}'::text[], array['{S}']",
    "typed literal": f"select interval '{S}', date '{S}'",
    "cast": f"select '{S}'::text, cast('{S}' as text)",
    "limit by subselect": f"select 1 limit (select '{S}'::int)",
    "xml": f"select xmlparse(content '{S}')",
    "at time zone": f"select now() at time zone '{S}'",
    "collation": f"select a collate \"x\" from t where a > '{S}'",
    # --- comments
    "line comment": f"select 1 -- {S}",
    "line comment with a return": f"select 1 -- {S}\r from t",
    "block comment": f"select /* {S} */ 1",
    "nested comment": f"select /* a /* {S} */ {S} */ 1",
    "comment that never ends": f"select 1 /* {S}",
    "comment with a quote": f"select 1 /* it's */, '{S}' -- it's",
    "comment in a string": f"select '/* {S}', '*/ {S}'",
    "comment in an operator": f"select 1 +-- {S}\n 2",
    "only a comment": f"/* {S} */",
    "hint": f"/*+ SeqScan({S}) */ select 1",
    "comment by the application": f"select 1 /* route='/x?key={S}' */",
    # --- cut, broken, hostile
    "cut in a literal": f"select * from t where a = '{S}",
    "cut in an escape string": rf"select E'{S}\'",
    "cut in a dollar quote": f"select $x$ {S}",
    "cut in a name": f'select "{S}',
    "cut behind a literal": f"select * from t where a = '{S}' and",
    "cut before the password": f"create role bob password {S[:5]} {S}",
    "two statements": f"select 1; alter role bob password '{S}'",
    "two statements, the secret first": f"alter role bob password '{S}'; select 1",
    "many statements": f"begin; set app.jwt = '{S}'; select 1; commit",
    "psql": f"\\password {S}",
    "psql connect": f"\\c 'host=x password={S}'",
    "psql variable": f"select :'{S}'",
    "no sql": f"my password is {S}",
    "nul": f"select 1 \0 {S}",
    "lone surrogate": f"select '\ud800{S}'",
    "direction marks": f"select '\u202e{S}\u202c'",
    "strange spaces": f"select\u00a0'{S}'",
    "full width quotes": f"select \uff07{S}\uff07",
    "typographic quotes": f"select \u2018{S}\u2019",
    "back-ticks": f"select `{S}`",
    "identifier with a dollar": f"select a$b${S}$b$ from t, '{S}'",
    "hundred kilobytes": "select '" + S * 15_000 + "'",
    "hundred kilobytes in a list": "select a from t where a in (" + ",".join([f"'{S}'"] * 10_000) + ")",
    "deep parentheses": "select " + "(" * 5_000 + f"'{S}'" + ")" * 5_000,
    "deep sum": f"select '{S}'" + "+1" * 7_900,
    "deep comments": "/*" * 7_900 + S,
    "deep union": f"select '{S}' " + "union select 1 " * 900,
    "deep joins": f"select '{S}' from a" + " natural join a" * 900,
}


@pytest.mark.parametrize("statement", SECRETS.values(), ids=SECRETS.keys())
def test_no_secret_leaves_a_statement(statement: str) -> None:
    began = time.process_time()  # however busy the machine is
    for shown in (redact(statement), redact(statement, 42), redact(statement, limit=100_000)):
        assert S not in shown
        assert shown
    assert time.process_time() - began < 5


SHOWN = {
    "select  *\n from t\twhere id = 7 and name = 'x'": "select * from t where id = $1 and name = $2",
    "select a from t where d > interval $1 and b in ($2 /*, ... */) limit $3": (
        "select a from t where d > interval $1 and b in ($2 ) limit $3"
    ),
    'SELECT "user"."id" FROM "user" WHERE "user"."id" = "post"."user" AND x = $1': (
        'SELECT "user"."id" FROM "user" WHERE "user"."id" = "post"."user" AND x = $1'
    ),
    "with x as (select 1) select * from x order by 1": "with x as (select $1) select * from x order by ?",
    "select größe from maße": "select größe from maße",
    "vacuum (analyze) scout.gold_business_metrics": "vacuum (analyze) scout.gold_business_metrics",
    "refresh materialized view concurrently scout.mv": "refresh materialized view concurrently scout.mv",
    "create index concurrently i on t (a)": "create index concurrently i on t (a)",
    "alter table t add column b int": "alter table t add column b int",
    "lock table t in access exclusive mode": "lock table t in access exclusive mode",
    "begin": "begin",
    "COMMIT": "COMMIT",
    "copy scout.bronze from stdin": "copy scout.bronze from stdin",
    "select 1; select 2": "select $1; select $2",
    "truncate query_cache": "truncate query_cache",
    "": "",
    "  \n": "",
}


@pytest.mark.parametrize(("statement", "shown"), SHOWN.items())
def test_the_shape_of_a_statement_is_shown(statement: str, shown: str) -> None:
    assert redact(statement) == shown


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("alter role bob password 'x'", "alter role (text hidden, query id 42)"),
        ("create subscription s connection 'x' publication p", "create subscription (text hidden, query id 42)"),
        ("do $$ x $$", "do (text hidden, query id 42)"),
        ("select * from t where a = 'cut", "query id 42"),
        ("<insufficient privilege>", "query id 42"),
    ],
)
def test_what_is_hidden_keeps_its_verb_and_its_query_id(statement: str, shown: str) -> None:
    assert redact(statement, 42) == shown


def test_without_a_query_id_it_says_hidden() -> None:
    assert redact("select 'cut") == "text hidden"
    assert redact("alter role bob password 'x'") == "alter role (text hidden)"


def test_a_long_statement_is_cut() -> None:
    assert redact("select " + "abcdefghij, " * 50 + "x from t", limit=40) == "select abcdefghij, abcdefghij, abcdefgh…"


def test_what_could_turn_the_line_around_is_not_shown() -> None:
    assert redact("select a\u202eb from t") == "text hidden"


# --- any secret, in any fashion, cut anywhere


def fashions(secret: str) -> list[str]:
    """A literal or comment around a secret in every fashion that PostgreSQL knows."""
    doubled, escaped = secret.replace("'", "''"), secret.replace("\\", "\\\\").replace("'", "\\'")
    one_line, no_fence = secret.replace("\n", " "), secret.replace("/", " ")
    literals = [f"'{doubled}'", f"E'{escaped}'", f"$fence${secret}$fence$", f"U&'{doubled}'"]
    return [*literals, f"/* {no_fence} */ 1", f"1 -- {one_line}\n"]


PLANTED = st.text(alphabet="ab'\\$;-*/\"(), \n", max_size=8).map(lambda noise: f"{noise}{S}{noise[::-1]}")
PLACES = st.sampled_from([
    "select {} from t where a = {}",
    "insert into t values ({}, {})",
    "update t set a = {} where b in (1, {})",
    "with x as (select {}) delete from t using x where t.a = {}",
    "create table t as select {} as a, {} as b",
    "alter role bob password {}; select {}",
    "do {}; select {}",
])  # fmt: skip


@settings(max_examples=400)
@given(PLACES, PLANTED, st.integers(0, 5), st.integers(0, 5), st.floats(0, 1))
def test_no_secret_leaves_in_any_fashion_at_any_place_cut_anywhere(
    place: str, secret: str, first: int, second: int, cut: float
) -> None:
    whole = place.format(fashions(secret)[first], fashions(secret)[second])
    assert S not in redact(whole, limit=10_000)
    assert S not in redact(whole[: round(len(whole) * cut)], limit=10_000)
