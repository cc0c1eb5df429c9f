"""Examines what Scout needs, line by line, each with the next step when something is wrong."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from bot.command import Metric
from bot.database import capabilities, role_script
from bot.doctor.database import of_database
from bot.doctor.finding import BROKEN, DOUBTFUL, FINE, Finding
from bot.doctor.here import here
from bot.doctor.series import of_prometheus
from bot.doctor.workspace import workspace
from bot.errors import BadInput
from bot.settings import Settings


def examine(settings: Settings, metrics: Sequence[Metric[Any]], *, as_json: bool = False) -> int:
    """Print one line for each thing examined; 0 when nothing is broken."""
    findings = list(_findings(settings, metrics))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))  # noqa: T201 - this is the terminal's surface
    else:
        for finding in findings:
            print(f"{finding.how:8} {finding.what}: {finding.said}")  # noqa: T201 - this is the terminal's surface
    return 1 if any(finding.how == BROKEN for finding in findings) else 0


def roles(settings: Settings, name: str) -> int:
    """Print the statements that make Scout's logins in a database, for its version; a database administrator runs them once.

    Raises:
        BadInput: there is no such database.
    """
    told = settings.databases.get(name or next(iter(settings.databases), ""))
    if told is None:
        raise BadInput(
            f"There is no database {name!r} in the settings; there are: {', '.join(settings.databases) or 'none'}."
        )
    found = capabilities(name or "the database", told.url.get_secret_value(), told.schema_name)
    print(role_script(found, told.schema_name))  # noqa: T201 - this is the terminal's surface
    return 0


def _findings(settings: Settings, metrics: Sequence[Metric[Any]]) -> Iterable[Finding]:
    yield from workspace(settings)
    yield from here(settings)
    yield from _people(settings)
    if not settings.databases:
        yield Finding(BROKEN, "databases", "none; set DATABASE_URL, or [databases] in the SCOUT_CONFIG file")
    for name, told in settings.databases.items():
        yield from of_database(name, told)
    yield from of_prometheus(settings, metrics)


def _people(settings: Settings) -> Iterable[Finding]:
    for what, who in (("operators", settings.operators), ("approvers", settings.approvers)):
        if who:
            yield Finding(FINE, what, ", ".join(who))
        else:
            lost = "asked for" if what == "operators" else "approved"
            yield Finding(DOUBTFUL, what, f"nobody; no repair can be {lost} (SCOUT_{what.upper()})")
    if not settings.alert_channel:
        yield Finding(DOUBTFUL, "alert channel", "none; incidents are not told (SCOUT_ALERT_CHANNEL)")
