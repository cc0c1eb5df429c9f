"""What people do with an incident's card: orders, given by a button or by the dialog behind one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.chat import Pressed, Profile, Verb
from bot.command import Acknowledge, Order, Release
from bot.desk.duty import Duty
from bot.orders import Orders
from bot.policy import Deed
from bot.report import Report
from bot.store import Store


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
