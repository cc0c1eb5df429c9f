"""The Slack manifest asks for what the code uses: nothing less, and nothing more."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk import WebClient

from bot.doctor.workspace import SCOPES as EXAMINED
from bot.registry import discover
from bot.transport.requests import PATH

ROOT = Path(__file__).parents[2]
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "slack_manifest.yaml").read_text(encoding="utf-8"))
SETTINGS = MANIFEST["settings"]

# The scopes of the bot token that a method needs where Scout uses it. Source: each method's page at docs.slack.dev.
SCOPES: dict[str, set[str]] = {
    "chat_postMessage": {"chat:write", "chat:write.public"},  # .public: nobody has to invite Scout to a public channel
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_open": {"im:write"},
    "files_upload_v2": {"files:write"},
    "conversations_history": {"channels:history", "groups:history"},
    "conversations_replies": {"channels:history", "groups:history"},
    "conversations_info": {"channels:read", "groups:read", "mpim:read"},  # never asked about a direct message
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_update": set(),
}
SCOPELESS = {"auth.test", "apps.connections.open"}  # the second takes the app-level token, with connections:write
EVENT_SCOPES: dict[str, set[str]] = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
}


def calls(folder: str) -> Iterator[ast.Call]:
    for file in sorted((ROOT / folder).rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def methods_called() -> set[str]:
    """What is called by the name of a Web API method, as `client.chat_update(…)`."""
    attributes = {node.func.attr for node in calls("bot") if isinstance(node.func, ast.Attribute)}
    return {
        name for name in attributes if "_" in name[1:] and name != "api_call" and callable(vars(WebClient).get(name))
    }


def methods_named() -> set[str]:
    """What is handed on as the name of a Web API method, as `"auth.test"`."""
    given = {node.value for call in calls("bot") for node in call.args if isinstance(node, ast.Constant)}
    texts = {text for text in given if isinstance(text, str) and "." in text}
    return {text for text in texts if text.replace(".", "_") in vars(WebClient)}


def listeners(kind: str) -> list[str]:
    """What is listened to with `app.command(…)`, `app.event(…)` and their kin."""
    found = (node for node in calls("bot/slack") if isinstance(node.func, ast.Attribute) and node.func.attr == kind)
    return sorted(str(node.args[0].value) for node in found if node.args and isinstance(node.args[0], ast.Constant))


def test_the_table_knows_every_method_that_is_called() -> None:
    assert methods_called() == set(SCOPES)


def test_methods_that_are_called_by_a_text_need_no_scope_of_the_bot() -> None:
    assert methods_named() == SCOPELESS


def test_the_scopes_are_exactly_those_that_are_needed() -> None:
    needed = set[str]().union(*SCOPES.values(), *EVENT_SCOPES.values(), {"commands"})
    assert MANIFEST["oauth_config"]["scopes"]["bot"] == sorted(needed)
    assert "user" not in MANIFEST["oauth_config"]["scopes"]


def test_the_commands_are_those_that_are_listened_to() -> None:
    assert [one["command"] for one in MANIFEST["features"]["slash_commands"]] == listeners("command")


def test_the_events_are_those_that_are_listened_to() -> None:
    events = SETTINGS["event_subscriptions"]["bot_events"]
    assert sorted(events) == sorted(EVENT_SCOPES)
    assert sorted({event.partition(".")[0] for event in events}) == listeners("event")


@pytest.mark.parametrize("kind", ["shortcut", "global_shortcut", "message_shortcut", "view", "options"])
def test_nothing_is_listened_to_that_the_manifest_does_not_offer(kind: str) -> None:
    assert listeners(kind) == []
    assert "shortcuts" not in MANIFEST["features"]


def test_buttons_arrive_by_socket_mode_and_no_address_is_named() -> None:
    assert SETTINGS["interactivity"] == {"is_enabled": True}
    assert SETTINGS["socket_mode_enabled"] is True
    assert "url" not in MANIFEST["features"]["slash_commands"][0]
    assert "request_url" not in SETTINGS["event_subscriptions"]


def test_names_in_a_command_cannot_be_imitated() -> None:
    assert all(one["should_escape"] is True for one in MANIFEST["features"]["slash_commands"])


def test_a_direct_message_can_be_written() -> None:
    home = MANIFEST["features"]["app_home"]
    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False


def test_the_home_tab_that_is_listened_to_is_there() -> None:
    assert MANIFEST["features"]["app_home"]["home_tab_enabled"] is True


def test_one_workspace_and_a_token_that_stays() -> None:
    assert SETTINGS["org_deploy_enabled"] is False
    assert SETTINGS["token_rotation_enabled"] is False


def test_the_hint_names_commands_that_there_are() -> None:
    hint = MANIFEST["features"]["slash_commands"][0]["usage_hint"]
    named = {part.split()[0] for part in hint.removesuffix("| … on DATABASE").split("|") if part.strip()}
    assert named <= {command.name for command in discover("commands").commands}


@pytest.mark.parametrize(
    ("text", "longest"),
    [
        (MANIFEST["display_information"]["name"], 35),
        (MANIFEST["display_information"]["description"], 140),
        (MANIFEST["display_information"]["long_description"], 4000),
        (MANIFEST["features"]["slash_commands"][0]["command"], 32),
        (MANIFEST["features"]["slash_commands"][0]["usage_hint"], 1000),
        (MANIFEST["features"]["slash_commands"][0]["description"], 2000),
    ],
)
def test_no_text_is_longer_than_slack_takes(text: str, longest: int) -> None:
    assert 0 < len(text) <= longest


def test_the_long_description_is_as_long_as_slack_wants() -> None:
    assert len(MANIFEST["display_information"]["long_description"]) >= 175


def test_http_mode_changes_addresses_and_no_scope() -> None:
    (text,) = re.findall(r"```yaml\n(.+?)```", (ROOT / "docs" / "slack.md").read_text(encoding="utf-8"), re.DOTALL)
    changed: dict[str, Any] = yaml.safe_load(text)
    assert sorted(changed) == ["features", "settings"]
    assert [one["command"] for one in changed["features"]["slash_commands"]] == listeners("command")
    assert changed["settings"]["socket_mode_enabled"] is False
    urls = re.findall(r"url: (\S+)", text)
    assert urls == [f"https://scout.example.com{PATH}"] * 3


def test_the_doctor_asks_for_the_scopes_of_the_manifest() -> None:
    assert set(MANIFEST["oauth_config"]["scopes"]["bot"]) == EXAMINED
