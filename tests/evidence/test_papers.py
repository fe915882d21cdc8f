"""From a mark to the Governor's list and back: an objection re-scores everywhere, and prints say what they replace."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from smartcity_desk.directory import load_policy
from smartcity_desk.documents.verify import verify
from smartcity_desk.domain.events import (
    EventKind,
    ExclusionCode,
    ListPrinted,
    MarkNotified,
    MarkProposed,
    ObjectionDecided,
    ObjectionFiled,
    ObjectionOutcome,
    PolicyProposed,
    PolicyStepped,
)
from smartcity_desk.domain.fairness import Finding
from smartcity_desk.domain.ids import list_id, policy_id, reply_id
from smartcity_desk.domain.items import Outcome
from smartcity_desk.domain.marks import MarkStep, step
from smartcity_desk.domain.raising import raised
from smartcity_desk.domain.reply import Reply
from smartcity_desk.domain.times import DAY, HOUR
from smartcity_desk.evidence import issuing
from smartcity_desk.evidence.gathering import digest, gather, short_code
from smartcity_desk.photos.printing import small
from smartcity_desk.store import files
from tests.evidence.city import DEWI, GOOD, NOW, RANI, RATNA, SILENT, SMALL, Town, mark_of, town

K = EventKind
HASH = "ab" * 32
LATER = NOW + 10 * DAY


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Town]:
    with town(tmp_path) as made:
        yield made


def marked(place: Town) -> str:
    """SILENT is a candidate, marked and notified."""
    name = mark_of(place)
    figures = place.store.offices.office_figures(SILENT, now=NOW)
    assert figures.verdict.finding is Finding.CANDIDATE
    mark = replace(raised(figures, "2026-default", digest), routers=("sari",))
    place.act(K.MARK_RAISED, mark, name, RATNA)
    place.act(K.MARK_NOTIFIED, MarkNotified(HASH), name, RATNA)
    return name


def silent_segments(place: Town) -> tuple[str, ...]:
    figures = place.store.offices.office_figures(SILENT, now=NOW)
    return tuple(
        one.segment.id for part in figures.windows for one in part.items if one.outcome is Outcome.SILENT
    )


def test_the_rule_names_the_office_that_does_not_answer_and_no_other(place: Town) -> None:
    city = place.store.offices.city_figures(now=NOW)
    findings = {code: one.verdict.finding for code, one in city.offices.items()}
    assert findings[SILENT] is Finding.CANDIDATE
    assert findings[GOOD] is Finding.CLEAR
    assert findings[SMALL] is Finding.NOT_ENOUGH
    assert [code for code, found in findings.items() if found is Finding.CANDIDATE] == [SILENT]


def test_an_office_is_listed_once_its_window_is_over_and_its_code_opens_its_dossier(
    place: Town, tmp_path: Path
) -> None:
    name = marked(place)
    early = issuing.draft_list(place.store, now=NOW, language="id")
    assert early.rows == (), "the window of objection is open"
    draft = issuing.draft_list(place.store, now=LATER, at=LATER, language="id")
    assert [one.mark.office for one in draft.rows] == [SILENT]
    assert {one.office for one in draft.model.silent} == {SMALL}
    (tmp_path / "l.pdf").write_bytes(draft.paper.pdf)
    text = "\n".join(page.extract_text() for page in PdfReader(tmp_path / "l.pdf").pages)
    assert short_code(name) in text
    written = issuing.write(
        place.store,
        short_code(name).lower(),
        tmp_path / "berkas",
        files=lambda _: None,
        small=small,
        now=LATER,
        language="id",
    )
    assert json.loads(written.manifest.read_text())["paper"]["office"] == SILENT
    assert verify(written.folder).ok


def test_the_same_data_make_the_same_manifest_whenever_it_is_made(place: Town, tmp_path: Path) -> None:
    marked(place)
    first, second = (
        issuing.write(
            place.store,
            SILENT,
            tmp_path / f"d{n}",
            files=lambda _: None,
            small=small,
            now=NOW + n * DAY,
            language="id",
        )
        for n in (0, 3)
    )
    assert first.manifest_sha256 == second.manifest_sha256
    assert first.pdf.read_bytes() == second.pdf.read_bytes()


def test_the_evidence_of_objections_is_in_the_manifest_and_goes_along_where_it_is_at_hand(
    place: Town, tmp_path: Path
) -> None:
    name = marked(place)
    letter, other = silent_segments(place)[:2]
    pdf, photo = b"%PDF-1.4 surat", b"\x89PNG\r\n\x1a\nbukti"
    here = [hashlib.sha256(content).hexdigest() for content in (pdf, photo)]
    away, folder = "cd" * 32, tmp_path / "lampiran"
    for sha256, content in zip(here, (pdf, photo), strict=True):
        files.keep(folder, sha256, content)
    for number, segment, named in (("o1", letter, (here[0], away)), ("o2", other, (here[0], here[1]))):
        filed = ObjectionFiled(number, (segment,), "Bukan wewenang kami", None, named, "12/KEL/XI")
        place.act(K.OBJECTION_FILED, filed, name, RANI)
    written = issuing.write(
        place.store,
        SILENT,
        tmp_path / "d",
        files=issuing.pictures_in(folder),
        small=small,
        now=NOW,
        language="id",
    )
    rows = [row for row in json.loads(written.manifest.read_text())["attachments"] if row["kind"] == "file"]
    assert [(row["sha256"], row["found"], row.get("media_type")) for row in rows] == [
        (here[0], "ready", "application/pdf"),
        (away, "missing", None),
        (here[1], "ready", "image/png"),
    ]
    assert "bytes" not in rows[1], "what is not here has no size that we know of"
    assert rows[0]["file"] == f"lampiran/{here[0]}.pdf"
    assert sorted(path.name for path in (written.folder / "lampiran").iterdir()) == sorted(
        [f"{here[0]}.pdf", f"{here[1]}.png"]
    )
    assert verify(written.folder).ok
    (written.folder / rows[0]["file"]).write_bytes(pdf + b"!")
    assert not verify(written.folder).ok
    text = "\n".join(page.extract_text() for page in PdfReader(written.pdf).pages)
    assert "Sanggahan 1, lampiran 1.pdf" in text
    assert "Sanggahan 2, lampiran 2.png" in text


def test_nobody_who_reported_stands_in_a_dossier(place: Town, tmp_path: Path) -> None:
    marked(place)
    written = issuing.write(
        place.store, SILENT, tmp_path / "d", files=lambda _: None, small=small, now=NOW, language="id"
    )
    text = "\n".join(page.extract_text() for page in PdfReader(written.pdf).pages)
    for secret in ("Joko", "0812-3456", "081234567890", "3174012345678901", "pseudonym"):
        assert secret not in text
        assert secret not in written.manifest.read_text()


def test_an_accepted_objection_rescores_and_the_lists_that_counted_it_are_named(place: Town) -> None:
    name = marked(place)
    draft = issuing.draft_list(place.store, now=LATER, at=LATER, language="id", number="001/ESK/XII/2026")
    printed = draft.printed()
    early = replace(printed, data_at=NOW)
    assert place.refused(K.LIST_PRINTED, early, list_id(early.number), RATNA, NOW) == "mark_not_ready"
    before = place.store.offices.office_figures(SILENT, now=NOW)
    segments = silent_segments(place)[:20]
    filed = ObjectionFiled("o1", segments, "Bukan wewenang kami", ExclusionCode.MISROUTED, letter="12/KEL/XI")
    place.act(K.OBJECTION_FILED, filed, name, RANI)
    contested = place.store.offices.office_figures(SILENT, now=NOW)
    assert sum(part.contested for part in contested.windows) == 20
    assert sum(part.tally.n for part in contested.windows) == sum(p.tally.n for p in before.windows) - 20
    answer = ObjectionDecided("o1", ObjectionOutcome.ACCEPTED, segments, ExclusionCode.MISROUTED, "terbukti")
    assert place.refused(K.OBJECTION_DECIDED, answer, name, RATNA) == "role_not_allowed"
    place.act(K.OBJECTION_DECIDED, answer, name, DEWI)
    after = place.store.offices.office_figures(SILENT, now=NOW)
    assert sum(part.tally.excluded for part in after.windows) == 20
    assert {
        one.excluded.user
        for part in after.windows
        for one in part.items
        if one.excluded is not None and one.segment.id in segments
    } == {"dewi"}
    assert after.verdict.finding is not Finding.CANDIDATE
    again = issuing.draft_list(place.store, now=LATER, at=LATER, language="id")
    assert again.rows == (), "below the rule now: it stands in no list"


def test_a_print_with_a_segment_that_is_out_since_is_named_in_the_next(place: Town) -> None:
    name = marked(place)
    segments = silent_segments(place)
    first = ObjectionFiled("o1", segments[:1], "Bukan wewenang kami", ExclusionCode.MISROUTED, letter="1")
    place.act(K.OBJECTION_FILED, first, name, RANI)
    number = "001/ESK/XII/2026"
    # The unit does not answer in time: the segment is out by default, which the list printed before did not know.
    early = issuing.draft_list(place.store, now=NOW, at=NOW, language="id", number=number)
    printed = early.printed()
    place.happen(list_id(number), K.LIST_PRINTED, _counting(printed, segments), NOW, RATNA)
    place.tell()
    draft = issuing.draft_list(place.store, now=LATER, at=LATER, language="id")
    assert [one.number for one in draft.model.supersedes] == [number]
    assert draft.supersedes == (list_id(number),)
    mark = gather(place.store, LATER, now=LATER).marks[name]
    assert step(mark, place.store.law(), LATER) is MarkStep.ELIGIBLE


def _counting(printed: ListPrinted, segments: tuple[str, ...]) -> ListPrinted:
    return replace(printed, segments=segments)


def test_an_issued_list_is_kept_and_printed_again_byte_for_byte(place: Town, tmp_path: Path) -> None:
    name = marked(place)
    number = issuing.next_number(place.store, LATER)
    assert number == "001/ESK/XII/2026"
    draft = issuing.draft_list(place.store, now=LATER, at=LATER, language="id", number=number)
    place.act(K.LIST_PRINTED, draft.printed(), list_id(number), RATNA, LATER)
    issuing.keep(tmp_path / "documents", draft.paper)
    place.act(K.MARK_PROPOSED, MarkProposed("tidak menjawab dua jendela", number), name, RANI, LATER)
    kept = issuing.kept(tmp_path / "documents", place.store.offices.printed_lists(), number)
    assert kept is not None
    assert kept.read_bytes() == draft.paper.pdf
    assert issuing.next_number(place.store, LATER) == "002/ESK/XII/2026"
    anew = issuing.draft_list(place.store, now=LATER, at=LATER, language="id", number=number)
    assert anew.rows[0].mark.list_number == number


def test_twenty_lists_stay_what_they_were_under_the_versions_that_made_them(
    place: Town, tmp_path: Path
) -> None:
    """A later target that nobody would miss unmarks nobody, and touches no list that was printed before or after."""
    marked(place)
    folder = tmp_path / "documents"
    milder = load_policy()
    milder = replace(
        milder,
        version="ringan",
        effective_from=LATER + 10 * HOUR,
        marking=replace(milder.marking, target_percent=10),
    )
    place.act(K.POLICY_PROPOSED, PolicyProposed(milder, "uji coba"), policy_id("ringan"), RATNA, LATER)
    place.act(K.POLICY_APPROVED, PolicyStepped(), policy_id("ringan"), RANI, LATER)
    prints: dict[str, tuple[bytes, int]] = {}
    for hour in range(20):
        at = LATER + hour * HOUR
        number = issuing.next_number(place.store, at)
        draft = issuing.draft_list(place.store, now=at, at=at, language="id", number=number)
        assert [row.mark.office for row in draft.rows] == [SILENT]
        place.act(K.LIST_PRINTED, draft.printed(), list_id(number), RATNA, at)
        issuing.keep(folder, draft.paper)
        prints[number] = draft.paper.pdf, at
    assert place.store.law().book.at(LATER + 20 * HOUR).version == "ringan"
    assert len(prints) == 20
    for number, (pdf, _) in prints.items():
        kept = issuing.kept(folder, place.store.offices.printed_lists(), number)
        assert kept is not None
        assert kept.read_bytes() == pdf
        assert verify(kept).ok
    (first, at), *_ = prints.values()
    again = issuing.draft_list(place.store, now=at, at=at, language="id", number="001/ESK/XII/2026")
    assert again.paper.pdf == first, "and is made again out of the events, byte for byte"


def test_what_was_replied_stands_in_a_dossier_where_the_terms_of_its_channel_allow_it(
    place: Town, tmp_path: Path
) -> None:
    marked(place)
    segment = silent_segments(place)[0]
    [held] = place.store.offices.segments([segment]).values()
    detail = place.store.report(held.report)
    assert detail is not None
    report = detail.report

    def said(number: int, text: str, **changes: object) -> Reply:
        name = f"balasan-{number}"
        return replace(
            Reply(
                reply_id(report.channel, name),
                report.channel,
                name,
                report.external_id,
                NOW - number * HOUR,
                text,
            ),
            **changes,  # type: ignore[arg-type]
        )

    told = [
        said(1, "Sampahnya masih ada, hub [telepon]", unmasked="hub 0812-3456-7890"),
        said(2, "Petugas sedang ke lokasi", official=True),
        said(3, "Zulkarnaen yang melapor", private=True),
        said(-9, "Kata yang datang kemudian"),
    ]
    place.store.ingest(report.channel, (), checkpoint=None, now=NOW, replies=told)
    for leaves in (True, False):
        written = issuing.write(
            place.store, SILENT, tmp_path / f"d{leaves}", files=lambda _: None, small=small, now=NOW, language="id",
            may_leave=lambda _, leaves=leaves: leaves,  # type: ignore[misc]
        )  # fmt: skip
        assert verify(written.folder).ok
        text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(written.pdf).pages)
        assert ("Sampahnya masih ada, hub [telepon]" in text) is leaves
        assert ("kabar resmi melalui" in text) is leaves
        assert "0812" not in text
        assert "Zulkarnaen" not in text
        assert "datang kemudian" not in text
