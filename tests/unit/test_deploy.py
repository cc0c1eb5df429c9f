"""What `deploy/` hands out is valid, agrees with the settings and the image, and asks for no more rights than it needs."""

import json
import os
import re
import subprocess
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import kubernetes_validate
import pytest
import yaml

from bot.settings import DATABASE_ENVIRONMENT, ENVIRONMENT, SECRETS, load
from deploy.kubernetes.restart_pooler import Cluster, is_through, main

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "deploy" / "compose"
KUBERNETES = ROOT / "deploy" / "kubernetes"
MANIFESTS = [file for file in sorted(KUBERNETES.glob("*.yaml")) if file.name != "kustomization.yaml"]
KNOWN = {*ENVIRONMENT, *DATABASE_ENVIRONMENT, *(f"{name}_FILE" for name in SECRETS), "SCOUT_CONFIG"}

Json = dict[str, Any]


def documents(file: Path) -> list[Json]:
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))


OBJECTS = {f"{one['kind']} {one['metadata']['name']}": one for file in MANIFESTS for one in documents(file)}
SERVICES: dict[str, Json] = documents(COMPOSE / "compose.yaml")[0]["services"]
POD: Json = OBJECTS["Deployment scout"]["spec"]["template"]["spec"]
CONTAINER: Json = POD["containers"][0]


def environment(container: Json) -> dict[str, str]:
    return {one["name"]: one["value"] for one in container["env"]}


def image_port() -> str:
    found = re.search(r"^EXPOSE (\d+)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


# --- both


@pytest.mark.parametrize(
    "given", [environment(CONTAINER), SERVICES["scout"]["environment"]], ids=["kubernetes", "compose"]
)
def test_every_variable_is_one_that_scout_reads_and_no_secret_is_one(given: Mapping[str, str]) -> None:
    assert set(given) - KNOWN == set()
    assert {name for name in given if name in SECRETS and "://" in given[name] and "sqlite" not in given[name]} == set()
    assert given["SCOUT_LISTEN"] == f"0.0.0.0:{image_port()}"


@pytest.mark.parametrize("file", [COMPOSE / "scout.toml", KUBERNETES / "scout.toml"], ids=lambda file: file.parent.name)
def test_the_settings_file_is_read_beside_the_address_of_the_database(file: Path) -> None:
    settings = load({"SCOUT_CONFIG": str(file), "DATABASE_URL": "postgresql://scout_look@postgres:5432/shop"})
    assert list(settings.databases) == ["shop"]
    assert settings.databases["shop"].limits.pooler_database == "shop"


@pytest.mark.parametrize("image", [*(one.get("image", "") for one in SERVICES.values()), CONTAINER["image"]])
def test_no_image_is_whatever_is_newest(image: str) -> None:
    assert image == "scout" or re.search(r":v?\d+\.\d+", image)


# --- Kubernetes


@pytest.mark.parametrize("name", OBJECTS)
@pytest.mark.parametrize("version", ["1.28", "1.34"])
def test_the_cluster_takes_every_object_and_knows_every_field(name: str, version: str) -> None:
    kubernetes_validate.validate(OBJECTS[name], version, strict=True)


def test_everything_in_the_folder_is_applied_or_made_into_a_map_or_a_secret() -> None:
    (told,) = documents(KUBERNETES / "kustomization.yaml")
    assert {*told["resources"]} == {file.name for file in MANIFESTS}
    named = {*told["configMapGenerator"][0]["files"], *told["secretGenerator"][0]["envs"]}
    assert named == {"scout.toml", "restart_pooler.py", "secrets.env"}
    assert (KUBERNETES / "secrets.example.env").exists()


def test_every_secret_file_that_scout_is_told_of_is_in_the_secret() -> None:
    lines = (KUBERNETES / "secrets.example.env").read_text(encoding="utf-8").splitlines()
    keys = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    files = {Path(value) for name, value in environment(CONTAINER).items() if name.endswith("_FILE")}
    assert {file.name for file in files} == keys
    assert {str(file.parent) for file in files} <= {one["mountPath"] for one in CONTAINER["volumeMounts"]}


def test_the_pod_has_no_right_on_its_machine() -> None:
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert f"{POD['securityContext']['runAsUser']}:{POD['securityContext']['runAsGroup']}" in (
        ROOT / "Dockerfile"
    ).read_text(encoding="utf-8")
    rights = CONTAINER["securityContext"]
    assert (rights["readOnlyRootFilesystem"], rights["allowPrivilegeEscalation"]) == (True, False)
    assert rights["capabilities"] == {"drop": ["ALL"]}


def test_two_replicas_share_a_store_that_is_no_file() -> None:
    assert OBJECTS["Deployment scout"]["spec"]["replicas"] == 2
    assert "SCOUT_STORE_URL_FILE" in environment(CONTAINER)
    text = (KUBERNETES / "secrets.example.env").read_text(encoding="utf-8")
    assert re.search(r"^store_url=postgresql://", text, re.MULTILINE)


def test_its_only_right_in_the_cluster_is_to_restart_one_deployment() -> None:
    roles = [one for one in OBJECTS.values() if "rules" in one]
    (rule,) = [rule for role in roles for rule in role["rules"]]
    assert rule == {"apiGroups": ["apps"], "resources": ["deployments"], "resourceNames": ["pgbouncer"], "verbs": ["get", "patch"]}  # fmt: skip
    settings = load({"SCOUT_CONFIG": str(KUBERNETES / "scout.toml"), "DATABASE_URL": "postgresql://a@b/shop"})
    assert settings.databases["shop"].limits.pooler_restart[1:3] == ("/etc/scout/restart_pooler.py", "pgbouncer")


def test_the_time_to_end_is_longer_than_scout_needs() -> None:
    assert POD["terminationGracePeriodSeconds"] > 10
    assert int(SERVICES["scout"]["stop_grace_period"].rstrip("s")) > 10


# --- compose


def test_every_service_finds_its_files_and_its_secrets() -> None:
    (told,) = documents(COMPOSE / "compose.yaml")
    mounted = [volume for one in SERVICES.values() for volume in one.get("volumes", ())]
    files = [volume.split(":")[0] for volume in mounted if volume.startswith("./")]
    assert [file for file in files if not (COMPOSE / file).exists()] == []
    assert {volume.split(":")[0] for volume in mounted if not volume.startswith("./")} == {*told["volumes"]}
    assert {name for one in SERVICES.values() for name in one.get("secrets", ())} == {*told["secrets"]}


def test_nothing_listens_beyond_this_machine() -> None:
    ports = [port for one in SERVICES.values() for port in one.get("ports", ())]
    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_secrets_are_made_once_and_kept(tmp_path: Path) -> None:
    (tmp_path / "env.example").write_text("A=b\n", encoding="utf-8")
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((COMPOSE / "make-secrets.sh").read_bytes())
    subprocess.run(["/bin/sh", script], check=True, capture_output=True)
    made = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "secrets").iterdir()}
    subprocess.run(["/bin/sh", script], check=True, capture_output=True)
    assert made == {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "secrets").iterdir()}
    (told,) = documents(COMPOSE / "compose.yaml")
    wanted = {Path(one["file"]).name for one in told["secrets"].values()}
    assert wanted - {*made} == {"slack_bot_token", "slack_app_token"}
    settings = load({name: made[name.removeprefix("SCOUT_").lower()] for name in ("DATABASE_URL", "DATABASE_OPERATE_URL", "SCOUT_POOLER_URL", "SCOUT_REDIS_URL")})  # fmt: skip
    assert list(settings.databases) == ["shop"]


