"""The house in figures: modules small, names from the field, nothing that hides a failure."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CAP, WHY = 400, "longer than"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}
SAYS_NOTHING = "found"
NAMED_BY_THE_FIELD = ("services/clean", "services/detect", "services/extract", "services/link", "shared")


def sources() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "services", "shared"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [ROOT / name for name in listed.splitlines() if name.endswith(".py") and (ROOT / name).exists()]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_modules_are_small_and_say_what_they_own() -> None:
    lengths, bodies, public, documented, annotated = [], [], 0, 0, 0
    for path in sources():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        lines = text.count("\n")
        lengths.append(lines)
        first = " ".join((ast.get_docstring(tree) or "").split())
        assert first, f"{path} does not say what it owns"
        assert lines <= CAP or WHY in first, f"{path} has {lines} lines and does not say why"
        for function in functions(tree):
            bodies.append((function.end_lineno or 0) - function.lineno + 1)
            annotated += function.returns is not None
            if not function.name.startswith("_"):
                public += 1
                documented += ast.get_docstring(function) is not None
    ninetieth = statistics.quantiles(lengths, n=10)[-1]
    print(
        f"\n{len(lengths)} modules: median {statistics.median(lengths):.0f} lines, p90 {ninetieth:.0f}, largest {max(lengths)};",
        end=" ",
    )
    print(
        f"functions: median {statistics.median(bodies):.0f}, p90 {statistics.quantiles(bodies, n=10)[-1]:.0f}"
    )
    assert statistics.median(lengths) <= 90
    assert annotated == len(bodies), "every function says what it returns"
    assert documented / public > 0.95


ROLES = {"__init__", "__main__", "core", "stage", "subject"}
"""Names that every service may use again, because they say what part a module plays and not what it holds."""


def test_no_name_stands_for_two_things() -> None:
    folders = {path.parent.name for path in sources()}
    verbs = ROOT / "services" / "cli" / "verbs"
    names = Counter(
        path.stem for path in sources() if path.stem not in ROLES | folders and path.parent != verbs
    )
    assert [name for name, times in names.items() if times > 1] == []


def test_a_service_shows_itself_on_one_screen() -> None:
    folders = {
        path.relative_to(ROOT).parts[:2]
        for path in sources()
        if path.relative_to(ROOT).parts[0] == "services"
    }
    for folder in [
        ROOT / "shared",
        *(ROOT.joinpath(*parts) for parts in folders if not parts[1].endswith(".py")),
    ]:
        listed = subprocess.run(
            ["git", "ls-files", "."], cwd=folder, capture_output=True, text=True, check=True
        ).stdout
        entries = {name.partition("/")[0] for name in listed.splitlines()}
        assert len(entries) <= 16, f"{folder.name}: {sorted(entries)}"


def test_the_map_of_a_package_names_its_modules() -> None:
    packages = [path for path in sources() if path.name == "__init__.py"]
    for path in packages:
        named = set(re.findall(r"\w+\.py\b", ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""))
        beside = {module.name for module in path.parent.glob("*.py")} - {"__init__.py"}
        below = {module.name for module in path.parent.rglob("*.py")}
        assert not named or beside <= named <= below, f"{path}: {beside - named or named - below}"


def test_data_holds_artefacts_alone() -> None:
    assert [path for path in sources() if "data" in path.relative_to(ROOT).parts] == []


def test_nothing_is_called_utils() -> None:
    assert [path for path in sources() if path.stem in FORBIDDEN_NAMES] == []


def test_no_pickle_of_ours_and_no_swallowed_errors() -> None:
    for path in sources():
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(import|from) (pickle|marshal|shelve)\b", text, re.MULTILINE), path
        assert "allow_pickle=True" not in text, path
        assert not re.search(r"except( Exception)?:\s*\n\s*pass\b", text), path


def test_no_address_of_a_registry_is_recorded() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.split(b"\0")
    halves = (  # put together here, or this file would be found
        (rb"files\.python", rb"hosted"),
        (rb"pypi\.o", rb"rg/simple"),
        (rb"repo1?\.mave", rb"n"),
        (rb"/opt/wheel", rb"s"),
        (rb"/work/ma", rb"in"),
    )
    hosts = re.compile(b"|".join(a + b for a, b in halves))
    found = [
        name.decode()
        for name in listed
        if name and (ROOT / name.decode()).is_file() and hosts.search((ROOT / name.decode()).read_bytes())
    ]
    assert found == []


def where_tests_are() -> dict[str, str]:
    """Every test function of the tree, with its file."""
    found = {}
    for path in sorted(ROOT.joinpath("tests").rglob("test_*.py")):
        for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            found[function.name] = path.relative_to(ROOT).as_posix()
    return found


def test_every_hazard_is_on_its_page_with_the_test_that_holds_it() -> None:
    page = (ROOT / "shared" / "worker" / "HAZARDS.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| (A\d+) \|(.+)\|$", page, re.MULTILINE))
    cited = {
        name for path in sources() for name in re.findall(r"\((A\d{1,2})\)", path.read_text(encoding="utf-8"))
    }
    assert len(cited) > 15
    assert cited - set(rows) == set(), "cited in the code, not on the page"
    known = where_tests_are()
    for name, row in rows.items():
        *_, held_in, tests = (cell.strip() for cell in row.split("|"))
        assert all(
            f"({name})" in (ROOT / path).read_text(encoding="utf-8")
            for path in re.findall(r"`([^`]+)`", held_in)
        ), name
        named = re.findall(r"`(test_\w+)`", tests)
        assert named or tests.startswith("no test: "), f"{name} names no test and does not say so"
        assert [one for one in named if one not in known] == [], name
        assert all(f"`{known[one]}`" in page for one in named), (
            f"{name}: the page does not say where its tests are"
        )


PAGES = (
    "README.md",
    "SECURITY.md",
    "ARCHITECTURE.md",
    "DECISIONS.md",
    "GLOSSARY.md",
    "CONTRIBUTING.md",
    "shared/worker/HAZARDS.md",
)


def tracked() -> set[str]:
    """Every file and folder of the tree."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = [Path(name) for name in listed.stdout.splitlines()]
    return {path.as_posix() for file in files for path in (file, *file.parents)}


