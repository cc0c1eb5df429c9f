"""A Redis beside the database: what it says of itself, and some of its keys. Nothing is ever written to it."""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    BusyLoadingError,
    NoPermissionError,
)
from redis.retry import Retry

from bot.command import Key, Keys
from bot.errors import BadInput, Cannot, Unavailable

SECONDS = 2
BATCH = 500
"""Keys asked about in one round trip; a SCAN of so many holds the server for well under a millisecond."""

Client = Any
"""A redis.Redis, whose methods are typed as answering now or later: a checker cannot follow that."""


class Cache:
    """A Redis by its address, as `redis://user:…@host:6379/0`; implements `bot.command.KeyStore`."""

    def __init__(self, url: str) -> None:
        self._url = url

    def info(self) -> Mapping[str, str]:
        """What the server says of itself, by field; `db`, `keys` and `expires` are those of the database in the address.

        Raises:
            ScoutError: it does not answer, or the login may not ask.
        """
        with self._client() as client:
            told = cast("dict[str, object]", client.info())
            number = int(client.connection_pool.connection_kwargs.get("db") or 0)
        space = cast("dict[str, object]", told.get(f"db{number}", {}))
        own = {"db": number, "keys": space.get("keys", 0), "expires": space.get("expires", 0)}
        return {field: str(value) for field, value in (told | own).items() if not isinstance(value, dict)}

    def keys(self, most: int, seconds: float) -> Keys:
        """Look at keys until there are so many, or so much time has passed; SCAN holds nobody up.

        Raises:
            ScoutError: it does not answer, or the login may not ask.
        """
        until = time.monotonic() + seconds
        found: dict[bytes, Key] = {}
        with self._client() as client:
            for names in _batches(client):
                new = [name for name in names if name not in found]
                found |= _looked_at(client, new[: most - len(found)])
                if len(found) >= most or time.monotonic() > until:
                    return Keys(keys=tuple(found.values()), complete=False)
        return Keys(keys=tuple(found.values()), complete=True)

    @contextmanager
    def _client(self) -> Generator[Client]:
        try:
            client: Client = redis.Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - its keywords have no types
                self._url,
                protocol=2,
                socket_timeout=SECONDS,
                socket_connect_timeout=SECONDS,
                retry=Retry(NoBackoff(), 0),
            )
        except ValueError:
            raise BadInput("SCOUT_REDIS_URL is no address of a Redis, as redis://HOST:6379/0.") from None
        try:
            yield client
        except redis.RedisError as error:
            raise _refusal(error) from None
        finally:
            client.close()


def _batches(client: Client) -> Iterator[list[bytes]]:
    """The names of all keys, some at a time; one that moved meanwhile comes twice."""
    cursor = 0
    for turn in count():
        if turn and not cursor:
            return
        cursor, names = client.scan(cursor, count=BATCH)
        yield names


def _looked_at(client: Client, names: list[bytes]) -> dict[bytes, Key]:
    """Size and time to live of some keys in one round trip; a key that went meanwhile is none."""
    with client.pipeline(transaction=False) as line:
        for name in names:
            line.pttl(name)
            line.memory_usage(name, samples=5)
        told: list[object] = line.execute(raise_on_error=False)
    answers = zip(names, told[::2], told[1::2], strict=True)
    return {name: _key(name, ttl, size) for name, ttl, size in answers if ttl != GONE}


GONE = -2


def _key(name: bytes, ttl: object, size: object) -> Key:
    if isinstance(ttl, redis.RedisError):
        raise ttl
    return Key(
        name=name.decode(errors="replace"),
        size=size if isinstance(size, int) else None,
        ttl_s=ttl / 1000 if isinstance(ttl, int) and ttl >= 0 else None,
    )


def _refusal(error: redis.RedisError) -> Unavailable | Cannot:
    if isinstance(error, NoPermissionError):
        return Cannot(
            "Scout's login may not look into Redis. Run there: `ACL SETUSER <login> +select +info +scan +pttl +memory|usage ~*`"
        )
    if isinstance(error, (AuthenticationError, AuthenticationWrongNumberOfArgsError)):
        return Unavailable("Redis refused Scout's login. Check user and password in SCOUT_REDIS_URL.")
    if isinstance(error, BusyLoadingError):
        return Unavailable("Redis is still loading its data. Ask again in a minute.")
    return Unavailable("Redis does not answer. Check that it runs, and its address in SCOUT_REDIS_URL.")
