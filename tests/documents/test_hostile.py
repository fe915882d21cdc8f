"""Whatever stands in a citizen's report is text on paper and nothing else, and nothing personal gets through."""

from __future__ import annotations

import io
import json
import random
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks import sample_papers
from smartcity_desk.documents import sheets
from smartcity_desk.documents.dossier_pdf import dossier_paper
from smartcity_desk.documents.escalation_pdf import escalation_paper
from smartcity_desk.documents.manifest import Paper, digest, unaccounted
from smartcity_desk.documents.model import (
    Annex,
    Attachment,
    Dossier,
    EscalationList,
    Holder,
    Letterhead,
    Photo,
    PhotoKind,
    Quote,
    Signature,
    Step,
)
from smartcity_desk.documents.printable import plain, quoted
from smartcity_desk.photos.printing import small
from tests.documents.reading import pages_of, placed, squeezed, text_of
from tests.domain.test_privacy import MAKERS, SENTENCES

NASTY = (
    '#eval("1+1")',
    '#read("/etc/passwd")',
    '#image("x.png")',
    "*tebal* _miring_ `mentah` $x^2$",
    "] } ) [ { (",
    "= Judul",
    "- butir\n+ butir\n/ istilah: arti",
    "<label> @rujuk \\ ~ -- --- ...",
    "// komentar /* dan */ sesudahnya",
    "https://contoh.example/#x",
    "<script>alert('x')</script> &amp; <b>tebal</b>",
    "{key} {0} %s ${x}",
    "\u202eabc\u202c \u2066x\u2069",
    "NUL \x00 ESC \x1b[31m BEL \x07",
    "tolong 🙏🏽 مرحبا 中文",
    "x" * 400,
    "1" * 90,
    "kata " * 300,
    "a\u0301\u0302\u0303\u0304\u0305\u0306" * 30,
    "\n" * 50 + "akhir",
)


def poisoned_list(text: str) -> EscalationList:
    """A list with a text wherever somebody's words can stand."""
    model = sample_papers.escalation_list(2, 2)
    row = replace(
        model.rows[0], office_name=text, superior=text, holder=Holder(text, sample_papers.NOW, acting=True)
    )
    silent = replace(model.silent[0], office_name=text, category=text, place=text, number=text)
    quote = Quote(text, ("event",))
    return replace(
        model,
        rows=(row, model.rows[1]),
        silent=(silent, model.silent[1]),
        notes=(quote,),
        annexes=(Annex(text, (quote,)),),
        supersedes=(replace(model.supersedes[0], number=text, reason=quote),),
        signatures=(Signature(text, text, lead=text, number=text),),
        letterhead=Letterhead(text, above=(text,), address=(text,)),
        addressee=text,
    )


def poisoned_dossier(text: str) -> Dossier:
    """A dossier with a text wherever somebody's words can stand."""
    model = sample_papers.dossier(4)
    quote = Quote(text, ("event",))
    items = []
    for item in model.items:
        pauses = tuple(replace(pause, reason=quote) for held in item.custody for pause in held.pauses)
        custody = tuple(replace(held, holder=text, pauses=pauses) for held in item.custody)
        steps = (*item.timeline, Step(item.due.at, "e", text, text, text))
        exclusion = item.exclusion and replace(item.exclusion, who=text, reason=text)
        photo = Photo("5" * 64, PhotoKind.AFTER, "e", caption=text)
        items.append(
            replace(
                item, custody=custody, timeline=steps, exclusion=exclusion, photos=(photo,), number=text, category=text,
                place=text, channel=text,
            )
        )  # fmt: skip
    objection = replace(
        model.objections[0],
        by=text,
        letter=text,
        text=quote,
        answer=quote,
        decided_by=text,
        segments=(text, text),
    )
    return replace(
        model,
        items=tuple(items),
        objections=(objection,),
        office_name=text,
        superior=text,
        notes=(quote,),
        attachments=(Attachment("6" * 64, text, text, 3, "e"),),
        capacity=replace(model.capacity, holders=(Holder(text, 0),)),
        own_delays=(replace(model.own_delays[0], number=text),),
    )


