"""One link to Slack: a ticket, and the one WebSocket that it opens.

A ticket is the WebSocket URL that `apps.connections.open` answers; it is good for one attempt.
Whatever goes wrong on the way is a WrongToken or a SlackUnreachable, in words that hold neither token nor ticket.
"""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, cast
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from aiohttp import ClientError, ClientWSTimeout, WSMessage, WSMsgType, WSServerHandshakeError
from slack_sdk.errors import SlackApiError
from slack_sdk.proxy_env_variable_loader import load_http_proxy_from_env
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ScoutError, Unavailable

log = logging.getLogger(__name__)
SDK_LOG = logging.getLogger("slack_sdk.socket_mode.aiohttp")

PASSING = {"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
NOT_SLACK = (
    LookupError,
    ValueError,
    AttributeError,
)  # what slack_sdk raises at the answer of somebody else, such as a proxy's page


class WrongToken(ScoutError):
    """Slack answers, and refuses a token."""


class SlackUnreachable(Unavailable):
    """Slack does not answer, or asks to come back `retry_after` seconds later."""

    def __init__(self, sentence: str, retry_after: float = 0.0) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


@dataclass(frozen=True)
class SocketSettings:
    """Where Slack is and who we are there; `ping_interval` in seconds is the measure of every other time limit."""

    app_token: str = field(repr=False)
    bot_token: str = field(repr=False)
    api_url: str = "https://slack.com/api/"
    ping_interval: float = 5.0
    workers: int = 16


@dataclass(frozen=True)
class Identity:
    """Whom the bot token speaks for."""

    team_id: str
    user_id: str
    team: str
    enterprise_id: str = ""


def proxy_for(url: str) -> str | None:
    """The proxy that the environment names, but none for this machine and the hosts of NO_PROXY (slack_sdk ignores both)."""
    host = urlsplit(url).hostname or ""
    return None if _is_here(host) or proxy_bypass(host) else load_http_proxy_from_env()


def check_tokens(settings: SocketSettings, *, by_socket: bool = True) -> Identity:
    """Asks Slack once about both tokens, in HTTP mode about the only one.

    Raises:
        WrongToken: a token is refused.
        SlackUnreachable: there is no answer to be had.
    """
    with slack_errors(settings):
        return asyncio.run(introduce(settings))[0] if by_socket else asyncio.run(who_we_are(settings))


async def introduce(settings: SocketSettings) -> tuple[Identity, str]:
    """Who we are, and the first ticket: the check of the app token is its first use."""
    return await who_we_are(settings), await new_ticket(settings)


async def who_we_are(settings: SocketSettings) -> Identity:
    """Whom the bot token speaks for."""
    who = await _call(settings, "auth.test")
    return Identity(
        team_id=who["team_id"],
        user_id=who["user_id"],
        team=who.get("team", ""),
        enterprise_id=who.get("enterprise_id") or "",
    )


async def new_ticket(settings: SocketSettings) -> str:
    """Asks for the address of one WebSocket."""
    answer = await _call(settings, "apps.connections.open", token=settings.app_token.strip())
    return answer["url"]


@contextlib.contextmanager
def slack_errors(settings: SocketSettings) -> Generator[None]:
    """Says what went wrong without the ticket and the tokens that are in the errors of others."""
    try:
        yield
    except SlackApiError as error:
        raise _refusal(error) from error
    except WSServerHandshakeError as error:
        raise SlackUnreachable(f"Slack refused a socket (HTTP {error.status}).") from None
    except (ClientError, OSError, *NOT_SLACK) as error:
        raise SlackUnreachable(f"Slack cannot be reached at {settings.api_url} ({type(error).__name__}).") from None


class Socket(SocketModeClient):
    """One WebSocket on one ticket.

    slack_sdk's client replaces its own socket, and badly: it closes the old one, dropping what still arrives, before it asks for the new;
    retries a dead ticket for ever; replaces twice when a warning precedes the refresh, or when Slack is slow to answer; and notices an end
    without a close frame a ping interval late. So the connection's life is ours; session, parsing, sending and closing are the client's.
    """

    def __init__(self, settings: SocketSettings, on_request: Callable[["Socket", SocketModeRequest], None]) -> None:
        super().__init__(settings.app_token, SDK_LOG, _slack(settings), ping_interval=settings.ping_interval)
        self.on_request = on_request
        self.last_frame = 0.0
        self.reason = "closed"
        self.answered, self.leaving, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether it said hello and has not ended since."""
        return self.answered.is_set() and not self.ended.is_set()

    async def open(self, ticket: str) -> None:
        """Makes the one attempt, and returns once Slack has said hello."""
        close_within = min(self.ping_interval, 1.0)
        self.current_session = await self.aiohttp_client_session.ws_connect(
            ticket,
            autoping=False,  # else pings and pongs are not seen here, and they show that the link lives
            heartbeat=self.ping_interval,
            proxy=proxy_for(ticket),
            timeout=ClientWSTimeout(ws_close=close_within),  # pyright: ignore[reportCallIssue] - attrs without types
        )
        self.message_receiver = asyncio.ensure_future(self.receive_messages())
        await self.answered.wait()
        if self.leaving.is_set():
            raise SlackUnreachable(f"Slack ended a new socket at once ({self.reason}).")

    async def receive_messages(self) -> None:
        """Hands frames on as they come: a queue could be left full behind a socket that closes."""
        try:
            while self.current_session and not self.current_session.closed:
                await self._frame(await self.current_session.receive())
        finally:
            self.ended.set()
            await self.connect_to_new_endpoint()

    async def _frame(self, frame: WSMessage) -> None:
        if frame.type in {WSMsgType.TEXT, WSMsgType.PING, WSMsgType.PONG}:
            self.last_frame = time.monotonic()
        if frame.type is WSMsgType.PING and self.current_session:
            with contextlib.suppress(ConnectionError):  # the next receive() says so too
                await self.current_session.pong(cast("bytes", frame.data))
        elif frame.type is WSMsgType.TEXT:
            await self._text(cast("str", frame.data))

    async def _text(self, text: str) -> None:
        try:
            await self.run_message_listeners(json.loads(text), text)
        except Exception:  # one odd frame must not cost the socket
            log.exception("a frame of %d characters is not understood", len(text))

    async def run_message_listeners(self, message: dict[str, Any], raw_message: str) -> None:  # noqa: ARG002 - slack_sdk's
        """Takes what Slack says about the socket itself, and passes on the rest."""
        if message.get("type") == "hello":
            self.answered.set()
        elif message.get("type") == "disconnect":
            self.reason = str(message.get("reason"))
            await self.connect_to_new_endpoint()
        elif request := SocketModeRequest.from_dict(message):  # pyright: ignore[reportUnknownMemberType] - its dict has no types
            self.on_request(self, request)

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - slack_sdk's
        """Says that another socket is wanted; to open it is not this one's business."""
        self.leaving.set()
        self.answered.set()

    async def sent(self, answer: SocketModeResponse) -> bool:
        """Sends an acknowledgement, and says whether this socket would take it."""
        if not self.alive:
            return False
        try:
            await self.send_socket_mode_response(answer)
        except (ConnectionError, ClientError):
            return False
        return True


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _slack(settings: SocketSettings) -> AsyncWebClient:
    client = AsyncWebClient(settings.bot_token, settings.api_url, retry_handlers=[])
    client.proxy = proxy_for(settings.api_url)  # set here: the constructor takes none for "look into the environment"
    return client


async def _call(settings: SocketSettings, method: str, **params: str) -> dict[str, str]:
    answer = await _slack(settings).api_call(method, params=params)  # pyright: ignore[reportUnknownMemberType] - bare dicts
    return cast("dict[str, str]", answer.data)


def _refusal(error: SlackApiError) -> ScoutError:
    answer: Any = error.response  # slack_sdk's answer, or aiohttp's where the body was no JSON
    data: Any = getattr(answer, "data", None)
    code = str(cast("dict[str, object]", data).get("error", "")) if isinstance(data, dict) else ""
    if code and code not in PASSING:
        return WrongToken(_wrong(code, str(getattr(answer, "api_url", ""))))
    status = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    said = code or f"HTTP {status}"
    return SlackUnreachable(f"Slack cannot serve us now ({said}).", _seconds(answer.headers.get("Retry-After", "0")))


def _wrong(code: str, api_url: str) -> str:
    if api_url.endswith("auth.test"):
        return f"Slack refused the bot token ({code}): SLACK_BOT_TOKEN must be the xoxb- token of the installed app."
    if code == "missing_scope":
        return f"The app token lacks the scope connections:write ({code}): make an app-level token that has it for SLACK_APP_TOKEN."
    return f"Slack refused the app token ({code}): SLACK_APP_TOKEN must be an app-level xapp- token, with Socket Mode switched on."


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0  # the header's other form, a date, is not one that Slack uses
