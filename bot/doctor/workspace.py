# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Slack_sdk types its answers loosely.
"""What Slack knows of Scout: tokens, scopes, clock, and the channels, groups and people that the settings name."""

from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, cast

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.doctor.finding import BROKEN, DOUBTFUL, FINE, Finding
from bot.doctor.patience import StillBusy, patiently
from bot.errors import ScoutError
from bot.settings import Settings
from bot.slack import web_client
from bot.transport import WINDOW_SECONDS, SocketSettings, check_tokens, proxy_for

SKEW_SECONDS = 30
"""Slack's clock against ours, as far as nothing comes of it yet."""
SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "chat:write.public",
        "commands",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:write",
        "mpim:read",
        "usergroups:read",
        "users:read",
    }
)
"""Those of slack_manifest.yaml; tests/unit/test_manifest.py compares them."""


def workspace(settings: Settings) -> Iterable[Finding]:
    """Everything that Slack can be asked; nothing more once a token is refused, or it asks to wait for too long."""
    bot_token = settings.slack_bot_token.get_secret_value()
    sockets = SocketSettings(settings.slack_app_token.get_secret_value(), bot_token, settings.slack_api_url)
    tokens = _introduction(sockets, by_http=settings.by_http)
    yield tokens
    if tokens.how != FINE:
        return
    client = web_client(bot_token, settings.slack_api_url, proxy_for(settings.slack_api_url))
    yield from _asked("scopes", lambda: _headers(client, by_http=settings.by_http))
    for what, channel in _channels(settings).items():
        yield from _asked(what, lambda channel=channel, what=what: [_channel(client, what, channel)])
    for identity, why in _named(settings).items():
        look = _group if identity.startswith("S") else _person
        what = f"{'group' if look is _group else 'person'} {identity}"
        yield from _asked(what, lambda look=look, what=what, i=identity, why=why: [look(client, what, i, why)])


def _introduction(sockets: SocketSettings, *, by_http: bool) -> Finding:
    try:
        return patiently(lambda: _tokens(sockets, by_http=by_http))
    except StillBusy as busy:
        return Finding(DOUBTFUL, "Slack", str(busy))
    except ScoutError as error:
        return Finding(BROKEN, "Slack", str(error))


def _tokens(sockets: SocketSettings, *, by_http: bool) -> Finding:
    team = check_tokens(sockets, by_socket=not by_http).team_id
    said = "the bot token is good, team {}; Slack comes by HTTP" if by_http else "both tokens are good, team {}"
    return Finding(FINE, "Slack", said.format(team))


def _asked(what: str, look: Callable[[], Iterable[Finding]]) -> list[Finding]:
    try:
        return patiently(lambda: list(look()))
    except StillBusy as busy:
        return [Finding(DOUBTFUL, what, str(busy))]
    except SlackApiError as error:
        return [Finding(BROKEN, what, f"Slack says {error.response.get('error', 'error')}")]
    except (OSError, TimeoutError) as error:
        return [Finding(BROKEN, what, f"Slack does not answer ({type(error).__name__})")]


def _headers(client: WebClient, *, by_http: bool) -> Iterable[Finding]:
    answered = cast("Mapping[str, object]", client.api_call("auth.test").headers)
    headers = {name.lower(): str(value) for name, value in answered.items()}
    given = {scope.strip() for scope in headers.get("x-oauth-scopes", "").split(",")}
    missing = sorted(SCOPES - given)
    lacks = f"the bot token lacks {', '.join(missing)}: put slack_manifest.yaml into the app's manifest and install it again"
    yield Finding(BROKEN, "scopes", lacks) if missing else Finding(FINE, "scopes", f"all {len(SCOPES)} of the manifest")
    date = headers.get("date")
    if date:
        yield _clock(time() - parsedate_to_datetime(date).timestamp(), by_http=by_http)


def _clock(skew: float, *, by_http: bool) -> Finding:
    apart = f"ours differs from Slack's by {skew:.0f} s: let this machine keep time (NTP)"
    if by_http and abs(skew) > WINDOW_SECONDS:
        return Finding(BROKEN, "clock", f"{apart}, for until then Scout refuses every request of Slack as too old")
    return Finding(DOUBTFUL, "clock", apart) if abs(skew) > SKEW_SECONDS else Finding(FINE, "clock", "as Slack's")


# --- channels


def _channels(settings: Settings) -> dict[str, str]:
    """Every channel that is posted to, by what it is for."""
    found = {"alert channel": settings.alert_channel, "admin channel": settings.admin_channel}
    found |= {"morning channel": settings.morning_channel if settings.morning else ""}
    found |= {f"route {number}": one.channel for number, one in enumerate(settings.routes, 1)}
    found |= {
        f"channel {channel} of {name}": channel
        for name, told in settings.databases.items()
        for channel in told.channels
    }
    return {what: channel for what, channel in found.items() if channel}


def _channel(client: WebClient, what: str, channel: str) -> Finding:
    try:
        info: dict[str, Any] = dict(client.conversations_info(channel=channel)["channel"] or {})
    except SlackApiError as error:
        if error.response.get("error") != "channel_not_found":
            raise
        return Finding(
            BROKEN,
            what,
            f"{channel} is not to be seen: correct the id, or type `/invite @Scout` there if it is private",
        )
    name = f"#{info.get('name', channel)}"
    if info.get("is_archived"):
        return Finding(BROKEN, what, f"{name} is archived: nothing can be posted there")
    if info.get("is_private") and not info.get("is_member"):
        return Finding(BROKEN, what, f"Scout is not in {name}: type `/invite @Scout` there")
    if info.get("is_ext_shared"):
        return Finding(DOUBTFUL, what, f"another company reads {name}: choose one of your own")
    return Finding(FINE, what, f"{name}, {'a member' if info.get('is_member') else 'public, no invitation needed'}")


# --- people


def _named(settings: Settings) -> dict[str, str]:
    """Every group and every person of the settings, with what they are named for."""
    lists = {"operators": settings.operators, "approvers": settings.approvers, "mention": settings.mention}
    lists |= {"break glass": settings.break_glass}
    found: dict[str, list[str]] = {}
    for what, who in lists.items():
        for identity in who:
            found.setdefault(identity, []).append(what)
    return {identity: ", ".join(what) for identity, what in found.items() if identity[:1] in {"S", "U", "W"}}


def _group(client: WebClient, what: str, group: str, why: str) -> Finding:
    try:
        people: list[str] = list(client.usergroups_users_list(usergroup=group)["users"] or ())
    except SlackApiError as error:
        if error.response.get("error") != "no_such_subteam":
            raise
        return Finding(BROKEN, what, f"there is no such user group ({why}): correct the id")
    if not people:
        return Finding(DOUBTFUL, what, f"nobody is in it ({why}): add people in Slack")
    return Finding(FINE, what, f"{len(people)} {'person' if len(people) == 1 else 'people'} ({why})")


def _person(client: WebClient, what: str, person: str, why: str) -> Finding:
    try:
        user: dict[str, Any] = dict(client.users_info(user=person)["user"] or {})
    except SlackApiError as error:
        if error.response.get("error") != "user_not_found":
            raise
        return Finding(BROKEN, what, f"there is no such person ({why}): correct the id")
    if user.get("deleted"):
        return Finding(DOUBTFUL, what, f"the account is deactivated ({why}): take it out")
    if user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_bot") or user.get("is_stranger"):
        return Finding(DOUBTFUL, what, f"no full member, so Scout will not answer ({why}): take it out")
    return Finding(FINE, what, f"a member ({why})")
