"""The one transaction that puts a partitioned table in the place of a plain one, as the database writes it."""

from bot.command import Database
from bot.sql import queries
from commands.carry_over import Written, quietly
from commands.partition_site import Site

SQL = queries(__file__)
PARTS = ("before", "parent", "attach", "left_behind")


def written(database: Database, site: Site) -> list[list[str]]:
    """The statements of each part, in their order."""
    told = {"oid": site.oid, "key": site.key, "legacy": site.legacy, "cutoff": site.cutoff, "months": list(site.months)}
    with database.together() as questions:
        quietly(questions)
        asked = [questions.ask(SQL[part], Written, None, **told) for part in PARTS]
    return [[one.statement for one in answer.rows] for answer in asked]
