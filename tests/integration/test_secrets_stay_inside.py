"""A secret is planted in every setting that can hold one, everything is made to fail, and nothing that came out has it."""

import dataclasses
import importlib
import io
import logging
import os
import pkgutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, SecretStr
from slack_sdk import WebClient
from store_fixture import asked

import bot
from bot.__main__ import Scrubbed
from bot.chat import Profile
from bot.command import Risk
from bot.doctor import examine
from bot.flow import Room
from bot.house import House
from bot.registry import discover
from bot.settings import DATABASE_ENVIRONMENT, ENVIRONMENT, SECRETS, Settings
from bot.slack import SlackSpeaker
from bot.store import Store
from bot.transport import TransportState
from tests.integration.command_fixture import await_that

REGISTRY = discover("commands")
NO_SOCKET = TransportState(
    connected=False,
    sockets_opened=0,
    reconnects=0,
    last_frame_age=None,
    acknowledged=0,
    slow_acknowledgements=0,
    problem="no socket",
)
NOWHERE = "127.0.0.1:9"
FORMS = {
    "redis_url": "redis://:{}@127.0.0.1:9/0",
    "dead_man_url": "http://u:{}@127.0.0.1:9/{}",
    "webhook_url": "http://u:{}@127.0.0.1:9/{}",
    "slack_bot_token": "xoxb-{}",
    "slack_app_token": "xapp-{}",
    "pagerduty_key": "{}",
    "webhook_secret": "{}",
    "token": "{}",
    "password": "{}",
}
"""How a secret stands in its setting; every other one is a login to PostgreSQL."""
LOGIN = "postgresql://somebody:{}@127.0.0.1:9/shop"


def secret(where: str) -> str:
    """A secret that looks like none, so that no rule for tokens finds it by its form."""
    return f"Plant {where}".replace(" ", "").replace("_", "").replace(".", "")[::-1].title()


def secretive(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, bool]]:
    """Every setting that holds a secret, and whether it holds several; found in the models, so that a new one is not forgotten."""
    for name, told in model.model_fields.items():
        kinds = {told.annotation, *get_args(told.annotation)}
        if SecretStr in kinds:
            yield f"{path}{name}", bool(told.annotation and str(told.annotation).startswith("tuple"))
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                inner = f"{path}shop." if path or name == "databases" else ""
                yield from secretive(kind, f"{path}{name}.{inner}")


PLACES = dict(secretive(Settings))


def planted() -> dict[str, Any]:
    """Settings with a secret of its own in each place."""
    told: dict[str, Any] = {"databases": {"shop": {}}, "slack_api_url": f"http://{NOWHERE}/api/", "alert_channel": "C1"}
    told |= {"prometheus": {"url": f"http://{NOWHERE}"}, "questions_per_minute": 6000, "question_burst": 1000}
    for path, several in PLACES.items():
        *way, name = path.split(".")
        there = told
        for part in way:
            there = there.setdefault(part, {})
        value = FORMS.get(name, LOGIN).replace("{}", secret(path))
        there[name] = [value] if several else value
    return told


def found_in(text: str) -> list[str]:
    """The places whose secret is in a text, whatever became of its capitals."""
    return [path for path in PLACES if secret(path).lower() in text.lower()]


