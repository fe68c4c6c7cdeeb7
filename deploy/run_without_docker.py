"""Runs docker-compose.yml where no Docker is, and asks whether the engine works under what it says:
deploy/README.md has the answer.

    .venv/bin/python deploy/run_without_docker.py [FOLDER]

Podman starts every worker of the compose file from the image that ``deploy/build-without-docker.sh`` left in
FOLDER (default build/image): its user, its read-only root, its capabilities, its limits of memory and
processes, its volumes, its command, its health check. Only names and ports are other ones, because all share
this machine's network; Kafka is that of ``khabar broker``, because its image cannot be fetched. Two pages
come as files, one by HTTP, one in a feed; then everything is killed, Kafka is stopped, and all is started
again. Ends with 1 where a page is lost or counted twice, a story changes, or a worker does not get well or
ends badly.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PLACE = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build" / "image").resolve()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
    "services"
]
WORKERS = [name for name, service in COMPOSE.items() if service.get("command", [""])[0] == "run"]
PORTS = {name: 19_300 + number for number, name in enumerate(WORKERS)}
KAFKA_PORT, INGEST_PORT = 19_292, 19_293
TOKEN = "a token of this run"  # noqa: S105 - nothing is behind it
PATIENCE_S = 240.0
PAGE = "The harbour of {0} was closed on Tuesday after a storm, said the mayor of {0}, Maria {0}son. Ships wait outside until Friday."
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Ports</title><item><guid>p1</guid><link>http://127.0.0.1:{port}/p1</link>
<title>Storm closes the harbour of Aalborg</title><pubDate>Tue, 24 Nov 2026 10:00:00 GMT</pubDate><description>{text}</description></item>
</channel></rss>"""


