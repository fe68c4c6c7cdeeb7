"""deploy/kubernetes: what the releases' own schemas say of it, and that every pod is held as tight as compose
holds its service.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from services.stages import OF_RUNS, WORKERS
from services.workshop.building import kubernetes_manifests as built
from shared.settings import Settings
from shared.wire import topics

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "kubernetes"
KEDA = Path(__file__).parent / "samples" / "keda.sh_scaledobjects.yaml"
"""The definition that KEDA 2.20 itself installs (github.com/kedacore/keda, Apache-2.0)."""

RELEASES = ("1.31", "1.37")
"""The oldest and the newest release that the manifests are held to."""


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    assert {*listed, "kustomization.yaml"} == {path.name for path in FOLDER.iterdir()}, (
        "kustomize takes what is listed, and nothing else"
    )
    return [one for name in listed for one in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))]


def of(documents: list[dict[str, Any]], *kinds: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one["spec"] for one in documents if one["kind"] in kinds}


def strict(schema: dict[str, Any]) -> dict[str, Any]:
    """Return *schema* with every field refused that it does not name: a cluster would drop it without a
    word.
    """
    made = {key: strict(value) if isinstance(value, dict) else value for key, value in schema.items()}
    return (
        made | {"additionalProperties": False}
        if isinstance(made.get("properties"), dict) and made.get("type") == "object"
        else made
    )


def faults(document: dict[str, Any]) -> Iterator[str]:
    """What the schemas have against it."""
    if document["kind"] == "ScaledObject":
        version = yaml.safe_load(KEDA.read_text(encoding="utf-8"))["spec"]["versions"][0]
        schema = strict(version["schema"]["openAPIV3Schema"]["properties"]["spec"])
        assert document["apiVersion"] == f"keda.sh/{version['name']}"
        yield from (
            error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document["spec"])
        )
        return
    for release in RELEASES:
        try:
            kubernetes_validate.validate(document, release, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{release}: {error.message}"


def test_the_files_are_what_the_command_writes() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert written == built.files(), (
        "write them with: python -m services.workshop.building.kubernetes_manifests"
    )


def test_the_schemas_of_kubernetes_and_of_keda_take_every_document(documents: list[dict[str, Any]]) -> None:
    assert {
        (one["kind"], one["metadata"]["name"]): found for one in documents if (found := list(faults(one)))
    } == {}
    for kind, path in (
        ("Deployment", "template"),
        ("NetworkPolicy", "podSelector"),
        ("ScaledObject", "fallback"),
    ):
        wrong = copy.deepcopy(next(one for one in documents if one["kind"] == kind))
        wrong["spec"][f"{path}s"] = wrong["spec"].pop(path)
        assert list(faults(wrong)), f"a misspelt {path} of a {kind} passes"


def test_every_pod_is_hardened_and_as_large_as_in_compose(documents: list[dict[str, Any]]) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    pods = {name: spec["template"]["spec"] for name, spec in of(documents, "Deployment", "Job").items()}
    assert {*WORKERS, "topics"} - set(OF_RUNS) == set(pods)
    for name, pod in pods.items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] == 10001, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, (
            f"{name}: KHABAR_INGEST_PORT of a service would be taken for a setting"
        )
        (one,) = pod["containers"]
        held = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert one["securityContext"] == held, name
        assert one["args"] == services[name]["command"], name
        assert (
            one["resources"]["limits"]["memory"].removesuffix("i").lower() == services[name]["mem_limit"]
        ), name
        if name != "topics":
            assert pod["terminationGracePeriodSeconds"] > Settings().drain_seconds, name
            assert [
                one[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")
            ] == [
                "/livez",
                "/livez",
                "/readyz",
            ]
            assert one["livenessProbe"]["httpGet"]["port"] == "metrics"
            assert {"name": "metrics", "containerPort": 9108} in one["ports"]
            env = {each["name"]: each["value"] for each in one.get("env", [])}
            Settings.from_env({key.removesuffix("_FILE"): value for key, value in env.items()})


def test_nobody_speaks_but_who_is_named(documents: list[dict[str, Any]]) -> None:
    policies = of(documents, "NetworkPolicy")
    assert policies["nothing-else"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [],
    }
    outside = [name for name, spec in policies.items() if "ipBlock" in str(spec)]
    assert outside == ["feeds-to-the-world"]
    blocks = [peer["ipBlock"] for rule in policies["feeds-to-the-world"]["egress"] for peer in rule["to"]]
    assert all("169.254.0.0/16" in block["except"] for block in blocks if "." in block["cidr"]), (
        "the metadata of a cloud"
    )
    assert policies["from-prometheus"]["ingress"][0]["from"] == [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}
    ]


def test_scaling_follows_our_own_lag_and_a_missing_metric_takes_nobody_away(
    documents: list[dict[str, Any]],
) -> None:
    scaled = of(documents, "ScaledObject")
    deployed = of(documents, "Deployment")
    kept = of(documents, "PodDisruptionBudget")
    assert set(scaled) == {"clean", "detect", "extract"}, "link is one lane: it is never scaled"
    assert deployed["link"]["replicas"] == 2, "one works, one stands by"
    for stage, spec in scaled.items():
        assert "replicas" not in deployed[stage], "two would set it"
        (trigger,) = spec["triggers"]
        asked = trigger["metadata"]
        assert trigger["metricType"] == "AverageValue", "KEDA falls back for no other"
        assert asked["ignoreNullValues"] == "false", "a missing metric would be a zero"
        assert asked["query"].count(f'{{run="live",stage="{stage}"}}') == 2
        source = next(topic for topic in topics.TOPICS if stage in topic.readers)
        assert (
            spec["minReplicaCount"]
            <= spec["fallback"]["replicas"]
            <= spec["maxReplicaCount"]
            <= source.partitions
        )
        assert spec["fallback"]["behavior"] == "currentReplicasIfHigher"
    for name in kept:
        assert kept[name]["maxUnavailable"] == 1
    assert set(kept) == {
        name for name, spec in deployed.items() if spec["strategy"]["type"] == "RollingUpdate"
    }
