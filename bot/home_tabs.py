"""The home tabs: who opened one lately, what is to stand there now, and when it has to be published anew.

Everything on a page comes from the store; no database is asked. Whoever has opened the tab within a day gets a new page when what is known
has changed, and in any case after a while, because the page says how old it is. What was published is kept by its hash, so that neither
several processes nor a restart publish the same twice.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.approval import Approval, State
from bot.chat import Home, Lane, Notice, Opened, Person, Profile, new_id
from bot.command import Metric, Risk
from bot.errors import BadInput, NotAllowed, ScoutError
from bot.front_page import Affairs, DatabaseLine, FrontPage, IncidentLine, PlanLine, database_line, incident_line
from bot.parse import parse
from bot.policy import Deed, Policy, authorise, may
from bot.recollection import Recollection
from bot.registry import Registry
from bot.report import Button, Level
from bot.store import Change, Fence, Store, Visit

HOME_SECONDS = 15.0
"""How often it is looked whether something has changed."""
MOST_AT_ONCE = 12
"""How many pages a look renews at most: 48 a minute of the hundred that Slack takes from a workspace."""
LOOKED_AT = timedelta(days=1)
GROWS_OLD = timedelta(minutes=10)

INCIDENTS, WAITING, RUNS = 8, 5, 5
URGENCY = (Level.PAGE, Level.ALERT, Level.NO_DATA, Level.OK, Level.INFO)
"""The databases that nobody watches come last."""
RAN = (State.APPROVED, State.RUNNING, State.INTERRUPTED, State.DONE, State.FAILED, State.STOPPED)


@dataclass(frozen=True)
class HomeTabs:
    """Composes pages; `databases` are all in Scout's care, `asleep` those that nobody watches.

    What was measured more than `late` seconds ago says nothing about now; `permalink` asks Slack for the address of a message.
    """

    store: Store
    policy: Policy
    registry: Registry
    profile: Callable[[Person], Profile]
    metric: Callable[[str, str], Metric[Any] | None]
    databases: Sequence[str]
    asleep: Collection[str]
    late: float
    permalink: Callable[[str, str], str]

    # --- when

    def handle(self, opened: Opened) -> None:
        """Somebody opened the tab: what stands there is published anew, and the request is answered, in one change."""
        with self.store.change() as change:
            if change.finish(opened.id):
                self._renewed(change, opened.person.id)

    def touched(self, person: str) -> None:
        """Somebody pressed a button there: they want to see what became of it."""
        with self.store.change() as change:
            self._renewed(change, person)

    def renew(self, fence: Fence) -> int:
        """Have the pages published that are not true any more, or old; how many.

        Raises:
            LostLease: another process looks after it now.
        """
        at = self.store.now()
        visits = self.store.visits(at - LOOKED_AT)
        if not visits:
            return 0
        seal = self.affairs().seal
        due = [one for one in visits if not self._stands(one, seal)][:MOST_AT_ONCE]
        with self.store.change(fence) as change:
            for visit in due:
                change.put_notice(_notice(change, visit.person, Lane.PROGRESS))
        return len(due)

    def _renewed(self, change: Change, person: str) -> None:
        change.opened_home(person)
        change.put_notice(_notice(change, person, Lane.ANSWER))

    def _stands(self, visit: Visit, seal: str) -> bool:
        fresh = visit.shown_at is not None and self.store.now() - visit.shown_at < GROWS_OLD
        return fresh and visit.shown == seal

    # --- what

    def page(self, person: str) -> FrontPage | None:
        """What one person is to find, if that is not what stands there; of the databases only what this person may see."""
        visit = self.store.visit(person)
        if visit is None:
            return None
        at = self.store.now()
        try:
            who = self.profile(Person(id=person))
        except NotAllowed as unknown:
            return FrontPage(refusal=str(unknown), at=at)
        try:
            authorise(self.policy, who, Deed.LOOK)
        except NotAllowed as refusal:
            return FrontPage(refusal=str(refusal), lasts=False, at=at)
        affairs = self.affairs()
        if self._stands(visit, affairs.seal):
            return None
        menu = self.registry.menu(self.policy, who)
        repairs = self._repairs(who, affairs)
        return FrontPage(affairs=affairs, at=at, orders=self._orders(who), repairs=repairs, menu=menu)

    def published(self, person: str, page: FrontPage) -> None:
        """Keep what stands there now; who is refused is not looked after any more."""
        with self.store.change() as change:
            change.shown_home(person, page.seal) if page.lasts else change.forget_home(person)

    def refused(self, person: str) -> None:
        """Slack will not have it: it is not tried again before the tab is opened again."""
        with self.store.change() as change:
            change.forget_home(person)

    def affairs(self) -> Affairs:
        """What is known now, from the store alone."""
        burning = Recollection(self.store, "").burning()
        asked = self.store.approvals({State.ASKED}, limit=200)[::-1]
        ran = self.store.approvals(RAN, limit=RUNS, loud=True)
        cards = [
            *(f"incident:{one.id}" for one in burning[:INCIDENTS]),
            *(f"approval:{one.id}" for one in [*asked[:WAITING], *ran]),
        ]
        links = self._links(cards)
        return Affairs(
            databases=tuple(sorted(self._databases(), key=lambda one: URGENCY.index(one.level))),
            incidents=tuple(
                incident_line(one, self.metric(one.database, one.metric), links.get(f"incident:{one.id}", ""))
                for one in burning[:INCIDENTS]
            ),
            more_incidents=tuple(one.level for one in burning[INCIDENTS:]),
            waiting=tuple(_plan(one, links) for one in asked[:WAITING]),
            more_waiting=len(asked[WAITING:]),
            runs=tuple(_plan(one, links) for one in ran),
        )

    def _databases(self) -> Iterable[DatabaseLine]:
        oldest = self.store.now() - timedelta(seconds=self.late)
        for name in self.databases:
            if name in self.asleep:
                yield DatabaseLine(name=name, level=Level.INFO)
                continue
            alerts, samples = self.store.alerts(name), self.store.last_samples(name)
            yield database_line(name, alerts, samples, lambda metric, name=name: self.metric(name, metric), oldest)

    def _links(self, cards: Sequence[str]) -> Mapping[str, str]:
        """The addresses of cards; Slack is asked once for each, and not at all after it has refused one."""
        found: dict[str, str] = {}
        for key in cards:
            there = self.store.card(key)
            if there is None:
                continue
            link = self.store.link(key)
            if not link:
                try:
                    link = self.permalink(*there)
                except ScoutError:  # a page without the address is better than none; it is asked for again
                    return found
                with self.store.change() as change:
                    change.linked(key, there[1], link)
            found[key] = link
        return found

    # --- for whom

    def _orders(self, who: Profile) -> bool:
        try:
            authorise(self.policy, who, Deed.ORDER)
        except NotAllowed:
            return False
        return True

    def _repairs(self, who: Profile, affairs: Affairs) -> Mapping[str, Button]:
        """For each incident the first repair that this person may ask for."""
        offered = [
            (one, button)
            for one in affairs.incidents
            for text in one.repairs
            if (button := self._button(who, one, text))
        ]
        return {one.id: button for one, button in reversed(offered)}

    def _button(self, who: Profile, incident: IncidentLine, text: str) -> Button | None:
        try:
            risk = self.registry.named(parse(text, self.registry.entries).name).risk
        except BadInput:
            return None
        if not may(self.policy, who, risk):
            return None
        return Button(label=text.capitalize(), text=f"{text} on {incident.database}", danger=risk is Risk.DISRUPT)


def _plan(one: Approval, links: Mapping[str, str]) -> PlanLine:
    ended = one.ended_at or one.started_at or one.decided_at
    return PlanLine(
        id=one.id,
        text=one.text,
        database=one.database,
        risk=one.grade,
        state=one.state,
        requester=one.requester,
        at=one.asked_at if one.state is State.ASKED or ended is None else ended,
        expires_at=one.expires_at,
        said=one.outcome.said,
        channel=one.channel,
        link=links.get(f"approval:{one.id}", ""),
    )


def _notice(change: Change, person: str, lane: Lane) -> Notice:
    return Notice(id=new_id(), lane=lane, message=Home(person=person), due=change.now())
