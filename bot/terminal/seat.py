"""Who sits at the terminal: an account of the operating system, which the settings map to a person."""

import os
import pwd
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from bot.chat import Person, Profile
from bot.errors import NotAllowed


@dataclass(frozen=True)
class Seat:
    """An account of this machine and the id of the person it stands for."""

    account: str
    person: str

    @property
    def profile(self) -> Profile:
        """The person; cards show by which account they came. Slack's groups are not known here."""
        return Profile(id=self.person, name=f"{self.account} at a terminal")

    def evidence(self, typed: str) -> dict[str, str | int]:
        """What the audit keeps of who typed what where."""
        return {"account": self.account, "uid": os.getuid(), "host": socket.gethostname(), "typed": typed}

    def who(self, person: Person) -> Profile:
        """The profile of whoever is asked about: nobody but the one who sits here is known.

        Raises:
            NotAllowed: it is somebody else.
        """
        if person.id != self.person:
            raise NotAllowed(f"Nobody but {self.account} is known at this terminal.")
        return self.profile


def seated(terminal: Mapping[str, str]) -> Seat:
    """Whoever runs this process.

    Raises:
        NotAllowed: the settings do not say who that is; the sentence says what to set.
    """
    account = account_name(os.getuid())
    person = terminal.get(account)
    if not person:
        raise NotAllowed(
            f"The account '{account}' stands for nobody, so it may do nothing here: add it with a person's id to [terminal]"
            f' in the SCOUT_CONFIG file, as {account} = "U0123ABC" (or SCOUT_TERMINAL={account}=U0123ABC).'
        )
    return Seat(account, person)


def account_name(uid: int) -> str:
    """The name of an account, or its number where it has none.

    The real one, which the kernel knows: neither `sudo`'s nor any other variable of the environment is believed, and no name
    that looks like a number is taken for one.
    """
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
    return str(uid) if name.isdigit() else name
