"""The Governor's list of 500 rows beside two other makers of the same table, and a dossier of 200 reports, 400 photos.

The controls lay out the same texts in the same columns with heads repeated and rows kept whole, as somebody who knows
them would: reportlab with paragraphs only where a text may wrap and one of the typefaces built into every reader,
WeasyPrint with a fixed table layout. They draw no intervals and write no manifest; ours does both within its time.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from html import escape
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import sample_papers
from benchmarks.figure import Figure, Options
from smartcity_desk.documents.escalation_pdf import escalation_paper
from smartcity_desk.documents.manifest import Paper
from smartcity_desk.documents.model import EscalationList

ROWS: Final = 500
REPORTS: Final = 200
PHOTOS: Final = 400
PHOTO_SIZE: Final = (1600, 1200)
WIDTHS: Final = (7, 17.5, 52, 7, 9, 10, 11, 20.5, 25, 11.5, 10.5, 12, 12, 13, 25, 25)
"""Columns in mm, as the list's own template has them."""

Table = list[list[str]]


def run(options: Options) -> list[Figure]:
    """The list in turn with its controls in this process; the dossier in a process of its own."""
    model = sample_papers.escalation_list(options.size(ROWS, 10))
    table = texts(model)
    escalation_paper(sample_papers.escalation_list(3))  # typefaces are read once
    ours: list[float] = []
    reportlab: list[float] = []
    for _ in range(max(5, options.repeats)):
        ours.append(_seconds(lambda: escalation_paper(model)))
        reportlab.append(_seconds(lambda: with_reportlab(table)))
    weasyprint = _seconds(lambda: with_weasyprint(table))
    controls = {"reportlab": median(reportlab), "WeasyPrint": weasyprint}
    faster = min(controls, key=lambda name: controls[name])
    seconds, peak = dossier(options.size(REPORTS, 2), options.size(PHOTOS, 4), options)
    return [
        Figure(
            f"list of {len(model.rows)} rows as PDF with its manifest",
            median(ours),
            "s",
            3,
            control=controls[faster],
            control_name=faster,
            details=controls,
        ),
        Figure(
            "the list against the faster of two others",
            median(ours) / controls[faster],
            "x",
            1,
            note="; ".join(f"{name} {value:.2f} s" for name, value in controls.items()),
        ),
        Figure("dossier, 200 reports and 400 photos", seconds, "s", 10),
        Figure("dossier, most memory of its process", peak, "MB", 400),
    ]


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


# ---------------------------------------------------------------- the list


def texts(model: EscalationList) -> Table:
    """The table of a list, head first, as texts: what our own manifest says was printed, put into columns."""
    paper: Paper = escalation_paper(model)
    shown = {entry["key"]: entry["shown"] for entry in json.loads(paper.manifest)["numbers"]}
    rows = [
        [
            "No.",
            "Kode berkas",
            "Kantor, atasan, dan pejabat",
            "Jendela",
            "n",
            "Tepat",
            "Pangsa (%)",
            "Batas 95 %",
        ]
    ]
    rows[0] += ["Grafik", "Target (%)", "Diam", "Lambat", "Kosong", "Dikecualikan", "Sanggahan", "Keadaan"]
    for at, row in enumerate(model.rows, start=1):
        key = f"rows/{row.code}"

        def both(name: str, key: str = key) -> str:
            return "\n".join(shown[f"{key}/windows/{place}/{name}"] for place in (0, 1))

        bounds = "\n".join(
            f"{low}–{high}"
            for low, high in zip(both("lower").split("\n"), both("upper").split("\n"), strict=True)
        )
        office = f"{row.office_name}\n{row.office} · {row.superior}\n{shown[f'{key}/holder']}"
        figures = [both(name) for name in ("target", "silent", "slow", "empty", "excluded")]
        cells = [
            str(at),
            f"{row.code}\n{shown[f'{key}/manifest']}",
            office,
            "I\nII",
            both("n"),
            both("on_time"),
        ]
        cells += [both("share"), bounds, "", *figures, "Tidak disanggah", "Layak diusulkan"]
        rows.append(cells)
    return rows


