"""The one redaction door: what of a statement, a notice or an error may be shown to people or written to a log.

A statement goes through three nets: its comments go, libpg_query takes the constants out, and whatever literal is left after
that is masked here. Anything unexpected hides the whole text.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol, cast

import pgparse


class _Parser(Protocol):
    """What pgparse offers; it comes without types."""

    def parse(self, statement: str) -> list[dict[str, dict[str, object]]]: ...
    def normalize(self, statement: str) -> str: ...


_PARSER = cast("_Parser", pgparse)

HIDDEN = "text hidden"
LONGEST = 16_000
"""Characters of a statement that is still parsed; a deeper tree than fits into these could exhaust the stack of a thread."""

# What is shown with its names. All other kinds (roles, users, servers, subscriptions, SET, DO, EXECUTE, COMMENT, ...) can hold
# a secret outside of a literal or are the secret themselves: of them only the verb is shown.
_SHOWN = frozenset({
    "SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CallStmt", "CopyStmt", "ExplainStmt",
    "DeclareCursorStmt", "FetchStmt", "ClosePortalStmt", "TransactionStmt", "LockStmt", "TruncateStmt", "VacuumStmt",
    "ReindexStmt", "ClusterStmt", "RefreshMatViewStmt", "IndexStmt", "AlterTableStmt", "CreateStmt", "CreateTableAsStmt",
    "DropStmt", "CheckPointStmt", "VariableShowStmt", "DiscardStmt",
})  # fmt: skip

_SECRET = re.compile(
    r"passw|passphrase|pwd|secret|token|identified|credential|api_?key|private_?key|dblink|conninfo|\bprogram\b|bearer|://",
    re.IGNORECASE,
)
_VERBS = frozenset({
    "alter", "analyze", "begin", "call", "checkpoint", "close", "cluster", "comment", "commit", "copy", "create",
    "deallocate", "declare", "delete", "discard", "do", "drop", "end", "execute", "explain", "fetch", "grant",
    "import", "insert", "listen", "load", "lock", "merge", "move", "notify", "prepare", "reassign", "refresh",
    "reindex", "release", "reset", "revoke", "rollback", "savepoint", "security", "select", "set", "show", "start",
    "table", "truncate", "unlisten", "update", "vacuum", "values", "with",
})  # fmt: skip
_OBJECTS = frozenset({
    "aggregate", "cast", "collation", "conversion", "database", "domain", "event", "extension", "foreign",
    "function", "group", "index", "language", "materialized", "operator", "policy", "procedure", "publication",
    "role", "routine", "rule", "schema", "sequence", "server", "statistics", "subscription", "system", "table",
    "tablespace", "text", "trigger", "type", "user", "view",
})  # fmt: skip


class Token(NamedTuple):
    """A piece of a statement and what it is."""

    kind: str
    text: str


class Unclear(ValueError):
    """The text cannot be told apart with certainty."""


def redact(text: str, query_id: int | None = None, limit: int = 200) -> str:
    """What may be shown of a statement: its shape without comments, constants and anything that might hold a secret."""
    if not text.strip():
        return ""
    hidden = HIDDEN if query_id is None else f"query id {query_id}"
    try:
        shown, verb = _shape(text)
    except Exception:  # noqa: BLE001 - whatever goes wrong, nothing of the text gets out
        return hidden
    if shown:
        return shown if len(shown) <= limit else shown[: limit - 1] + "…"
    return f"{verb} ({HIDDEN if query_id is None else f'{HIDDEN}, query id {query_id}'})" if verb else hidden


def _shape(text: str) -> tuple[str, str]:
    """A statement's shape, empty when it must be hidden, and its verb."""
    if len(text) > LONGEST or "\0" in text:
        raise Unclear
    plain = _without_comments(text)
    kinds = _kinds(plain)
    verb = _verb(plain)
    if not kinds or not kinds <= _SHOWN:
        return "", verb
    # Parsed first: a tree too deep for Python is an error there, while normalize() would end the process.
    masked = _masked(_PARSER.normalize(plain))
    return ("" if _SECRET.search(masked) else masked), verb


