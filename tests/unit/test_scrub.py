"""What a server, an exception or a program says is shown without values and secrets, and still tells what is wrong."""

# ruff: noqa: S608 - the statements are only looked at, never run

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.redact import scrub

S = "hunter2"

SECRETS = {
    "key": f'duplicate key value violates unique constraint "u"\nDETAIL:  Key (email)=({S}@x.org) already exists.',
    "key alone": f"Key (email)=({S}) already exists.",
    "key of two": f"Key (email, name)=(a (b), {S}) already exists.",
    "key with a bracket": f"Key (email)=(a) {S}) is not present in table",
    "failing row": f"Failing row contains (1, {S}, null).",
    "detail over lines": f'value too long\nDETAIL:  first\n{S}\nCONTEXT:  COPY t, line 1, column a: "{S}"',
    "context": f'syntax error\nCONTEXT:  PL/pgSQL function f() line 3 at RAISE\nSQL statement "select {S}"',
    "query": f"relation missing\nQUERY:  select {S}",
    "statement": f"error\nSTATEMENT:  alter role bob password {S}",
    "line": f"column missing\nLINE 1: select {S} from t\n               ^",
    "parameters": f"error\nCONTEXT:  unnamed portal with parameters: $1 = '{S}'",
    "integer": f'invalid input syntax for type integer: "{S}"',
    "json": f'invalid input syntax for type json: "{S}"',
    "enum": f'invalid input value for enum mood: "{S}"',
    "near": f'syntax error at or near "{S}"',
    "near an open literal": f'unterminated quoted string at or near "\'{S}"',
    "parameter value": f'invalid value for parameter "work_mem": "{S}"',
    "date": f'date/time field value out of range: "{S}"',
    "literal": f"cannot set 'x' to '{S}'",
    "literal after an apostrophe": f"can't connect with '{S}' to 'x'",
    "literal with an apostrophe": f"no such user 'O'Brien {S}'",
    "literal that never ends": f"no such user 'bob {S}",
    "name that never ends": f'no such user "bob {S}',
    "dollar": f"cannot run $$ {S} $$ here",
    "dollar with a tag": f"cannot run $x$ {S} $x$ here",
    "dollar that never ends": f"cannot run $x$ {S}",
    "escape string": rf"cannot run E'\' {S}'",
    "url": f"could not connect to postgresql://bob:{S}@db.example.org/x",
    "url with an at": f"could not connect to postgresql://bob:p@{S}@db.example.org/x",
    "url with a slash": f"could not connect to postgres://bob:p/{S}@db/x",
    "url with a query": f"could not get https://x.org/y?token={S}",
    "web hook": f"could not post to https://hooks.slack.com/services/T0/B0/{S}",
    "redis": f"could not connect to redis://:{S}@cache:6379/0",
    "keywords": f"connection failed: host=db user=bob password={S} dbname=x",
    "keywords with quotes": f"host=db password='a b {S}' user=x",
    "keywords with spaces": f"password = {S}",
    "environment": f"PGPASSWORD={S} psql failed",
    "yaml": f"password: {S}",
    "python": f"{{'password': '{S}'}}",
    "json object": f'{{"password": "{S}", "secret": "{S}"}}',
    "ruby": f':password=>"{S}"',
    "option": f"curl --password {S} x",
    "user option": f"curl -u bob:{S} x",
    "sql": f"ALTER ROLE bob PASSWORD '{S}' failed",
    "identified": f"create user bob identified by {S}",
    "bearer": f"401 for Authorization: Bearer {S}",
    "basic": f"401 for Authorization: Basic {S}",
    "bot token": f"invalid_auth for xoxb-{S}-12",
    "app token": f"invalid_auth for xapp-1-{S}",
    "github": f"denied for ghp_{S}",
    "amazon": f"denied for AKIA{S}",
    "jwt": f"denied for eyJhbGciOi.{S}.c2ln",
    "private key": f"bad key -----BEGIN RSA PRIVATE KEY-----\n{S}\n-----END RSA PRIVATE KEY-----",
    "private key cut": f"bad key -----BEGIN PRIVATE KEY-----\n{S}\nx",
    "scram": f"verifier SCRAM-SHA-256$4096:{S}$x:y",
    "long": "token0" + S * 6,
    "email": f"no such user {S}@example.org",
    "hundred kilobytes": f"no such user '{'x' * 100_000}{S}'",
    "at for ever": "a" * 100_000 + S + "@",
    "quotes for ever": "'" * 100_001 + S,
    "slashes for ever": "/+=" * 30_000,
    "nul": f"password\0={S}",
}


@pytest.mark.parametrize("message", SECRETS.values(), ids=SECRETS.keys())
def test_no_secret_leaves_a_message(message: str) -> None:
    began = time.thread_time()
    assert S not in scrub(message)
    assert time.thread_time() - began < 2


@pytest.mark.parametrize("number", ["4111 1111 1111 1111", "4111111111111111", "+49 170 1234567", "078-05-1120-3"])
def test_no_long_number_leaves_a_message(number: str) -> None:
    assert number not in scrub(f"value {number} is out of range")


TOLD = [
    'relation "scout.gold" does not exist',
    "permission denied for table pg_authid",
    'permission denied to vacuum "pg_authid", skipping it',
    'skipping vacuum of "gold_business_metrics" --- lock not available',
    'duplicate key value violates unique constraint "dim_store_pkey"',
    'cannot refresh materialized view "scout.gold_daily_aggregates" concurrently',
    "canceling statement due to statement timeout",
    "could not resize shared memory segment to 16777216 bytes: No space left on device",
    'password authentication failed for user "scout_read"',
    "can't reach the server, it's down",
    'pg_stat_statements must be loaded via "shared_preload_libraries"',
    "deployment.apps/pgbouncer restarted",
]


@pytest.mark.parametrize("message", TOLD)
def test_what_is_wrong_is_still_told(message: str) -> None:
    assert scrub(message) == message


def test_a_hint_is_told_and_the_detail_before_it_is_not() -> None:
    said = scrub("ERROR:  too long\nDETAIL:  Key (a)=(b)\nHINT:  Use less.\nCONTEXT:  x")
    assert said == "ERROR:  too long\nHINT:  Use less."


def test_control_letters_do_not_pass() -> None:
    assert scrub("a\x1b[31mb\u202ec") == "a [31mb c"


NOISE = st.text(alphabet="ab \\;:=(),.-", max_size=12)


@settings(max_examples=300)
@given(
    NOISE, NOISE, st.sampled_from(["'{}'", '= "{}"', ": '{}'", "$$ {} $$", "password={}", "https://u:{}@h", "E'{}'"])
)
def test_no_quoted_secret_leaves_whatever_is_around_it(before: str, after: str, fashion: str) -> None:
    assert S not in scrub(f"{before} {fashion.format(S)} {after}")
