"""Envelopes: what Slack asks over Socket Mode, handed to the Bolt app in a thread and acknowledged once."""

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

from slack_bolt import App, BoltResponse
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

log = logging.getLogger(__name__)

SLOW_SECONDS = 1.0  # Slack waits 3 s for an acknowledgement; this leaves time to notice
REMEMBERED = 512  # acknowledgements kept for envelopes that come again

Reply = Callable[[SocketModeResponse], Awaitable[None]]


def acknowledgement(envelope_id: str, response: BoltResponse) -> SocketModeResponse | None:
    """What Bolt's answer says to Slack; none when the request could not be taken now, so that Slack may send it again.

    A listener that raised (500) is acknowledged all the same, and so is what nobody listens to (404): to be asked the same again would not help.
    """
    if response.status not in {200, 404, 500}:
        return None
    if response.status != 200 or not response.body:  # noqa: PLR2004 - an HTTP status
        return SocketModeResponse(envelope_id)
    is_json = "".join(response.headers.get("content-type", ())).startswith("application/json")
    return SocketModeResponse(envelope_id, json.loads(response.body) if is_json else {"text": response.body})


class Envelopes:
    """Those under way and the last ones answered; an envelope that comes again is answered again and not dispatched twice."""

    def __init__(self, app: App, pool: Executor) -> None:
        self.app, self.pool = app, pool
        self.slow = 0
        self._open = True
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._answered: OrderedDict[str, SocketModeResponse] = OrderedDict()

    def take(self, request: SocketModeRequest, reply: Reply) -> None:
        """Starts on an envelope, unless it is under way already or we are leaving: then Slack keeps it for the next process."""
        envelope = request.envelope_id
        if self._open and envelope not in self._under_way:
            self._under_way[envelope] = task = asyncio.create_task(self._serve(request, reply))
            task.add_done_callback(lambda _: self._under_way.pop(envelope))

    async def answered(self, request: SocketModeRequest) -> SocketModeResponse | None:
        """What to say to a request that waits for it; none when nobody took it in time, or we are leaving."""
        answers: list[SocketModeResponse] = []

        async def reply(answer: SocketModeResponse) -> None:
            answers.append(answer)

        self.take(request, reply)
        task = self._under_way.get(request.envelope_id)
        if task is not None:
            await asyncio.wait([task])
        return answers[0] if answers else None

    @property
    def under_way(self) -> int:
        """How many wait for their acknowledgement now; may be asked from any thread."""
        return len(self._under_way)

    async def finish(self, timeout: float) -> None:
        """Takes no more, and gives those under way `timeout` seconds."""
        self._open = False
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=timeout)
        late = [task for task in tasks if task.cancel()]
        if late:
            log.warning("left with %d requests not acknowledged", len(late))
            await asyncio.wait(late)

    async def _serve(self, request: SocketModeRequest, reply: Reply) -> None:
        began = time.monotonic()
        answer = self._answered.get(request.envelope_id) or await self._ask(request)
        if answer is None:
            log.warning("a request of type %s was not taken in time: it is not acknowledged", request.type)
            return
        self._remember(answer)
        await reply(answer)
        self.slow += time.monotonic() - began > SLOW_SECONDS

    async def _ask(self, request: SocketModeRequest) -> SocketModeResponse | None:
        return await asyncio.get_running_loop().run_in_executor(self.pool, self._dispatch, request)

    def _dispatch(self, request: SocketModeRequest) -> SocketModeResponse | None:
        try:
            return acknowledgement(request.envelope_id, run_bolt_app(self.app, request))
        except Exception:  # the last net: whatever it is, Slack must not be left waiting
            log.exception("a request of type %s failed", request.type)
            return SocketModeResponse(request.envelope_id)

    def _remember(self, answer: SocketModeResponse) -> None:
        self._answered[answer.envelope_id] = answer
        if len(self._answered) > REMEMBERED:
            self._answered.popitem(last=False)
