"""The numbered list on paper: heads on each page, whole rows, no lonely signature, the same bytes each time."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import sample_papers
from smartcity_desk.documents.escalation_pdf import escalation_paper
from smartcity_desk.documents.manifest import unaccounted
from smartcity_desk.documents.model import EscalationList, Holder, ListRow, Method, Overview, Quote
from smartcity_desk.domain.marks import MarkStep, Standing
from tests.documents.reading import page_with, pages_of, placed, squeezed, text_of

CHILD = """
import hashlib
from benchmarks import sample_papers
from smartcity_desk.documents.escalation_pdf import escalation_paper
paper = escalation_paper(sample_papers.escalation_list(12, 5))
print(hashlib.sha256(paper.pdf).hexdigest(), hashlib.sha256(paper.manifest).hexdigest())
"""


def told_apart(row: ListRow, at: int, dice: random.Random) -> ListRow:
    """The row with words that stand nowhere else, of many lengths, so that its parts can be found again."""
    long = " ".join(
        dice.choice(("Besar", "Utara", "Timur", "Jati", "Kebon")) for _ in range(dice.randint(0, 6))
    )
    return replace(
        row,
        office_name=f"Kelurahan Nama{at}x {long}",
        superior=f"Kecamatan Atas{at}x {long}",
        holder=Holder(f"Pejabat{at}x", sample_papers.NOW, acting=at % 3 == 0),
    )


def uneven(rows: int, seed: int) -> EscalationList:
    """A list whose rows are of uneven height."""
    dice = random.Random(seed)
    model = sample_papers.escalation_list(rows)
    return replace(model, rows=tuple(told_apart(row, at, dice) for at, row in enumerate(model.rows)))


@given(rows=st.integers(0, 46), seed=st.integers(0, 2**32), notes=st.integers(0, 12))
@settings(max_examples=30)
def test_heads_repeat_rows_stay_whole_and_signatures_have_company(rows: int, seed: int, notes: int) -> None:
    model = uneven(rows, seed)
    model = replace(model, notes=tuple(Quote("Catatan " * 9, source="n") for _ in range(notes)))
    pages = pages_of(escalation_paper(model).pdf)
    for number, page in enumerate(pages, start=1):
        assert f"Halaman {number} dari {len(pages)}" in page
        if any(row.code in page for row in model.rows):
            assert "Kode berkas" in page
    for at, row in enumerate(model.rows):
        whole = page_with(pages, row.code)
        assert whole >= 0
        for part in (f"Nama{at}x", f"Atas{at}x", f"Pejabat{at}x", row.manifest[:8], row.manifest[8:16]):
            assert page_with(pages, part) == whole
    signed = page_with(pages, "Yudi Hartanto")
    assert signed == len(pages) - 1
    assert "Rina Kusumawardani" in pages[signed]
    assert "Kepala Seksi Pemantauan" in pages[signed]
    company = sum(row.code in pages[signed] for row in model.rows)
    assert company >= min(2, rows)
    if rows == 0:
        assert "Tidak ada kantor" in pages[signed]


def test_the_head_stands_above_the_rows_and_nothing_leaves_the_page() -> None:
    model = uneven(60, 1)
    codes = {row.code for row in model.rows}
    for page in placed(escalation_paper(model).pdf):
        rows = [word for word in page.words if word.text in codes]
        heads = [word for word in page.words if word.text == "Sanggahan"]
        assert rows
        assert len(heads) == 1
        assert heads[0].bottom <= min(word.top for word in rows)
        for word in page.words:
            assert word.left >= 40
            assert word.right <= page.width - 40
            assert word.bottom <= page.height - 20


def test_rows_do_not_overlap() -> None:
    model = uneven(40, 3)
    order = {row.code: at for at, row in enumerate(model.rows)}
    for page in placed(escalation_paper(model).pdf):
        codes = sorted((word.top, order[word.text]) for word in page.words if word.text in order)
        holders = {
            int(found[1]): word.bottom
            for word in page.words
            if (found := re.match(r"Pejabat(\d+)x", word.text))
        }
        for (_, at), (next_top, _) in pairwise(codes):
            assert holders[at] <= next_top + 1


def test_the_same_list_is_the_same_bytes_in_any_process() -> None:
    paper = escalation_paper(sample_papers.escalation_list(12, 5))
    assert escalation_paper(sample_papers.escalation_list(12, 5)) == paper
    expected = [hashlib.sha256(paper.pdf).hexdigest(), hashlib.sha256(paper.manifest).hexdigest()]
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "UTC")):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            [sys.executable, "-c", CHILD], env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == expected


def test_another_list_is_other_bytes() -> None:
    model = sample_papers.escalation_list(3)
    moved = replace(model, printed_at=model.printed_at + 1000)
    assert escalation_paper(model).pdf != escalation_paper(moved).pdf
    assert escalation_paper(model).manifest_sha256 != escalation_paper(moved).manifest_sha256


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_number_on_paper_stands_in_the_manifest(language: str) -> None:
    model = sample_papers.escalation_list(70, 40, language=language)
    paper = escalation_paper(model)
    manifest = json.loads(paper.manifest)
    text = text_of(paper.pdf)
    assert unaccounted(text, manifest) == []
    assert len(re.findall(r"\d", text)) > 5000
    assert unaccounted(text + " 4711 ", manifest) == ["4711"]
    assert unaccounted(text.replace("48,8", "48,9").replace("48.8", "48.9"), manifest) != []


def test_the_manifest_opens_numbers_to_events() -> None:
    model = sample_papers.escalation_list(4)
    manifest = json.loads(escalation_paper(model).manifest)
    found = {entry["key"]: entry for entry in manifest["numbers"]}
    row = model.rows[2]
    for name in ("n", "on_time", "silent", "share", "upper"):
        entry = found[f"rows/{row.code}/windows/1/{name}"]
        figure = getattr(row.windows[1], name)
        assert entry["value"] == figure.value
        named = manifest["origins"][entry["from"]]["events"]
        assert [manifest["events"][at] for at in named] == list(figure.events)
    target = found[f"rows/{row.code}/windows/1/target"]
    assert manifest["origins"][target["from"]] == {"source": "policy:2026-default"}


def test_each_row_opens_its_dossier() -> None:
    model = sample_papers.escalation_list(30)
    from io import BytesIO

    links = [
        annotation.get_object()["/A"]["/URI"]
        for page in pypdf.PdfReader(BytesIO(escalation_paper(model).pdf)).pages
        for annotation in page.get("/Annots", [])
    ]
    assert sorted(links) == sorted(f"smartcity-desk:berkas/{row.code}" for row in model.rows)


def test_it_says_what_an_official_list_has_to_say() -> None:
    model = sample_papers.escalation_list(8, 6)
    pages = pages_of(escalation_paper(model).pdf)
    first = pages[0]
    for words in (
        "UNIT PENGELOLA JAKARTA SMART CITY",
        "Nomor: 012/JSC/XI/2026",
        "22 November 2026 pukul 16.00 WIB",
        "2026-default",
        "27 Sep–24 Okt 2026",
        "011/JSC/XI/2026",
        "Kepada Yth. Gubernur DKI Jakarta",
    ):
        assert words in first
    for page in pages:
        assert "Data per 22 November 2026 pukul 16.00 WIB · kebijakan 2026-default" in page
    assert "Lampiran: daftar diam" in pages[-1]
    manifest = json.loads(escalation_paper(model).manifest)
    assert f"kode isi {manifest['content_sha256'][:8]} {manifest['content_sha256'][8:16]}" in first


def test_english_numbers_and_dates() -> None:
    model = replace(
        sample_papers.escalation_list(3, language="en"),
        overview=Overview(*(sample_papers.Figure(value, source="s") for value in (1267, 1171, 96, 2))),
    )
    text = squeezed(text_of(escalation_paper(model).pdf))
    assert squeezed("Offices watched: 1,267; with enough data 1,171") in text
    assert squeezed("22 November 2026, 16:20 WIB") in text
    assert "Page1of" in text


def test_states_and_objections_are_words_with_shapes() -> None:
    model = sample_papers.escalation_list(len(MarkStep))
    rows = tuple(
        replace(row, state=state, objections=()) for row, state in zip(model.rows, MarkStep, strict=True)
    )
    text = squeezed(text_of(escalation_paper(replace(model, rows=rows)).pdf))
    for words in (
        "▲Diusulkan",
        "●Layakdiusulkan",
        "○Calon",
        "◐Masasanggah",
        "■Diputus",
        "□Dicabut",
        "□Tidakdisanggah",
    ):
        assert words in text
    mark = sample_papers.ObjectionMark
    every = tuple(mark(standing, f"e{at}") for at, standing in enumerate(Standing))
    model = replace(model, rows=(replace(model.rows[0], objections=every),))
    text = squeezed("".join(pages_of(escalation_paper(model).pdf)))
    for words in ("○1belumditinjau", "◐1sedangditinjau", "●1diterima", "◑1diterimasebagian", "■1ditolak"):
        assert words in text


def test_an_office_without_enough_data_has_neither_share_nor_bounds() -> None:
    model = sample_papers.escalation_list(1)
    bare = tuple(replace(window, share=None, lower=None, upper=None) for window in model.rows[0].windows)
    paper = escalation_paper(replace(model, rows=(replace(model.rows[0], windows=bare),)))
    keys = [entry["key"] for entry in json.loads(paper.manifest)["numbers"]]
    assert not [key for key in keys if key.endswith(("/share", "/lower", "/upper"))]
    assert any(key.endswith("/n") for key in keys)


def test_no_word_on_paper_is_a_verdict() -> None:
    text = text_of(escalation_paper(sample_papers.escalation_list(5, 5)).pdf).lower()
    for word in ("malas", "lalai", "bersalah", "sanksi", "demosi", "copot"):
        assert word not in text


def test_a_number_without_an_origin_cannot_be_built() -> None:
    for build in (sample_papers.Figure, sample_papers.Moment):
        with pytest.raises(ValueError, match="names its events"):
            build(3)
        with pytest.raises(ValueError, match="names its events"):
            build(3, ("",))
    with pytest.raises(ValueError, match="names its events"):
        Quote("12 cm")
    assert Quote("").events == ()


def test_the_method_is_the_policys() -> None:
    method = Method.of(sample_papers.MARKING, "v9")
    assert (method.confidence.value, method.target.value, method.prior_share.value) == (950, 800, 850)
    assert method.least_n.source == "policy:v9"


def test_signature_without_a_name_leaves_room_for_one() -> None:
    model = sample_papers.escalation_list(2)
    blank = replace(model, signatures=(replace(model.signatures[1], name="", number=""),))
    text = text_of(escalation_paper(blank).pdf)
    assert "Kepala Unit Pengelola Jakarta Smart City" in text
    assert "Yudi" not in text