def _kinds(plain: str) -> set[str]:
    parsed = _PARSER.parse(plain)
    return {kind for statement in parsed for kind in statement["stmt"]}


def _verb(plain: str) -> str:
    words = [word.lower() for word in re.findall(r"[A-Za-z]+", plain)[:2]]
    if not words or words[0] not in _VERBS:
        return ""
    two = words[0] in {"alter", "create", "drop", "comment"} and len(words) > 1 and words[1] in _OBJECTS
    return " ".join(words) if two else words[0]


# --- telling a statement apart, with PostgreSQL's own rules


_TOKEN = re.compile(
    r"""
    (?P<comment> --[^\n\r]* )
  | (?P<open> /\* )
  | (?P<escaped> [eE]'(?:[^'\\]|''|\\.)*' )
  | (?P<literal> (?:[bBxXnN]|[uU]&)?'(?:[^']|'')*' )
  | (?P<quoted> (?:[uU]&)?"(?:[^"]|"")*" )
  | (?P<dollar> (?P<fence>\$(?:[^\W\d]\w*)?\$) .*? (?P=fence) )
  | (?P<param> \$\d+ )
  | (?P<word> [^\W\d][\w$]* )
  | (?P<number> \.?\d[\w.]* )
  | (?P<space> \s+ )
  | (?P<sign> [^'"$\\`\x80-\U0010ffff] )
    """,
    re.VERBOSE | re.DOTALL,
)
_FENCES = re.compile(r"/\*|\*/")


def _tokens(text: str) -> Iterator[Token]:
    """The pieces of a statement.

    Raises:
        Unclear: a literal or a comment does not end, or a backslash before a quote could mean two things.
    """
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise Unclear
        kind = "dollar" if found["dollar"] else found.lastgroup
        if kind == "literal" and "\\'" in found[0]:
            raise Unclear
        end = _end_of_comment(text, at) if kind == "open" else found.end()
        yield Token("comment" if kind == "open" else kind, text[at:end])
        at = end


def _end_of_comment(text: str, at: int) -> int:
    depth = 0
    for fence in _FENCES.finditer(text, at):
        depth += 1 if fence[0] == "/*" else -1
        if depth == 0:
            return fence.end()
    raise Unclear


def _without_comments(text: str) -> str:
    return "".join(" " if token.kind == "comment" else token.text for token in _tokens(text)).strip()


_PLAIN_NAME = re.compile(r'"[A-Za-z_][A-Za-z0-9_$]{0,62}"')


def _masked(normalized: str) -> str:
    """What is left of constants becomes a question mark; names stay, unless they look like a value in the wrong quotes."""
    tokens = [token for token in _tokens(normalized) if token.kind not in {"comment", "space"} or token.text]
    parts = [_mask(tokens, at) for at in range(len(tokens))]
    folded = " ".join("".join(parts).split())
    return "".join(letter if letter.isprintable() else "?" for letter in folded)


def _mask(tokens: list[Token], at: int) -> str:
    kind, text = tokens[at]
    if kind in {"escaped", "literal", "dollar", "number"}:
        return "?"
    if kind == "quoted":
        return text if _PLAIN_NAME.fullmatch(text) and not _is_compared(tokens, at) else '"?"'
    return " " if kind in {"comment", "space"} else text


_COMPARED = frozenset({"=", "<", ">", "~", "like", "ilike"})


def _is_compared(tokens: list[Token], at: int) -> bool:
    """Whether a quoted name stands alone behind an operator, as a value does that somebody put into the wrong quotes."""
    before = next((token.text.lower() for token in reversed(tokens[:at]) if token.kind != "space"), "")
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    return before in _COMPARED and after != "."


# --- errors, notices and the output of programs


