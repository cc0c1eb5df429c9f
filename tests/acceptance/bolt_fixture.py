"""A Bolt app over slack_sdk's aiohttp Socket Mode client, in its own thread: what any real app looks like to Slack."""

import asyncio
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk import WebClient
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from practice.slack.server import PracticeSlack


class BoltApp:
    """A Bolt app with its socket; `app` takes the listeners."""

    def __init__(self, slack: PracticeSlack, ping_interval: float = 5) -> None:
        self.web = WebClient(slack.bot_token, base_url=slack.api_url)
        self.app: Any = App(  # Bolt's decorators are typed in parts only
            client=self.web,
            authorize=lambda: AuthorizeResult(
                enterprise_id=None,
                team_id="T0PRACTICE",
                bot_token=slack.bot_token,
                bot_id="B0SCOUT",
                bot_user_id="U0SCOUT",
            ),
        )
        self.requests: list[SocketModeRequest] = []
        self._slack = slack
        self._ping_interval = ping_interval
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._pool = ThreadPoolExecutor(8)
        self._sockets: list[SocketModeClient] = []

    def connect(self) -> None:
        """Open a socket, one more each time."""
        if not self._thread.is_alive():
            self._thread.start()
        before = self._slack.sockets()
        asyncio.run_coroutine_threadsafe(self._connect(), self._loop).result(5)
        self._slack.wait_for(lambda: self._slack.sockets() == before + 1, what="a socket")

    def close(self) -> None:
        """Close every socket and stop."""
        if self._thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
        self._pool.shutdown()
        self._loop.close()

    async def _connect(self) -> None:
        web = AsyncWebClient(self._slack.bot_token, base_url=self._slack.api_url)
        socket = SocketModeClient(self._slack.app_token, web_client=web, ping_interval=self._ping_interval)
        socket.socket_mode_request_listeners.append(self._hear)
        self._sockets.append(socket)
        await socket.connect()

    async def _close(self) -> None:
        for socket in self._sockets:
            await socket.close()
        await asyncio.sleep(0.05)

    async def _hear(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        answer = await self._loop.run_in_executor(self._pool, _dispatch(self.app, request))
        if answer.status == 200:
            await client.send_socket_mode_response(SocketModeResponse(request.envelope_id, _payload(answer.body)))


def _dispatch(app: App, request: SocketModeRequest) -> Callable[[], BoltResponse]:
    return lambda: run_bolt_app(app, request)


def _payload(body: str) -> dict[str, object] | None:
    if not body:
        return None
    return json.loads(body) if body.startswith("{") else {"text": body}
