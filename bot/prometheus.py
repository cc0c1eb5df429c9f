"""One value from Prometheus, or none."""

import base64
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, cast

from bot.errors import ScoutError, Unavailable

LONGEST_ANSWER = 1_000_000
FRESH_SECONDS = 5.0
"""For how long an answer, or that there is none, holds for others who ask the same: many databases may stand behind one API."""

# Prometheus is in the same house: no proxy of the environment may be asked for it, and no redirect followed.


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


class Silent(Unavailable):
    """Nobody answers at the address, whatever is asked."""


Found = float | ScoutError | None


@dataclass
class Prometheus:
    """A Prometheus by its address; one question at a time, and the same one is asked once for all who wait for it."""

    url: str
    token: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = 3
    fresh_s: float = FRESH_SECONDS
    _kept: dict[str, tuple[float, Found]] = field(default_factory=dict[str, tuple[float, Found]])
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def value(self, query: str) -> float | None:
        """The value of an instant query, which may be no number; None when there is no series.

        Raises:
            Unavailable: Prometheus does not answer, refuses the query, or answers with more than one series.
        """
        with self._turn:
            found = self._remembered("", query)
            if found is None:
                found = time.monotonic(), self._asked(query)
                self._kept["" if isinstance(found[1], Silent) else query] = found
        if isinstance(found[1], ScoutError):
            raise found[1]
        return found[1]

    def _remembered(self, *keys: str) -> tuple[float, Found] | None:
        """What still holds; that nobody answers is kept under no query, and holds for all."""
        oldest = time.monotonic() - self.fresh_s
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > oldest}
        return next((self._kept[key] for key in keys if key in self._kept), None)

    def _asked(self, query: str) -> Found:
        try:
            return _value(_result(_answer(self.url, query, self.timeout_s, self._headers())))
        except ScoutError as error:
            return error

    def _headers(self) -> Mapping[str, str]:
        if self.token:
            return {"Authorization": f"Bearer {self.token}"}
        if self.user or self.password:
            login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
            return {"Authorization": f"Basic {login}"}
        return {}


def _answer(url: str, query: str, timeout_s: float, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - whatever JSON holds
    address = f"{url.rstrip('/')}/api/v1/query"
    if not address.startswith(("http://", "https://")):
        raise Unavailable("The address of Prometheus begins with neither http:// nor https://. Check the settings.")
    body = urllib.parse.urlencode({"query": query, "timeout": f"{timeout_s:g}s"}).encode()
    try:
        order = urllib.request.Request(address, body, dict(headers))  # noqa: S310 - the scheme was looked at
        with _OPENER.open(order, None, timeout_s) as answer:
            return json.loads(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        error.close()
        raise _refused(error.code) from None
    except (OSError, HTTPException):
        raise Silent("Prometheus does not answer. Check that it runs, and its address in the settings.") from None
    except (ValueError, RecursionError):
        raise Unavailable("What answers there is not Prometheus. Check its address in the settings.") from None


def _refused(status: int) -> ScoutError:
    if status in {401, 403}:
        return Silent(
            f"Prometheus refused Scout's login (HTTP {status}). Check token, user and password in the settings."
        )
    return Unavailable(f"Prometheus refused the query (HTTP {status}). Check it in the settings.")


def _result(answer: Any) -> list[Any]:  # noqa: ANN401 - whatever JSON holds
    """The series of an answer; a scalar counts as one."""
    try:
        kind, result = answer["data"]["resultType"], answer["data"]["result"]
    except (KeyError, TypeError):
        kind, result = "", None
    if not isinstance(result, list):
        raise Unavailable("What answers there is not Prometheus. Check its address in the settings.")
    return [{"value": result}] if kind == "scalar" else cast("list[Any]", result)


def _value(series: list[Any]) -> float | None:
    if len(series) > 1:
        raise Unavailable(f"The query answers with {len(series)} series; one is wanted. Put a sum() around it.")
    try:
        return float(series[0]["value"][1]) if series else None
    except (KeyError, IndexError, TypeError, ValueError):
        raise Unavailable("The query does not answer with a value. Check it in the settings.") from None
