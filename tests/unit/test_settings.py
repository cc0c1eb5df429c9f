"""What Scout is told: the environment over the file over the defaults, and secrets stay secret."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.settings import (
    ALERTING_ENVIRONMENT,
    DATABASE_ENVIRONMENT,
    ENVIRONMENT,
    PROMETHEUS_ENVIRONMENT,
    SECRETS,
    Settings,
    load,
)

SECRET = "planted-8f2c"
CONFIG = """\
alert_channel = "C0FILE"
tick_seconds = 30
operators = ["S0ONCALL"]

[databases.main]
url = "postgresql://scout:planted-8f2c@db/shop"
operate_url = "postgresql://operate:planted-8f2c@db/shop"
schema = "gold"
channels = ["C0SHOP"]

[databases.main.limits]
long_query_seconds = 120
protected_roles = ["etl"]

[databases.staging]
url = "postgresql://db/staging"

[metrics.freshness]
alert = 30
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "scout.toml"
    file.write_text(CONFIG, encoding="utf-8")
    return file


def from_file(text: str, tmp_path: Path, **environment: str) -> Settings:
    file = tmp_path / "scout.toml"
    file.write_text(text, encoding="utf-8")
    return load({"SCOUT_CONFIG": str(file), **environment})


def refused(environment: Mapping[str, str]) -> str:
    with pytest.raises(BadInput) as refusal:
        load(environment)
    return str(refusal.value)


def test_without_anything_nobody_may_do_anything() -> None:
    settings = load({})
    assert (settings.operators, settings.approvers, settings.own_approval) == ((), (), False)
    assert settings.databases == {}
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.approval_seconds == 900
    assert settings.listen_at is None


def test_the_file_is_over_the_defaults(config: Path) -> None:
    settings = load({"SCOUT_CONFIG": str(config)})
    assert (settings.alert_channel, settings.tick_seconds, settings.operators) == ("C0FILE", 30, ("S0ONCALL",))
    main = settings.databases["main"]
    assert (main.schema_name, main.channels, main.limits.long_query_seconds) == ("gold", ("C0SHOP",), 120)
    assert main.limits.protected_roles == ("etl",)
    assert settings.databases["staging"].schema_name == "scout"
    assert settings.metrics["freshness"].alert == 30
    assert settings.metrics["freshness"].page is None


def test_the_environment_is_over_the_file(config: Path) -> None:
    told = {"SCOUT_CONFIG": str(config), "SCOUT_ALERT_CHANNEL": "C0ENV", "SCOUT_TICK_SECONDS": "5"}
    settings = load(told | {"SCOUT_OPERATORS": "U0ANA, S0ONCALL ,,U0BEN"})
    assert (settings.alert_channel, settings.tick_seconds) == ("C0ENV", 5)
    assert settings.operators == ("U0ANA", "S0ONCALL", "U0BEN")


def test_an_empty_variable_is_none(config: Path) -> None:
    assert load({"SCOUT_CONFIG": str(config), "SCOUT_ALERT_CHANNEL": ""}).alert_channel == "C0FILE"


def test_the_long_query_of_the_environment_holds_for_every_database(config: Path) -> None:
    settings = load({"SCOUT_CONFIG": str(config), "SCOUT_LONG_QUERY_SECONDS": "60"})
    assert {database.limits.long_query_seconds for database in settings.databases.values()} == {60}


def test_one_database_is_named_after_its_url() -> None:
    told = {
        "DATABASE_URL": f"postgresql://scout:{SECRET}@db:5433/shop?sslmode=require",
        "DATABASE_OPERATE_URL": f"postgresql://operate:{SECRET}@db/shop",
        "SCOUT_SCHEMA": "gold",
        "SCOUT_LONG_QUERY_SECONDS": "60",
    }
    settings = load(told)
    shop = settings.databases["shop"]
    assert shop.url.get_secret_value() == told["DATABASE_URL"]
    assert shop.operate_url is not None
    assert (shop.schema_name, shop.limits.long_query_seconds) == ("gold", 60)
    assert list(settings.databases) == ["shop"]


def test_a_url_without_a_database_is_called_main() -> None:
    assert list(load({"DATABASE_URL": "postgresql://db"}).databases) == ["main"]


@pytest.mark.parametrize("name", sorted(SECRETS & set(ENVIRONMENT)))
def test_a_secret_may_be_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    told = getattr(load({name: "from-the-environment", f"{name}_FILE": str(file)}), ENVIRONMENT[name])
    assert told.get_secret_value() == SECRET


def test_a_secret_of_a_database_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("postgresql://db/shop\n", encoding="utf-8")
    settings = load(
        {"DATABASE_URL_FILE": str(file), "DATABASE_OPERATE_URL_FILE": str(file), "SCOUT_POOLER_URL_FILE": str(file)}
    )
    shop = settings.databases["shop"]
    assert shop.operate_url is not None
    assert shop.pooler_url is not None
    assert shop.pooler_url.get_secret_value() == shop.operate_url.get_secret_value() == shop.url.get_secret_value()