def test_every_path_on_a_page_is_there() -> None:
    there = tracked()
    names = {path.rpartition("/")[2] for path in there}
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        quoted = [
            word
            for span in re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
            for word in span.split()
        ]
        links = re.findall(r"\]\(([^)#:]+)\)", text)
        paths = [
            word.removeprefix("./")
            for word in quoted
            if re.fullmatch(
                r"(\./)?(?!\.\.)[\w.-]+(/[\w.-]+)+/?|\.?[\w-]+\.(py|md|yml|json|toml|tsv|npz)", word
            )
        ]
        assert paths, page
        gone = [
            path
            for path in (*paths, *links)
            if path.rstrip("/") not in (there if "/" in path else there | names)
        ]
        assert gone == [], page


def test_what_is_found_is_called_by_what_it_is() -> None:
    """A parameter or variable «found» had twenty-seven types: a match, a name, a quotation, a date."""
    vague = []
    for path in sources():
        if not str(path.relative_to(ROOT)).startswith(NAMED_BY_THE_FIELD):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_bound = (
                isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == SAYS_NOTHING
            )
            if is_bound or (isinstance(node, ast.arg) and node.arg == SAYS_NOTHING):
                vague.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert vague == []


def test_the_map_names_every_package_and_nothing_else() -> None:
    drawn = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").split("```")[1]
    named = {
        word.rstrip("/") for line in drawn.splitlines() for word in line.strip().partition("  ")[0].split()
    }
    packages = {path.parent.name for path in sources() if len(path.parent.relative_to(ROOT).parts) <= 3}
    assert packages - named == set()
    assert named - {path.rpartition("/")[2] for path in tracked()} == set()


def test_where_is_what_names_functions_that_are_there() -> None:
    table = (
        (ROOT / "ARCHITECTURE.md")
        .read_text(encoding="utf-8")
        .partition("## Where is …?")[2]
        .partition("\n## ")[0]
    )
    rows = [row.split("|")[1:4] for row in table.splitlines() if "`" in row]
    assert len(rows) > 10
    for what, modules, called in rows:
        texts = [(ROOT / path).read_text(encoding="utf-8") for path in re.findall(r"`([\w/]+\.py)`", modules)]
        defined = {
            name
            for text in texts
            for name in re.findall(r"^ *(?:async )?(?:def|class) (\w+)", text, re.MULTILINE)
        }
        assert [name for name in re.findall(r"`(\w+)`", called) if name not in defined] == [], what


def test_the_pages_name_what_is_there() -> None:
    """A recipe that names a table by its name of last month sends a newcomer nowhere."""
    suffixes = {".py", ".yml", ".json", ".toml", ".tsv", ".html"}
    files = [ROOT / path for path in tracked() if Path(path).suffix in suffixes]
    known = {word for path in files for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    for page in ("ARCHITECTURE.md", "CONTRIBUTING.md", "DECISIONS.md", "GLOSSARY.md", "README.md"):
        quoted = re.findall(r"`([^`\n]+)`", (ROOT / page).read_text(encoding="utf-8"))
        named = {word for code in quoted for word in re.findall(r"(?<![\w./-])\w*_\w+", code)}
        unknown = {
            word for word in named - known if not word.startswith("KHABAR_")
        }  # made of settings' names
        assert unknown == set(), page


def test_every_service_is_under_the_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    named = {one["name"]: {*one.get("modules", ()), *one.get("source_modules", ())} for one in contracts}
    services = {path.parent for path in ROOT.glob("services/*/core.py")}
    assert len(services) > 5
    for folder in services:
        name = f"services.{folder.name}"
        assert name in named["services are independent of each other"]
        assert name in named["nothing that runs knows the workshop"]
        assert f"{name}.core" in named["cores are pure"] or folder.name == "pulse"
        assert name in named["the stages know nothing of Kafka"] or not (folder / "stage.py").exists()
        assert f"the order of {folder.name}" in named or len(list(folder.glob("*.py"))) < 8


def test_every_lettered_rule_is_listed() -> None:
    listed = (
        ast.get_docstring(
            ast.parse((ROOT / "services" / "extract" / "naming" / "__init__.py").read_text(encoding="utf-8"))
        )
        or ""
    )
    cited = {
        letter
        for path in sources()
        for letter in re.findall(r"\(rule ([a-z])\)", path.read_text(encoding="utf-8"))
    }
    assert len(cited) >= 5
    assert cited <= set(re.findall(r"^ {4}([a-z])  ", listed, re.MULTILINE))
