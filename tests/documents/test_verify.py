"""Every changed byte of a paper, its manifest or its attachments is found; nothing in the files can harm who looks."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import sample_papers
from smartcity_desk import i18n
from smartcity_desk.documents.dossier_pdf import write_dossier
from smartcity_desk.documents.escalation_pdf import escalation_paper
from smartcity_desk.documents.manifest import canonical, digest
from smartcity_desk.documents.model import Dossier
from smartcity_desk.documents.verify import Finding, Problem, Verified, verify
from smartcity_desk.photos.printing import small


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small dossier with a picture and an attachment, written once."""
    folder = tmp_path_factory.mktemp("dossier")
    photos = sample_papers.photo_files(tmp_path_factory.mktemp("pictures"), 1, (64, 48))
    write_dossier(sample_papers.dossier(1, photos), folder, small)
    return folder


@pytest.fixture
def folder(master: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    shutil.copytree(master, tmp_path / "berkas")
    return tmp_path / "berkas"


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def problems(found: Verified) -> set[tuple[str, Problem]]:
    return {(one.file, one.problem) for one in found.findings}


def test_an_untouched_dossier_is_as_it_was_made(folder: Path) -> None:
    for path in (folder, folder / "berkas.pdf", folder / "berkas.manifest.json"):
        found = verify(path)
        assert found.ok
        assert (found.kind, found.name) == ("dossier", "B7KQ2MX")
        assert len(found.checked) == len(files(folder)) == 3
        assert found.manifest_sha256 == digest((folder / "berkas.manifest.json").read_bytes())


def test_a_thousand_changed_bytes_are_a_thousand_findings(folder: Path) -> None:
    dice = random.Random(1000)
    contents = {path: path.read_bytes() for path in files(folder)}
    assert {path.name for path in contents} >= {"berkas.pdf", "berkas.manifest.json"}
    missed = []
    for turn in range(1000):
        path = list(contents)[turn % len(contents)]
        content = bytearray(contents[path])
        at = dice.randrange(len(content))
        content[at] ^= dice.randrange(1, 256)
        path.write_bytes(content)
        if verify(folder).ok:
            missed.append((path.name, at))
        path.write_bytes(contents[path])
    assert missed == []
    assert verify(folder).ok


def _drop(content: bytes, at: int) -> bytes:
    return content[:at] + content[at + 1 :]


def _insert(content: bytes, at: int) -> bytes:
    return content[:at] + b" " + content[at:]


def _swap(content: bytes, at: int) -> bytes:
    other = (at + 7) % len(content)
    changed = bytearray(content)
    changed[at], changed[other] = changed[other], changed[at]
    return bytes(changed)


@pytest.mark.parametrize("change", [_drop, _insert, _swap])
def test_bytes_taken_away_put_in_or_swapped_are_found(
    folder: Path, change: Callable[[bytes, int], bytes]
) -> None:
    dice = random.Random(change.__name__)
    for path in files(folder):
        original = path.read_bytes()
        for _ in range(40):
            changed = change(original, dice.randrange(len(original)))
            path.write_bytes(changed)
            assert verify(folder).ok is (changed == original)
        path.write_bytes(original + b"\n")
        assert not verify(folder).ok
        path.write_bytes(original)


def test_each_file_is_named_with_what_is_wrong_with_it(folder: Path) -> None:
    attachment = next((folder / "lampiran").iterdir())
    (folder / "lampiran" / "baru.txt").write_text("x", encoding="utf-8")
    attachment.unlink()
    (folder / "berkas.pdf").write_bytes(b"%PDF-")
    assert problems(verify(folder)) == {
        ("berkas.pdf", Problem.CHANGED),
        (f"lampiran/{attachment.name}", Problem.MISSING),
        ("lampiran/baru.txt", Problem.EXTRA),
    }
    (folder / "berkas.pdf").unlink()
    assert ("berkas.pdf", Problem.MISSING) in problems(verify(folder))
    (folder / "berkas.manifest.json").unlink()
    assert problems(verify(folder)) == {("berkas", Problem.NO_MANIFEST)}
    assert problems(verify(folder / "nowhere")) == {("nowhere", Problem.NO_MANIFEST)}


def test_a_forged_and_sealed_manifest_is_found_with_the_hash_from_the_log(folder: Path) -> None:
    path = folder / "berkas.manifest.json"
    kept = digest(path.read_bytes())
    assert verify(folder, kept).ok
    assert verify(folder, kept[:16]).ok
    assert problems(verify(folder, kept[:15])) == {(path.name, Problem.NOT_EXPECTED)}
    forged = json.loads(path.read_bytes())
    forged["numbers"][0]["shown"] = "9"
    seal_again(forged)
    path.write_bytes(canonical(forged) + b"\n")
    assert verify(folder).ok
    assert problems(verify(folder, kept)) == {(path.name, Problem.NOT_EXPECTED)}


def seal_again(manifest: dict[str, object]) -> None:
    """Make a manifest look whole, as a forger would."""
    names = ("format", "paper", "data", "attachments", "events", "origins", "numbers")
    manifest["content_sha256"] = digest(canonical({name: manifest[name] for name in names}))
    manifest.pop("seal")
    manifest["seal"] = digest(canonical(manifest))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "lampiran/../berkas.pdf", "lampiran/x"])
