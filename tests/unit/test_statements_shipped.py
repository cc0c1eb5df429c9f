"""SQL reaches a database only from `.sql` files: every call that gives a driver a statement is found in the source and judged.

What a driver is given is a statement of a file beside the module, by its name, or it comes through one of the doors below, each of which
is what it is for a reason. tests/integration/test_statements_sent.py looks at the same from the other end: at what the server received.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [file for folder in ("bot", "commands") for file in sorted((ROOT / folder).rglob("*.py"))]
DRIVER = {
    "execute", "executemany", "executescript", "stream", "copy", "mogrify", "callproc",
    "exec_", "exec_params", "exec_prepared", "prepare", "send_query", "send_query_params", "send_prepare",
}  # fmt: skip
"""The methods of psycopg, of its libpq and of sqlite3 that take a statement."""
DOORS = {
    ("bot/database/questions.py", "Asked.send", "self._text"): "a statement of a file with its names put in",
    ("bot/database/operation.py", "_all_rows", "statement.encode()"): "a step or its check, which the database wrote",
    ("bot/store/postgres.py", "_rows", "text.encode()"): "a statement of a file, bound",
    ("bot/store/postgres.py", "_refuse_dead", "b''"): "nothing at all, for its round trip",
    ("bot/store/sqlite.py", "SqliteSession.rows", "in_colons(text)"): "a statement of a file, bound",
    ("bot/store/sqlite.py", "Sqlite._connect", "pragma.text"): "three statements of a file, one after another",
    ("bot/pooler.py", "_say", "words.encode()"): "the console of pgbouncer, which speaks no SQL",
    (
        "bot/pooler.py",
        "Pooler._pause",
        "Order.about('PAUSE', order.database).order.encode()",
    ): "the console of pgbouncer",
}
STATEMENTS_MADE_IN = {
    "bot/sql.py": "from the file",
    "bot/store/schema.py": "a piece of one that is several",
    "commands/undo.py": "the check of a step that was done, letter by letter",
}
WRITTEN = {"Sql", "Check", "Warm"}
"""Records that carry a statement which the database wrote."""
DRIVERS_IN = (
    "bot/database/", "bot/store/postgres.py", "bot/store/sqlite.py", "bot/store/schema.py", "bot/pooler.py",
)  # fmt: skip
"""Who may import a driver; anybody may read an address with its help."""
READS_ADDRESSES = {"psycopg.ProgrammingError", "psycopg.conninfo.conninfo_to_dict"}


def flaws(source: str, file: str) -> list[str]:
    """Where a module gives a database something else than a shipped statement."""
    tree = ast.parse(source)
    loaded = loaded_in(tree)
    found = [f"hands on {ast.unparse(node)}" for node in handed_on(tree)]
    found += [f"imports {name}" for name in imported(tree) if is_driver(name) and not file.startswith(DRIVERS_IN)]
    found += ["composes with psycopg.sql" for name in imported(tree) if name.startswith("psycopg.sql")]
    for place, call in calls(tree):
        given = statement_of(call)
        if given is not None and not is_shipped(given, loaded) and (file, place, ast.unparse(given)) not in DOORS:
            found.append(f"{place or 'the module'} gives {ast.unparse(given)}")
        found += [f"{place or 'the module'} makes {ast.unparse(call)}" for _ in made(call, file)]
    return found


def loaded_in(tree: ast.Module) -> set[str]:
    """The names under which a module has the statements of a file: its own, and those that it imports as such."""
    own = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and "queries(" in ast.unparse(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    lent = {
        name.asname or name.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names
    }
    return own | (lent & {"SQL"})


def calls(tree: ast.AST, place: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Every call with the function around it."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Call):
            yield place, node
        named = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        yield from calls(node, f"{place}.{node.name}".lstrip(".") if named else place)


def statement_of(call: ast.Call) -> ast.expr | None:
    """What a call gives to a driver; None when it is another call, or gives nothing, as a pipeline of Redis does."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in DRIVER):
        return None
    named = [
        one.value for one in call.keywords if one.arg in {"query", "statement", "sql", "command", "sql_script", None}
    ]
    return next(iter([*call.args, *named]), None)


def is_shipped(given: ast.expr, loaded: set[str]) -> bool:
    """Whether it is `SQL["name"].text`, perhaps encoded."""
    bare = given
    if (
        isinstance(bare, ast.Call)
        and isinstance(bare.func, ast.Attribute)
        and bare.func.attr == "encode"
        and not bare.args
    ):
        bare = bare.func.value
    if not (isinstance(bare, ast.Attribute) and bare.attr == "text"):
        return False
    bare = bare.value
    if isinstance(bare, ast.Subscript) and isinstance(bare.slice, ast.Constant):
        bare = bare.value
    return isinstance(bare, ast.Name) and bare.id in loaded