@pytest.fixture
def written() -> Generator[io.StringIO]:
    """Everything that is logged, at the finest level, through the formatter of the program."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(Scrubbed("%(name)s %(message)s"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.setLevel(before)
    root.removeHandler(handler)


def test_every_place_is_found_and_every_setting_that_sounds_secret_is_one() -> None:
    assert {"slack_bot_token", "databases.shop.url", "databases.shop.replicas", "alerting.webhook_secret"} <= set(
        PLACES
    )
    assert len({secret(path) for path in PLACES}) == len(PLACES)
    plain = [name for name in every_setting(Settings) if any(word in name for word in SOUNDS) and name not in PLACES]
    assert sorted(plain) == [
        "alerting.pagerduty_url",
        "prometheus.url",
        "slack_api_url",
    ]  # they refuse or need no login


SOUNDS = ("url", "token", "secret", "password", "key")


def every_setting(model: type[BaseModel], path: str = "") -> Iterator[str]:
    """Every setting by its path."""
    for name, told in model.model_fields.items():
        if f"{path}{name}" != "databases.shop.cache_warm":  # its `key` is a column
            yield f"{path}{name}"
            for kind in {told.annotation, *get_args(told.annotation)}:
                if isinstance(kind, type) and issubclass(kind, BaseModel):
                    yield from every_setting(kind, f"{path}{name}.{'shop.' if name == 'databases' else ''}")


def test_no_text_of_the_settings_has_one() -> None:
    settings = Settings.model_validate(planted())
    told = [
        repr(settings),
        str(settings),
        str(settings.model_dump()),
        settings.model_dump_json(),
        f"{settings!r:.100000}",
    ]
    assert [found_in(text) for text in told] == [[]] * len(told)


def plain_fields() -> Iterator[str]:
    """Every text field of a dataclass of Scout's that sounds secret and stands in its repr()."""
    for info in pkgutil.walk_packages(bot.__path__, "bot."):
        for kind in vars(importlib.import_module(info.name)).values():
            if isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind.__module__ == info.name:
                shown = [one for one in dataclasses.fields(kind) if one.repr and one.type in {"str", str}]
                yield from (f"{kind.__name__}.{one.name}" for one in shown if any(word in one.name for word in SOUNDS))


def test_no_record_of_the_machinery_shows_a_secret_in_its_repr() -> None:
    assert sorted(plain_fields()) == [
        "PagerDuty.url",
        "Prometheus.url",
        "SocketSettings.api_url",
    ]  # no login is in them


def test_a_secret_that_did_come_out_would_be_found() -> None:
    assert found_in(str(planted())) == list(PLACES)


@pytest.mark.slow
def test_a_day_on_which_everything_fails_tells_none(tmp_path: Path, written: io.StringIO) -> None:
    file = tmp_path / "scout.sqlite3"
    settings = Settings.model_validate(planted())
    terminal = io.StringIO()
    store = Store.open(f"sqlite:///{file}")
    client = WebClient(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    house = House(
        settings,
        store,
        REGISTRY,
        SlackSpeaker(client),
        lambda person: Profile(id=person.id, name=person.id),
        lambda _: Room(),
    )
    with redirect_stdout(terminal), redirect_stderr(terminal):
        house.open()
        for number, command in enumerate(REGISTRY.commands):
            if command.risk is Risk.LOOK:
                house.receive(asked(f"slash:{number}", command.name, datetime.now(UTC)))
        await_that(lambda: not store.unanswered(house.holder), 60)
        house.dead_man.call(datetime.now(UTC))
        figures = house.figures.page(NO_SOCKET)
        examine(settings, REGISTRY.metrics)
        examine(settings, REGISTRY.metrics, as_json=True)
        house.close()
    kept = b"".join(one.read_bytes() for one in tmp_path.iterdir()).decode(errors="replace")
    assert len(written.getvalue()) > 1000
    assert len(kept) > 10_000
    told = {"log": written.getvalue(), "terminal": terminal.getvalue(), "store": kept, "metrics": figures.decode()}
    told["repr"] = "".join(
        repr(one) for one in (house, settings, house.settings.databases, house.cared, store, vars(house))
    )
    assert {where: found for where, text in told.items() if (found := found_in(text))} == {}


@pytest.mark.parametrize(
    "command",
    [
        ["run"],
        ["doctor"],
        ["doctor", "--json"],
        ["doctor", "--roles"],
        ["audit", "verify"],
        ["ask", "status", "--as", "U1"],
    ],
)
def test_the_program_tells_none_on_the_terminal_when_nothing_answers(tmp_path: Path, command: list[str]) -> None:
    names = {name: field for name, field in (ENVIRONMENT | DATABASE_ENVIRONMENT).items() if name in SECRETS}
    told = {
        name: FORMS.get(field.rpartition(".")[2], LOGIN).replace("{}", secret(name)) for name, field in names.items()
    }
    told |= {"SLACK_API_URL": f"http://{NOWHERE}/api/", "PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "--verbose", *command],
        env=told,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr + done.stdout
    assert [name for name in names if secret(name).lower() in (done.stderr + done.stdout).lower()] == []
