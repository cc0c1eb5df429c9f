"""Scout as another account of this machine; all is loaded before the privileges go, because a checkout may be for its owner only."""

import grp
import os
import pwd
import sys

from bot.__main__ import COMMANDS, main
from bot.registry import discover

SHARED = "users"
"""The group that the accounts have in common."""


def become(name: str) -> None:
    """Let go of everything but one account's own rights."""
    account = pwd.getpwnam(name)
    os.setgroups([grp.getgrnam(SHARED).gr_gid])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


if __name__ == "__main__":
    discover(COMMANDS)
    os.chdir("/")
    become(sys.argv[1])
    main(sys.argv[2:])
