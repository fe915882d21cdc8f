"""The letterhead that ships, one of a unit's own, and a typesetter that does not keep what it made."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from PIL import Image

from benchmarks import sample_papers
from smartcity_desk.documents.escalation_pdf import escalation_paper
from smartcity_desk.documents.furniture import letterhead
from smartcity_desk.documents.typesetting import pages
from smartcity_desk.domain.errors import ConfigProblem
from tests import absent
from tests.documents.reading import text_of

LOGO = b'<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><circle cx="10" cy="10" r="9"/></svg>'


def png() -> bytes:
    packed = io.BytesIO()
    Image.new("RGB", (40, 40), "navy").save(packed, "PNG")
    return packed.getvalue()


def test_the_one_that_ships() -> None:
    head = letterhead()
    assert head.name == "Unit Pengelola Jakarta Smart City"
    assert head.above
    assert head.address
    assert head.logo is None


def test_a_units_own_with_its_logo(tmp_path: Path) -> None:
    path = tmp_path / "kop.json"
    path.write_text(
        json.dumps({"name": "Unit Contoh", "address": ["Jalan 1"], "logo": "lambang.png"}), encoding="utf-8"
    )
    (tmp_path / "lambang.png").write_bytes(png())
    head = letterhead(path)
    assert head.logo == png()
    pdf = escalation_paper(replace(sample_papers.escalation_list(1), letterhead=head)).pdf
    assert "UNIT CONTOH" in text_of(pdf)
    assert len(pypdf.PdfReader(io.BytesIO(pdf)).pages[0].images) == 1


@pytest.mark.parametrize("logo", [LOGO, b"\n " + LOGO, b"GIF89a", b"", b"\x00"])
def test_a_logo_that_is_none_is_left_out(logo: bytes) -> None:
    model = sample_papers.escalation_list(1)
    head = replace(model.letterhead, logo=logo)
    assert escalation_paper(replace(model, letterhead=head)).pdf.startswith(b"%PDF")


@pytest.mark.parametrize(
    "content", [None, "", "[]", "{}", '{"name": "x", "logo": "nowhere.png"}', '{"name": "x", "above": 3}']
)
def test_a_letterhead_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "kop.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigProblem) as found:
        letterhead(path)
    assert found.value.params["name"] == "letterhead"


def test_a_logo_never_comes_from_another_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "kop.json").write_text(json.dumps({"name": "x", "logo": "../secret.png"}), encoding="utf-8")
    with pytest.raises(ConfigProblem):
        letterhead(inside / "kop.json")


CHILD = """
import sys
from benchmarks import sample_papers
from smartcity_desk.documents.escalation_pdf import escalation_paper

def now():
    return int(open("/proc/self/statm").read().split()[1]) * 4096 // 1_000_000

sizes = []
for turn in range(6):
    escalation_paper(sample_papers.escalation_list(150 + turn))
    sizes.append(now())
print(*sizes)
"""


def test_a_desk_that_prints_all_day_does_not_grow() -> None:
    if not Path("/proc/self/statm").exists():
        absent.not_run("proc", "memory of a process cannot be read here")
    done = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    sizes = [int(size) for size in done.stdout.split()]
    assert sizes[-1] - sizes[1] < 30, sizes


def test_pages_are_counted_in_our_own_papers_only() -> None:
    pdf = escalation_paper(sample_papers.escalation_list(40)).pdf
    assert pages(pdf) == len(pypdf.PdfReader(io.BytesIO(pdf)).pages) > 3
    with pytest.raises(ValueError, match="no page tree"):
        pages(b"%PDF-1.7")
