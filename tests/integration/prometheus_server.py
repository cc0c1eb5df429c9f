"""A real Prometheus that scrapes tiny exporters: an API's histogram and its answers, as the test tells them."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bot.errors import ScoutError
from bot.prometheus import Prometheus

CONFIG = """\
global: {scrape_interval: 250ms, scrape_timeout: 250ms}
scrape_configs:
"""
JOB = """\
  - job_name: {name}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
BUCKETS = ("0.05", "0.1", "0.2", "0.5", "1", "+Inf")


@dataclass
class Api:
    """Requests a second by the bucket they fall in, and answers a second by their code; counted from when it was made."""

    requests: Mapping[str, float]
    answers: Mapping[str, float]
    began: float = field(default_factory=time.monotonic)

    def metrics(self) -> str:
        """What an exporter shows."""
        since = time.monotonic() - self.began
        total, lines = 0.0, list[str]()
        for end in BUCKETS:
            total += self.requests.get(end, 0) * since
            lines.append(f'http_request_duration_seconds_bucket{{le="{end}"}} {total}')
        lines.append(f"http_request_duration_seconds_count {total}")
        lines += [f'http_requests_total{{code="{code}"}} {rate * since}' for code, rate in self.answers.items()]
        return "\n".join(lines) + "\n"


class _Exporter(ThreadingHTTPServer):
    daemon_threads = True
    api = Api({}, {})


class _Page(BaseHTTPRequestHandler):
    server: _Exporter  # pyright: ignore[reportIncompatibleVariableOverride] - the only server it is given to

    def do_GET(self) -> None:
        body = self.server.api.metrics().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        pass


@contextmanager
def _exported(api: Api) -> Generator[int]:
    with _Exporter(("127.0.0.1", 0), _Page) as exporter:
        exporter.api = api
        thread = threading.Thread(target=exporter.serve_forever, args=[0.05])
        thread.start()
        yield exporter.server_port
        exporter.shutdown()
        thread.join()


@contextmanager
def real_prometheus(apis: Mapping[str, Api], folder: Path) -> Generator[Prometheus]:
    """A Prometheus that knows some APIs by their job; when it answers, it has scraped each a few times."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed (Debian package prometheus)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ExitStack() as exporters:
        jobs = [JOB.format(name=name, port=exporters.enter_context(_exported(api))) for name, api in apis.items()]
        config = folder / "prometheus.yml"
        config.write_text(CONFIG + "".join(jobs), encoding="utf-8")
        told = [
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ]
        with subprocess.Popen([program, *told], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            try:
                door = Prometheus(f"http://127.0.0.1:{port}", fresh_s=0)
                _await_scrapes(door, process)
                yield door
            finally:
                process.terminate()


def _await_scrapes(door: Prometheus, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while not _has_rates(door):
        assert process.poll() is None, "Prometheus has ended"
        assert time.monotonic() < deadline, "Prometheus has scraped nothing"
        time.sleep(0.2)


def _has_rates(door: Prometheus) -> bool:
    try:
        return (door.value("min(count_over_time(up[1m]))") or 0) >= 3
    except ScoutError:  # it is starting
        return False
