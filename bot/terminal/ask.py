"""One question, one decision or one order, from whoever sits at the terminal."""

from dataclasses import dataclass

from bot.approval import Approval, State
from bot.blocks import plain
from bot.chat import Asked, Person, Place, Pressed, Submitted, Verb, new_id
from bot.clock import now
from bot.command import Command, Order, Plan
from bot.errors import BadInput, NeedsReason, ScoutError, TooLate
from bot.flow import Room, answered_by
from bot.house import House
from bot.policy import Deed, authorise
from bot.registry import Registry
from bot.report import Level, Report, Verdict
from bot.settings import Settings
from bot.store import Store
from bot.terminal.deciding import INCIDENTS, PLANS, SHOW, Pressing, Typed, typed
from bot.terminal.following import Following, interruptible
from bot.terminal.mute import Mute
from bot.terminal.seat import Seat, seated
from bot.terminal.telling import Exit, Said, Screen, alone, done, ended, found, left, refused, shown
from bot.timetable import Ran

RUNNING = frozenset({Verb.NOTE, Verb.RESUME})
"""What lets a plan run in this process."""


@dataclass(frozen=True)
class Wanted:
    """What was typed, whether it is for a script, and whether to wait until a plan is over."""

    text: str
    as_json: bool = False
    wait: bool = False


def ask(wanted: Wanted, settings: Settings, registry: Registry) -> int:
    """Answer one question, or take one decision and run what it allows; the number to end with.

    Groups cannot be looked up without Slack: only ids that the settings name themselves have rights here.
    """
    screen = Screen.here(as_json=wanted.as_json)
    try:
        with interruptible():
            said = _heard(wanted, settings, registry, screen)
    except ScoutError as error:
        said = refused(error)
    except KeyboardInterrupt:
        said = Said(Report(title="Scout", verdict=Verdict(level=Level.INFO, text="You left.")), Exit.LEFT)
    screen.show(said)
    return said.exit


def _heard(wanted: Wanted, settings: Settings, registry: Registry, screen: Screen) -> Said:
    seat = seated(settings.terminal)
    store = Store.open(settings.store_url.get_secret_value())
    try:
        house = House(settings, store, registry, Mute(), seat.who, lambda _: Room())
        return Counter(house, seat, screen, wanted).served()
    finally:
        store.close()


@dataclass(frozen=True)
class Counter:
    """Where one person is served."""

    house: House
    seat: Seat
    screen: Screen
    wanted: Wanted

    def served(self) -> Said:
        """The answer.

        Raises:
            ScoutError: in a sentence to the person.
        """
        told = typed(self.wanted.text)
        if told.word in PLANS and not self._is_command(told):
            return self._on_plan(told)
        if told.word in INCIDENTS:
            pressed = self._pressing.on_incident(told)
            self._keep(pressed.subject)
            return done(self._pressed(pressed).verdict.text)
        if told.word == SHOW:
            authorise(self.house.settings.policy, self.seat.profile, Deed.LOOK)
            return shown(self._pressing.plan(told))
        return self._answered()

    def _is_command(self, told: Typed) -> bool:
        """Whether a command begins with the same two words, as `resume pool`."""
        names = {name for one in self.house.registry.commands for name in (one.name, *one.words)}
        return " ".join((told.word, *told.rest[:1])).lower() in names

    # --- questions, orders and proposals

    def _answered(self) -> Said:
        asked = Asked(
            id=f"terminal:{new_id()}", at=now(), person=self._pressing.person, place=self._place, text=self.wanted.text
        )
        looked = self.house.flow.looked(asked, self.seat.profile)
        if isinstance(looked.answer, Report):
            self._keep_run(looked.ran, looked.answer)
            return found(looked.answer)
        if isinstance(looked.answer, Order):
            self._keep(looked.answer.kind)
            return found(self.house.desk.order(looked.answer, self.seat.profile))
        if looked.command is None:
            raise BadInput("That is no question.")
        return self._proposed(looked.asked, looked.command, looked.database, looked.answer, looked.ran)

    def _keep_run(self, ran: Ran | None, answer: Report) -> None:
        """Keep what a job had to say that was run by hand."""
        if ran is not None:
            with self.house.store.change() as change:
                change.add_job_run(answered_by(ran, answer))

    def _proposed(self, asked: Asked, command: Command, database: str, plan: Plan, ran: Ran | None) -> Said:
        try:
            approval = self.house.flow.proposals.propose(asked, self.seat.profile, command, database, plan, ran)
        except NeedsReason:
            raise NeedsReason(
                f"This can stop somebody's work, so say why: scout ask '{asked.text} because …'"
            ) from None
        self._keep(approval.id)
        if approval.state is State.APPROVED:  # the glass is broken: it waits for nobody
            self.screen.line(alone(approval))
            with self.house.alive():
                self.house.runs.begin(approval.id)
                return self._followed(approval, ours=True)
        if not self.wanted.wait:
            return shown(approval)
        self.screen.line(plain(shown(approval).report))
        return self._followed(approval, ours=False)

    # --- decisions

    def _on_plan(self, told: Typed) -> Said:
        approval = self._pressing.plan(told)
        if PLANS[told.word] is Verb.TICK:
            return self._trimmed(told, approval)
        item = self._pressing.on_plan(told, approval)
        self._keep(approval.id)
        with self.house.alive():
            report = self._pressed(item)
            after = self.house.store.approval(approval.id) or approval
            ours = item.verb in RUNNING and after.state is not State.ASKED
            if not ours and not self.wanted.wait:
                return done(report.verdict.text, after)
            self.screen.line(report.verdict.text)
            return self._followed(after, ours=ours)

    def _trimmed(self, told: Typed, approval: Approval) -> Said:
        """The plan with other steps left out, which is to be approved as it is then; ten boxes are changed at a time, as on its card."""
        pressing = self._pressing
        pressing.refuse_another(told, approval)
        item = pressing.trim(told, approval)
        if item is None:
            raise TooLate(f"Nothing changes: the steps are {told.word}ed already.")
        self._keep(approval.id)
        while item is not None:
            self.screen.line(self._pressed(item).verdict.text)
            approval = self.house.store.approval(approval.id) or approval
            item = pressing.trim(told, approval)
        return shown(approval)

    def _pressed(self, item: Pressed | Submitted) -> Report:
        said = self.house.desk.done(item)
        if isinstance(said, Report):
            return said
        raise BadInput(f"{said.text} Type it behind `because`.")

    def _followed(self, approval: Approval, *, ours: bool) -> Said:
        following = Following(self.house, approval.id, self.screen.line, self.wanted.wait)
        try:
            return ended(following.to_the_end(ours=ours))
        except KeyboardInterrupt:
            return left(following.now())

    def _keep(self, subject: str) -> None:
        """Write down which account it was, before anything is done."""
        with self.house.store.change() as change:
            change.record(self.seat.person, "at a terminal", subject, self.seat.evidence(self.wanted.text))

    @property
    def _place(self) -> Place:
        return Place(channel=self.house.settings.alert_channel, direct=True)

    @property
    def _pressing(self) -> Pressing:
        return Pressing(self.house.store, Person(id=self.seat.person), self._place)
