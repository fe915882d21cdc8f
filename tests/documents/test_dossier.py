"""The dossier: all that counts for and against an office, each number accounted for, one snapshot one paper."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import sample_papers
from smartcity_desk.documents.dossier_pdf import dossier_paper, file_name, write_dossier
from smartcity_desk.documents.manifest import canonical, unaccounted
from smartcity_desk.documents.model import (
    Capacity,
    Dossier,
    DossierItem,
    Figure,
    Pause,
    Photo,
    PhotoKind,
    Quote,
)
from smartcity_desk.domain.charts import Position
from smartcity_desk.domain.events import PauseCode
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.photos.printing import small
from tests.documents.reading import pages_of, placed, squeezed, text_of

CHILD = """
import hashlib, sys
from pathlib import Path
from benchmarks import sample_papers
from smartcity_desk.photos.printing import small
from smartcity_desk.documents.dossier_pdf import write_dossier
pictures = sorted(Path(sys.argv[1]).iterdir())
written = write_dossier(sample_papers.dossier(4, pictures), Path(sys.argv[2]), small)
print(written.manifest_sha256, written.pdf_sha256)
"""


def test_the_same_snapshot_is_the_same_manifest_in_any_process(
    dossier: Dossier, pictures: list[Path], tmp_path: Path
) -> None:
    written = write_dossier(dossier, tmp_path / "here", small)
    paper = dossier_paper(dossier, small)
    assert (paper.manifest_sha256, paper.pdf_sha256) == (written.manifest_sha256, written.pdf_sha256)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(pictures[0].parent), str(tmp_path / "there")],
        env=os.environ | {"PYTHONHASHSEED": "3", "TZ": "America/Lima", "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [written.manifest_sha256, written.pdf_sha256]


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_number_on_paper_stands_in_the_manifest(language: str, pictures: list[Path]) -> None:
    paper = dossier_paper(sample_papers.dossier(30, pictures * 8, language=language), small)
    manifest = json.loads(paper.manifest)
    text = text_of(paper.pdf)
    assert unaccounted(text, manifest) == []
    assert len(re.findall(r"\d+", text)) > 2000
    assert unaccounted(text + " 31337", manifest) == ["31337"]


def test_every_entry_names_an_event_or_a_source(dossier: Dossier) -> None:
    manifest = json.loads(dossier_paper(dossier, small).manifest)
    assert manifest["numbers"]
    for entry in manifest["numbers"]:
        origin = manifest["origins"][entry["from"]]
        assert origin.get("events") or origin.get("source")
        assert all(0 <= at < len(manifest["events"]) for at in origin.get("events", []))
    for entry in manifest["numbers"]:  # what items say rests on events, not on a source
        if re.fullmatch(r"items/\d+/(delivered|due|answered|charged)", entry["key"]):
            assert manifest["origins"][entry["from"]].get("events")


def test_the_manifest_lists_every_hash(dossier: Dossier) -> None:
    paper = dossier_paper(dossier, small)
    manifest = json.loads(paper.manifest)
    listed = {row["sha256"] for row in manifest["attachments"]}
    assert listed == {photo.sha256 for item in dossier.items for photo in item.photos} | {
        sample_papers.LETTER_SHA256
    }
    assert manifest["data"]["rules_sha256"] == dossier.origin.rules_sha256
    assert manifest["data"]["snapshot_sha256"] == dossier.origin.snapshot_sha256
    assert manifest["pdf"]["sha256"] == hashlib.sha256(paper.pdf).hexdigest()
    assert canonical(manifest) + b"\n" == paper.manifest
    text = squeezed(text_of(paper.pdf))
    for digest in (*listed, dossier.origin.rules_sha256, dossier.origin.snapshot_sha256):
        assert digest in text
    assert manifest["content_sha256"][:16] in text


def test_another_fact_is_another_content(dossier: Dossier) -> None:
    first = json.loads(dossier_paper(dossier, small).manifest)
    moved = replace(dossier, capacity=replace(dossier.capacity, population=Figure(27_413, source="d")))
    second = json.loads(dossier_paper(moved, small).manifest)
    assert first["content_sha256"] != second["content_sha256"]


def test_it_holds_everything_that_counts_for_and_against(dossier: Dossier) -> None:
    text = squeezed("".join(pages_of(dossier_paper(dossier, small).pdf)))
    for words in (
        "Kelurahan Pegangsaan",
        "Identitas pelapor dirahasiakan",
        "batas atas 95 % di bawah target 80,0 %",
        "kantor ini di bawah batas tiga sigma; rata-rata kota 86,0 %",
        "Jeda E6, ",
        "menunggu izin PLN",
        "E1 salah alamat: pengembalian diterima, bukan wewenang kantor ini. Oleh aturan",
        "verifikasi penyelesaian",
        "87/-1.784/2026",
        "◑ diterima sebagian",
        "Penduduk 27.412",
        "Laporan per seribu penduduk 3,21",
        "Plt. Siti Rahmawati",
        "surat keberatan.txt",
        "Halaman 1 dari",
    ):
        assert squeezed(words) in text
    for item in dossier.items:
        assert item.number in text
    for item in dossier.items:
        for step in item.timeline:
            assert step.event[:13] in text


def test_an_excluded_item_names_its_event(dossier: Dossier) -> None:
    excluded = [item for item in dossier.items if item.exclusion is not None]
    assert excluded
    text = squeezed(text_of(dossier_paper(dossier, small).pdf))
    for item in excluded:
        assert item.exclusion is not None
        assert item.exclusion.event[:13] in text


def test_nothing_leaves_the_page(pictures: list[Path]) -> None:
    for page in placed(dossier_paper(sample_papers.dossier(20, pictures * 5), small).pdf):
        assert all(word.left >= 40 and word.right <= page.width - 40 for word in page.words)
        assert all(word.bottom <= page.height - 20 for word in page.words)


def test_an_empty_dossier_says_so() -> None:
    model = replace(
        sample_papers.dossier(0),
        own_delays=(),
        objections=(),
        attachments=(),
        capacity=Capacity(),
        funnel=None,
        windows=(),
    )
    text = text_of(dossier_paper(model, small).pdf)
    for words in (
        "Butir (0)",
        "Tidak ada butir yang dikecualikan.",
        "Tidak ada sanggahan.",
        "Tidak ada lampiran.",
    ):
        assert words in text


def test_too_little_data_gives_no_position(dossier: Dossier) -> None:
    assert dossier.funnel is not None
    model = replace(dossier, funnel=replace(dossier.funnel, position=Position.NOT_ENOUGH))
    text = text_of(dossier_paper(model, small).pdf)
    assert "Data belum cukup" in text
    assert "sigma" not in text


def with_item(model: Dossier, item: DossierItem) -> Dossier:
    return replace(model, items=(item,))


def test_an_item_with_a_long_life_goes_over_pages(dossier: Dossier) -> None:
    item = dossier.items[0]
    start = item.custody[0].since
    pauses = tuple(
        Pause(
            PauseCode.CALAMITY,
            start + at * HOUR,
            start + (at + 1) * HOUR,
            Quote("banjir " * 40, (f"p{at}",)),
            f"p{at}",
        )
        for at in range(0, 80, 2)
    )
    stretches = tuple(
        replace(
            item.custody[1],
            since=start + at * DAY,
            until=start + (at + 1) * DAY,
            pauses=pauses if at == 3 else (),
        )
        for at in range(70)
    )
    paper = dossier_paper(
        with_item(dossier, replace(item, custody=stretches, timeline=item.timeline * 60)), small
    )
    pages = placed(paper.pdf)
    assert len(pages) > 4
    for page in pages:
        assert all(word.bottom <= page.height - 20 for word in page.words)
    assert unaccounted(text_of(paper.pdf), json.loads(paper.manifest)) == []


def test_a_life_without_length_or_out_of_order_is_drawn_too(dossier: Dossier) -> None:
    item = dossier.items[0]
    flat = replace(item.custody[0], since=5, until=5)
    back = replace(item.custody[1], since=9, until=2, pauses=())
    for custody in ((flat,), (back,), (flat, back), ()):
        assert dossier_paper(with_item(dossier, replace(item, custody=custody)), small).pdf.startswith(
            b"%PDF"
        )


# ---------------------------------------------------------------- pictures and files


def test_a_picture_is_shown_only_when_its_bytes_are_those_on_record(
    dossier: Dossier, pictures: list[Path]
) -> None:
    good = dossier.items[0].photos[0]
    noise = b"no picture at all"
    photos = (
        good,
        replace(good, sha256="0" * 64),
        Photo("1" * 64, PhotoKind.AFTER, "e1"),
        Photo("2" * 64, PhotoKind.AFTER, "e2", content=pictures[0].with_name("gone.jpg")),
        Photo(hashlib.sha256(noise).hexdigest(), PhotoKind.OTHER, "e3", content=lambda: noise),
    )
    paper = dossier_paper(with_item(dossier, replace(dossier.items[0], photos=photos)), small)
    rows = {row["sha256"]: row for row in json.loads(paper.manifest)["attachments"] if row["kind"] == "photo"}
    assert [rows[photo.sha256]["found"] for photo in photos] == [
        "ready",
        "changed",
        "missing",
        "missing",
        "unreadable",
    ]
    assert "printed_sha256" in rows[good.sha256]
    assert "printed_sha256" not in rows["0" * 64]
    text = squeezed("".join(pages_of(paper.pdf)))
    for words in ("tidak cocok dengan sidik jarinya", "tidak tersedia di sini", "gambar tidak terbaca"):
        assert squeezed(words) in text


def test_files_at_hand_go_into_the_folder_byte_for_byte(dossier: Dossier, tmp_path: Path) -> None:
    letter = dossier.attachments[0]
    wrong = replace(letter, sha256="3" * 64, name="palsu.pdf")
    absent = replace(letter, sha256="4" * 64, name="jauh.pdf", content=None)
    model = replace(dossier, attachments=(letter, wrong, absent))
    written = write_dossier(model, tmp_path / "berkas", small)
    names = sorted(path.name for path in (written.folder / "lampiran").iterdir())
    assert names == [file_name(letter)]
    assert (written.folder / "lampiran" / names[0]).read_bytes() == sample_papers.LETTER
    rows = json.loads(written.manifest.read_bytes())["attachments"]
    assert [row.get("file") for row in rows if row["kind"] == "file"] == [f"lampiran/{names[0]}", None, None]
    text = squeezed(text_of(written.pdf.read_bytes()))
    assert squeezed("palsu.pdf (tidak cocok dengan sidik jarinya)") in text
    assert squeezed("jauh.pdf (tidak tersedia di sini)") in text


def test_an_older_dossier_in_the_folder_is_replaced_and_other_files_stay(
    dossier: Dossier, tmp_path: Path
) -> None:
    write_dossier(dossier, tmp_path, small)
    note = tmp_path / "lampiran" / "catatan saya.txt"
    note.write_text("milik orang", encoding="utf-8")
    other = b"surat lain"
    letter = replace(dossier.attachments[0], sha256=hashlib.sha256(other).hexdigest(), content=other)
    write_dossier(replace(dossier, attachments=(letter,)), tmp_path, small)
    assert sorted(path.name for path in (tmp_path / "lampiran").iterdir()) == sorted(
        [note.name, file_name(letter)]
    )


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("surat.PDF", ".pdf"),
        ("a.b/../c", ""),
        ("x.tar.gz", ".gz"),
        ("x.p f", ""),
        ("x." + "a" * 9, ""),
        ("x", ""),
    ],
)
def test_an_attachments_file_is_called_by_its_hash(name: str, suffix: str, dossier: Dossier) -> None:
    assert file_name(replace(dossier.attachments[0], name=name)) == sample_papers.LETTER_SHA256 + suffix
