"""The doors to Slack, Socket Mode and HTTP: its requests are carried to a synchronous Bolt app, and acknowledgements back."""

from bot.transport.carrier import Transport
from bot.transport.door import Door, TransportState
from bot.transport.link import Identity, SlackUnreachable, SocketSettings, WrongToken, check_tokens, proxy_for
from bot.transport.signature import WINDOW_SECONDS
from bot.transport.visitor import Visited

__all__ = [
    "WINDOW_SECONDS",
    "Door",
    "Identity",
    "SlackUnreachable",
    "SocketSettings",
    "Transport",
    "TransportState",
    "Visited",
    "WrongToken",
    "check_tokens",
    "proxy_for",
]
