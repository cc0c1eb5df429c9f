"""What a login may see and do in a database, and the script that gives it what it lacks."""

from collections.abc import Mapping

import psycopg
from psycopg.rows import class_row

from bot.command import Row
from bot.database.questions import named
from bot.database.refusal import Whom, refusal
from bot.errors import Unavailable
from bot.sql import queries

SQL = queries(__file__)
ROLES = queries(__file__.replace("capabilities", "roles"))
MAINTAIN = 170_000
CONNECT_SECONDS = 3


class Capabilities(Row):
    """One look at a database through one login; `clock` is the server's, in seconds since 1970."""

    server_version: int
    version_text: str
    database: str
    role: str
    backend_pid: int
    is_replica: bool
    system: str
    database_oid: int
    is_superuser: bool
    monitors: bool
    reads_all_stats: bool
    signals: bool
    maintains: bool
    schema_owner: str | None
    table_owner: str | None
    owner_is_superuser: bool
    relations: int
    owned: int
    readable: int
    hidden_sessions: int
    extensions: Mapping[str, str]
    pgss_loaded: bool
    pgss_outdated: bool
    pgsm_loaded: bool
    compute_query_id: str
    track_io_timing: bool
    query_size: str
    clock: float
    pooled: bool = False

    @property
    def major(self) -> int:
        """The major version, as 18."""
        return self.server_version // 10_000

    @property
    def owner(self) -> str:
        """Whose the tables are, else the schema."""
        return self.table_owner or self.schema_owner or self.role


def capabilities(name: str, url: str, schema: str) -> Capabilities:
    """Connect once and look; `pooled` says that a pooler stands between, because the server's pid is not the connection's.

    Raises:
        ScoutError: it cannot be looked at, in a sentence.
    """
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS, prepare_threshold=None) as line:
            cursor = line.cursor(row_factory=class_row(Capabilities))
            found = cursor.execute(SQL["capabilities"].text.encode(), {"schema": schema}).fetchone()
            if found is None:
                raise Unavailable(f"{name} answered nothing.")
            return found.model_copy(update={"pooled": found.backend_pid != line.info.backend_pid})
    except psycopg.Error as error:
        raise refusal(error, Whom(name, schema)) or Unavailable(f"{name} cannot be examined.") from None


def role_script(found: Capabilities, schema: str, read: str = "scout_read", operate: str = "scout_operate") -> str:
    """The statements that make Scout's two logins for the installed version."""
    names = {
        "read": read,
        "operate": operate,
        "database": found.database,
        "schema": schema,
        "owner": found.owner,
    }
    owns = [] if found.owner_is_superuser else ["own"]
    wanted = ["read", "operate", *owns, *(["maintain"] if found.server_version >= MAINTAIN else [])]
    return "\n\n".join(named(ROLES[part].text, names) + ";" for part in wanted)
