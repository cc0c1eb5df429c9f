"""A Redis beside the database: what it says of itself, some of its keys, and the two ways in which they are changed.

Keys go by SCAN and UNLINK, some at a time, and come by SET with an expiry: nothing here holds the server up, and nothing is ever
flushed. Whatever is cut off in the middle is simply done again.
"""

import re
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthenticationWrongNumberOfArgsError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
)
from redis.retry import Retry

from bot.command import Counted, Key, Keys, Warm
from bot.errors import BadInput, Cannot, ScoutError, StepFailed, Unavailable

SECONDS = 2
BATCH = 500
"""Keys asked about in one round trip; a SCAN of so many holds the server for well under a millisecond."""

LOCKED = "scout:warming:"
"""What a key begins with that keeps others from warming the same keys."""
NOBODY = "scout:nobody:"
"""What a key begins with that is only asked about, to see whether this login may."""
FARTHEST = 5
"""How often a removal goes through all keys at most, where somebody writes them anew all the time."""

Tell = Callable[[str], None]
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

    def count(self, prefix: str, seconds: float) -> Counted:
        """How many keys begin so, and how many of them never expire; not complete when that took too long.

        Raises:
            ScoutError: it does not answer, or the login may not ask.
        """
        until, keys, lasting = time.monotonic() + seconds, 0, 0
        with self._client() as client:
            for names in _batches(client, _beginning(prefix)):
                keys += len(names)
                lasting += _lasting(client, names)
                if time.monotonic() > until:
                    return Counted(keys=keys, lasting=lasting, complete=False)
        return Counted(keys=keys, lasting=lasting, complete=True)

    def lacks(self, prefix: str = "") -> list[str]:
        """The orders that `clear` and `write` need and this login may not give, tried on a key that does not exist and never will.

        Raises:
            ScoutError: it does not answer, or takes no writes whatever the login.
        """
        name = f"{prefix}{NOBODY}{secrets.token_hex(8)}"
        tries: Mapping[str, Callable[[Client], object]] = {
            "unlink": lambda client: client.unlink(name),
            "set": lambda client: client.set(name, "", xx=True, px=1),  # only over a key that is there
            "get": lambda client: client.get(name),
            "del": lambda client: client.delete(name),
            "watch": lambda client: _watched(client, name),
            "multi": lambda client: _at_once(client, name),
        }
        with self._client() as client:
            return [order for order, attempt in tries.items() if not _may(client, attempt)]

    # --- changing

    def clear(self, prefix: str, seconds: float, stopped: threading.Event, tell: Tell) -> str:
        """Remove every key that begins so, some at a time; one that is gone already is fine, one that is written meanwhile goes too.

        Raises:
            ScoutError: it does not answer, the login may not, it took too long or was stopped; says how many are gone.
        """
        gone, until = 0, time.monotonic() + seconds
        try:
            with self._client() as client:
                for _ in range(FARTHEST):
                    before = gone
                    for names in _batches(client, _beginning(prefix)):
                        _refuse_after(until, stopped)
                        gone += int(client.unlink(*names)) if names else 0
                        tell(f"{gone:,} keys removed so far")
                    if gone == before:
                        return f"{gone:,} keys removed, none is left"
                left = self.count(prefix, SECONDS).keys
        except (StepFailed, Unavailable) as error:
            raise type(error)(f"{gone:,} keys were removed, then: {error}") from None
        return f"{gone:,} keys removed; {left:,} were written anew meanwhile"

    @contextmanager
    def alone(self, prefix: str, token: str, seconds: float) -> Generator[None]:
        """Keep everybody else from warming the same keys while a block lasts; the same token gets in again after a crash.

        Raises:
            StepFailed: somebody else is at it.
            ScoutError: it does not answer, or the login may not.
        """
        name = LOCKED + prefix
        with self._client() as client:
            taken = client.set(name, token, nx=True, px=round(1000 * seconds))
            if not taken and client.get(name) != token.encode():
                raise StepFailed("Somebody else warms these keys now; nothing was done. Ask again in a minute.")
        try:
            yield
        finally:
            self._let_go(name, token)

    def write(
        self, order: Warm, rows: Sequence[tuple[str, str]], seconds: float, stopped: threading.Event, tell: Tell
    ) -> str:
        """Write keys and values over whatever is there; each lives up to a tenth longer than asked, so that not all expire at once.

        Raises:
            ScoutError: it does not answer, the login may not, there are too many rows, it took too long or was stopped; says how many are written.
        """
        if len(rows) > order.most:
            raise StepFailed(f"There are more than {order.most:,} rows; nothing was written. Name a smaller relation.")
        begun, size, written = time.monotonic(), 0, 0
        try:
            with self._client() as client:
                for start in range(0, len(rows), BATCH):
                    _refuse_after(begun + seconds, stopped)
                    some = rows[start : start + BATCH]
                    _set(client, order, some)
                    written += len(some)
                    size += sum(len(key.encode()) + len(value.encode()) for key, value in some)
                    tell(f"{written:,} of {len(rows):,} keys written")
        except (StepFailed, Unavailable) as error:
            raise type(error)(f"{written:,} of {len(rows):,} keys were written, then: {error}") from None
        return f"{written:,} keys, {size:,} bytes, written in {time.monotonic() - begun:.1f} s"

    def _let_go(self, name: str, token: str) -> None:
        """Give a lock back unless it is somebody else's by now; one that cannot be given back expires."""
        with suppress(ScoutError), self._client() as client, client.pipeline() as line:
            line.watch(name)
            if line.get(name) == token.encode():
                line.multi()
                line.delete(name)
                line.execute()

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


