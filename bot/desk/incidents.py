"""What people do with an incident's card: orders, given by a button or by the dialog behind one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alert import Alert
from bot.chat import Pressed, Profile, Submitted, Verb
from bot.command import Acknowledge, Hush, Order, Release, Silence
from bot.desk.duty import Duty
from bot.dialog import Choice, Dialog, Option, Words
from bot.errors import BadInput, TooLate
from bot.muting import covering
from bot.orders import Orders
from bot.policy import Deed
from bot.report import Report
from bot.store import Store

MINUTES = {"30": "30 minutes", "60": "1 hour", "240": "4 hours", "1440": "1 day"}
"""How long the dialog offers to silence a metric; `silence` takes any other length."""


@dataclass(frozen=True)
class Incidents:
    """The buttons of an incident."""

    store: Store
    orders: Orders

    @property
    def duties(self) -> Mapping[Verb, Duty]:
        """Its buttons."""
        return {
            Verb.ACKNOWLEDGE: self._ordering(lambda subject: Acknowledge(incident=subject)),
            Verb.RELEASE: self._ordering(lambda subject: Release(incident=subject)),
            Verb.SILENCE: Duty(Deed.ORDER, self._how_long, self._silence),
        }

    def _ordering(self, made: Callable[[str], Order]) -> Duty:
        def press(pressed: Pressed, who: Profile) -> Report:
            return self.order(made(pressed.subject), who)

        return Duty(Deed.ORDER, press)

    def order(self, order: Order, who: Profile) -> Report:
        """Carry out an order.

        Raises:
            ScoutError: it may not be done, or is so already.
        """
        with self.store.change() as change:
            return self.orders.carry_out(change, order, who)

    def _how_long(self, pressed: Pressed, _: Profile) -> Dialog:
        found = self.store.incident(pressed.subject)
        alert = _heard(found, self.store.silences(), self.store.now())
        lengths = tuple(Option(value=value, label=label) for value, label in MINUTES.items())
        return Dialog(
            verb=Verb.SILENCE,
            subject=alert.incident,
            title="Silence this metric?",
            text=f"Nobody is told of {alert.metric} on {alert.database} meanwhile. Its card and `status` go on telling.",
            fields=(
                Choice(name="minutes", label="How long?", options=lengths, given="60"),
                Words(name="why", label="Why?", hint="It stands on the card.", needed=False, long=False, most=200),
            ),
            send="Silence",
        )

    def _silence(self, submitted: Submitted, who: Profile) -> Report:
        minutes, why = submitted.words("minutes"), submitted.words("why")
        if minutes not in MINUTES:
            raise BadInput("Choose how long to silence it. Press Silence again.")
        with self.store.change() as change:
            at = change.now()
            alert = _heard(change.incident(submitted.subject), change.silences(), at)
            until = at + timedelta(minutes=int(minutes))
            order = Silence(metric=alert.metric, database=alert.database, until=until, why=why[:200])
            return self.orders.carry_out(change, order, who)


def _heard(alert: Alert | None, silences: Sequence[Hush], at: datetime) -> Alert:
    """An incident that can be silenced: it is still open, and nobody has silenced it."""
    if alert is None or not alert.is_open:
        raise TooLate("This incident is over.")
    hush = covering(silences, alert.database, alert.metric, at)
    if hush is not None:
        by = f" by {hush.name or hush.person}"
        raise TooLate(f"Already silenced{by} until {hush.until:%b %d %H:%M} UTC. End that silence to set another.")
    return alert
