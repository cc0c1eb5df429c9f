"""Bring materialized views up to date: one step for each, in the order in which they read each other."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from bot.command import Args, Command, PastStep, Plan, Risk, Sources
from bot.errors import BadInput
from bot.report import Button, Level, Report, Verdict
from commands.matviews import SQL, View, busy, expected, not_with_it, step, why_plain
from commands.staleness import LATE_S, UNKNOWN_S, look, stale
from commands.view_metrics import METRICS
from commands.wording import duration, listed, several

ALL = "all"
STALE = "stale"


class Wanted(Args):
    """Which view; all of them when none is named, or only those that are `stale`; `gently` leaves out those whose readers would wait."""

    view: str = ALL
    gently: bool = False


def plan(sources: Sources, args: Wanted) -> Plan | Report:
    """Choose the views, then propose a step for each."""
    if args.view.lower() == STALE:
        return of_stale(sources, gently=args.gently)
    views = sources.database.rows(SQL["views"], View, schema=sources.database.schema)
    if not views:
        return nothing(sources.database.schema)
    chosen = choose(views, args.view.removeprefix(f"{sources.database.schema}."))
    if args.gently and not all(view.is_concurrent for view in chosen):
        return waits([view for view in chosen if not view.is_concurrent])
    return proposal(chosen, sources.memory.durations([view.title for view in chosen]))


def of_stale(sources: Sources, *, gently: bool) -> Plan | Report:
    """A step for each view that is behind what it reads, or that nobody can vouch for."""
    seen = look(sources)
    found = stale(seen, sources.at)
    if not found:
        return nothing(sources.database.schema) if not seen else fresh(len(seen))
    late = [one.view for one in seen if one.view.name in found]
    chosen = [view for view in late if view.is_concurrent or not gently]
    if not chosen:
        return waits(late)
    proposed = proposal(chosen, sources.memory.durations([view.title for view in chosen]))
    left = [one.view.name for one in seen if one.view.name not in found]
    waiting = [view for view in late if view not in chosen]
    why = [f"{view.name}: {found[view.name]}." for view in chosen]
    also = [f"Left as they are, because they are fresh: {listed(left, 10)}."] if left else []
    stale_still = (
        [f"Left stale, because their readers would wait: {listed([view.name for view in waiting], 10)}."]
        if waiting
        else []
    )
    return proposed.model_copy(update={"notes": (*why, *stale_still, *also, *proposed.notes)})


def choose(views: Sequence[View], name: str) -> list[View]:
    """The view of a name, exact or else in any case; all of them for `all`.

    Raises:
        BadInput: there is no such view; names the nearest.
    """
    if name.lower() == ALL:
        return list(views)
    alike = [view for view in views if view.name == name] or [
        view for view in views if view.name.lower() == name.lower()
    ]
    if len(alike) == 1:
        return alike
    names = [view.name for view in views]
    close = get_close_matches(name, names, 1, 0.5)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    raise BadInput(f"There is no materialized view '{name[:63]}'.{hint} There are: {listed(names, 10)}.")


def proposal(chosen: Sequence[View], past: Mapping[str, PastStep]) -> Plan:
    """A step for each view, as light as its indexes allow; of several, one that fails or is skipped keeps no other from being refreshed."""
    plain = [view for view in chosen if not view.is_concurrent]
    return Plan(
        summary=summary(chosen, plain),
        risk=Risk.DISRUPT if plain else Risk.MEND,
        steps=tuple(step(view, required=len(chosen) == 1) for view in chosen),
        notes=(*expected(chosen, past), *(why_plain(view) for view in plain), *busy(chosen), *not_with_it(chosen)),
    )


def summary(chosen: Sequence[View], plain: Sequence[View]) -> str:
    """What is refreshed and whether anybody waits, in one line."""
    what = chosen[0].name if len(chosen) == 1 else several(len(chosen), "materialized view")
    if not plain:
        return f"Refresh {what}; readers go on"
    wait = "its readers wait" if len(chosen) == 1 else f"readers of {listed([view.name for view in plain], 3)} wait"
    return f"Refresh {what}; {wait} until it is done"


def nothing(schema: str) -> Report:
    """That there is no view."""
    return Report(
        title="Refresh",
        verdict=Verdict(level=Level.INFO, text=f"There is no materialized view in the schema {schema}"),
        buttons=(Button(label="Status", text="status"),),
    )


def waits(views: Sequence[View]) -> Report:
    """That what is asked for cannot be refreshed without its readers waiting."""
    names = listed([view.name for view in views], 3)
    return Report(
        title="Refresh",
        verdict=Verdict(
            level=Level.INFO, text=f"{names} can only be refreshed while readers wait, so gently it is left as it is"
        ),
        notes=tuple(why_plain(view) for view in views[:10]),
        buttons=(Button(label="Views", text="views"), Button(label="Refresh stale", text="refresh stale")),
    )


def fresh(examined: int) -> Report:
    """That no view is stale, and what counts as stale."""
    stale_is = f"more than {duration(LATE_S)} behind what it reads, or without an age and not refreshed by me for {duration(UNKNOWN_S)}"
    return Report(
        title="Refresh",
        verdict=Verdict(level=Level.OK, text="No materialized view is stale"),
        notes=(f"Examined: {several(examined, 'materialized view')}. Stale is what is {stale_is}.",),
        buttons=(Button(label="Views", text="views"), Button(label="Refresh all", text="refresh all")),
    )


command = Command(
    name="refresh",
    help="Bring the materialized views up to date, one or all",
    runbook="Technique 3: Materialized View Management",
    risk=Risk.MEND,
    place=5,
    args=Wanted,
    plan=plan,
    words=("refresh views", "refresh all views", "refresh materialized views"),
    menu="Refresh",
    metrics=METRICS,
)
