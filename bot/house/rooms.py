"""What the settings furnish: databases, and the rivers that know them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.chat import Person, Profile
from bot.command import Limits, Metric, Risk
from bot.database import Watched, place
from bot.errors import BadInput
from bot.examiner import Examiner
from bot.flow import Answers, Flow, Places, Proposals, Room, Ward
from bot.orders import Orders
from bot.parse import arguments, parse
from bot.pooler import Pooler
from bot.prometheus import Prometheus
from bot.registry import Registry, entry
from bot.rota import Rota
from bot.runner import Runner, Tools
from bot.settings import DatabaseSettings, Lines, Settings
from bot.shell import run_program
from bot.store import Store
from bot.telling import Telling
from bot.timetable import Job
from bot.watch import JOBS, REACHABLE, SCHEDULE, Gauge, Judging, Watch, prometheus, series

if TYPE_CHECKING:
    from bot.cache import Cache


@dataclass(frozen=True)
class Given:
    """What there is before any room: the settings, the store, the commands, and what the chat knows of people and places."""

    settings: Settings
    store: Store
    registry: Registry
    profile: Callable[[Person], Profile]
    room: Callable[[str], Room]
    holder: str
    receivers: tuple[str, ...]
    wake: Callable[[], None]
    begin: Callable[[str], None]
    now: Callable[[], datetime]


@dataclass(frozen=True)
class Cared:
    """A database in Scout's care: what the settings tell of it, its logins, those of its replicas, and its metrics."""

    told: DatabaseSettings
    database: Watched
    replicas: Sequence[Watched]
    metrics: Sequence[Metric[Any]]

    def close(self) -> None:
        """Let go of all connections."""
        for one in (self.database, *self.replicas):
            one.close()


@dataclass(frozen=True)
class Rooms:
    """The rooms that look and act."""

    cared: Mapping[str, Cared]
    watch: Watch
    answers: Answers
    flow: Flow
    runner: Runner
    examiner: Examiner
    rota: Rota


def furnish(given: Given) -> Rooms:
    """Make the rooms, each with what it needs of the others."""
    cared = {name: _cared(given, name, told) for name, told in given.settings.databases.items()}
    rota = Rota(given.store, jobs(given.settings, given.registry))
    telling = _telling(given, cared)
    watch = _watch(given, cared, telling, rota)
    answers = _answers(given, cared, watch, rota)
    for name, gauge in watch.gauges.items():
        gauge.introduce(partial(answers.sources, name, Profile(id="scout", name="Scout")))
    examiner = Examiner(given.store, telling.metric, answers.look, given.wake)
    runner = Runner(
        store=given.store,
        holder=given.holder,
        tools={name: _tools(one) for name, one in cared.items()},
        again=answers.again,
        look=answers.look,
        measure=answers.measure,
    )
    flow = _flow(given, answers, watch)
    return Rooms(cared, watch, answers, flow, runner, examiner, rota)


def _watch(given: Given, cared: Mapping[str, Cared], telling: Telling, rota: Rota) -> Watch:
    settings = given.settings
    door = prometheus(settings.prometheus)
    gauges = {name: _gauge(given, one, door) for name, one in cared.items()}
    asleep = frozenset(name for name, one in cared.items() if not one.told.watch)
    rule = settings.alerting.rule(settings.alert_for_seconds, settings.tick_seconds)
    judging = Judging(given.store, rule, telling, settings.alerting.quiet_hours)
    return Watch(given.store, gauges, judging, asleep, rota.failing)


def _telling(given: Given, cared: Mapping[str, Cared]) -> Telling:
    settings = given.settings
    known = {
        name: {metric.name: metric for metric in (REACHABLE, SCHEDULE, *one.metrics)} for name, one in cared.items()
    }
    return Telling(
        metric=lambda database, name: known.get(database, {JOBS.name: JOBS}).get(name),
        channel=settings.alert_channel,
        routes=settings.routes,
        mention=settings.mention,
        receivers=given.receivers,
    )


