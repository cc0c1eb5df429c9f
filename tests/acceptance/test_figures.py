"""What Prometheus reads of a Scout at work, and what it says of itself."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest
from laboratory import SOON, Laboratory
from prometheus_client.parser import text_string_to_metric_families
from stage_fixture import ANA

Figures = dict[tuple[str, str], float]


@pytest.fixture
def port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return taken.getsockname()[1]


@pytest.fixture
def lab(shared_laboratory: Laboratory, port: int) -> Iterator[Laboratory]:
    """A Scout that goes round every second and shows its figures."""
    with shared_laboratory.experiment("sqlite", SCOUT_LISTEN=f"127.0.0.1:{port}", SCOUT_TICK_SECONDS="1") as there:
        there.until(there.sampled, "the first round", SOON)
        yield there


def page(port: int, name: str) -> tuple[int, str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}", timeout=5) as answer:
        return answer.status, answer.read().decode()


def reasons(port: int) -> list[str]:
    """Why it is not ready; empty when it is."""
    try:
        said, status = page(port, "readyz")[1], 200
    except urllib.error.HTTPError as error:
        said, status = error.read().decode(), error.code
    found = [str(one) for one in json.loads(said)["reasons"]]
    assert status == (503 if found else 200)
    return found


def figures(port: int) -> Figures:
    """Every figure by its name and the values of its labels, in the order of their names."""
    families = text_string_to_metric_families(page(port, "metrics")[1])
    samples = [sample for family in families for sample in family.samples]
    return {(one.name, ",".join(value for _, value in sorted(one.labels.items()))): one.value for one in samples}


def test_a_scout_at_work_shows_figures_that_prometheus_can_read(lab: Laboratory, port: int) -> None:
    lab.ask(ANA, "/scout help")
    lab.settled()
    read = figures(port)
    assert read["scout_socket_connected", ""] == 1
    assert read["scout_store_reachable", ""] == 1
    assert read["scout_commands_total", "help"] >= 1
    assert read["scout_messages_total", "answer,sent"] >= 1
    assert read["scout_database_up", lab.watched] == 1
    assert "scout_metric" in {name for name, _ in read}
    assert read["scout_probe_seconds", lab.watched] > 0
    assert read["scout_outbox_messages", ""] == 0
    assert 0 <= read["scout_tick_age_seconds", ""] < 60
    assert 0 <= read["scout_socket_last_frame_age_seconds", ""] < 15
    assert page(port, "readyz")[0] == 200


def test_readiness_turns_red_with_its_reason_while_slack_is_gone_and_green_again(lab: Laboratory, port: int) -> None:
    lab.until(lambda: not reasons(port), "a Scout that is ready", SOON)
    gone = lab.slack.fault("slack-gone")
    gone.start()
    said = lab.until(lambda: reasons(port), "a reason", SOON)
    assert any("Slack" in one for one in said)
    gone.undo()
    lab.until(lambda: not reasons(port), "a Scout that is ready again", 2 * SOON)