def test_replicas_are_a_list_in_the_file_and_apart_by_blanks_in_the_variable(tmp_path: Path) -> None:
    text = f'[databases.shop]\nurl = "postgresql://db/shop"\nreplicas = ["postgresql://u:{SECRET}@a/shop", "host=b"]'
    shop = from_file(text, tmp_path).databases["shop"]
    assert [one.get_secret_value() for one in shop.replicas] == [f"postgresql://u:{SECRET}@a/shop", "host=b"]
    assert SECRET not in repr(shop)
    file = tmp_path / "replicas"
    file.write_text("postgresql://a/shop\npostgresql://b,c/shop\n", encoding="utf-8")
    shop = load({"DATABASE_URL": "postgresql://db/shop", "DATABASE_REPLICA_URLS_FILE": str(file)}).databases["shop"]
    assert [one.get_secret_value() for one in shop.replicas] == ["postgresql://a/shop", "postgresql://b,c/shop"]


def test_an_address_of_a_replica_that_is_wrong_is_refused_by_its_number_without_its_password(tmp_path: Path) -> None:
    text = f'[databases.shop]\nurl = "x"\nreplicas = ["postgresql://a/shop", "postgresql://u:{SECRET}@[b/x"]'
    with pytest.raises(BadInput) as refusal:
        from_file(text, tmp_path)
    assert "databases.shop.replicas is wrong: Value error, number 2 is no PostgreSQL address" in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_what_is_no_secret_is_not_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "channel"
    file.write_text("C0FILE", encoding="utf-8")
    assert load({"SCOUT_ALERT_CHANNEL_FILE": str(file)}).alert_channel == ""


def test_secrets_are_in_no_text_of_the_settings(config: Path) -> None:
    told = dict.fromkeys(SECRETS, f"postgresql://u:{SECRET}@db/x") | {"SCOUT_CONFIG": str(config)}
    told |= {"SCOUT_WEBHOOK_URL": f"https://u:{SECRET}@hook/x"}
    settings = load(told)
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()


@pytest.mark.parametrize("url", [f"postgresql://u:a/{SECRET}@db/x", f"host=db dbname='{SECRET} x'"])
def test_half_a_password_that_looks_like_the_name_of_a_database_is_not_told(url: str) -> None:
    assert SECRET not in refused({"DATABASE_URL": url})


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"SCOUT_TICK_SECONDS": "0"}, "The setting tick_seconds (SCOUT_TICK_SECONDS) is wrong"),
        ({"SCOUT_TICK_SECONDS": "soon"}, "The setting tick_seconds (SCOUT_TICK_SECONDS) is wrong"),
        ({"SCOUT_APPROVAL_SECONDS": "1"}, "The setting approval_seconds (SCOUT_APPROVAL_SECONDS) is wrong"),
        ({"SCOUT_OWN_APPROVAL": "perhaps"}, "The setting own_approval (SCOUT_OWN_APPROVAL) is wrong"),
        ({"SCOUT_PROMETHEUS_URL": "https://u:p@prometheus/x"}, "a login does not belong into the address"),
        ({"DATABASE_URL": "postgresql://db/two%20words"}, "In a password write / as %2F and @ as %40"),
        ({"SLACK_BOT_TOKEN_FILE": "/nowhere/token"}, "SLACK_BOT_TOKEN_FILE: /nowhere/token cannot be read (FileNotFoundError)."),
        ({"SCOUT_CONFIG": "/nowhere/scout.toml"}, "SCOUT_CONFIG: /nowhere/scout.toml cannot be read (FileNotFoundError)."),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(told: dict[str, str], said: str) -> None:
    assert said in refused(told)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("alert_chanel = 'C0'", "The setting alert_chanel is wrong: Extra inputs are not permitted."),
        ("[databases.main]", "The setting databases.main.url is wrong: Field required."),
        ("[databases.main]\nurl = 'x'\n[databases.main.limits]\nlong = 3", "The setting databases.main.limits.long is wrong"),
        ("alert_channel = ", "is not TOML"),
        ("[databases.'; drop table x']\nurl = 'x'", "a database's name has letters"),
    ],
)  # fmt: skip
def test_a_wrong_name_in_the_file_is_said(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        from_file(text, tmp_path)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        f"slack_bot_token = ['{SECRET}']",
        f"[databases.main]\nurl = 'x'\npasswort = '{SECRET}'",
        f"[databases.main]\nurl = ['{SECRET}']",
    ],
)
def test_an_error_does_not_repeat_what_was_told(text: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        from_file(text, tmp_path)
    assert SECRET not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_database_in_the_other_form_of_libpq_is_named_by_its_dbname() -> None:
    assert list(load({"DATABASE_URL": f"host=db dbname=shop password={SECRET}"}).databases) == ["shop"]


@pytest.mark.parametrize("url", [f"host=db dbname='my shop' password={SECRET}", f"postgresql://u:{SECRET}@[db/shop"])
def test_an_address_that_is_wrong_is_refused_without_its_password(url: str) -> None:
    assert SECRET not in refused({"DATABASE_URL": url})


@pytest.mark.parametrize("text", ["localhost", "localhost:http", "127.0.0.1:99999"])
def test_a_wrong_address_of_the_health_pages_is_named(text: str) -> None:
    assert "SCOUT_LISTEN" in refused({"SCOUT_LISTEN": text})


def test_the_store_is_a_file_beside_the_settings(config: Path) -> None:
    assert load({}).store_url.get_secret_value() == "sqlite:///scout.sqlite3"
    assert (
        load({"SCOUT_CONFIG": str(config)}).store_url.get_secret_value() == f"sqlite:///{config.parent}/scout.sqlite3"
    )


@pytest.mark.parametrize(
    ("text", "address"),
    [("127.0.0.1:8081", ("127.0.0.1", 8081)), (":8081", ("127.0.0.1", 8081)), ("0.0.0.0:80", ("0.0.0.0", 80))],  # noqa: S104 - what somebody may set
)
def test_the_health_pages_have_an_address(text: str, address: tuple[str, int]) -> None:
    assert load({"SCOUT_LISTEN": text}).listen_at == address


def test_the_policy_is_what_the_settings_name(config: Path) -> None:
    policy = load({"SCOUT_CONFIG": str(config), "SCOUT_APPROVERS": "S0DBA", "SCOUT_OWN_APPROVAL": "true"}).policy
    assert (policy.operators, policy.approvers, policy.own) == (frozenset({"S0ONCALL"}), frozenset({"S0DBA"}), True)


def test_every_secret_can_be_told() -> None:
    assert {*ENVIRONMENT, *DATABASE_ENVIRONMENT, *ALERTING_ENVIRONMENT, *PROMETHEUS_ENVIRONMENT} >= SECRETS


def test_routes_quiet_hours_and_receivers_are_read(tmp_path: Path) -> None:
    file = tmp_path / "scout.toml"
    file.write_text(
        '[alerting.quiet_hours]\nfrom = 22:00:00\nuntil = 07:00:00\nzone = "Europe/Berlin"\n'
        '[[routes]]\nmetrics = ["freshness"]\nchannel = "C1"\n',
        encoding="utf-8",
    )
    told = load({"SCOUT_CONFIG": str(file), "SCOUT_PAGERDUTY_KEY": SECRET})
    assert told.alerting.quiet_hours is not None
    assert told.alerting.quiet_hours.zone == "Europe/Berlin"
    assert told.alerting.pagerduty_key is not None
    assert told.routes[0].fits("anything", "freshness")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[alerting.quiet_hours]\nfrom = 22:00:00\nuntil = 07:00:00\nzone = "Mars/North"', "it has to be a time zone"),
        ('[[routes]]\nmetrics = ["freshness"]', "routes.0.channel"),
        ('[[routes]]\nchannel = "C1"\ndatabases = ["shop"]', "a route names the database 'shop', which is not there"),
        ('[alerting]\npagerduty_url = "events.pagerduty.com"', "it has to begin with https:// or http://"),
        ("[alerting]\nflaps_per_hour = 0", "alerting.flaps_per_hour"),
    ],
)
def test_wrong_settings_of_incidents_are_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "scout.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=re.escape(said)):
        load({"SCOUT_CONFIG": str(file)})


