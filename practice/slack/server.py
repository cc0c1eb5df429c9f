"""A practice Slack for tests, the tour and a person: one server in its own thread."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from practice.fault import Fault
from practice.slack.elements import each_element
from practice.slack.house import House
from practice.slack.socket_mode import Acknowledgement
from practice.slack.webapi import ApiCall
from practice.slack.wire import Json

T = TypeVar("T")
_PATIENCE = 10.0


class PracticeSlack:
    """A workspace that speaks Slack's wire formats on 127.0.0.1; every method may be called from any thread."""

    def __init__(
        self, port: int = 0, faults: Sequence[Fault] = (), completions: Sequence[tuple[str, str]] = ()
    ) -> None:
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="practice-slack", daemon=True)
        self._news = threading.Event()
        self._runner: web.AppRunner | None = None
        self.house = House(completions)
        self.house.add_faults(faults)
        self.house.workspace.listen(lambda _change: self._news.set())

    # -- life

    def start(self) -> Self:
        """Start serving."""
        self._thread.start()
        self._wait(self._start())
        return self

    def stop(self) -> None:
        """Stop serving; every socket is closed."""
        self._wait(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _start(self) -> None:
        self._runner = web.AppRunner(self.house.application(), access_log=None, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, shutdown_timeout=0.2)
        await site.start()
        port = self._runner.addresses[0][1]
        self.house.url = f"http://127.0.0.1:{port}"

    async def _stop(self) -> None:
        self.house.trouble.calm()
        await self.house.hub.close()
        if self._runner is not None:
            await self._runner.cleanup()
        self.house.panel.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE)

    def _call(self, work: Callable[[], T]) -> T:
        async def run() -> T:
            return work()

        return self._wait(run())

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

    # -- what people do

    def say(self, user: str, channel: str, text: str, thread_ts: str = "") -> Json:
        """Type a slash command or a message; returns its `envelope_id` or `ts`."""
        return self._call(lambda: self.house.people.say(user, channel, text, thread_ts))

    def click(self, user: str, where: Json, action_id: str, value: str | None = None) -> Json:
        """Press the element whose action_id begins so, in a message, an ephemeral message or a view.

        Where several fit, `value` is the label or the value of the one meant; for a select it is the option.
        """
        return self._call(lambda: self._click(user, where, action_id, value))

    def _click(self, user: str, where: Json, action_id: str, value: str | None) -> Json:
        block, element = pick(where, action_id, value)
        press: Json = {
            "block_id": block["block_id"],
            "action_id": element["action_id"],
            "action": chosen(element, value),
        }
        people = self.house.people
        if "root_view_id" in where:
            return people.click_view(user, where["id"], press)
        if where["ts"] and where.get("id") in self.house.workspace.whispers:
            return people.click_whisper(user, where["id"], press)
        return people.click_message(user, where["channel"], where["ts"], press)

    def submit(self, user: str, view_id: str, values: Json) -> dict[str, str]:
        """Submit a modal; returns the errors shown at its fields, by block_id."""
        return self._wait(self.house.dialogs.submit(user, view_id, values))

    # -- what there is to see

    def messages(self, channel: str) -> list[Json]:
        """Return the messages of a channel with their threads, oldest first."""
        there = self.house.workspace
        return self._call(lambda: [dict(there.page_message(channel, one)) for one in there.messages(channel)])

    def ephemerals(self, user: str) -> list[Json]:
        """Return the ephemeral messages a person sees, oldest first."""
        return self._call(lambda: [dict(one) for one in self.house.workspace.whispers.values() if one["user"] == user])

    def views(self, user: str) -> list[Json]:
        """Return the modals a person has open, the topmost last."""
        return self._call(lambda: [dict(one) for one in self.house.workspace.views(user)])

    def notices(self, user: str) -> list[str]:
        """Return what Slack itself told a person."""
        return self._call(lambda: [str(one["text"]) for one in self.house.workspace.notices if one["user"] == user])

    def calls(self, method: str = "") -> list[ApiCall]:
        """Return the log of API calls, of one method or of all."""
        return self._call(lambda: [one for one in self.house.api.log if method in ("", one.method)])

    def acknowledgements(self) -> list[Acknowledgement]:
        """Return every delivery the app acknowledged, with the seconds it took."""
        return self._call(lambda: list(self.house.hub.acknowledged))

    def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0, what: str = "") -> T:
        """Return the predicate's result as soon as it is true.

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
                raise AssertionError(f"Waited {timeout} s in vain for {what or predicate}")
            self._news.wait(0.05)


def pick(where: Json, action_id: str, value: str | None) -> tuple[Json, Json]:
    """Return the block and the element that a test means.

    Raises:
        AssertionError: there is none.
    """
    fitting = [(block, one) for block, one in each_element(where["blocks"]) if one["action_id"].startswith(action_id)]
    buttons = [(block, one) for block, one in fitting if value in (None, one.get("value"), _label(one))]
    found = buttons or [(block, one) for block, one in fitting if one["type"] != "button"]
    if not found:
        raise AssertionError(f"There is nothing to press with {action_id!r} {value or ''} in {where['blocks']}")
    return found[0]


def _label(element: Json) -> str | None:
    return element["text"]["text"] if element["type"] == "button" else None


def chosen(element: Json, value: str | None) -> Json:
    """Return what the element holds after a person chose a value."""
    kind = str(element["type"])
    if kind == "button":
        return {"value": element["value"]} if "value" in element else {}
    options = [option for option in element.get("options", []) if value in (option["value"], option["text"]["text"])]
    if "options" in element:
        many = kind in ("checkboxes", "multi_static_select")
        return {"selected_options": options} if many else {"selected_option": options[0]}
    names = {"users_select": "selected_user", "conversations_select": "selected_conversation"}
    names |= {"channels_select": "selected_channel", "datepicker": "selected_date", "timepicker": "selected_time"}
    return {names.get(kind, "value"): value}
