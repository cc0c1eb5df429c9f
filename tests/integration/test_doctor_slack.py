"""The doctor asks Slack about everything that the settings name, each line with a fault that makes it fail."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.doctor import examine
from bot.registry import discover
from bot.settings import load
from practice.slack.fixture import Channel, Group
from practice.slack.server import PracticeSlack

METRICS = discover("commands").metrics
EVERYTHING = {
    "SCOUT_ALERT_CHANNEL": "C0ALERTS",
    "SCOUT_OPERATORS": "S0ONCALL,U0ANA",
    "SCOUT_APPROVERS": "S0DBA",
}


@pytest.fixture
def slack() -> Iterator[PracticeSlack]:
    """A workspace of its own, because tests break it."""
    with PracticeSlack() as there:
        yield there


@pytest.fixture
def examined(slack: PracticeSlack, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> "Examined":
    return Examined(slack, tmp_path, capsys)


class Examined:
    """The doctor at work in a workspace."""

    def __init__(self, slack: PracticeSlack, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._slack, self._home, self._capsys = slack, home, capsys

    def says(self, what: str, **told: str) -> str:
        """The line about something."""
        own = {
            "SLACK_API_URL": self._slack.api_url,
            "SLACK_BOT_TOKEN": self._slack.bot_token,
            "SLACK_APP_TOKEN": self._slack.app_token,
            "SCOUT_STORE_URL": f"sqlite:///{self._home / 'store.sqlite3'}",
        }
        examine(load({**own, **EVERYTHING, **told}), METRICS, as_json=True)
        said = self._capsys.readouterr().out
        assert self._slack.bot_token not in said
        assert self._slack.app_token not in said
        lines = {one["what"]: f"{one['how']}: {one['said']}" for one in json.loads(said)}
        return lines.get(what, "")


def test_a_workspace_as_the_manifest_makes_it_is_well(examined: Examined) -> None:
    assert examined.says("scopes") == "ok: all 14 of the manifest"
    assert examined.says("clock") == "ok: as Slack's"
    assert examined.says("alert channel") == "ok: #scout-alerts, a member"
    assert examined.says("group S0DBA") == "ok: 2 people (approvers)"
    assert examined.says("group S0ONCALL") == "ok: 3 people (operators)"
    assert examined.says("person U0ANA") == "ok: a member (operators)"


def test_a_refused_token_is_a_failure_and_slack_is_asked_no_more(examined: Examined) -> None:
    assert examined.says("Slack", SLACK_BOT_TOKEN="wrong").startswith("failure: Slack refused the bot token")
    assert examined.says("scopes", SLACK_BOT_TOKEN="wrong") == ""
    assert examined.says("Slack", SLACK_APP_TOKEN="wrong").startswith("failure: Slack refused the app token")


def test_a_scope_that_is_missing_is_named(slack: PracticeSlack, examined: Examined) -> None:
    slack.scopes.discard("files:write")
    assert examined.says("scopes").startswith("failure: the bot token lacks files:write: put slack_manifest.yaml")


def test_a_clock_that_is_wrong_is_seen_in_slacks_own_answer(slack: PracticeSlack, examined: Examined) -> None:
    slack.house.api.clock_ahead = 120
    assert examined.says("clock").startswith("warning: ours differs from Slack's by -1")


def test_a_channel_that_cannot_be_posted_to_is_a_failure(slack: PracticeSlack, examined: Examined) -> None:
    slack.house.workspace.channels["C0OLD"] = Channel("C0OLD", "old", {"U0ANA"}, is_archived=True)
    assert "/invite @Scout" in examined.says("alert channel", SCOUT_ALERT_CHANNEL="C0NOWHERE")
    assert examined.says("alert channel", SCOUT_ALERT_CHANNEL="C0OLD").startswith("failure: #old is archived")
    private = examined.says("alert channel", SCOUT_ALERT_CHANNEL="G0PRIVATE")
    assert private.startswith("failure: ")
    assert "/invite @Scout" in private
    assert examined.says("admin channel", SCOUT_ADMIN_CHANNEL="C0SHARED").startswith("warning: another company reads")


ROUTED = """\
[[routes]]
channel = "C0ALERTS"
metrics = ["lag"]
[[routes]]
channel = "G0PRIVATE"
[databases.shop]
url = "postgresql://127.0.0.1:9/x"
channels = ["C0GENERAL", "C0GONE"]
"""


def test_every_route_and_every_channel_of_a_database_is_asked_about(
    slack: PracticeSlack, examined: Examined, tmp_path: Path
) -> None:
    slack.rates.is_on = False  # it is asked six times in a second
    config = tmp_path / "scout.toml"
    config.write_text(ROUTED, encoding="utf-8")
    told = {"SCOUT_CONFIG": str(config)}
    assert examined.says("route 1", **told) == "ok: #scout-alerts, a member"
    assert examined.says("route 2", **told).startswith("failure: ")
    assert "/invite @Scout" in examined.says("route 2", **told)
    assert examined.says("channel C0GENERAL of shop", **told).startswith("ok: #general")
    assert "correct the id" in examined.says("channel C0GONE of shop", **told)
    morning = examined.says("morning channel", **told, SCOUT_MORNING="07:30", SCOUT_MORNING_CHANNEL="C0GONE")
    assert morning.startswith("failure: C0GONE is not to be seen")


def test_who_may_break_the_glass_is_asked_about_too(examined: Examined) -> None:
    assert examined.says("person U0NOBODY", SCOUT_BREAK_GLASS="U0NOBODY").startswith(
        "failure: there is no such person (break glass)"
    )


def test_a_group_that_is_empty_or_unknown_is_told_with_what_it_is_named_for(
    slack: PracticeSlack, examined: Examined
) -> None:
    slack.house.workspace.groups["S0EMPTY"] = Group("S0EMPTY", "empty", "Empty", ())
    assert examined.says("group S0EMPTY", SCOUT_APPROVERS="S0EMPTY").startswith("warning: nobody is in it (approvers)")
    assert examined.says("group S0NONE", SCOUT_MENTION="S0NONE").startswith("failure: there is no such user group")


def test_a_person_who_is_no_member_is_told(examined: Examined) -> None:
    assert examined.says("person U0GUEST", SCOUT_APPROVERS="U0GUEST").startswith("warning: no full member")
    assert examined.says("person U0NOBODY", SCOUT_APPROVERS="U0NOBODY").startswith("failure: there is no such person")


def test_a_slack_that_fails_in_the_middle_is_told_at_the_line_it_fails(
    slack: PracticeSlack, examined: Examined
) -> None:
    with slack.inject("error", methods=["usergroups.users.list"], error="internal_error"):
        assert examined.says("group S0DBA") == "failure: Slack says internal_error"


@pytest.mark.parametrize("method", ["auth.test", "conversations.info"])
def test_a_slack_that_asks_to_wait_is_waited_for(slack: PracticeSlack, examined: Examined, method: str) -> None:
    with slack.inject("ratelimited", methods=[method], times=2):
        assert examined.says("Slack").startswith("ok: both tokens are good")
    with slack.inject("ratelimited", methods=[method], times=2):
        assert examined.says("alert channel") == "ok: #scout-alerts, a member"


def test_a_slack_that_asks_to_wait_for_too_long_is_no_refused_token(slack: PracticeSlack, examined: Examined) -> None:
    with slack.inject("ratelimited", retry_after=3600):
        said = examined.says("Slack")
    assert said == "warning: Slack asks to wait for 3600 s: examine it again then"


def test_a_clock_by_which_every_request_of_slack_is_too_old_is_a_failure_in_http_mode(
    slack: PracticeSlack, examined: Examined
) -> None:
    slack.house.api.clock_ahead = 900
    by_http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "shh", "SCOUT_LISTEN": "127.0.0.1:0"}
    assert examined.says("clock").startswith("warning: ")
    assert examined.says("clock", **by_http).startswith("failure: ours differs from Slack's by -")
    assert examined.says("clock", **by_http).endswith("Scout refuses every request of Slack as too old")


def test_in_http_mode_only_the_bot_token_is_asked_about(examined: Examined) -> None:
    by_http = {"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "shh", "SCOUT_LISTEN": "127.0.0.1:0"}
    assert examined.says("Slack", **by_http).startswith("ok: the bot token is good, team ")
    assert examined.says("Slack", **by_http).endswith("Slack comes by HTTP")
