"""A practice Slack for tests, the tour and a person: one server in its own thread."""

import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TypeVar

from aiohttp import web

from practice.fault import Fault
from practice.slack import hands
from practice.slack.envelope import Acknowledgement
from practice.slack.faults import slack_faults
from practice.slack.house import House
from practice.slack.http_mode import Postman
from practice.slack.loop_thread import LoopThread
from practice.slack.rates import Rates
from practice.slack.transcript import transcript
from practice.slack.trouble import Kind, Rule
from practice.slack.webapi import ApiCall
from practice.slack.wire import Json

T = TypeVar("T")


class PracticeSlack:
    """A workspace that speaks Slack's wire formats on 127.0.0.1; every method may be called from any thread."""

    def __init__(
        self, port: int = 0, faults: Sequence[Fault] = (), completions: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._port = port
        self._loop = LoopThread("practice-slack")
        self._news = threading.Event()
        self._runner: web.AppRunner | None = None
        self.house = House(completions)
        self.house.add_faults([*faults, *slack_faults(self.house.trouble, self.house.hub, self._loop.call)])
        self.house.workspace.listen(lambda _change: self._news.set())

    # -- life

    def start(self) -> Self:
        """Start serving; returns when the address is known."""
        self._loop.start()
        try:
            self._loop.wait(self._start())
        except BaseException:
            self._loop.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop serving; every socket is closed."""
        self._loop.wait(self._stop())
        self._loop.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def _start(self) -> None:
        self._runner = web.AppRunner(
            self.house.application(), access_log=None, handle_signals=False, shutdown_timeout=0.2
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.house.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _stop(self) -> None:
        self.house.trouble.calm()
        await self.house.close()
        if self._runner is not None:
            await self._runner.cleanup()

    # -- addresses

    @property
    def url(self) -> str:
        """The address of the page."""
        return self.house.url

    @property
    def api_url(self) -> str:
        """The address for `SLACK_API_URL`."""
        return f"{self.url}/api/"

    @property
    def bot_token(self) -> str:
        """The token for `SLACK_BOT_TOKEN`."""
        return self.house.desk.bot_token

    @property
    def app_token(self) -> str:
        """The token for `SLACK_APP_TOKEN`."""
        return self.house.desk.app_token

    @property
    def rates(self) -> Rates:
        """How often methods may be called; tests may switch it off or make it tighter before the first call."""
        return self.house.api.rates

    @property
    def scopes(self) -> set[str]:
        """The scopes of the bot token; tests may take some away."""
        return self.house.desk.scopes

    # -- what people do

    def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Type a slash command or a message; returns its `envelope_id` or `ts`."""
        return self._loop.call(lambda: self.house.people.say(user, channel, text, thread_ts))

    def click(self, user: str, where: Json, action_id: str, value: str | None = None) -> Json:
        """Press the element whose action_id begins so, in a message, an ephemeral message or a view.

        Where several fit, `value` is the label or the value of the one meant; for a menu or an input it is what is chosen.
        """
        return self._loop.call(
            lambda: hands.press(self.house.people, user, where, hands.pick(where, action_id, value), value)
        )

    def submit(self, user: str, view_id: str, values: Json) -> dict[str, str]:
        """Submit a modal; returns the errors shown at its fields, by block_id.

        `values` is `{block_id: {action_id: {"type": …, "value" or "selected_option" or …: …}}}`.
        """
        return self._loop.wait(self.house.dialogs.submit(user, view_id, values))

    def close_view(self, user: str, view_id: str) -> None:
        """Close a modal."""
        self._loop.call(lambda: self.house.dialogs.close(user, view_id))

    def open_home(self, user: str) -> None:
        """Open the app's home tab."""
        self._loop.call(lambda: self.house.dialogs.open_home(user))

    # -- what there is to see

    def messages(self, channel: str) -> list[Json]:
        """Return the messages of a channel with their threads, oldest first."""
        there = self.house.workspace
        return self._loop.call(lambda: [there.page_message(channel, one) for one in there.messages(channel)])

    def ephemerals(self, user: str) -> list[Json]:
        """Return the ephemeral messages a person sees, oldest first."""
        return self._loop.call(lambda: self.house.workspace.whispers_to(user))

    def views(self, user: str) -> list[Json]:
        """Return the modals a person has open, the topmost last."""
        return self._loop.call(lambda: [dict(one) for one in self.house.workspace.views(user)])

    def home(self, user: str) -> Json | None:
        """Return a person's home tab."""
        return self._loop.call(lambda: self.house.workspace.homes.get(user))

    def notices(self, user: str) -> list[str]:
        """Return what Slack itself told a person."""
        return self._loop.call(lambda: self.house.workspace.notices_to(user))

    def calls(self, method: str = "") -> list[ApiCall]:
        """Return the log of API calls with arguments, times and answers, of one method or of all."""
        return self._loop.call(lambda: [one for one in self.house.api.log if method in ("", one.method)])

    def acknowledgements(self) -> list[Acknowledgement]:
        """Return every delivery the app acknowledged, with the seconds it took."""
        return self._loop.call(lambda: list(self.house.hub.acknowledged))

    def sockets(self) -> int:
        """Return how many sockets of the app are open and not on their way out."""
        return self._loop.call(lambda: len(self.house.hub.hearing))

    def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0, what: str = "") -> T:
        """Return the predicate's result as soon as it is true; `timeout` is in seconds.

        Raises:
            AssertionError: it did not become true in time; the message holds the conversation.
        """
        until = time.monotonic() + timeout
        while True:
            self._news.clear()
            found = predicate()
            if found:
                return found
            if time.monotonic() > until:
                raise AssertionError(f"Waited {timeout} s in vain for {what or predicate}.\n{self.transcript()}")
            self._news.wait(0.05)

    def transcript(self) -> str:
        """Return everything everybody sees, as text."""
        return self._loop.call(lambda: transcript(self.house.workspace))

    # -- what goes wrong

    @contextmanager
    def inject(
        self,
        kind: Kind,
        *,
        methods: Sequence[str] = (),
        times: int | None = None,
        status: int = 500,
        error: str = "internal_error",
        retry_after: int = 1,
        seconds: float = 0.0,
    ) -> Generator[Rule]:
        """Let calls go wrong: those of some methods or of all, so many times or until the block ends.

        Besides the names of API methods there are `socket` (the handshake of a WebSocket) and `response_url`.
        """
        rule = Rule(kind, tuple(methods), times, status, error, retry_after, seconds)
        self._loop.call(lambda: self.house.trouble.add(rule))
        try:
            yield rule
        finally:
            self._loop.call(rule.end)

    def fault(self, name: str) -> Fault:
        """Return a fault of the panel by its name."""
        return next(one for one in self.house.panel.faults if one.name == name)

    def refresh_sockets(self, reason: str = "refresh_requested", grace: float = 5.0) -> None:
        """Ask the app for new sockets; the old ones close after the grace, in seconds, unless it is only a `warning`."""
        self._loop.call(lambda: self.house.hub.refresh(reason, grace))

    def silence_sockets(self, noticed_after: float = 20.0) -> None:
        """Let every open socket go silent without closing it, as a link cut half-way; Slack notices after some seconds."""
        self._loop.call(lambda: self.house.hub.deafen(noticed_after))

    def cut_sockets(self) -> None:
        """Cut every open socket without a closing frame."""
        self._loop.call(self.house.hub.cut)

    def visit(self, url: str, secret: str) -> None:
        """From now on post everything to an app in HTTP mode, signed with its secret."""
        self._loop.call(lambda: setattr(self.house.hub, "post", Postman(url, secret).post))

    def send_twice(self, times: int = 1) -> None:
        """Send the next envelopes twice."""
        self._loop.call(lambda: setattr(self.house.hub, "twice", times))

    def send_envelope(self, kind: str, payload: Json) -> str | None:
        """Send any payload at all to the app; returns the envelope's id, or None when no socket is open."""
        envelope = self._loop.call(lambda: self.house.hub.deliver(kind, payload))
        return envelope.id if envelope else None
