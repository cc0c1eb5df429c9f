"""One value comes from Prometheus, or none, or a sentence."""

import json
import socket
import threading
import time
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from bot.errors import Unavailable
from bot.prometheus import instant


class Prometheus(ThreadingHTTPServer):
    """Answers what the test wants."""

    daemon_threads = True
    status = 200
    body = b""
    asked = ""


class Handler(BaseHTTPRequestHandler):
    server: Prometheus  # pyright: ignore[reportIncompatibleVariableOverride] - the only server it is given to

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked = self.path + " " + parse_qs(self.rfile.read(length).decode())["query"][0]
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        pass


@pytest.fixture
def prometheus() -> Generator[Prometheus]:
    with Prometheus(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: Prometheus) -> str:
    return f"http://127.0.0.1:{server.server_port}/"


def answer(kind: str, result: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode()


def vector(*values: str) -> bytes:
    return answer(
        "vector", [{"metric": {"n": str(n)}, "value": [1_700_000_000.1, value]} for n, value in enumerate(values)]
    )


def test_one_series_is_its_value(prometheus: Prometheus) -> None:
    prometheus.body = vector("0.25")
    assert instant(url(prometheus), 'sum(rate(x{le="0.2"}[5m])) + 1') == 0.25
    assert prometheus.asked == '/api/v1/query sum(rate(x{le="0.2"}[5m])) + 1'


def test_a_scalar_is_a_value_too(prometheus: Prometheus) -> None:
    prometheus.body = answer("scalar", [1_700_000_000, "7"])
    assert instant(url(prometheus), "scalar(x)") == 7


@pytest.mark.parametrize("body", [vector(), vector("NaN"), vector("+Inf"), vector("-Inf")])
def test_no_series_and_no_number_are_none(prometheus: Prometheus, body: bytes) -> None:
    prometheus.body = body
    assert instant(url(prometheus), "x") is None


def test_two_series_are_one_too_many(prometheus: Prometheus) -> None:
    prometheus.body = vector("1", "2")
    with pytest.raises(Unavailable, match="2 series; one is wanted"):
        instant(url(prometheus), "x")


@pytest.mark.parametrize("status", [302, 400, 401, 422, 500, 503])
def test_a_refused_query_is_said_with_its_status(prometheus: Prometheus, status: int) -> None:
    prometheus.status, prometheus.body = status, b'{"error": "hunter2"}'
    with pytest.raises(Unavailable, match=f"HTTP {status}") as failure:
        instant(url(prometheus), "x")
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"data": 1}', b'{"data": {"resultType": "vector", "result": [{}]}}', b"[" * 100_000, b"\xff",
     b'{"data": {"resultType": "vector", "result": [{"value": [1, "hunter2"]}]}}',
     b'{"data": {"resultType": "vector", "result": {"a": 1}}}', b'{"data": {"resultType": "vector", "result": null}}'],
)  # fmt: skip
def test_what_is_not_prometheus_is_unavailable(prometheus: Prometheus, body: bytes) -> None:
    prometheus.body = body
    with pytest.raises(Unavailable) as failure:
        instant(url(prometheus), "x")
    assert "hunter2" not in str(failure.value)


def test_nobody_there_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Unavailable, match="does not answer"):
        instant(f"http://127.0.0.1:{port}", "x")


def test_silence_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="does not answer"):
            instant(f"http://127.0.0.1:{silent.getsockname()[1]}", "x", 0.2)
    assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "address", ["file:///etc", "ftp://x", "prometheus:9090", "", "http://", "http://[::1", "http://a b/"]
)
def test_an_address_that_is_none_is_said(address: str) -> None:
    with pytest.raises(Unavailable):
        instant(address, "x", 0.2)


def test_no_proxy_of_the_environment_is_asked(prometheus: Prometheus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    prometheus.body = vector("1")
    assert instant(url(prometheus), "x") == 1
