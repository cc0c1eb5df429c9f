"""What recurs by itself on a database: when next, how it went, and who paused it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.command import Command, Duty, Risk, Sources
from bot.report import Button, Column, Fact, Facts, Level, Report, Table, Verdict
from commands.wording import DAY, duration, listed, several

COLUMNS = tuple(Column(title=title) for title in ("Job", "Next", "Last", "How it went"))
MOST_BUTTONS = 4


def plan(sources: Sources, args: object) -> Report:  # noqa: ARG001 - every command is asked the same way
    """Remember, then say."""
    may_run = any(offer.name == "schedule run" for offer in sources.offers)
    return report(sources.duties(), sources.at, may_run=may_run)


def report(duties: Sequence[Duty], at: datetime, *, may_run: bool) -> Report:
    """Every job, with what somebody should press."""
    table = Table(title="Jobs", columns=COLUMNS, rows=tuple(cells(duty, at) for duty in duties))
    return Report(
        title="Schedule",
        verdict=verdict(duties, at),
        parts=(table,) if duties else (),
        more=(Facts(title="What each does", facts=tuple(fact(duty) for duty in duties)),) if duties else (),
        notes=tuple(notes(duties)),
        buttons=tuple(buttons(duties))[:MOST_BUTTONS] if may_run else (),
    )


def verdict(duties: Sequence[Duty], at: datetime) -> Verdict:
    """What fails, else what comes next."""
    bad = failing(duties)
    if bad:
        others = f" and {several(len(bad) - 1, 'other')}" if bad[1:] else ""
        return Verdict(level=Level.ALERT, text=f"{bad[0].name}{others} failed: {bad[0].failing}")
    on = [duty for duty in duties if not duty.off]
    if not on:
        why = f": {duties[0].off}" if duties else ""
        return Verdict(level=Level.INFO, text=f"Nothing runs by itself{why}")
    paused = sum(1 for duty in on if duty.paused_by)
    said = f", {paused} paused" if paused else ""
    coming = sorted((duty.next_at, duty.name) for duty in on if duty.next_at)
    then = f"; {coming[0][1]} comes next, in {duration((coming[0][0] - at).total_seconds())}" if coming else ""
    return Verdict(
        level=Level.OK if not paused else Level.INFO, text=f"{several(len(on), 'job')}{said}, none fails{then}"
    )


def failing(duties: Iterable[Duty]) -> list[Duty]:
    """The jobs that somebody should look at, the one that fails longest first."""
    bad = [duty for duty in duties if duty.failing and not duty.off and not duty.paused_by]
    return sorted(bad, key=lambda duty: duty.failing_since or datetime.max.replace(tzinfo=ZoneInfo("UTC")))


def cells(duty: Duty, at: datetime) -> tuple[str, str, str, str]:
    """A job in a row."""
    last = duty.last
    when = moment(last.slot, duty.zone, at) + (f", by {last.by}" if last.by else "") if last else "never"
    return f"{duty.name}, {duty.pace}", coming(duty, at), when, went(duty)


def coming(duty: Duty, at: datetime) -> str:
    """When it runs next, or why it does not."""
    if duty.off:
        return "off"
    if duty.paused_by:
        until = moment(duty.paused_until, duty.zone, at) if duty.paused_until else "resumed"
        return f"paused by {duty.paused_by} until {until}"
    return moment(duty.next_at, duty.zone, at) if duty.next_at else "never"


def went(duty: Duty) -> str:
    """What became of the last run."""
    if duty.last is None:
        return ""
    return f"{duty.last.state}: {duty.last.said}" if duty.last.said else duty.last.state


def moment(when: datetime, zone: str, at: datetime) -> str:
    """A moment on the job's own clock, as "02:00" on the same day, "Mon 02:00" near by, else with the date."""
    local, today = when.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(zone)).date()
    if local.date() == today:
        return f"{local:%H:%M}"
    near = abs((when - at).total_seconds()) < 6 * DAY
    return f"{local:%a %H:%M}" if near else f"{local:%d %b %H:%M}"


def notes(duties: Sequence[Duty]) -> Iterable[str]:
    """Whose clock this is, why a job is paused or off, and who confirms."""
    zones = dict.fromkeys(duty.zone for duty in duties)
    if duties:
        yield f"Times are of {', '.join(zones)}."
    for duty in duties:
        if duty.paused_why:
            yield f"{duty.name} is paused because: {duty.paused_why}."
    off = dict.fromkeys(duty.off for duty in duties if duty.off)
    yield from (f"Off: {listed([duty.name for duty in duties if duty.off == why])}, because {why}." for why in off)
    yield "What nobody else notices (mend) is confirmed by the schedule itself; what can stop somebody is put before people."


def fact(duty: Duty) -> Fact:
    """What a job does, and why then."""
    return Fact(name=duty.name, value=duty.command, note=f"{duty.pace}. {duty.why}".rstrip())


def buttons(duties: Sequence[Duty]) -> Iterable[Button]:
    """What mends first: run what failed, resume what is paused, then run the others."""
    bad = failing(duties)
    for duty in bad:
        yield Button(label=f"Run {duty.name} now", text=f"schedule run {duty.name}")
    for duty in duties:
        if duty.paused_by:
            yield Button(label=f"Resume {duty.name}", text=f"schedule resume {duty.name}")
    for duty in duties:
        if duty not in bad and not duty.paused_by and not duty.off:
            yield Button(label=f"Run {duty.name} now", text=f"schedule run {duty.name}")


command = Command(
    name="schedule",
    help="What runs by itself, when next, and how it went",
    runbook="5.6 pg_cron, 7.1 Vacuum & Analyze Script, 9 cache warming",
    risk=Risk.LOOK,
    place=10,
    plan=plan,
    words=("schedules", "jobs"),
)
