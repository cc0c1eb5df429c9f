"""How much of tables and indexes is room that nothing uses: reckoned for all, measured where it matters."""

from collections.abc import Sequence

from pydantic import Field

from bot.command import Args, Command, Risk, Sources
from bot.errors import BadInput
from bot.report import Button, Code, Level, Report, Table, Verdict
from commands.bloat_found import GB, MB, MUCH_PERCENT, Bloat, columns
from commands.bloat_look import Seen, look
from commands.wording import size

REWRITE_PERCENT = 30
SCREEN_TABLES, SCREEN_INDEXES, MOST_ROWS = 8, 5, 90


class Wanted(Args):
    """One table only, if any; exact=yes measures everything that is shown and reads every page for it."""

    table: str = Field(default="", max_length=63)
    exact: bool = False


def plan(sources: Sources, args: Wanted) -> Report:
    """Reckon everything in one round trip, then measure what matters in a second.

    Raises:
        BadInput: there is no such table.
    """
    seen = look(sources, args.table, exact=args.exact)
    if args.table and not seen.tables:
        raise BadInput(
            f"There is no table {args.table} in schema {sources.database.schema}. `/scout tables` lists them."
        )
    return report(seen, args.table)


def report(seen: Seen, table: str = "") -> Report:
    """The tables and indexes that would give back most, and the rest behind."""
    parts = (
        _tables("Tables", "Table", seen.tables, SCREEN_TABLES),
        _tables("Indexes", "Index", seen.indexes, SCREEN_INDEXES),
    )
    more = (
        _tables("More tables", "Table", seen.tables[SCREEN_TABLES:], MOST_ROWS),
        _tables("More indexes", "Index", seen.indexes[SCREEN_INDEXES:], MOST_ROWS),
    )
    return Report(
        title=f"Bloat of {table}" if table else "Bloat",
        verdict=verdict(seen),
        parts=(*(part for part in parts if part.rows), *remedies(seen)),
        more=tuple(part for part in more if part.rows),
        notes=tuple(seen.notes),
        buttons=(Button(label="Vacuum", text="vacuum"), Button(label="Tables", text="tables")),
    )


def verdict(seen: Seen) -> Verdict:
    """Who would give back most, in one line."""
    worst = max((*seen.tables, *seen.indexes), key=lambda one: one.wasted or 0, default=None)
    unknown = sum(one.wasted is None for one in (*seen.tables, *seen.indexes))
    blind = f"; {unknown} not estimable" if unknown else ""
    if worst is None or (worst.percent or 0) < MUCH_PERCENT or (worst.wasted or 0) < MB:
        level = Level.NO_DATA if unknown else Level.OK
        return Verdict(level=level, text=f"No table or index is known to waste {MUCH_PERCENT} % and a megabyte{blind}")
    text = f"{worst.name} would give back {size(worst.wasted or 0)} of {size(worst.size)} ({worst.percent:.0f} %, {worst.how})"
    return Verdict(level=Level.ALERT if _worth(worst) else Level.INFO, text=text + blind)


def remedies(seen: Seen) -> tuple[Code, ...]:
    """What gives the room back, for the worst table and the worst indexes."""
    indexes = [one.remedy for one in seen.indexes if (one.percent or 0) >= REWRITE_PERCENT and (one.wasted or 0) >= MB]
    tables = [one.remedy for one in seen.tables if _worth(one)]
    said = (
        (
            "Rebuild the indexes (readers and writers go on; nothing to undo, a failed one leaves an invalid *_ccnew to drop)",
            indexes[:3],
        ),
        (
            "Rewrite the table (stops readers and writers until it ends; cannot be undone; pg_repack does not stop them)",
            tables[:1],
        ),
    )
    return tuple(Code(title=title, text="\n".join(lines)) for title, lines in said if lines)


def _worth(one: Bloat) -> bool:
    """Whether a rewrite is worth its lock: the runbook notes' 30 % and 1 GB, and known for sure."""
    return one.reliable and (one.percent or 0) >= REWRITE_PERCENT and (one.wasted or 0) >= GB


def _tables(title: str, what: str, found: Sequence[Bloat], most: int) -> Table:
    rows = tuple(one.cells for one in found[:most])
    return Table(
        title=title, columns=columns(what), rows=rows, left_out=max(0, len(found) - most) if most == MOST_ROWS else 0
    )


command = Command(
    name="bloat",
    help="What tables and indexes would give back if they were rewritten",
    runbook="Diagnostics, step 1: check table bloat",
    risk=Risk.LOOK,
    place=30,
    args=Wanted,
    plan=plan,
    words=("table bloat", "index bloat", "bloated tables", "check table bloat"),
)
