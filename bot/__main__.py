"""The command line: `scout run`, `scout ask`, `scout doctor`, `scout audit verify`."""

import argparse
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any

from slack_bolt import App
from slack_bolt.authorization import AuthorizeResult

from bot.doctor import examine, roles
from bot.errors import BadInput, ScoutError
from bot.house import House
from bot.redact import scrub
from bot.registry import discover
from bot.settings import Settings, load
from bot.slack import Directory, SlackDialogs, SlackSpeaker, build_app, web_client
from bot.store import Store
from bot.terminal import Wanted, ask
from bot.transport import Door, SocketSettings, Transport, Visited, proxy_for

COMMANDS = "commands"
GRACE_SECONDS = 9.0
"""What an end may take; what is not through by then is found by the next start, as after any other death."""


class Scrubbed(logging.Formatter):
    """Writes log lines without the secrets that errors of others carry; when and where it happened is told in full."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        told = {"msg": scrub(record.getMessage()), "args": None, "exc_text": None}
        return super().format(logging.makeLogRecord(record.__dict__ | told))

    def formatException(self, ei: Any) -> str:  # noqa: N802, ANN401 - logging's own name and type
        """A trace with its files, lines and our source; what the exceptions say goes through the door."""
        parts = traceback.format_exception(*ei)
        return "\n".join(part.rstrip("\n") if part.startswith('  File "') else scrub(part) for part in parts)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command of the command line; exits with 1 and one sentence when something is wrong."""
    told = _parser().parse_args(arguments)
    _log(verbose=told.verbose)
    try:
        sys.exit(told.act(told))
    except ScoutError as error:
        print(f"scout: {error}", file=sys.stderr)
        sys.exit(1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="scout", description="A PostgreSQL performance runbook in Slack.")
    parser.add_argument("--verbose", action="store_true", help="log more")
    parser.set_defaults(act=_help(parser))
    acts = parser.add_subparsers(title="commands")
    acts.add_parser("run", help="connect to Slack and watch the databases").set_defaults(act=_run)
    asking = acts.add_parser("ask", help="ask without Slack, for the day it is down")
    asking.add_argument(
        "text", nargs="+", help="what you would type after /scout, or `approve ID`, `deny ID because …`"
    )
    asking.add_argument("--json", action="store_true", help="the answer as JSON; progress goes to the other stream")
    asking.add_argument("--wait", action="store_true", help="wait until the plan is decided and over")
    asking.set_defaults(act=_ask)
    doctor = acts.add_parser("doctor", help="examine tokens, databases and the store")
    doctor.add_argument("--json", action="store_true", help="the findings as JSON")
    doctor.add_argument("--roles", nargs="?", const="", metavar="DATABASE", help="print the role script of a database")
    doctor.set_defaults(act=_doctor)
    audit = acts.add_parser("audit", help="the record of everything that was decided and done")
    audit.add_argument("what", choices=["verify"], help="check the chain of hashes")
    audit.set_defaults(act=_verify)
    return parser


def _help(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], int]:
    def act(_: argparse.Namespace) -> int:
        parser.print_help()
        return 2

    return act


def _ask(told: argparse.Namespace) -> int:
    return ask(Wanted(" ".join(told.text), told.json, told.wait), load(), discover(COMMANDS))


def _doctor(told: argparse.Namespace) -> int:
    return (
        examine(load(), discover(COMMANDS).metrics, as_json=told.json)
        if told.roles is None
        else roles(load(), told.roles)
    )


def _log(*, verbose: bool) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(Scrubbed("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("bot").setLevel(logging.INFO)
    for name in ("apscheduler", "psycopg.pool"):  # their news are told better by what they hit
        logging.getLogger(name).setLevel(logging.ERROR)


def _verify(_: argparse.Namespace) -> int:
    store = Store.open(load().store_url.get_secret_value())
    try:
        verdict = store.verify_audit()
    finally:
        store.close()
    if verdict.holds:
        print(f"The audit holds: {verdict.checked} entries, each carrying the hash of the one before.")
        return 0
    print(
        f"The audit does NOT hold: entry {verdict.broken} is {verdict.flaw}; {verdict.checked} entries before it hold."
    )
    return 1


def _run(_: argparse.Namespace) -> int:
    settings = load()
    over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's form
        over.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    serve(settings, over)
    return 0


def serve(settings: Settings, over: threading.Event) -> None:
    """Be Scout until `over` is set."""
    sockets = SocketSettings(
        app_token=settings.slack_app_token.get_secret_value(),
        bot_token=settings.slack_bot_token.get_secret_value(),
        api_url=settings.slack_api_url,
    )
    client = web_client(sockets.bot_token, sockets.api_url, proxy_for(sockets.api_url))
    directory = Directory(client, frozenset({*settings.operators, *settings.approvers, *settings.break_glass}))
    dialogs = SlackDialogs(client)
    store = Store.open(settings.store_url.get_secret_value())
    house = House(
        settings,
        store,
        discover(COMMANDS),
        SlackSpeaker(client, lambda: house.time.now()),  # noqa: PLW0108 - it is made here
        directory.profile,
        directory.room,
        people=directory.people,
        show=dialogs.show,
        crowded=lambda: transport.crowded,
        renew=lambda: transport.renew(),  # noqa: PLW0108 - it is made further down
        door=lambda: transport.trouble(),  # noqa: PLW0108 - it is made further down
    )

    def identity() -> AuthorizeResult | None:
        who = transport.identity
        if who is None:
            return None
        directory.team = who.team_id
        return AuthorizeResult(
            enterprise_id=who.enterprise_id or None,
            team_id=who.team_id,
            bot_user_id=who.user_id,
            bot_token=sockets.bot_token,
        )

    app = build_app(client, identity, house.receive, house.time.now, settings.alert_channel, dialogs.open)
    transport = _door(app, sockets, settings, house)
    house.open()
    try:
        transport.start(wait=True)
        logging.getLogger("bot").info(
            "Scout is connected and looks after %s", ", ".join(settings.databases) or "no database"
        )
        over.wait()
    finally:
        _insist()
        transport.stop(2)
        house.close()


def _door(app: App, sockets: SocketSettings, settings: Settings, house: House) -> Door:
    """Socket Mode's door, or HTTP's where there is a signing secret and no app token.

    Raises:
        BadInput: Slack is to come here, and no address is told.
    """
    rooms = house.health.reasons, lambda: house.figures.page(door.state()), house.loop_back.overhear
    door: Door
    if not settings.by_http:
        door = Transport(app, sockets, settings.listen_at, *rooms)
        return door
    if settings.listen_at is None:
        raise BadInput("HTTP mode (SLACK_SIGNING_SECRET without SLACK_APP_TOKEN) needs SCOUT_LISTEN, as 0.0.0.0:8080.")
    secret = settings.slack_signing_secret.get_secret_value()
    door = Visited(app, sockets, secret, settings.listen_at, *rooms)
    return door


def _insist() -> None:
    timer = threading.Timer(GRACE_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()


if __name__ == "__main__":
    main()
