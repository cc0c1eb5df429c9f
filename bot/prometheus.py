"""One value from Prometheus, or none."""

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from typing import Any, cast

from bot.errors import Unavailable

LONGEST_ANSWER = 1_000_000

# Prometheus is in the same house: no proxy of the environment may be asked for it, and no redirect followed.


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def instant(url: str, query: str, timeout_s: float = 3) -> float | None:
    """The value of an instant query; None when there is no series, or its value is no number.

    Raises:
        Unavailable: Prometheus does not answer, refuses the query, or answers with more than one series.
    """
    return _value(_result(_asked(url, query, timeout_s)))


def _asked(url: str, query: str, timeout_s: float) -> Any:  # noqa: ANN401 - whatever JSON holds
    address = f"{url.rstrip('/')}/api/v1/query"
    if not address.startswith(("http://", "https://")):
        raise Unavailable("The address of Prometheus begins with neither http:// nor https://. Check the settings.")
    body = urllib.parse.urlencode({"query": query, "timeout": f"{timeout_s:g}s"}).encode()
    try:
        with _OPENER.open(address, body, timeout_s) as answer:
            return json.loads(answer.read(LONGEST_ANSWER))
    except urllib.error.HTTPError as error:
        error.close()
        raise Unavailable(f"Prometheus refused the query (HTTP {error.code}). Check it in the settings.") from None
    except (OSError, HTTPException, ValueError, RecursionError):
        raise Unavailable("Prometheus does not answer. Check that it runs, and its address in the settings.") from None


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
        value = float(series[0]["value"][1]) if series else math.nan
    except (KeyError, IndexError, TypeError, ValueError):
        raise Unavailable("The query does not answer with a value. Check it in the settings.") from None
    return value if math.isfinite(value) else None
