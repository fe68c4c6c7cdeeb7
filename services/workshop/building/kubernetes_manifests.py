"""Writes ``deploy/kubernetes``: ``python -m services.workshop.building.kubernetes_manifests``.

A test fails when a file is not up to date.

Ten workers differ in a few words and share sixty lines that must never differ, so they are written by code.
What compose says already, limits of memory and grace at the end, is taken from ``docker-compose.yml``;
partitions from the topics.
"""

from __future__ import annotations

from typing import Any

import yaml

from services.checkout import ROOT
from shared.settings import Settings
from shared.version import VERSION
from shared.wire import topics

FOLDER = ROOT / "deploy" / "kubernetes"
NAMESPACE = "khabar"
METRICS_PORT, USER = 9108, 10001
LABELS = {"app.kubernetes.io/part-of": "khabar"}
MONITORING, KAFKA = "monitoring", "kafka"
"""Namespaces of others: where Prometheus asks from, and where Kafka is."""

READ_IN_A_MINUTE = {"clean": 10_000, "detect": 5_000, "extract": 500}
"""Records that one worker reads in a minute, by stage: so many behind are worth another worker
(deploy/README.md has the measure).

link is not here: one lane keeps all that stories depend on, so a second worker can only stand by.
"""

REPLICAS = {"link": 2, "ingest": 2}
"""Those that have more than one from the start: link's second one stands by, the door stays open while one of
two is replaced.
"""

ALONE = {"pulse", "lag", "feeds", "backfill", "archive", "web"}
"""Those of which a second one would only be in the way: the old one goes before the new one comes."""

Document = dict[str, Any]

ARCHIVE_CLAIM: Document = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "50Gi"}}}
"""Room for the file of the archive, which keeps 20 GB, and for another beside it while a promotion takes
place.
"""


def services() -> dict[str, Any]:
    """Return the services of the compose file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
        "services"
    ]
    return found


def named(kind: str, name: str, spec: Document, *, api: str = "v1") -> Document:
    """Return a document of our namespace."""
    meta = {"name": name, "namespace": NAMESPACE, "labels": LABELS | {"app.kubernetes.io/name": name}}
    return {"apiVersion": api, "kind": kind, "metadata": meta, **spec}


def selected(name: str) -> Document:
    """Return the selector of *name*'s pods."""
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def probe(path: str, **times: int) -> Document:
    """Return a question to the health door."""
    return {"httpGet": {"path": path, "port": "metrics"}, "timeoutSeconds": 5, **times}


def container(name: str, service: Document, command: list[str]) -> Document:
    """Return what runs *command* as hard as compose runs it."""
    memory = service["mem_limit"].upper().removesuffix("M").removesuffix("G") + (
        "Gi" if service["mem_limit"].endswith("g") else "Mi"
    )
    return {
        "name": name,
        "image": f"khabar:{VERSION}",
        "args": command,
        "envFrom": [{"configMapRef": {"name": "khabar"}}],
        "resources": {"requests": {"cpu": "250m", "memory": memory}, "limits": {"memory": memory}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [
            {"name": "home", "mountPath": "/var/lib/khabar"},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
        ],
    }


def pod(name: str, one: Document) -> Document:
    """Return the pod around container *one*."""
    return {
        "metadata": {"labels": LABELS | {"app.kubernetes.io/name": name}},
        "spec": {
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,  # they would set KHABAR_…_PORT, and a worker refuses settings that it does not know
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [one],
            "volumes": [
                {"name": "home", "emptyDir": {"sizeLimit": "1Gi"}},
                {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
            ],
        },
    }


def worker(name: str, service: Document) -> Document:
    """Return the Deployment of worker *name*."""
    one = container(name, service, service["command"])
    one["ports"] = [{"name": "metrics", "containerPort": METRICS_PORT}]
    one["startupProbe"] = probe("/livez", periodSeconds=5, failureThreshold=60)
    one["livenessProbe"] = probe("/livez", periodSeconds=10, failureThreshold=3)
    one["readinessProbe"] = probe("/readyz", periodSeconds=5, failureThreshold=2)
    made = pod(name, one)
    inside = made["spec"]
    inside["terminationGracePeriodSeconds"] = int(service["stop_grace_period"].removesuffix("s")) + 5
    made["metadata"]["annotations"] = {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(METRICS_PORT),
    }
    if name == "ingest":
        one["ports"].append({"name": "http", "containerPort": Settings().ingest_port})
        one["env"] = [
            {"name": key, "value": value}
            for key, value in service["environment"].items()
            if key.startswith("KHABAR_INGEST")
        ]
        mount(
            made, "token", "/run/secrets", {"secret": {"secretName": "khabar-ingest", "defaultMode": 0o440}}
        )
    if name == "feeds":
        one["env"] = [{"name": "KHABAR_FEEDS", "value": service["environment"]["KHABAR_FEEDS"]}]
        mount(made, "feeds", "/etc/khabar", {"configMap": {"name": "khabar-feeds"}})
    if name in {"archive", "web"}:
        inside["volumes"][0] = {"name": "home", "persistentVolumeClaim": {"claimName": "archive"}}
    # it reads the file of the archive, so it runs beside it: SQLite's shared memory is one machine's
    if name == "web":
        near = {"labelSelector": selected("archive"), "topologyKey": "kubernetes.io/hostname"}
        inside["affinity"] = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [near]}}
        one["ports"].append({"name": "http", "containerPort": Settings().web_port})
        one["env"] = [{"name": "KHABAR_WEB_HOST", "value": service["environment"]["KHABAR_WEB_HOST"]}]
    if name not in ALONE:
        spread = {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
        }
        inside["topologySpreadConstraints"] = [spread | {"labelSelector": selected(name)}]
    strategy: Document = {"type": "Recreate"}
    if name not in ALONE:
        # each that joins stops all lanes
        strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    # KEDA says how many of the others
    scaled = {} if name in READ_IN_A_MINUTE else {"replicas": REPLICAS.get(name, 1)}
    return named(
        "Deployment",
        name,
        {"spec": {**scaled, "strategy": strategy, "selector": selected(name), "template": made}},
        api="apps/v1",
    )


