"""The runbook's four indexes, each in the form that does what was meant: pure."""

from bot.report import Record


class Wish(Record):
    """An index that somebody wants; a column that begins with a hyphen is descending, `null` and `notnull` name a column each.

    Without a name the database makes one. `why` is told with the plan.
    """

    relation: str
    columns: tuple[str, ...]
    name: str = ""
    method: str = "btree"
    null: str = ""
    notnull: str = ""
    unique: bool = False
    why: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns without their direction."""
        return [column.removeprefix("-") for column in self.columns]

    @property
    def descending(self) -> list[bool]:
        """Which of the columns are descending."""
        return [column.startswith("-") for column in self.columns]


SILVER = "silver_transactions_cleaned"
BRONZE = "bronze_transactions_raw"
WITHOUT_WHERE = (
    "Departs from the runbook: its `where deleted_at is null` keeps the index from the runbook's own query, "
    "which does not say so; without it both are served."
)
CATALOGUE = (
    Wish(
        name="idx_transactions_store_date",
        relation=SILVER,
        columns=("store_id", "date_key"),
        why=("Serves: where store_id = ? and date_key = ?.", WITHOUT_WHERE),
    ),
    Wish(
        name="idx_transactions_region_value",
        relation=SILVER,
        columns=("region", "-peso_value"),
        why=(
            "Serves: where region = ? order by peso_value desc; with `nulls last` PostgreSQL sorts all the same.",
            WITHOUT_WHERE,
        ),
    ),
    Wish(
        name="idx_transactions_recent",
        relation=SILVER,
        columns=("created_at",),
        why=(
            "Serves: where created_at > now() - interval '7 days', for any interval, and the newest row.",
            "Departs from the runbook: PostgreSQL refuses now() in the condition of an index, and with a fixed date no query that says now() would use it.",
        ),
    ),
    Wish(
        name="idx_transactions_created_brin",
        relation=BRONZE,
        columns=("created_at",),
        method="brin",
        why=(
            "Serves: ranges of created_at, in a few pages. It does not find the newest row: freshness needs a btree.",
            "Departs from the runbook: built concurrently, so that inserts go on, and with autosummarize, so that new pages count at once.",
        ),
    ),
)


def in_catalogue(name: str) -> Wish | None:
    """The runbook's index of a name, in any case."""
    return next((wish for wish in CATALOGUE if wish.name == name.lower()), None)
