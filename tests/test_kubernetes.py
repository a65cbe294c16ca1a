"""The manifests of config/kubernetes are ones that a cluster takes, and say of the gateway what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from edge.config.function_file import SecretSource
from edge.config.load import load
from edge.gateway.secret_values import SECRET_FOLDERS
from edge.units import MIB, parse_duration

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "config" / "kubernetes"
VERSIONS = ("1.31", kubernetes_validate.latest_version())
RESOURCES: list[dict[str, Any]] = [
    document for file in sorted(FOLDER.glob("*.yaml")) for document in yaml.safe_load_all(file.read_text("utf-8"))
]
GATEWAY_MEMORY, CELL_OVERHEAD = 256 * MIB, 29 * MIB  # docs/decisions/memory.md


def one(kind: str, name: str = "edge") -> dict[str, Any]:
    (found,) = [each for each in RESOURCES if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pod() -> dict[str, Any]:
    found: dict[str, Any] = one("Deployment")["spec"]["template"]["spec"]
    return found


def container() -> dict[str, Any]:
    (found,) = pod()["containers"]
    return dict(found)


def config() -> Any:
    environ = {name: value for name, value in one("Secret")["stringData"].items() if name.startswith("EDGE_")}
    return load(one("ConfigMap")["data"]["edge.toml"].encode(), "edge.toml", environ=environ)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_every_manifest_fits_the_schemas_of_kubernetes(resource, version):
    """Strictly: a field that the schema does not know is an error."""
    kubernetes_validate.validate(resource, version, strict=True)
    assert resource["kind"] == "Namespace" or resource["metadata"]["namespace"] == "edge"


def test_the_validator_refuses_what_is_wrong():
    """Or the test above would say nothing."""
    wrong = {**one("Service"), "spec": {"selectors": {}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)


def test_the_config_of_the_map_is_valid():
    """And is one for many machines: nothing that only one replica would know."""
    found = config()
    assert found.storage.kv.startswith("rediss://")
    assert found.packages.store.startswith("s3://")
    assert found.storage.data_dir == volume("data")
    assert container()["args"][-1] == f"{volume('config')}/edge.toml"


def volume(name: str) -> str:
    (path,) = [mount["mountPath"] for mount in container()["volumeMounts"] if mount["name"] == name]
    assert name in {each["name"] for each in pod()["volumes"]}
    return str(path)


def test_ports_and_probes_are_the_gateways():
    """A probe of a path that nobody serves would never let a pod live."""
    found = config()
    ports = {port["name"]: port["containerPort"] for port in container()["ports"]}
    assert {f"0.0.0.0:{ports['http']}"} == set(found.server.listen)
    assert f"0.0.0.0:{ports['admin']}" == found.admin.listen
    for probe, check in (("startup", "ready"), ("readiness", "ready"), ("liveness", "live")):
        http = container()[f"{probe}Probe"]["httpGet"]
        assert (http["path"], http["port"]) == (f"{found.server.health_path}/{check}", "http")
    for name in ("edge", "edge-admin"):
        (port,) = one("Service", name)["spec"]["ports"]
        assert port["targetPort"] in ports


def test_a_pod_is_given_the_time_that_it_takes_to_drain():
    """Or Kubernetes would kill it with requests in flight."""
    server = tomllib.loads(one("ConfigMap")["data"]["edge.toml"])["server"]
    drain = parse_duration(server["shutdown_delay"]) + parse_duration(server["grace"])
    assert drain + 5 <= pod()["terminationGracePeriodSeconds"]
    assert one("Deployment")["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_the_memory_of_a_pod_is_enough_for_all_its_cells():
    """At once, each with all that it may have."""
    engine = config().engine
    limit = int(re.fullmatch(r"(\d+)Gi", container()["resources"]["limits"]["memory"])[1]) * 1024 * MIB
    assert GATEWAY_MEMORY + engine.max_pool_size * (engine.memory + CELL_OVERHEAD) <= limit


def test_pods_meet_the_restricted_standard():
    """https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, as the namespace demands."""
    assert one("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    general, own = pod()["securityContext"], container()["securityContext"]
    assert general["seccompProfile"] == {"type": "RuntimeDefault"}
    assert general["runAsNonRoot"] is True
    assert (own["allowPrivilegeEscalation"], own["capabilities"]) == (False, {"drop": ["ALL"]})
    assert {key for each in pod()["volumes"] for key in each} <= {"name", "configMap", "secret", "emptyDir"}
    assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(pod())
    assert own["readOnlyRootFilesystem"] is True
    user, group = re.search(
        r"^USER (\d+):(\d+)$", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE
    ).groups()
    assert (general["runAsUser"], general["runAsGroup"]) == (int(user), int(group))


def test_secrets_of_functions_are_mounted_where_they_are_looked_for():
    """As files that change without a restart; the gateway's own come as variables, which functions cannot name."""
    assert volume("secrets") == str(SECRET_FOLDERS[0])
    assert one("Secret", "edge-functions")["stringData"].keys().isdisjoint(one("Secret")["stringData"])
    assert SecretSource.__struct_fields__[0] == "name"


def test_what_is_scaled_by_is_a_metric_that_there_is():
    """Named as in the reference."""
    named = [
        each["pods"]["metric"]["name"] for each in one("HorizontalPodAutoscaler")["spec"]["metrics"] if "pods" in each
    ]
    reference = (ROOT / "docs" / "reference" / "metrics.md").read_text("utf-8")
    assert named
    assert [name for name in named if f"`{name}`" not in reference] == []


def test_selectors_select_the_pods():
    """Of services, budget, policy and deployment alike."""
    labels = one("Deployment")["spec"]["template"]["metadata"]["labels"]
    selectors = [
        one("Deployment")["spec"]["selector"]["matchLabels"],
        one("Service")["spec"]["selector"],
        one("Service", "edge-admin")["spec"]["selector"],
        one("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]
    assert all(selector == labels for selector in selectors)
    assert one("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == one("Deployment")["metadata"]["name"]