def handed_on(tree: ast.Module) -> Iterable[ast.AST]:
    """Methods of a driver that are not called on the spot, and their names as texts, as for getattr()."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in DRIVER and id(node) not in called:
            yield node
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in {
            "getattr",
            "methodcaller",
            "attrgetter",
        }:
            yield from (one for one in node.args if isinstance(one, ast.Constant) and one.value in DRIVER)


def made(call: ast.Call, file: str) -> Iterable[ast.expr]:
    """Statements that a module makes itself, or puts together from pieces."""
    name = ast.unparse(call.func).rpartition(".")[2]
    if name == "Statement" and file not in STATEMENTS_MADE_IN:
        yield call
    if name in WRITTEN:
        yield from (one.value for one in call.keywords if one.arg == "statement" and is_put_together(one.value))


def is_put_together(value: ast.expr) -> bool:
    """Whether an expression joins texts, instead of passing on what the database wrote."""
    joined = (ast.JoinedStr, ast.BinOp)
    texts = [node for node in ast.walk(value) if isinstance(node, ast.Constant) and node.value]
    return bool(texts) or any(isinstance(node, (*joined, ast.Call)) for node in ast.walk(value))


def imported(tree: ast.Module) -> Iterable[str]:
    """Everything that is imported, by its whole name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_driver(name: str) -> bool:
    return name.partition(".")[0] in {"psycopg", "psycopg_pool", "sqlite3"} and name not in READS_ADDRESSES


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_gives_a_database_nothing_but_shipped_statements(file: Path) -> None:
    assert flaws(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT))) == []


def test_every_door_is_there() -> None:
    there = {
        (str(file.relative_to(ROOT)), place, ast.unparse(given))
        for file in FILES
        for place, call in calls(ast.parse(file.read_text(encoding="utf-8")))
        if (given := statement_of(call)) is not None
    }
    assert set(DOORS) - there == set()


LOADED = "from bot.sql import queries\nSQL = queries(__file__)\n"


@pytest.mark.parametrize(
    "planted",
    [
        'def f(c):\n    c.execute("select 1")',
        "def f(c, t):\n    c.execute(f'select * from {t}')",
        "def f(c, t):\n    c.execute(SQL['one'].text + t)",
        "def f(c, t):\n    c.execute(SQL['one'].text.replace('x', t).encode())",
        "def f(c, t):\n    c.execute(SQL[t].text % t)",
        "def f(c, t):\n    c.execute(t.text)",
        "def f(c, t):\n    text = 'select 1'\n    c.execute(text)",
        "def f(c):\n    c.cursor().execute(query='select 1')",
        "def f(c, t):\n    c.cursor().execute(**t)",
        "def f(c, t):\n    with c.cursor().copy(t) as rows: rows.read()",
        "def f(c, t):\n    c.pgconn.send_query(t)",
        "def f(c, t):\n    run = c.execute\n    run(t)",
        "def f(c, t):\n    getattr(c, 'execute')(t)",
        "def f(c, t):\n    list(map(c.execute, t))",
        "def f(c):\n    c.executescript('select 1')",
        "f = lambda c, t: c.execute(t)",
        "from bot.sql import Statement\ndef f(q, t):\n    q.ask(Statement('x', t), Row)",
        "import bot.sql\ndef f(q, t):\n    q.ask(bot.sql.Statement('x', t), Row)",
        "def f(t):\n    return Sql(statement=f'drop table {t}')",
        "def f(t):\n    return Check(statement='select ' + t)",
        "def f(t):\n    return Sql(statement=t.format(1))",
        "def f(t):\n    return Warm(statement='select 1', prefix='')",
        "import psycopg",
        "from psycopg import sql",
        "import sqlite3",
    ],
)  # fmt: skip
def test_a_planted_statement_is_found(planted: str) -> None:
    assert flaws(LOADED + planted, "commands/planted.py")


@pytest.mark.parametrize(
    "fine",
    [
        "def f(c):\n    c.execute(SQL['one'].text)",
        "def f(c):\n    c.execute(SQL['one'].text.encode(), {'a': 1})",
        "def f(line):\n    line.execute(raise_on_error=False)\n    line.execute()",
        "def f(seen):\n    return seen.copy()",
        "def f(row):\n    return Sql(statement=row.statement or '')",
    ],
)
def test_what_is_right_is_left_alone(fine: str) -> None:
    assert flaws(LOADED + fine, "commands/planted.py") == []


def test_a_door_is_one_only_where_it_stands() -> None:
    door = "class Asked:\n    def send(self, c):\n        c.execute(self._text)"
    assert flaws(door, "bot/database/questions.py") == []
    assert flaws(door, "bot/database/lines.py") == ["Asked.send gives self._text"]
    assert flaws(door.replace("send", "ask"), "bot/database/questions.py") == ["Asked.ask gives self._text"]
