"""Socket Mode's door: requests of Slack are carried to a synchronous Bolt app, and its acknowledgements back."""

from bot.transport.carrier import Transport, TransportState
from bot.transport.link import Identity, SlackUnreachable, SocketSettings, WrongToken, check_tokens, proxy_for

__all__ = [
    "Identity",
    "SlackUnreachable",
    "SocketSettings",
    "Transport",
    "TransportState",
    "WrongToken",
    "check_tokens",
    "proxy_for",
]
