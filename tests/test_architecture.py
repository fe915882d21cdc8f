"""ARCHITECTURE.md, README.md and the decisions say what is so."""

from __future__ import annotations

import ast
import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from smartcity_desk.commands import arguments
from tools import readme

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "smartcity_desk"
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def rows(heading: str) -> list[tuple[str, ...]]:
    """Return the cells of the first table below a heading, without its head."""
    section = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines[2:]]


def modules() -> set[str]:
    packages = {path.parent.name for path in PACKAGE.glob("*/*.py")}
    plain = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    return packages | plain


def test_every_module_stands_on_the_page_and_the_page_invents_none() -> None:
    assert {name.strip("`") for name, _ in rows("Packages and modules")} == modules()


def test_the_import_law_on_the_page_is_the_one_that_is_held() -> None:
    contracts = {
        (contract["id"], contract["name"]) for contract in PROJECT["tool"]["importlinter"]["contracts"]
    }
    assert {(name.strip("`"), words) for name, words in rows("The import law")} == contracts


def test_the_page_fits_on_one() -> None:
    assert len(PAGE.splitlines()) <= 100


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:/|\.py|\.md))`", PAGE))))
def test_every_path_that_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists() or (PACKAGE / path).exists()


@pytest.mark.parametrize(
    "page", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/decisions/README.md"]
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    local = [target for target in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in target]
    assert [target for target in local if not (ROOT / page).parent.joinpath(target).exists()] == []


def test_the_keys_in_the_readme_are_the_registrys() -> None:
    text = readme.README.read_text(encoding="utf-8")
    assert readme.with_keys(text) == text, "run: python -m tools.readme"


def test_every_command_of_make_that_the_papers_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, flags=re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert set(re.findall(r"(?:`|^)make ([a-z0-9-]+)", text, flags=re.MULTILINE)) <= targets


def readme_commands() -> list[str]:
    text = readme.README.read_text(encoding="utf-8")
    return re.findall(r"^smartcity-desk (.+?)(?:\s+#.*)?$", text, flags=re.MULTILINE)


def test_the_readme_shows_commands_at_all() -> None:
    assert len(readme_commands()) >= 10


@pytest.mark.parametrize("line", readme_commands())
def test_every_command_in_the_readme_is_understood(line: str) -> None:
    assert arguments.build().parse_args(shlex.split(line)).run


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")), ids=lambda path: path.stem
)
def test_a_decision_has_its_parts_and_its_number(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(path.name[:4]) for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def imports(folder: Path) -> set[str]:
    """Return the modules that the Python files of a folder import."""
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_domain_really_needs_nothing_but_the_standard_library() -> None:
    """What import-linter is told as a list of names, seen from the other side: nothing unlisted slips in."""
    foreign = {
        name
        for name in imports(PACKAGE / "domain")
        if name.partition(".")[0] not in sys.stdlib_module_names
        and not name.startswith("smartcity_desk.domain.")
    }
    assert foreign == set()


@pytest.mark.parametrize(
    "folder", sorted(path.parent.name for path in PACKAGE.glob("sync/channels/*/__init__.py"))
)
def test_a_channel_stands_on_the_contract_and_the_domain_alone(folder: str) -> None:
    allowed = tuple(
        f"smartcity_desk.{name}."
        for name in (
            *("domain", "georeport", "sync.channel", "sync.transport", "sync.ratelimit"),
            *("sync.georeport", "sync.mailbox"),
            f"sync.channels.{folder}",
        )
    )
    ours = {
        name for name in imports(PACKAGE / "sync" / "channels" / folder) if name.startswith("smartcity_desk")
    }
    assert {name for name in ours if not f"{name}.".startswith(allowed)} == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_by_hash_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(--(index|extra|find|trusted)|-[ief] )", text, flags=re.MULTILINE)
    pins = re.split(r"\n(?=\S)", text.strip())
    unpinned = [
        pin.splitlines()[0] for pin in pins if "==" not in pin.splitlines()[0] or "--hash=sha256:" not in pin
    ]
    assert unpinned == []


def test_both_locks_agree() -> None:
    def pins(name: str) -> set[str]:
        return set(
            re.findall(
                r"^(\S+==\S+(?: ;[^\\]*)?)", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE
            )
        )

    assert {pin.strip() for pin in pins("requirements.lock")} <= {
        pin.strip() for pin in pins("requirements-dev.lock")
    }


def test_every_dependency_is_in_the_lock() -> None:
    locked = set(
        re.findall(
            r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), flags=re.MULTILINE
        )
    )
    wanted = {re.split(r"[\[<>=; ]", entry)[0].lower() for entry in PROJECT["project"]["dependencies"]}
    assert wanted <= locked, "run: make lock"