def _gauge(given: Given, cared: Cared, door: Prometheus | None) -> Gauge:
    told = cared.told
    asked = series(door, given.settings.prometheus, told, cared.metrics)
    probes = given.registry.probes
    return Gauge(
        cared.database,
        told.limits,
        cared.metrics,
        asked,
        probes,
        told.census and told.watch,
        window_s=given.settings.window_seconds,
    )


def _answers(given: Given, cared: Mapping[str, Cared], watch: Watch, rota: Rota) -> Answers:
    return Answers(
        registry=given.registry,
        policy=given.settings.policy,
        wards={name: _ward(one) for name, one in cared.items()},
        store=given.store,
        places=Places(given.room, given.settings.alert_channel),
        measure=lambda name: watch.measure(name, given.now()),
        earlier=watch.earlier,
        duties=rota.duties,
    )


def _flow(given: Given, answers: Answers, watch: Watch) -> Flow:
    settings, store = given.settings, given.store
    return Flow(
        answers=answers,
        proposals=Proposals(settings.policy, store, answers.places, settings.approval_seconds),
        orders=Orders(settings.policy, store, watch.judging.telling),
        store=store,
        profile=given.profile,
        begin=given.begin,
    )


def jobs(settings: Settings, registry: Registry) -> dict[str, tuple[Job, ...]]:
    """What recurs on each database.

    Raises:
        BadInput: a job is no command that proposes something; says which, and what to write instead.
    """
    found = settings.recurring()
    for job in [job for some in found.values() for job in some]:
        where = f"The setting databases.{job.database}.schedule.{job.name}.command is wrong:"
        try:
            call = parse(job.command, registry.entries)
            command = registry.named(call.name)
            arguments(entry(command), call.args)
        except BadInput as error:
            raise BadInput(f"{where} {error}") from None
        if call.database:
            raise BadInput(f"{where} leave out 'on {call.database}', the job belongs to {job.database}.")
        if command.risk is Risk.LOOK and not job.channel:
            raise BadInput(
                f"{where} '{job.command}' only looks: name the channel in which its answer is told, or a command that proposes something."
            )
    return found


def _cared(given: Given, name: str, told: DatabaseSettings) -> Cared:
    operate = told.operate_url or told.url
    database = Watched(name, told.url.get_secret_value(), operate.get_secret_value(), told.schema_name)
    urls = [one.get_secret_value() for one in told.replicas]
    replicas = tuple(Watched(place(url), url, url, told.schema_name) for url in urls)
    return Cared(told, database, replicas, _metrics(given, told))


def _ward(cared: Cared) -> Ward:
    told = cared.told
    channels = frozenset(told.channels)
    return Ward(
        cared.database,
        told.limits,
        cared.metrics,
        channels,
        _pooler(told),
        _cache(told),
        cared.replicas,
        told.cache_warm,
    )


def _pooler(told: DatabaseSettings) -> Pooler | None:
    return Pooler(told.pooler_url.get_secret_value()) if told.pooler_url else None


def _cache(told: DatabaseSettings) -> "Cache | None":
    if not told.redis_url:
        return None
    from bot.cache import Cache  # noqa: PLC0415 - the client costs 5 MB and a twentieth of the start, and few have a Redis

    return Cache(told.redis_url.get_secret_value())


def _tools(cared: Cared) -> Tools:
    return Tools(cared.database, _pooler(cared.told), run_program, _cache(cared.told))


def _metrics(given: Given, told: DatabaseSettings) -> list[Metric[Any]]:
    chosen = [metric.out_of(told.latency_from) for metric in given.registry.metrics]
    return [_with_lines(metric, given.settings.metrics, told.limits) for metric in chosen]


def _with_lines(metric: Metric[Any], lines: Mapping[str, Lines], limits: Limits) -> Metric[Any]:
    """A metric with the lines of one database: the settings' before the database's limits before the runbook's."""
    own = {"alert": getattr(limits, metric.alert_from)} if metric.alert_from else {}
    told = lines.get(metric.name, Lines()).model_dump(exclude_none=True)
    return replace(metric, **{**own, **told})
