"""How the database is: the service levels and the vitals, the worst first, and what to press."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.command import Command, Measurement, Metric, Missing, Offer, Risk, Sources
from bot.report import Button, Choices, Facts, Level, Report, Table, Verdict, worst
from commands.chart import CHARTS, chart_button
from commands.judged import COLUMNS, Judged, breach, data_lag, fact, is_configured, judged, row
from commands.slo import METRICS
from commands.wording import duration, listed, several

CALM = ("slow", "active", "connections")
MOST_BUTTONS = 4
LATE_SECONDS = 60


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Measure everything once, then say."""
    found = {one.name: one for one in sources.measure()}
    return report(sources.metrics, found, sources.waiting(), sources.offers)


def report(
    metrics: Sequence[Metric[Any]], found: Mapping[str, Measurement], waiting: float, offers: Sequence[Offer]
) -> Report:
    """The verdict, the table of the service levels, the vitals beside their own lines, and what was not measured."""
    everything = judged(metrics, found)
    levels = [one for one in everything if one.slo]
    lag = [data_lag(one) for one, metric in zip(everything, metrics, strict=True) if metric.name == "freshness"]
    vitals = [*(one for one in everything if not one.slo), *lag]
    wrong = urgent([*levels, *vitals])
    repairs = fitting(wrong, offers)
    return Report(
        title="Status",
        verdict=verdict([*levels, *vitals], wrong, repairs),
        parts=(
            Table(title="Service levels", columns=COLUMNS, rows=tuple(row(one) for one in levels)),
            Facts(title="Vitals", facts=tuple(fact(one) for one in vitals if is_configured(one))),
        ),
        notes=(*unmeasured(everything), *late(waiting)),
        buttons=(*repairs, *(Button(label=name.capitalize(), text=name) for name in CALM))[:MOST_BUTTONS],
        choices=charts(metrics, found),
    )


def charts(metrics: Sequence[Metric[Any]], found: Mapping[str, Measurement]) -> Choices:
    """The course of every metric that is measured here, the worst first, then in the order of the answer."""
    order = list(Level)
    measured = [metric for metric in metrics if metric.name in found and is_configured(found[metric.name])]
    worst_first = sorted(measured, key=lambda metric: (-order.index(found[metric.name].level), not metric.slo))
    return Choices(label=CHARTS, options=tuple(chart_button(metric) for metric in worst_first))


def urgent(everything: Sequence[Judged]) -> list[Judged]:
    """What is beyond a line, the most urgent first; a service level before a vital."""
    beyond = [one for one in everything if one.level in {Level.ALERT, Level.PAGE}]
    return sorted(beyond, key=lambda one: (one.level is not Level.PAGE, not one.slo))


def fitting(wrong: Sequence[Judged], offers: Sequence[Offer]) -> tuple[Button, ...]:
    """A button for every repair that fits and that the asker may ask for."""
    texts = dict.fromkeys(text for one in wrong for text in one.repairs)
    risks = {text: offered.risk for text in texts if (offered := _offered(text, offers)) is not None}
    return tuple(
        Button(label=text.capitalize(), text=text, danger=risk is Risk.DISRUPT) for text, risk in risks.items()
    )


def _offered(text: str, offers: Sequence[Offer]) -> Offer | None:
    """The command that a text begins with, the longest name first."""
    fitting = [offer for offer in offers if f"{text} ".startswith(f"{offer.name} ")]
    return max(fitting, key=lambda offer: len(offer.name), default=None)


def verdict(everything: Sequence[Judged], wrong: Sequence[Judged], repairs: Sequence[Button]) -> Verdict:
    """What is worst and what to press, in one line."""
    if not wrong:
        return _calm(everything)
    others = len(wrong) - 1
    more = f"; {several(others, 'line')} more crossed" if others else ""
    press = f". Press {repairs[0].label}" if repairs else ""
    return Verdict(level=wrong[0].level, text=f"{breach(wrong[0])}{more}{press}")


def _calm(everything: Sequence[Judged]) -> Verdict:
    level = worst([one.level for one in everything if one.level is not Level.INFO])
    unknown = [one.title for one in everything if one.level is Level.NO_DATA]
    if unknown:
        return Verdict(level=level, text=f"Nothing measured is over its lines, but no data for {listed(unknown, 3)}")
    off = [one.title for one in everything if one.off_target]
    text = f"No line is crossed; off target: {listed(off, 3)}" if off else "All is well"
    return Verdict(level=level, text=text)


def unmeasured(everything: Sequence[Judged]) -> list[str]:
    """What has no value, by reason: not configured, too quiet, or failed."""
    wanting = [(one.title, one.measured) for one in everything if isinstance(one.measured, Missing)]
    off = _by_reason([(title, missing.reason) for title, missing in wanting if not missing.configured])
    failed = _by_reason([(title, _why(missing)) for title, missing in wanting if missing.configured])
    told = [f"{why}: {', '.join(titles)}." for why, titles in failed.items()]
    return [*told, *([f"Not measured: {_apart(off)}."] if off else [])]


def _by_reason(reasons: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for title, reason in reasons:
        found.setdefault(reason, []).append(title)
    return found


def _why(missing: Missing) -> str:
    return f"No value yet ({missing.reason})" if missing.quiet else f"No data ({missing.reason})"


def _apart(off: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{', '.join(titles)} ({reason})" for reason, titles in off.items())


def late(waiting: float) -> list[str]:
    """That Scout itself cannot get its messages out."""
    return [f"My oldest unsent message is {duration(waiting)} old."] if waiting > LATE_SECONDS else []


command = Command(
    name="status",
    help="Service levels and vitals: what is worst, and what to press",
    runbook="Performance SLOs & Targets; Performance Monitoring Dashboard",
    risk=Risk.LOOK,
    place=1,
    plan=plan,
    words=("how is it", "vitals", "slo", "slos"),
    menu="Status",
    metrics=METRICS,
)
