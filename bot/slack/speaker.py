# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Slack_sdk types its arguments and answers loosely.
"""Says things in Slack, and names what Slack answers when it does not want to."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.error import URLError

from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError

from bot.blocks import Block, Drawn
from bot.chat import Sheet, Whisper
from bot.errors import Unavailable
from bot.outbox import Busy, Gone, NotDrawable, Refused, Unseen

log = logging.getLogger(__name__)

T = TypeVar("T")

TIMEOUT_SECONDS = 8
PASSING = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org", "rollup_error"}
)
PERMANENT_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
NOT_DRAWABLE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
WRONG_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
"""Not the message's fault: it waits until somebody has mended the token."""
SKEW = timedelta(minutes=5)
"""How far our clock and Slack's may be apart."""
LOOKED_AT = 200
PAGES = 5
TOO_MANY = 429
BROKEN = 500


def web_client(token: str, api_url: str, proxy: str | None) -> WebClient:
    """A client that never repeats a post by itself: repeating is the outbox's business, and it remembers.

    The proxy is set afterwards, because the constructor takes none for "look in the environment".
    """
    client = WebClient(token=token, base_url=api_url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
    client.proxy = proxy
    return client


class SlackSpeaker:
    """The Web API as the outbox wants it."""

    def __init__(self, client: WebClient, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client, self._now = client, now

    def post(self, channel: str, thread: str | None, drawn: Drawn, key: str) -> tuple[str, str]:
        """Post a message; its channel and ts."""
        answer = _named(
            lambda: self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                text=drawn.text,
                blocks=drawn.blocks,
                unfurl_links=False,
                unfurl_media=False,
                metadata=_metadata(key),
            )
        )
        return str(answer["channel"]), str(answer["ts"])

    def find(self, channel: str, thread: str | None, key: str, since: datetime) -> str | None:
        """The ts of a message of ours with this key in a channel or a thread; looks at a thousand messages at most."""
        channel = self._where(channel)
        oldest, cursor = f"{(since - SKEW).timestamp():.6f}", ""
        for _ in range(PAGES):
            answer: Any = self._read(channel, thread, oldest, cursor)
            found = [str(one["ts"]) for one in answer["messages"] if one.get("metadata") == _metadata(key)]
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if found or not cursor:
                return next(iter(found), None)
        return None

    def _where(self, channel: str) -> str:
        """A conversation; for a person the direct one with them, whose history only its own id gives."""
        return self._direct_channel(channel) if channel.startswith(("U", "W")) else channel

    def _read(self, channel: str, thread: str | None, oldest: str, cursor: str) -> object:
        told: dict[str, Any] = {"oldest": oldest, "limit": LOOKED_AT, "include_all_metadata": True, "cursor": cursor}
        try:
            if thread is None:
                return _named(lambda: self._client.conversations_history(channel=channel, **told))
            return _named(lambda: self._client.conversations_replies(channel=channel, ts=thread, **told))
        except Refused as refusal:
            raise Unseen(str(refusal)) from None

    def edit(self, channel: str, ts: str, drawn: Drawn, key: str) -> None:
        """Replace a message; its metadata has to be sent again to survive."""
        _named(
            lambda: self._client.chat_update(
                channel=channel, ts=ts, text=drawn.text, blocks=drawn.blocks, metadata=_metadata(key)
            )
        )

    def whisper(self, to: Whisper, drawn: Drawn) -> None:
        """Say something to one person: by the response URL while it lives, else as an ephemeral message, else directly."""
        if to.url and (to.url_until is None or self._now() < to.url_until) and self._by_url(to.url, drawn):
            return
        if to.channel == to.person:  # asked from the home tab, which is in no channel
            self._directly(to.person, drawn)
            return
        try:
            _named(
                lambda: self._client.chat_postEphemeral(
                    channel=to.channel, user=to.person, thread_ts=to.thread, text=drawn.text, blocks=drawn.blocks
                )
            )
        except Refused as refusal:
            if isinstance(refusal, NotDrawable):
                raise
            self._directly(to.person, drawn)

    def send_sheet(self, sheet: Sheet) -> None:
        """Upload a text file into a thread, or to a person."""
        channel = self._direct_channel(sheet.person) if sheet.person else sheet.channel
        _named(
            lambda: self._client.files_upload_v2(
                channel=channel,
                thread_ts=sheet.thread,
                filename=sheet.name,
                title=sheet.title,
                content=sheet.text,
                request_file_info=False,
            )
        )

    def publish(self, person: str, blocks: list[Block]) -> None:
        """Put a page on a person's home tab, in the place of the one before; doing it twice changes nothing."""
        _named(lambda: self._client.views_publish(user_id=person, view={"type": "home", "blocks": blocks}))

    def permalink(self, channel: str, ts: str) -> str:
        """The address of a message in a browser."""
        answer: Any = _named(lambda: self._client.chat_getPermalink(channel=channel, message_ts=ts))
        return str(answer["permalink"])

    def _by_url(self, url: str, drawn: Drawn) -> bool:
        hook = WebhookClient(url, timeout=TIMEOUT_SECONDS, retry_handlers=[])
        hook.proxy = self._client.proxy
        answer = _reached(
            lambda: hook.send(text=drawn.text, blocks=drawn.blocks, response_type="ephemeral", replace_original=False)
        )
        if answer.status_code == TOO_MANY:
            raise Busy(_retry_after(answer.headers))
        if answer.status_code >= BROKEN:
            raise Unavailable(f"Slack answered {answer.status_code}.")
        return answer.status_code < 400  # noqa: PLR2004 - HTTP's own line between yes and no

    def _directly(self, person: str, drawn: Drawn) -> None:
        self.post(self._direct_channel(person), None, drawn, "")

    def _direct_channel(self, person: str) -> str:
        opened: Any = _named(lambda: self._client.conversations_open(users=person))
        return str(opened["channel"]["id"])


def _metadata(key: str) -> dict[str, Any]:
    return {"event_type": "scout", "event_payload": {"key": key}}


def _named(call: Callable[[], T]) -> T:
    """Call Slack; what it refuses gets a name.

    Raises:
        Busy, NotDrawable, Gone, Refused: as their names say.
        Unavailable: try again later.
    """
    try:
        return _reached(call)
    except SlackApiError as error:
        raise _error_of(error) from None


def _reached(call: Callable[[], T]) -> T:
    try:
        return call()
    except (URLError, OSError, TimeoutError) as error:
        raise Unavailable(f"Slack cannot be reached ({type(error).__name__}).") from None


def _error_of(error: SlackApiError) -> Exception:
    response: Any = error.response
    code = str(response.get("error", "error")) if isinstance(response.data, dict) else "not JSON"
    if response.status_code == TOO_MANY or code in {"ratelimited", "rate_limited"}:
        return Busy(_retry_after(response.headers))
    if response.status_code >= BROKEN or code in PASSING or code == "not JSON":
        return Unavailable(f"Slack answered {code}.")
    if code in WRONG_TOKEN:
        return Unavailable(f"Slack refuses the bot token ({code}): give Scout the xoxb- token of the installed app.")
    if code in NOT_DRAWABLE:
        log.warning("Slack refused a message's blocks: %s", response.get("response_metadata"))
        return NotDrawable(code)
    return Gone(code) if code in PERMANENT_GONE else Refused(code)


def _retry_after(headers: Any) -> float:  # noqa: ANN401 - a plain dict or a multidict, by slack_sdk's mood
    try:
        return min(60.0, max(0.2, float(headers.get("Retry-After") or headers.get("retry-after") or 1)))
    except ValueError:
        return 1.0