def tried(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run podman on FOLDER's storage; the runtime is named because crun refuses machines with both kinds of
    cgroups.
    """
    command = [
        "podman",
        "--root",
        str(PLACE / "storage"),
        "--runroot",
        str(PLACE / "run"),
        "--runtime",
        "runc",
    ]
    return subprocess.run(  # noqa: S603 - our own tools
        [*command, "--cgroup-manager", "cgroupfs", *arguments], capture_output=True, text=True, check=False
    )


def podman(*arguments: str) -> str:
    """Run podman and return what it said; ends the program where it fails."""
    done = tried(*arguments)
    if done.returncode:
        sys.exit(f"podman {' '.join(arguments)}\n{done.stdout}{done.stderr}")
    return done.stdout


def khabar(*arguments: str) -> str:
    """Run a verb of the checkout against the same Kafka."""
    env = os.environ | {"KHABAR_HOME": str(PLACE / "home")}
    return subprocess.run(  # noqa: S603
        [ROOT / "khabar", *arguments], env=env, capture_output=True, text=True, check=True
    ).stdout


def flags(name: str) -> list[str]:
    """Return what compose says of service *name*, in podman's words."""
    service = COMPOSE[name]
    given = [
        "--network",
        "host",
        "--user",
        service["user"],
        "--memory",
        service["mem_limit"],
        "--pids-limit",
        str(service["pids_limit"]),
    ]
    given += ["--read-only", "--read-only-tmpfs=false"] if service["read_only"] else []
    given += ["--init"] if service["init"] else []
    given += [f"--tmpfs={path}" for path in service["tmpfs"]] + [
        f"--cap-drop={one}" for one in service["cap_drop"]
    ]
    given += [f"--security-opt={one.removesuffix(':true')}" for one in service["security_opt"]]
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # podman's own may be above what this machine allows
    given += [f"--ulimit=nofile={files}:{files}", "--ulimit=nproc=4096:4096"]
    env = service["environment"] | {
        "KHABAR_KAFKA": f"127.0.0.1:{KAFKA_PORT}",
        "KHABAR_INGEST_PORT": INGEST_PORT,
    }
    if name == "feeds":
        env["KHABAR_FEEDS_PRIVATE"] = "yes"
    given += [f"--env={key}={value}" for key, value in env.items()]
    for volume in service.get("volumes", []):
        source, _, rest = volume.rpartition("}")[2].partition(":")
        given.append(
            f"--volume={PLACE / 'feeds.txt' if name == 'feeds' else ROOT / source if source.startswith('.') else source}:{rest}"
        )
    if service.get("secrets"):
        given.append(f"--volume={PLACE / 'token'}:/run/secrets/ingest_token:ro")
    return given


def start(name: str) -> None:
    """Start worker *name*."""
    command = [str(PORTS[name]) if word == "9108" else word for word in COMPOSE[name]["command"]]
    podman("run", "--detach", "--replace", "--name", name, *flags(name), COMPOSE[name]["image"], *command)


def once(name: str, *more: str) -> str:
    """Run *name*, a service that ends, and return what it said."""
    return podman(
        "run", "--rm", *flags(name), COMPOSE[name]["image"], *COMPOSE[name]["command"], *more
    ).strip()


def well(name: str) -> bool:
    """Ask compose's own health check, inside the container."""
    test = [word.replace("9108", str(PORTS[name])) for word in COMPOSE[name]["healthcheck"]["test"][1:]]
    return tried("exec", name, *test).returncode == 0


def wait(what: str, holds: Any) -> None:
    """Wait until *holds*; ends the program, with the logs, where it never does."""
    begun = time.monotonic()
    while not holds():
        if time.monotonic() - begun > PATIENCE_S:
            for name in WORKERS:
                said = tried("logs", "--tail", "5", name)
                print(f"--- {name}\n{said.stdout}{said.stderr}")
            sys.exit(f"not within {PATIENCE_S:.0f} s: {what}")
        time.sleep(1)
    print(f"  {what} ({time.monotonic() - begun:.0f} s)", flush=True)


def stories() -> dict[str, list[str]]:
    """Return the stories and the articles of each."""
    return {
        one["story_id"]: sorted(one["doc_ids"])
        for one in map(json.loads, khabar("story", "--json").splitlines())
    }


class Feed(BaseHTTPRequestHandler):
    """A site with one feed of one article."""

    def do_GET(self) -> None:
        """Answer with it."""
        body = FEED.format(port=self.server.server_address[1], text=PAGE.format("Aalborg")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def post() -> int:
    """Hand one article over by HTTP and return how many were taken."""
    article = {
        "source": "port.example",
        "url": "https://port.example/esbjerg",
        "text": PAGE.format("Esbjerg"),
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{INGEST_PORT}/v1/articles",
        data=json.dumps(article).encode() + b"\n",
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/x-ndjson"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return int(json.load(answer)["accepted"])


def peak(name: str) -> int:
    """Return the most memory that *name* held, in MB, page cache that it dirtied included."""
    path = podman("inspect", "--format", "{{.State.CgroupPath}}", name).strip()
    for file in (
        Path(f"/sys/fs/cgroup/memory{path}/memory.max_usage_in_bytes"),
        Path(f"/sys/fs/cgroup{path}/memory.peak"),
    ):
        if file.exists():
            return int(file.read_text()) >> 20
    return -1


def resident(name: str) -> int:
    """Return the most that the processes of *name* were resident, added up, in MB."""
    inside = "import glob,re;print(sum(int(re.search(r'VmHWM:\\s+(\\d+)',open(f).read())[1]) for f in glob.glob('/proc/[0-9]*/status')"
    return int(podman("exec", name, "python", "-ISc", inside + " if 'VmHWM' in open(f).read()))")) >> 10


def identity(name: str) -> str:
    """Return what the kernel says of worker *name*."""
    asked = "touch /x 2>&1; id -u; grep -hE 'CapEff|NoNewPrivs' /proc/1/status"
    return " ".join(tried("exec", name, "sh", "-c", asked).stdout.split())


def main() -> None:
    """Do it all once."""
    shutil.rmtree(PLACE / "home" / "broker", ignore_errors=True)
    site = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    (PLACE / "feeds.txt").write_text(f"http://127.0.0.1:{site.server_address[1]}/rss\n")
    (PLACE / "token").write_text(TOKEN)
    tried("volume", "rm", "--force", "models")
    khabar("broker", "start", "--port", str(KAFKA_PORT))
    try:
        print(once("topics"))
        for name in WORKERS:
            start(name)
        wait("every worker is well", lambda: all(well(name) for name in WORKERS))
        pages = json.loads(once("feed", "--json"))["doc_ids"]
        print(f"{len(pages)} accepted from files, {post()} by HTTP, one is in a feed")
        wait("four pages are in stories", lambda: sum(map(len, stories().values())) == 4)
        before = stories()
        together = any(set(pages) <= set(docs) for docs in before.values())
        print(
            f"  {len(before)} stories; the Persian and the Arabic page are {'in one' if together else 'apart'}"
        )

        peaks = {name: peak(name) for name in WORKERS}
        podman("kill", *WORKERS)
        khabar("broker", "stop")
        khabar("broker", "start", "--port", str(KAFKA_PORT))
        for name in WORKERS:
            start(name)
        wait(
            "every worker is well after all were killed and Kafka was restarted",
            lambda: all(well(name) for name in WORKERS),
        )
        print(
            f"again {len(json.loads(once('feed', '--json'))['doc_ids'])} from files, {post()} by HTTP, one in the feed: all are known"
        )
        wait(
            "clean has read them",
            lambda: all(row["waiting"] == 0 for row in json.loads(khabar("status", "--json"))["stages"]),
        )
        after = stories()
        print(once("status"))
        print(f"{'worker':9} {'limit':>6} {'peak':>5} {'resident':>8}  what the kernel says")
        for name in WORKERS:
            print(
                f"{name:9} {COMPOSE[name]['mem_limit']:>6} {max(peaks[name], peak(name)):>5} {resident(name):>8}  {identity(name)}"
            )
        podman("stop", "--time", COMPOSE["clean"]["stop_grace_period"].removesuffix("s"), *WORKERS)
        ended = {name: podman("inspect", "--format", "{{.State.ExitCode}}", name).strip() for name in WORKERS}
        print(f"ended by SIGTERM with {ended}")
        if after != before or not together or set(ended.values()) != {"0"}:
            sys.exit(f"FAILED: stories before {before}, after {after}")
        print("Kept: the same stories with the same articles, none twice.")
    finally:
        tried("rm", "--force", "--time", "1", *WORKERS)
        khabar("broker", "stop")


if __name__ == "__main__":
    main()