def test_prometheus_is_told_by_the_file_and_its_secrets_by_the_environment(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(f"{SECRET}\n", encoding="utf-8")
    text = '[prometheus]\nurl = "http://p:9090"\n[prometheus.queries]\napi_p95 = "x"\n'
    told = from_file(text, tmp_path, SCOUT_PROMETHEUS_TOKEN_FILE=str(secret)).prometheus
    assert told.token
    assert (told.url, told.queries, told.token.get_secret_value()) == ("http://p:9090", {"api_p95": "x"}, SECRET)
    assert SECRET not in repr(told)


@pytest.mark.parametrize("hours", ["22-6", "daily 22:00-25:00", "22:00-06:00", "daily"])
def test_quiet_hours_that_are_none_stop_the_start(hours: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a window is written"):
        from_file(
            f'[databases.main]\nurl = "postgresql://db/x"\n[databases.main.limits]\nquiet_hours = "{hours}"\n', tmp_path
        )


# --- who sits at a terminal


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("ana", "ACCOUNT=PERSON"),
        ("ana=U1=U2", "ACCOUNT=PERSON"),
        ("ana=U1,ana=U2", "there twice"),
        ("ana=S0ONCALL", "a person's id"),
        ("ana=", "a person's id"),
    ],
)
def test_an_account_stands_for_one_person_or_the_start_is_refused(told: str, why: str) -> None:
    assert why in refused({"SCOUT_TERMINAL": told})


def test_the_accounts_stand_in_the_file_or_in_the_variable_never_in_both(tmp_path: Path) -> None:
    file = '[terminal]\nana = "U0ANA"\n'
    assert from_file(file, tmp_path).terminal == {"ana": "U0ANA"}
    assert load({"SCOUT_TERMINAL": "ana=U0ANA, ben=W0BEN"}).terminal == {"ana": "U0ANA", "ben": "W0BEN"}
    with pytest.raises(BadInput, match="Keep one of them"):
        from_file(file, tmp_path, SCOUT_TERMINAL="ben=U0ANA")
