"""Two thousand names and query texts that somebody with a grudge could give, the same ones every time."""

import random
import re
from collections.abc import Iterator

SECRET = "hunter2"  # what stands in a query text and must not be read anywhere
LONGEST_NAME = 63
"""Bytes of an identifier in PostgreSQL."""
JUNK = (
    "<!channel>", "<!here>", "<!everyone>", "<@U0BEN>", "<#C0GENERAL>", "<!subteam^S0DBA>", "<!date^1^{date}^https://evil.example|now>",
    "<https://evil.example|Approve>", "https://evil.example/x", "http://evil.example", "mailto:x@evil.example", "www.evil.example",
    "&lt;!channel&gt;", "&amp;lt;@U0BEN&amp;gt;", "@channel", "@here", "@everyone", "#general",
    "*bold*", "_italic_", "~gone~", "`code`", "``", "```", "`", "*", "_", "~", "> quote", "\n> quote", ":boom:", ":+1:", ":100:", ":-1:", "\n\n", "\n", "\r\n", "\t",
    "'", '"', "''", '""', "\\", "$$", "$1", "%s", "%(x)s", "%%", "{schema}", "{0}", "--", "/*", "*/", ";", "|", "||",
    "=1+1", "@SUM(1)", "+1", "-1", "\x1b[2J", "\x1b]0;owned\x07", "\x9b31m", "\x01", "\x7f", "\x08", "\u2400", "\u2028", "\u2029",
    "\u202e", "\u202d", "\u2066", "\u2069", "\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\U000e0041",
    "\N{PILE OF POO}", "\N{FAMILY}\u200d\N{GIRL}", "\u0645\u0631\u062d\u0628\u0627", "e\u0301" * 5, "\ufdfd", "\U0001f1e9\U0001f1ea", "x" * 70,
)  # fmt: skip
SHAPES = (
    "select * from {name} where token = {secret} and a = 1",
    "select {secret} as {name} /* {junk} */",
    "update {name} set a = {secret} where b in (1, {secret}) -- {junk}",
    "insert into {name} values ({secret}, {secret})",
    "alter role {name} password {secret}",
    "copy {name} from program 'curl -u bob:{bare} https://x'",
    "select dblink({secret}, 'select 1') from {name}",
    "with x as (select {secret}) select * from x, {name}",
    "set {name} = {secret}",
    "do $x$ begin perform {bare}, {name}; end $x$",
    "select * from {name} where a = 'cut {bare}",
    "{junk} {bare} {name}",
)


def names(number: int, seed: int = 1) -> list[str]:
    """Identifiers that PostgreSQL takes: up to 63 bytes, no NUL, something that can be seen in each."""
    dice = random.Random(seed)  # noqa: S311 - the same every time is what is wanted
    return [_name(dice, place) for place in range(number)]


def _name(dice: random.Random, place: int) -> str:
    pieces = [dice.choice(JUNK) for _ in range(dice.randint(1, 4))]
    pieces.insert(dice.randint(0, len(pieces)), f"t{place}")
    joined = "".join(pieces)
    cut = joined.encode()[:LONGEST_NAME].decode(errors="ignore")
    return cut if f"t{place}" in cut else f"t{place}{cut}".encode()[:LONGEST_NAME].decode(errors="ignore")


def queries(number: int, seed: int = 2) -> list[str]:
    """Query texts with a secret in each, most of them valid."""
    dice = random.Random(seed)  # noqa: S311 - the same every time is what is wanted
    return [_query(dice, name) for name in names(number, seed)]


def _query(dice: random.Random, name: str) -> str:
    junk = dice.choice(JUNK)
    noise = dice.choice(JUNK).replace("\n", " ")
    quoted = '"{}"'.format(name.replace('"', '""'))
    bare = f"{noise}{SECRET}".replace("'", "").replace("$", "")
    secret = dice.choice(list(_literals(f"{noise}{SECRET}{noise[::-1]}")))
    shape = dice.choice(SHAPES)
    values = {"name": quoted, "secret": secret, "junk": junk.replace("*/", "").replace("/*", ""), "bare": bare}
    return re.sub(r"\{(\w+)\}", lambda hole: values[hole[1]], shape)


def _literals(secret: str) -> Iterator[str]:
    yield "'{}'".format(secret.replace("'", "''"))
    yield "E'{}'".format(secret.replace("\\", "\\\\").replace("'", "\\'"))
    yield f"$fence${secret}$fence$"
