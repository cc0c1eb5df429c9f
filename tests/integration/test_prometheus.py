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
from bot.prometheus import Prometheus


class Double(ThreadingHTTPServer):
    """Answers what the test wants."""

    daemon_threads = True
    status = 200
    body = b""
    asked = ""
    login: str | None = None
    times = 0


class Handler(BaseHTTPRequestHandler):
    server: Double  # pyright: ignore[reportIncompatibleVariableOverride] - the only server it is given to

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.server.asked = self.path + " " + parse_qs(self.rfile.read(length).decode())["query"][0]
        self.server.login, self.server.times = self.headers["Authorization"], self.server.times + 1
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        pass


@pytest.fixture
def prometheus() -> Generator[Double]:
    with Double(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.02])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def url(server: Double) -> str:
    return f"http://127.0.0.1:{server.server_port}/"


def instant(address: str, query: str, timeout_s: float = 3) -> float | None:
    return Prometheus(address, timeout_s=timeout_s).value(query)


def answer(kind: str, result: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}}).encode()


def vector(*values: str) -> bytes:
    return answer(
        "vector", [{"metric": {"n": str(n)}, "value": [1_700_000_000.1, value]} for n, value in enumerate(values)]
    )


def test_one_series_is_its_value(prometheus: Double) -> None:
    prometheus.body = vector("0.25")
    assert instant(url(prometheus), 'sum(rate(x{le="0.2"}[5m])) + 1') == 0.25
    assert prometheus.asked == '/api/v1/query sum(rate(x{le="0.2"}[5m])) + 1'


def test_a_scalar_is_a_value_too(prometheus: Double) -> None:
    prometheus.body = answer("scalar", [1_700_000_000, "7"])
    assert instant(url(prometheus), "scalar(x)") == 7


def test_no_series_is_none(prometheus: Double) -> None:
    prometheus.body = vector()
    assert instant(url(prometheus), "x") is None


@pytest.mark.parametrize(("text", "value"), [("NaN", "nan"), ("+Inf", "inf"), ("-Inf", "-inf")])
def test_what_is_no_number_is_told_apart_from_no_series(prometheus: Double, text: str, value: str) -> None:
    prometheus.body = vector(text)
    assert str(instant(url(prometheus), "x")) == value


@pytest.mark.parametrize(
    ("login", "header"),
    [
        (("hunter2", "", ""), "Bearer hunter2"),
        (("", "ana", "hunter2"), "Basic YW5hOmh1bnRlcjI="),
        (("", "", ""), None),
    ],
)
def test_the_login_goes_with_the_question(prometheus: Double, login: tuple[str, str, str], header: str | None) -> None:
    prometheus.body = vector("1")
    Prometheus(url(prometheus), *login).value("x")
    assert prometheus.login == header


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_login_is_said_without_it(prometheus: Double, status: int) -> None:
    prometheus.status = status
    with pytest.raises(Unavailable, match="refused Scout's login") as failure:
        Prometheus(url(prometheus), token="hunter2").value("x")
    assert "hunter2" not in str(failure.value)


def test_the_same_question_is_asked_once_for_all_who_ask_it_soon(prometheus: Double) -> None:
    prometheus.body = vector("1")
    door = Prometheus(url(prometheus))
    assert [door.value("x"), door.value("x"), door.value("y")] == [1, 1, 1]
    assert prometheus.times == 2


def test_a_later_question_is_asked_again(prometheus: Double) -> None:
    prometheus.body = vector("1")
    door = Prometheus(url(prometheus), fresh_s=0)
    assert [door.value("x"), door.value("x")] == [1, 1]
    assert prometheus.times == 2


def test_one_silence_is_enough_for_all_questions() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        door = Prometheus(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.3)
        began = time.monotonic()
        for query in "abcdefgh":
            with pytest.raises(Unavailable, match="does not answer"):
                door.value(query)
    assert time.monotonic() - began < 2


def test_two_series_are_one_too_many(prometheus: Double) -> None:
    prometheus.body = vector("1", "2")
    with pytest.raises(Unavailable, match="2 series; one is wanted"):
        instant(url(prometheus), "x")


@pytest.mark.parametrize("status", [302, 400, 422, 500, 503])
def test_a_refused_query_is_said_with_its_status(prometheus: Double, status: int) -> None:
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
def test_what_is_not_prometheus_is_unavailable(prometheus: Double, body: bytes) -> None:
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


def test_no_proxy_of_the_environment_is_asked(prometheus: Double, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    prometheus.body = vector("1")
    assert instant(url(prometheus), "x") == 1