def mount(made: Document, name: str, path: str, source: Document) -> None:
    """Add a read-only volume to the pod *made*."""
    made["spec"]["volumes"].append({"name": name, **source})
    made["spec"]["containers"][0]["volumeMounts"].append({"name": name, "mountPath": path, "readOnly": True})


def scaling(stage: str) -> Document:
    """Return how KEDA sets the number of *stage*'s workers: by what is behind and has waited for over a
    minute.

    A metric that is missing is an error and not a zero, so that a dead exporter takes nobody away: the number
    stays as it is.
    """
    own = f'{{run="live",stage="{stage}"}}'
    query = f"sum(khabar_consumer_lag_records{own}) * on() (max(khabar_consumer_lag_seconds{own}) > bool 60)"
    source = next(topic for topic in topics.TOPICS if stage in topic.readers)
    # a worker that joins stops every lane for a moment
    step = {"type": "Pods", "value": 1, "periodSeconds": 120}
    trigger = {
        "serverAddress": f"http://prometheus.{MONITORING}.svc:9090",
        "query": query,
        "threshold": str(READ_IN_A_MINUTE[stage]),
        "ignoreNullValues": "false",
    }
    return named(
        "ScaledObject",
        stage,
        {
            "spec": {
                "scaleTargetRef": {"name": stage},
                "pollingInterval": 30,
                "minReplicaCount": 1,
                "maxReplicaCount": source.partitions,
                "fallback": {"failureThreshold": 3, "replicas": 2, "behavior": "currentReplicasIfHigher"},
                "advanced": {
                    "horizontalPodAutoscalerConfig": {
                        "behavior": {
                            "scaleUp": {"stabilizationWindowSeconds": 60, "policies": [step]},
                            "scaleDown": {
                                "stabilizationWindowSeconds": 300,
                                "policies": [step | {"periodSeconds": 300}],
                            },
                        }
                    }
                },
                "triggers": [{"type": "prometheus", "metricType": "AverageValue", "metadata": trigger}],
            }
        },
        api="keda.sh/v1alpha1",
    )


def policy(name: str, pods: Document, **ways: list[Document]) -> Document:
    """Return a NetworkPolicy that opens *ways* (ingress, egress) for *pods*."""
    kinds = [way.capitalize() for way in ways]
    return named(
        "NetworkPolicy",
        name,
        {"spec": {"podSelector": pods, "policyTypes": kinds, **ways}},
        api="networking.k8s.io/v1",
    )


def of_namespace(name: str) -> Document:
    """Return the peer «every pod of namespace *name*»."""
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def ports(*numbers: int, protocol: str = "TCP") -> list[Document]:
    """Return ports of a policy."""
    return [{"port": number, "protocol": protocol} for number in numbers]


