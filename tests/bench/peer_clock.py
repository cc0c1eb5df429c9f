"""Runs in pg_activity's own interpreter: asks what it is told by the functions of its screen, and says how long each took."""

# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# Pg_activity is installed into a place of its own, which the checker does not see.

import sys
import time
from typing import Any

from pgactivity.data import Data
from psycopg.conninfo import conninfo_to_dict


def main(dsn: str) -> None:
    """Answer every line of the input, the name of a question, with the milliseconds until its rows were here and their number."""
    told: dict[str, Any] = conninfo_to_dict(dsn)
    place = {"host": told["host"], "port": int(told["port"]), "user": told["user"], "password": told["password"]}
    data = Data.pg_connect(**place, database=told["dbname"])
    asks = {"running": data.pg_get_activities, "waiting": data.pg_get_waiting, "blocking": data.pg_get_blocking}
    for line in sys.stdin:
        began = time.perf_counter()
        found = [asks[name]() for name in line.split()]
        print(1000 * (time.perf_counter() - began), sum(map(len, found)), flush=True)  # noqa: T201 - this is how it answers


if __name__ == "__main__":
    main(sys.argv[1])
