"""What Scout knows of people and channels, asked of the practice Slack."""

from collections.abc import Generator

import pytest

from bot.flow import Room
from bot.slack import Directory, web_client
from practice.slack.fixture import BOT_USER
from practice.slack.server import PracticeSlack

PRIVATE = "G0PRIVATE"


@pytest.fixture
def slack() -> Generator[PracticeSlack]:
    with PracticeSlack() as there:
        yield there


def test_who_invites_scout_as_it_says_need_not_wait_until_it_looks_again(slack: PracticeSlack) -> None:
    directory = Directory(web_client(slack.bot_token, slack.api_url, None), frozenset())
    assert directory.room(PRIVATE) == Room(reachable=False)
    slack.house.workspace.channels[PRIVATE].members.add(BOT_USER)
    assert directory.room(PRIVATE).reachable