def looked_at(paper: Paper) -> str:
    """The text of a paper that keeps to its pages and accounts for its numbers."""
    text = text_of(paper.pdf)
    assert unaccounted(text, json.loads(paper.manifest)) == []
    for page in placed(paper.pdf):
        assert all(word.left >= -1 and word.right <= page.width + 1 for word in page.words)
    return squeezed("".join(pages_of(paper.pdf)))


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    for paper in (escalation_paper(poisoned_list(text)), dossier_paper(poisoned_dossier(text), small)):
        shown = looked_at(paper)
        assert squeezed(quoted(text, 240).removesuffix("…")) in shown
        assert "root:" not in shown
        reader = pypdf.PdfReader(io.BytesIO(paper.pdf))
        links = [
            str(one.get_object()["/A"]["/URI"]) for page in reader.pages for one in page.get("/Annots", [])
        ]
        assert all(link.startswith("smartcity-desk:berkas/") for link in links)
        assert not reader.attachments
        for name in ("/OpenAction", "/AA", "/Names"):
            assert name not in reader.trailer["/Root"]


@given(st.text(max_size=120))
@settings(max_examples=12)
def test_any_text_at_all_gives_papers(text: str) -> None:
    for paper in (escalation_paper(poisoned_list(text)), dossier_paper(poisoned_dossier(text), small)):
        assert unaccounted(text_of(paper.pdf), json.loads(paper.manifest)) == []


def test_a_short_code_cannot_leave_its_link() -> None:
    model = sample_papers.escalation_list(1)
    model = replace(model, rows=(replace(model.rows[0], code='") #eval("1'),))
    reader = pypdf.PdfReader(io.BytesIO(escalation_paper(model).pdf))
    link = reader.pages[0]["/Annots"][0].get_object()["/A"]["/URI"]
    assert link == 'smartcity-desk:berkas/") #eval("1'


# ---------------------------------------------------------------- personal data


def seeded(count: int) -> list[tuple[str, str]]:
    """Sentences with made-up personal data, and the data."""
    dice = random.Random("papers")
    pairs = []
    for at in range(count):
        kind = list(MAKERS)[at % len(MAKERS)]
        value = MAKERS[kind][0](dice)
        pairs.append((dice.choice(SENTENCES).format(x=value), value))
    return pairs


def digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def test_no_personal_data_on_papers_in_manifests_or_in_sheets(tmp_path: Path) -> None:
    pairs = seeded(400)
    model = sample_papers.dossier(len(pairs) // 4)
    texts = iter(text for text, _ in pairs)
    items = []
    for item in model.items:
        event = item.timeline[0].event
        spoken = (
            Step(item.due.at, event, "Jawaban", "kelurahan", next(texts)),
            Step(item.due.at, event, next(texts), "kelurahan", next(texts)),
        )
        items.append(replace(item, place=next(texts), timeline=spoken))
    dossier = dossier_paper(replace(model, items=tuple(items)), small)
    listed = replace(
        sample_papers.escalation_list(3),
        silent=tuple(
            replace(sample_papers.silent_report(at), place=text) for at, (text, _) in enumerate(pairs)
        ),
        notes=tuple(Quote(text, ("e",)) for text, _ in pairs[:40]),
    )
    paper = escalation_paper(listed)
    tables = b"".join(sheets.csv_files(listed, tmp_path / "x.csv").values()).decode()
    seen = [
        text_of(dossier.pdf),
        dossier.manifest.decode(),
        text_of(paper.pdf),
        paper.manifest.decode(),
        tables,
    ]
    shown = [text.casefold() for text in seen]
    streams = [squeezed(text) for text in shown]
    hits = []
    for _, value in pairs:
        secret = squeezed(value.casefold())
        number = digits(value)
        if any(secret in text for text in streams) or (
            len(number) >= 9 and any(number in text for text in streams)
        ):
            hits.append(value)
    assert hits == []
    assert sum(text.count("[telepon]") for text in seen) > 100


def test_a_pictures_metadata_is_not_printed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Pelapor Budi 081234567890"
    exif[0x013B] = "Budi Pelapor"
    packed = io.BytesIO()
    Image.new("RGB", (64, 48), "gray").save(packed, "JPEG", exif=exif, comment=b"NIK 3174014107900001")
    content = packed.getvalue()
    model = sample_papers.dossier(1)
    photo = Photo(digest(content), PhotoKind.BEFORE, "e", content=content)
    paper = dossier_paper(replace(model, items=(replace(model.items[0], photos=(photo,)),)), small)
    assert b"Budi" in content
    for secret in (b"Budi", b"081234567890", b"3174014107900001"):
        assert secret not in paper.pdf
        assert secret not in paper.manifest


def test_the_model_has_no_field_for_a_reporter() -> None:
    from smartcity_desk.documents import model

    for kind in vars(model).values():
        for name in getattr(kind, "__dataclass_fields__", {}):
            assert not {"reporter", "phone", "nik", "author", "email"} & set(name.split("_"))


def test_a_name_of_an_office_is_printed_and_not_masked() -> None:
    assert plain("Kelurahan 081234567890") == "Kelurahan 081234567890"