def with_reportlab(table: Table) -> bytes:
    """The table as reportlab makes it."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate

    style = ParagraphStyle("cell", fontName="Times-Roman", fontSize=8.5, leading=10)

    def cell(at: int, text: str) -> object:
        return Paragraph(escape(text).replace("\n", "<br/>"), style) if at in (1, 2, 14, 15) else text

    made = LongTable(
        [
            [Paragraph(escape(text), style) for text in table[0]],
            *([cell(at, text) for at, text in enumerate(row)] for row in table[1:]),
        ],
        colWidths=[width * mm for width in WIDTHS],
        repeatRows=1,
        style=[
            ("FONT", (0, 0), (-1, -1), "Times-Roman", 8.5, 10),
            ("LINEBELOW", (0, 0), (-1, -1), 0.35, (0.6, 0.6, 0.6)),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("ALIGN", (4, 1), (6, -1), "RIGHT"),
            ("ALIGN", (9, 1), (13, -1), "RIGHT"),
            ("LEFTPADDING", (0, 0), (-1, -1), 2.5),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2.5),
        ],
    )
    packed = io.BytesIO()
    SimpleDocTemplate(packed, pagesize=landscape(A4), leftMargin=16 * mm, rightMargin=16 * mm).build([made])
    return packed.getvalue()


def with_weasyprint(table: Table) -> bytes:
    """The table as WeasyPrint makes it."""
    import weasyprint

    def row(name: str, cells: Sequence[str]) -> str:
        inside = "".join(f"<{name}>{escape(text).replace(chr(10), '<br>')}</{name}>" for text in cells)
        return f"<tr>{inside}</tr>"

    columns = "".join(f'<col style="width: {width}mm">' for width in WIDTHS)
    page = f"""<style>
        @page {{ size: A4 landscape; margin: 16mm }}
        table {{ border-collapse: collapse; table-layout: fixed; width: 265mm; font: 8.5pt serif }}
        td {{ border-bottom: 0.35pt solid #999; vertical-align: top; padding: 2.5pt }}
        tr {{ break-inside: avoid }}
    </style><table><colgroup>{columns}</colgroup><thead>{row("th", table[0])}</thead>
    <tbody>{"".join(row("td", cells) for cells in table[1:])}</tbody></table>"""
    made: bytes = weasyprint.HTML(string=page).write_pdf()
    return made


# ---------------------------------------------------------------- the dossier


def dossier(reports: int, photos: int, options: Options) -> tuple[float, float]:
    """Seconds (median) and the most memory in MB (worst) that a process needs to write the dossier into a folder."""
    seconds: list[float] = []
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = sample_papers.photo_files(folder / "photos", photos, PHOTO_SIZE)
        for turn in range(max(1, options.repeats)):
            receiver, sender = multiprocessing.Pipe(duplex=False)
            child = multiprocessing.get_context("spawn").Process(
                target=_write, args=(sender, reports, files, folder / f"dossier-{turn}")
            )
            child.start()
            sender.close()
            took, peak = receiver.recv()
            child.join()
            seconds.append(took)
            peaks.append(peak)
    return median(seconds), max(peaks)


def _write(answer: Connection, reports: int, files: list[Path], folder: Path) -> None:
    from smartcity_desk.documents.dossier_pdf import write_dossier
    from smartcity_desk.sync.printroom import PrintRoom

    model = sample_papers.dossier(reports, files)
    began = time.perf_counter()
    with PrintRoom() as room:
        write_dossier(model, folder, room.small)
    answer.send((time.perf_counter() - began, _peak()))
    answer.close()


def _peak() -> float:
    """The most memory of this process so far, in MB. What its parent had before does not count, where that is known."""
    status = Path("/proc/self/status")
    if status.exists():
        line: Any = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most * 1024 / 1e6
