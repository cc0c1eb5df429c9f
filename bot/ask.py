"""The same core without Slack, for the day Slack is down: asks, decides and runs from a terminal."""

from datetime import datetime

from bot.approval import State
from bot.blocks import Drawn, full_plan, plain
from bot.chat import Asked, Person, Place, Profile, Sheet, Submitted, Verb, Whisper, new_id, sorry
from bot.clock import now
from bot.command import Order
from bot.desk import Desk
from bot.errors import BadInput
from bot.flow import Room
from bot.house import House
from bot.parse import with_reason
from bot.registry import Registry
from bot.report import Code, Level, Report, Verdict
from bot.settings import Settings
from bot.store import Store

PLACE = Place(channel="terminal", direct=True)
DECISIONS = {"approve": Verb.NOTE, "deny": Verb.DENY}


class Terminal:
    """Keeps what Scout says to the person at the terminal; cards for Slack stay in the outbox until Slack is back."""

    def post(self, channel: str, thread: str | None, drawn: Drawn, key: str) -> tuple[str, str]:
        """Never called: nothing is sent from here."""
        raise BadInput(f"a terminal posts nothing ({channel}, {thread}, {key}, {drawn.text})")

    def find(self, channel: str, thread: str | None, key: str, since: datetime) -> str | None:
        """Never called: nothing is sent from here."""
        raise BadInput(f"a terminal reads nothing ({channel}, {thread}, {key}, {since})")

    def edit(self, channel: str, ts: str, drawn: Drawn, key: str) -> None:
        """Never called: nothing is sent from here."""
        self.post(channel, ts, drawn, key)

    def whisper(self, to: Whisper, drawn: Drawn) -> None:
        """Never called: nothing is sent from here."""
        self.post(to.channel, None, drawn, to.person)

    def send_sheet(self, sheet: Sheet) -> None:
        """Never called: nothing is sent from here."""
        raise BadInput(f"a terminal sends no {sheet.name}")


def ask(text: str, user: str, settings: Settings, registry: Registry) -> int:
    """Answer one question, or take one decision and run what it allows; 0 when it went well.

    Groups cannot be looked up without Slack: only ids that the settings name themselves have rights here.
    """
    store = Store.open(settings.store_url.get_secret_value())
    try:
        house = House(settings, store, registry, Terminal(), _profile, lambda _: Room())
        first, _, rest = text.strip().partition(" ")
        if first.lower() in DECISIONS:
            said = _decide(house, DECISIONS[first.lower()], rest.strip(), user)
        else:
            said = _answer(
                house, Asked(id=f"terminal:{new_id()}", at=now(), person=Person(id=user), place=PLACE, text=text)
            )
        print(plain(said))  # noqa: T201 - this is the terminal's surface
        return 0 if said.verdict.level in {Level.OK, Level.INFO} else 3
    finally:
        store.close()


def _answer(house: House, asked: Asked) -> Report:
    who = _profile(asked.person)
    answer, command, database = house.flow.answer(asked.text, who, asked.place, asked.at)
    if isinstance(answer, Order):
        return house.desk.order(answer, who)
    if isinstance(answer, Report) or command is None:
        return answer if isinstance(answer, Report) else sorry(BadInput("That is no question."))
    approval = house.flow.propose(asked, who, command, database, answer)
    return Report(
        title="A plan",
        verdict=Verdict(
            level=Level.INFO, text=f"It waits for a decision: scout ask 'approve {approval.id}' --as SOMEBODY"
        ),
        parts=(Code(text=full_plan(approval)),),
    )


def _decide(house: House, verb: Verb, typed: str, user: str) -> Report:
    rest, reason = with_reason(f"{verb.value} {typed}")
    approval = house.store.approval(rest.partition(" ")[2].strip())
    if approval is None:
        raise BadInput(f"There is no plan {typed[:40]!r}; `scout ask history` lists them.")
    decided = Submitted(
        id=f"terminal:{new_id()}",
        at=now(),
        person=Person(id=user),
        place=PLACE,
        verb=verb,
        subject=approval.id,
        seal=approval.seal,
        values={"reason": (reason,)},
    )
    desk = Desk(
        house.settings.policy,
        house.store,
        house.flow.orders,
        _profile,
        house.runner.run,
        house.runner.stop,
        house.flow.with_reason,
    )
    with house.alive():
        said = desk.done(decided)
    after = house.store.approval(approval.id) or approval
    if isinstance(said, Report) and after.state in {State.ASKED, State.DENIED}:
        return said
    level = Level.OK if after.state is State.DONE else Level.ALERT
    return Report(title=approval.text, verdict=Verdict(level=level, text=f"{after.state.value}: {after.outcome.said}"))


def _profile(person: Person) -> Profile:
    return Profile(id=person.id, name=person.id)
