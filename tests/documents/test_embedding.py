"""Pictures put into a finished PDF: every place in its table is right, every byte is the picture's."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pypdf
import pytest

from benchmarks import sample_papers
from smartcity_desk.documents.dossier_pdf import dossier_paper
from smartcity_desk.documents.embedding import filled, stand_in
from smartcity_desk.documents.manifest import digest
from smartcity_desk.documents.model import Dossier
from smartcity_desk.documents.typesetting import typeset
from smartcity_desk.photos.printing import small


def test_a_dossiers_table_of_places_is_right(dossier: Dossier) -> None:
    pdf = dossier_paper(dossier, small).pdf
    end = re.search(rb"startxref\n(\d+)\n%%EOF\s*\Z", pdf)
    assert end is not None
    head = re.match(rb"xref\n0 (\d+)\n", pdf[int(end[1]) :])
    assert head is not None
    start = int(end[1]) + head.end()
    for number in range(1, int(head[1])):
        entry = pdf[start + 20 * number : start + 20 * (number + 1)]
        place = int(entry[:10])
        assert pdf.startswith(b"%d 0 obj" % number, place)
    assert pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages


def test_the_pictures_are_the_printed_copies(dossier: Dossier) -> None:
    pdf = dossier_paper(dossier, small).pdf
    found = set()
    for page in pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages:
        for form in page.get("/Resources", {}).get("/XObject", {}).values():
            for picture in form.get_object().get("/Resources", {}).get("/XObject", {}).values():
                found.add(picture.get_object()._data)
    expected = {
        small(photo.content.read_bytes())[0]
        for item in dossier.items
        for photo in item.photos
        if isinstance(photo.content, Path)
    }
    assert found == expected
    assert len(expected) == 8


def with_one(folder: Path) -> tuple[bytes, str]:
    mark = digest(b"mark")
    (folder / "one.pdf").write_bytes(stand_in(mark, 40, 30))
    (folder / "one.typ").write_text('#image("one.pdf", width: 3cm)\n#image("one.pdf")', encoding="utf-8")
    return typeset(folder, "one.typ", {}, at=0), mark


def test_a_picture_shown_twice(tmp_path: Path) -> None:
    bare, mark = with_one(tmp_path)
    path = sample_papers.photo_files(tmp_path / "p", 1, (40, 30))[0]
    pdf = filled(bare, {mark: path})
    assert mark.encode() not in pdf
    assert path.read_bytes() in pdf
    assert len(pypdf.PdfReader(io.BytesIO(pdf), strict=True).pages[0].images) >= 1


def test_a_mark_that_nobody_knows_and_a_pdf_of_another_build_are_refused(tmp_path: Path) -> None:
    bare, _ = with_one(tmp_path)
    with pytest.raises(ValueError, match="nobody"):
        filled(bare, {})
    for other in (b"", b"%PDF-1.7\nstartxref\n9\n%%EOF", bare[:-10]):
        with pytest.raises(ValueError, match="another way"):
            filled(other, {})


def test_without_pictures_nothing_changes(tmp_path: Path) -> None:
    (tmp_path / "none.typ").write_text("kosong", encoding="utf-8")
    bare = typeset(tmp_path, "none.typ", {}, at=0)
    assert filled(bare, {}) == bare
