"""Which proxy, and what is kept out of sight."""

import pytest

from bot.transport.link import SocketSettings, proxy_for

PROXY = "http://proxy.example:3128"


@pytest.fixture(autouse=True)
def a_proxy_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", PROXY)


@pytest.mark.parametrize("url", ["https://slack.com/api/", "wss://wss-primary.slack.com/link/?ticket=1"])
def test_slack_is_reached_through_the_proxy(url: str) -> None:
    assert proxy_for(url) == PROXY


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "[::1]"])
def test_this_machine_is_reached_directly(host: str) -> None:
    assert proxy_for(f"http://{host}:8080/api/") is None


def test_a_host_of_no_proxy_is_reached_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "slack.internal")
    assert proxy_for("https://api.slack.internal/") is None
    assert proxy_for("https://slack.com/api/") == PROXY


def test_settings_do_not_show_their_tokens() -> None:
    assert "xapp" not in repr(SocketSettings("xapp-secret", "xoxb-secret"))
    assert "xoxb" not in repr(SocketSettings("xapp-secret", "xoxb-secret"))
