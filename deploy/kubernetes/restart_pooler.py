"""Restarts a Deployment as `kubectl rollout restart` does, and waits until its new pods serve.

Run by Scout as the program `pooler_restart`: python restart_pooler.py DEPLOYMENT NAMESPACE. Needs the rights of rbac.yaml and the
standard library, for the image carries no kubectl. The exit code is 0 when the new pods are available.
"""

import json
import ssl
import sys
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SERVER = "https://kubernetes.default.svc"
PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 1.0
ANSWER_SECONDS = 10.0


@dataclass(frozen=True)
class Cluster:
    """The cluster's API as this pod's account sees it; the token is read at each call, because it is renewed in its file."""

    server: str
    account: Path

    def deployment(self, name: str, namespace: str, change: object = None) -> Any:  # noqa: ANN401 - JSON
        """The Deployment as it is, or as it is after a strategic merge patch.

        Raises:
            HTTPError: the cluster refuses.
            OSError: it cannot be reached.
        """
        asked = urllib.request.Request(  # noqa: S310 - the address is a constant, not input
            f"{self.server}/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
            data=None if change is None else json.dumps(change).encode(),
            method="GET" if change is None else "PATCH",
            headers={
                "Authorization": f"Bearer {(self.account / 'token').read_text(encoding='utf-8').strip()}",
                "Content-Type": "application/strategic-merge-patch+json",
            },
        )
        with self._opener().open(asked, timeout=ANSWER_SECONDS) as answer:
            return json.load(answer)

    def _opener(self) -> urllib.request.OpenerDirector:
        """No proxy stands before the cluster's own API."""
        authority = self.account / "ca.crt"
        trusted = ssl.create_default_context(cafile=str(authority) if authority.exists() else None)
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
        )


def is_through(deployment: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether the last change is rolled out and every pod of it available (as `kubectl rollout status` decides)."""
    wanted = deployment["spec"].get("replicas", 1)
    status = deployment.get("status", {})
    return status.get("observedGeneration", 0) >= deployment["metadata"]["generation"] and (
        status.get("updatedReplicas", 0) == status.get("replicas", 0) == status.get("availableReplicas", 0) == wanted
    )


def restart(cluster: Cluster, name: str, namespace: str, patience: float = PATIENCE_SECONDS) -> str:
    """Restart it and wait; what became of it in one sentence.

    Raises:
        TimeoutError: the new pods are not available in time.
    """
    mark = {"kubectl.kubernetes.io/restartedAt": datetime.now(UTC).isoformat(timespec="seconds")}
    cluster.deployment(name, namespace, {"spec": {"template": {"metadata": {"annotations": mark}}}})
    until = time.monotonic() + patience
    while not is_through(found := cluster.deployment(name, namespace)):
        if time.monotonic() > until:
            ready = found.get("status", {}).get("availableReplicas", 0)
            raise TimeoutError(f"{name} was restarted, but only {ready} pods serve after {patience:.0f} s")
        time.sleep(PAUSE_SECONDS)
    return f"{name} restarted, {found['status']['availableReplicas']} pods serve"


def main(arguments: Sequence[str], cluster: Cluster) -> int:
    """Restart the Deployment that the arguments name; 0 when it serves again."""
    if len(arguments) != 2:  # noqa: PLR2004 - DEPLOYMENT and NAMESPACE
        print("usage: restart_pooler.py DEPLOYMENT NAMESPACE", file=sys.stderr)
        return 2
    try:
        name, namespace = arguments
        print(restart(cluster, name, namespace))
    except HTTPError as refused:
        print(f"the cluster answered {refused.code}: see rbac.yaml for the rights it takes", file=sys.stderr)
        return 1
    except OSError as error:  # TimeoutError is one
        print(str(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Cluster(SERVER, ACCOUNT)))
