"""`make practice` and `make tour`."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from practice.stage import UNWANTED, as_practised
from practice.tour import tour

HOME = Path(".practice")


def main(arguments: Sequence[str] | None = None) -> None:
    """Start the practice workspace, or tell its story on the terminal."""
    parser = argparse.ArgumentParser(
        prog="scout-practice", description="Scout, a PostgreSQL and a practice Slack on this machine."
    )
    parser.add_argument("what", nargs="?", choices=["run", "tour"], default="run")
    parser.add_argument("--port", type=int, default=8080, help="of the page; 0 takes a free one")
    told = parser.parse_args(arguments)
    for name in UNWANTED:
        os.environ.pop(name, None)
    sys.exit(tour(HOME) if told.what == "tour" else run(told.port))


def run(port: int) -> int:
    """Be the practice workspace until somebody ends it."""
    over = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - a signal handler's form
        over.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    print("Starting a PostgreSQL with the runbook's schema (the first time takes a moment) …", flush=True)
    with as_practised(HOME, port) as stage:
        address = stage.slack.url if stage.slack is not None else ""
        print(
            f"\n  The practice workspace is at {address}\n\n  Type /scout status there. Ctrl-C ends it.\n", flush=True
        )
        while not over.wait(1):
            if stage.ensure_bot():
                print("Scout had ended and is started again, as whoever runs it would.", flush=True)
    return 0


if __name__ == "__main__":
    main()