def test_a_manifest_never_leads_out_of_its_folder(folder: Path, name: str) -> None:
    path = folder / "berkas.manifest.json"
    forged = json.loads(path.read_bytes())
    next(row for row in forged["attachments"] if "file" in row)["file"] = name
    seal_again(forged)
    path.write_bytes(canonical(forged) + b"\n")
    assert (name, Problem.UNREADABLE) in problems(verify(folder))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"pdf":1}',
        b"\xff\xfe",
        b'{"format":"smartcity-desk/manifest/1"}',
    ],
)
def test_what_is_no_manifest_is_said_and_not_raised(folder: Path, content: bytes) -> None:
    (folder / "berkas.manifest.json").write_bytes(content)
    assert problems(verify(folder)) == {("berkas.manifest.json", Problem.CHANGED)}


@given(st.binary(max_size=200))
def test_any_bytes_at_all(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x.manifest.json"
    path.write_bytes(content)
    assert not verify(path).ok


@pytest.mark.parametrize("ending", [".manifest.json", ".json"])
def test_a_list_is_checked_beside_its_manifest(tmp_path: Path, ending: str) -> None:
    paper = escalation_paper(sample_papers.escalation_list(3))
    pdf, manifest = tmp_path / "daftar 012.pdf", tmp_path / f"daftar 012{ending}"
    pdf.write_bytes(paper.pdf)
    assert problems(verify(pdf)) == {(pdf.name, Problem.NO_MANIFEST)}
    manifest.write_bytes(paper.manifest)
    for path in (pdf, manifest):
        found = verify(path, paper.manifest_sha256)
        assert found.ok
        assert (found.kind, found.name) == ("list", "012/JSC/XI/2026")
    other = escalation_paper(sample_papers.escalation_list(4))
    manifest.write_bytes(other.manifest)
    assert problems(verify(pdf)) == {(pdf.name, Problem.CHANGED)}


def test_findings_are_sentences_in_both_languages() -> None:
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        texts = {str(Finding("berkas.pdf", problem)) for problem in Problem}
        assert len(texts) == len(Problem)
        assert all("berkas.pdf" in text for text in texts)


def test_a_dossier_without_files_needs_no_folder_for_them(dossier: Dossier, tmp_path: Path) -> None:
    from dataclasses import replace

    write_dossier(replace(dossier, attachments=()), tmp_path, small)
    assert verify(tmp_path).ok
    assert not (tmp_path / "lampiran").exists()