def _may(client: Client, attempt: Callable[[Client], object]) -> bool:
    """Whether an order is taken; everything but a missing right is raised."""
    try:
        attempt(client)
    except NoPermissionError:
        return False
    return True


def _watched(client: Client, name: str) -> None:
    with client.pipeline() as line:
        line.watch(name)
        line.unwatch()


def _at_once(client: Client, name: str) -> None:
    with client.pipeline(transaction=True) as line:
        line.get(name)
        line.execute()


def _batches(client: Client, match: bytes | None = None) -> Iterator[list[bytes]]:
    """The names of all keys, or of those that match, some at a time; one that moved meanwhile comes twice."""
    cursor = 0
    for turn in count():
        if turn and not cursor:
            return
        cursor, names = client.scan(cursor, match=match, count=BATCH)
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


def _refuse_after(until: float, stopped: threading.Event) -> None:
    """Raises: StepFailed: it was stopped, or its time is up."""
    if stopped.is_set():
        raise StepFailed("it was stopped.")
    if time.monotonic() > until:
        raise StepFailed("its time was up.")


def _beginning(prefix: str) -> bytes:
    """The pattern for keys that begin so, letter by letter: what means something in a pattern is escaped."""
    return re.sub(rb"([*?\[\]\\^-])", rb"\\\1", prefix.encode()) + b"*"


def _lasting(client: Client, names: list[bytes]) -> int:
    """How many of some keys never expire."""
    with client.pipeline(transaction=False) as line:
        for name in names:
            line.pttl(name)
        return sum(ttl == FOR_EVER for ttl in line.execute())


def _set(client: Client, order: Warm, rows: Sequence[tuple[str, str]]) -> None:
    with client.pipeline(transaction=False) as line:
        for key, value in rows:
            lives_s = order.ttl_s * (1 + secrets.randbelow(101) / 1000)
            line.set(order.prefix + key, value, px=round(1000 * lives_s))
        line.execute()


GONE, FOR_EVER = -2, -1


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
            "Scout's login may not do this in Redis. To look it needs `ACL SETUSER <login> +select +info +scan +pttl +memory|usage ~*`, "
            "for `cache clear` also `+unlink`, for `cache warm` also `+set +get +del +watch +unwatch +multi +exec`."
        )
    if isinstance(error, (AuthenticationError, AuthenticationWrongNumberOfArgsError)):
        return Unavailable("Redis refused Scout's login. Check user and password in SCOUT_REDIS_URL.")
    if isinstance(error, BusyLoadingError):
        return Unavailable("Redis is still loading its data. Ask again in a minute.")
    if isinstance(error, ReadOnlyError):
        return Unavailable(
            "Redis there is a replica and takes no writes. Give SCOUT_REDIS_URL the address of its primary."
        )
    if isinstance(error, OutOfMemoryError):
        return Unavailable(
            "Redis is full and evicts nothing, so it takes no writes. Give it room, or another maxmemory-policy."
        )
    return Unavailable("Redis does not answer. Check that it runs, and its address in SCOUT_REDIS_URL.")