_LONGEST_MESSAGE = 2_000
_NAMES_OF_SECRETS = (
    r"(?:passw(?:or)?d|passphrase|passfile|pwd|secret|token|credentials?|api[_-]?key|private[_-]?key|sslkey)"
)
_SCRUBBED = (
    # What a statement holds where it is wrong may be the half of a literal, with quotation marks of its own: none of it is shown.
    (re.compile(r"\b(at or near \").*?(?=\n[A-Z]+:  |\Z)", re.DOTALL), r'\1…"'),
    (re.compile(r"-----BEGIN.*?(?:-----END[^\n]*|\Z)", re.DOTALL), "…"),
    (re.compile(r"(\w[\w+.-]*://)\S+"), r"\1…"),
    (re.compile(r"\b(Key \([^\n]*?\)=\()[^\n]*"), r"\1…)"),
    (re.compile(r"(row contains \()[^\n]*", re.IGNORECASE), r"\1…)"),
    (
        re.compile(
            rf"(\b\w*{_NAMES_OF_SECRETS}\w*[\"']?\s*(?:=>|[=:])\s*)(?:\"[^\"\n]*\"?|'[^'\n]*'?|[^\s,;&]+)",
            re.IGNORECASE,
        ),
        r"\1…",
    ),
    (re.compile(r"(\bidentified\s+by\s+|\bbearer\s+|\bbasic\s+|\s--?\w*pass\w*\s+|\s-u\s+)\S+", re.IGNORECASE), r"\1…"),
    (re.compile(r"\bxox[a-z]-[\w-]+|\bxapp-[\w-]+|\bgh[a-z]_\w+|\bsk-[\w-]+|\bAKIA\w+|\beyJ[\w-]+(?:\.[\w-]*)*"), "…"),
    (re.compile(r"\bSCRAM-SHA-256\$\S+|\bmd5[0-9a-f]{32}\b"), "…"),
    (re.compile(r"[^\s\"'(<@]{1,64}@[^\s\"')>]+"), "…"),
    (re.compile(r"\b(?=[\w+/=-]{0,200}\d)(?=[\w+/=-]{0,200}[A-Za-z])[\w+/=-]{32,}"), "…"),
    (re.compile(r"(?<![\w.])\+?\d(?:[ -]?\d){8,}(?!\w)"), "…"),
)

# Behind these labels the server repeats rows, parameters and statements; they end at the next label that says something else.
_LABEL = re.compile(r"^\s*(?P<label>[A-Z][A-Z ]+?)(?: \d+)?:")
_TOLD = frozenset({"ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "INFO", "LOG", "HINT"})

# A quoted name is shown behind the word for what it names; everything else in quotes may be a value.
_NAMED = re.compile(
    r"(?:relation|table|view|column|index|schema|role|user|database|function|constraint|extension|sequence|partition|parameter"
    r"|library|via|of|vacuum|analyze|cluster|reindex|refresh|skipping|server at|type|tablespace|owner)\s+$",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z0-9_.$ -]{1,127}")
_QUOTED = re.compile(
    r"""
    "(?P<name>[^"\n]*)(?P<closed>"|$)
  | (?P<fence>\$(?:[^\W\d]\w*)?\$) .*? (?:(?P=fence)|\Z)
  | (?<!\w)[eE]'(?:[^'\\\n]|''|\\.)*(?:'|$)
  | (?:(?<!\w)[bBxXnN]|(?<!\w)[uU]&|(?<!\w))' (?:[^'\n]|''|'(?=\w))* (?:'(?!\w)|$)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)


def scrub(message: str) -> str:
    """What may be shown or logged of a server's message, an exception or a program's output: without values and secrets."""
    text = "\n".join(_told(message[: 4 * _LONGEST_MESSAGE].replace("\0", "").splitlines()))
    for pattern, instead in _SCRUBBED:
        text = pattern.sub(instead, text)
    text = _QUOTED.sub(lambda found: _name_or_nothing(found, text), text)
    text = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text).strip()
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def _told(lines: list[str]) -> Iterator[str]:
    telling = True
    for line in lines:
        label = _LABEL.match(line)
        if label:
            telling = label["label"].split()[-1] in _TOLD
        if telling:
            yield line


def _name_or_nothing(found: re.Match[str], text: str) -> str:
    name = found["name"]
    if name is None:
        return "'…'"
    named = (
        found["closed"] and _NAMED.search(text[max(0, found.start() - 30) : found.start()]) and _NAME.fullmatch(name)
    )
    return f'"{name}"' if named else '"…"'