PRIVATE_4 = [
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
]
PRIVATE_6 = ["::1/128", "fc00::/7", "fe80::/10"]
"""What feeds may never ask: the cluster, its nodes and the metadata of clouds."""


def policies() -> list[Document]:
    """Return who may speak to whom: nobody, but for what is named here."""
    world = [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE_4}},
        {"ipBlock": {"cidr": "::/0", "except": PRIVATE_6}},
    ]
    readers = {"namespaceSelector": {"matchLabels": {"khabar/web": "allowed"}}}
    callers = {"namespaceSelector": {"matchLabels": {"khabar/ingest": "allowed"}}}
    dns = ports(53, protocol="UDP") + ports(53)
    return [
        policy("nothing-else", {}, ingress=[], egress=[]),
        policy("to-dns", {}, egress=[{"to": [of_namespace("kube-system")], "ports": dns}]),
        policy("to-kafka", {}, egress=[{"to": [of_namespace(KAFKA)], "ports": ports(9092, 9093)}]),
        policy(
            "from-prometheus",
            {},
            ingress=[{"from": [of_namespace(MONITORING)], "ports": ports(METRICS_PORT)}],
        ),
        policy(
            "ingest-from-callers",
            selected("ingest"),
            ingress=[{"from": [callers], "ports": ports(Settings().ingest_port)}],
        ),
        policy(
            "web-from-readers",
            selected("web"),
            ingress=[{"from": [readers], "ports": ports(Settings().web_port)}],
        ),
        policy("feeds-to-the-world", selected("feeds"), egress=[{"to": world, "ports": ports(80, 443)}]),
    ]


def files() -> dict[str, str]:
    """Return the content of every file by its name."""
    compose = services()
    workers = {name: one for name, one in compose.items() if one.get("command", [""])[0] == "run"}
    topic_job = pod("topics", container("topics", compose["topics"], compose["topics"]["command"]))
    topic_job["spec"]["restartPolicy"] = "OnFailure"
    door, page = Settings().ingest_port, Settings().web_port
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    settings = {"KHABAR_KAFKA": f"kafka-bootstrap.{KAFKA}.svc:9092", "KHABAR_METRICS_HOST": "0.0.0.0"}  # noqa: S104 - in a pod of its own
    example = (ROOT / "deploy" / "feeds.example.opml").read_text(encoding="utf-8")
    documents: dict[str, list[Document]] = {
        "namespace": [space],
        "settings": [
            named("ConfigMap", "khabar", {"data": settings}),
            named("ConfigMap", "khabar-feeds", {"data": {"feeds.opml": example}}),
        ],
        "topics": [
            named(
                "Job",
                "topics",
                {"spec": {"backoffLimit": 10, "ttlSecondsAfterFinished": 600, "template": topic_job}},
                api="batch/v1",
            )
        ],
        "workers": [worker(name, one) for name, one in workers.items()],
        "archive": [named("PersistentVolumeClaim", "archive", {"spec": ARCHIVE_CLAIM})],
        "door": [
            named(
                "Service",
                "ingest",
                {
                    "spec": {
                        "selector": selected("ingest")["matchLabels"],
                        "ports": [{"name": "http", "port": door}],
                    }
                },
            )
        ],
        "page": [
            named(
                "Service",
                "web",
                {
                    "spec": {
                        "selector": selected("web")["matchLabels"],
                        "ports": [{"name": "http", "port": page}],
                    }
                },
            )
        ],
        "disruption": [
            named(
                "PodDisruptionBudget",
                name,
                {"spec": {"maxUnavailable": 1, "selector": selected(name)}},
                api="policy/v1",
            )
            for name in workers
            if name not in ALONE
        ],
        "network": policies(),
        "scaling": [scaling(stage) for stage in READ_IN_A_MINUTE],
    }
    whole = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [f"{name}.yaml" for name in documents],
        "images": [{"name": "khabar", "newTag": VERSION}],
    }
    head = "# Written by python -m services.workshop.building.kubernetes_manifests. Change it by a patch of your own kustomization.\n"
    return {
        f"{name}.yaml": head + _text(ones) for name, ones in {**documents, "kustomization": [whole]}.items()
    }


class _Plain(yaml.SafeDumper):
    """Repeats what is used twice instead of pointing at it."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        """Return that nothing is pointed at."""
        return True


def _text(documents: list[Document]) -> str:
    return yaml.dump_all(documents, Dumper=_Plain, sort_keys=False, width=120, allow_unicode=True)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in files().items():
        (FOLDER / name).write_text(content, encoding="utf-8")
