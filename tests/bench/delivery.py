"""From the outbox to Slack: how long a page is under way, alone and before a thousand messages that wait."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from bot.alert import Rule
from bot.chat import Lane, Notice, Post, new_id
from bot.command import Limits, Measurement, Metric, PromQuery, Value
from bot.outbox import Outbox
from bot.report import Level, Report, Unit, Verdict
from bot.slack import SlackSpeaker, web_client
from bot.store import Store
from bot.telling import Telling
from bot.watch import Gauge, Judging, Watch
from practice.database import PracticeDatabase
from practice.slack.server import PracticeSlack
from tests.bench.figure import Row, Section, Spread, below
from tests.bench.recorded import bench_of
from tests.bench.scale import Scale

CHANNEL = "C0ALERTS"
QUEUED = 1000
HOW = f"""\
The outbox of one process on a store in SQLite, before the practice Slack. Queued to sent: from the transaction that writes the page to the call of
`chat.postMessage` as Slack receives it; the second time while {QUEUED:,} messages wait for the same channel. Breach to card: from the sample that is
beyond its line, with no time to last, to that call. What a tick and its pace add stands in its own section; the transport to Slack is not in it."""
DEEP = Metric[Any](
    name="deep", title="Deep", unit=Unit.COUNT, alert=1, page=2, source=PromQuery(name="deep", default="")
)


def measured(practice: PracticeDatabase, scale: Scale, folder: Path) -> Section:
    """Pages under way."""
    folder.mkdir(parents=True)
    rows: list[Row] = []
    with PracticeSlack() as slack, bench_of(practice, folder) as bench:
        slack.rates.is_on = False
        store = bench.house.store
        gauge = Gauge(bench.database, Limits(), [DEEP])
        rule = Rule(alert_for=0, page_for=0, no_data_for=0, calm_for=0, reopen_for=0)
        watch = Watch(
            store,
            {"bench": gauge},
            Judging(store, rule, Telling(lambda _, name: DEEP if name == DEEP.name else None, CHANNEL)),
        )
        client = web_client(slack.bot_token, slack.api_url, None)
        outbox = Outbox(store, "bench", SlackSpeaker(client), watch.metric)
        outbox.start()
        try:
            rows += _rows("a page, queued to sent", _times(scale, 1, lambda _: _page(store, outbox, slack)), 2000)
            rows += _rows("a breach to its card", _times(scale, 4, lambda at: _breach(watch, outbox, slack, at)), 2000)
            _chatter(store)
            waiting = f"a page before {QUEUED:,} messages"
            rows += _rows(waiting, _times(scale, 1, lambda _: _page(store, outbox, slack)), 1000)
        finally:
            outbox.stop(0)
    return Section("Delivery", HOW, rows)


def _rows(what: str, spent: Spread, most: float) -> Sequence[Row]:
    return [below(f"{what}, median", spent.median, most, "ms"), below(f"{what}, p99", spent.percentile(99), most, "ms")]


def _times(scale: Scale, apart: float, one: Callable[[datetime], float]) -> Spread:
    """Measured so many seconds apart that none waits for the pace of the one before."""
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    spent: list[float] = []
    for number in range(scale.rounds // 3):
        sleep(apart)
        spent.append(one(begin + timedelta(minutes=number)))
    return Spread(spent)


def _page(store: Store, outbox: Outbox, slack: PracticeSlack) -> float:
    report = Report(title="Bench", verdict=Verdict(level=Level.PAGE, text=f"page {new_id()}"))
    notice = Notice(
        id=new_id(), lane=Lane.PAGE, message=Post(channel=CHANNEL, report=report), due=datetime(2026, 3, 1, tzinfo=UTC)
    )
    began = monotonic()
    with store.change() as change:
        change.put_notice(notice)
    outbox.wake()
    return 1000 * (_posted(slack, report.verdict.text) - began)


def _breach(watch: Watch, outbox: Outbox, slack: PracticeSlack, at: datetime) -> float:
    fence = watch.store.share("bench", ["bench"], 3600)["bench"]
    began = monotonic()
    watch.judge("bench", [_sample(3, Level.PAGE, at)], at, fence)
    outbox.wake()
    (alert,) = watch.store.alerts("bench")
    there = _posted(slack, f"incident:{alert.incident}")
    well = at + timedelta(seconds=30)
    watch.judge("bench", [_sample(0, Level.OK, well)], well, fence)
    return 1000 * (there - began)


def _sample(value: float, level: Level, at: datetime) -> Measurement:
    return Measurement(name="deep", measured=Value(value=value), level=level, at=at)


def _posted(slack: PracticeSlack, words: str) -> float:
    """When Slack was called with some words."""
    calls = slack.wait_for(
        lambda: [one for one in slack.calls("chat.postMessage") if words in str(one.args)], 30, "the call"
    )
    return calls[0].at


def _chatter(store: Store) -> None:
    report = Report(title="Bench", verdict=Verdict(level=Level.INFO, text="chatter"))
    with store.change() as change:
        for _ in range(QUEUED):
            message = Post(channel=CHANNEL, report=report)
            change.put_notice(
                Notice(id=new_id(), lane=Lane.ALERT, message=message, due=datetime(2026, 3, 1, tzinfo=UTC))
            )