def test_the_pooler_knows_who_scout_says_it_is() -> None:
    text = (COMPOSE / "pgbouncer.ini").read_text(encoding="utf-8")
    (admin,) = re.findall(r"^admin_users = (\w+)$", text, re.MULTILINE)
    script = (COMPOSE / "make-secrets.sh").read_text(encoding="utf-8")
    assert f"postgresql://{admin}:" in script
    assert f'"{admin}" "%s"' in script


# --- the program that restarts the pooler


class Api(BaseHTTPRequestHandler):
    """As much of the cluster's API as the program uses; the second look finds the new pods."""

    asked: list[tuple[str, str, str, object]]
    looks: int
    refuses: bool

    def do_PATCH(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(("PATCH", self.path, self.headers["Authorization"], body))
        self.answer(403 if self.refuses else 200)

    def do_GET(self) -> None:
        type(self).looks += 1
        self.answer(200)

    def answer(self, code: int) -> None:
        ready = 2 if type(self).looks > 1 else 1
        status = {"observedGeneration": 4, "replicas": 2, "updatedReplicas": 2, "availableReplicas": ready}
        body = json.dumps({"metadata": {"generation": 4}, "spec": {"replicas": 2}, "status": status}).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Say nothing."""


@contextmanager
def cluster(home: Path, *, refuses: bool = False) -> Generator[tuple[Cluster, type[Api]]]:
    (home / "token").write_text("of-the-pod\n", encoding="utf-8")
    api = type("OneApi", (Api,), {"asked": [], "looks": 0, "refuses": refuses})
    server = HTTPServer(("127.0.0.1", 0), api)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Cluster(f"http://127.0.0.1:{server.server_port}", home), api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_pooler_is_restarted_and_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cluster(tmp_path) as (at, api):
        assert main(["pgbouncer", "scout"], at) == 0
    ((verb, path, account, change),) = api.asked
    assert (verb, path) == ("PATCH", "/apis/apps/v1/namespaces/scout/deployments/pgbouncer")
    assert account == "Bearer of-the-pod"
    assert "kubectl.kubernetes.io/restartedAt" in json.dumps(change)
    assert capsys.readouterr().out == "pgbouncer restarted, 2 pods serve\n"


def test_a_cluster_that_refuses_is_a_failure_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with cluster(tmp_path, refuses=True) as (at, _):
        assert main(["pgbouncer", "scout"], at) == 1
    assert "403" in capsys.readouterr().err


def test_a_cluster_that_is_not_there_is_a_failure_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "token").write_text("x", encoding="utf-8")
    assert main(["pgbouncer", "scout"], Cluster("http://127.0.0.1:9", tmp_path)) == 1
    assert "refused" in capsys.readouterr().err


def test_an_old_pod_that_still_serves_is_not_through() -> None:
    status = {"observedGeneration": 4, "replicas": 3, "updatedReplicas": 2, "availableReplicas": 3}
    assert not is_through({"metadata": {"generation": 4}, "spec": {"replicas": 2}, "status": status})
    assert not is_through({"metadata": {"generation": 5}, "spec": {"replicas": 2}, "status": status})


def test_scripts_can_be_run() -> None:
    assert os.access(COMPOSE / "make-secrets.sh", os.X_OK)
