"""Who somebody is and in which groups is asked of Slack at the press, kept for a minute at most, and refused when it cannot be asked."""

from collections.abc import Generator
from dataclasses import replace

import pytest

from bot.chat import Person
from bot.errors import NotAllowed
from bot.slack import web_client
from bot.slack.directory import KEEP_SECONDS, Directory
from practice.slack.server import PracticeSlack

DBA = "S0DBA"
GROUPS = frozenset({DBA, "U0ANA"})
BEN = Person(id="U0BEN")


@pytest.fixture
def slack() -> Generator[PracticeSlack]:
    with PracticeSlack() as there:
        yield there


@pytest.fixture
def directory(slack: PracticeSlack) -> Directory:
    return Directory(web_client(slack.bot_token, slack.api_url, None), GROUPS)


def leave_the_group(slack: PracticeSlack) -> None:
    groups = slack.house.workspace.groups
    groups[DBA] = replace(groups[DBA], members=("U0CORA",))


def a_minute_later(directory: Directory) -> None:
    """Everything that is kept was looked up so long ago that it counts no more."""
    kept = directory._kept  # pyright: ignore[reportPrivateUsage] - no test waits for a minute
    kept.update({key: (at - KEEP_SECONDS, found) for key, (at, found) in kept.items()})


def test_whoever_leaves_a_group_has_its_rights_for_a_minute_at_most(slack: PracticeSlack, directory: Directory) -> None:
    assert KEEP_SECONDS <= 60
    assert directory.profile(BEN).groups == {DBA}
    leave_the_group(slack)
    a_minute_later(directory)
    assert directory.profile(BEN).groups == set()


def test_a_press_costs_no_call_while_the_answer_is_kept(slack: PracticeSlack, directory: Directory) -> None:
    for _ in range(5):
        directory.profile(BEN)
    assert len(slack.calls("users.info")) == len(slack.calls("usergroups.users.list")) == 1


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
def test_when_slack_does_not_say_nothing_old_is_believed(
    slack: PracticeSlack, directory: Directory, method: str
) -> None:
    directory.profile(BEN)
    a_minute_later(directory)
    with (
        slack.inject("error", methods=(method,), error="internal_error"),
        pytest.raises(NotAllowed, match="I cannot check"),
    ):
        directory.profile(BEN)


@pytest.mark.parametrize(
    ("user", "outsider"),
    [("U0ANA", ""), ("U0GUEST", "a guest"), ("U0STRANGER", "a member of another workspace"), ("U0SCOUT", "a bot")],
)
def test_who_is_no_full_member_is_an_outsider(directory: Directory, user: str, outsider: str) -> None:
    assert directory.profile(Person(id=user)).outsider == outsider
