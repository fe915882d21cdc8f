"""Pictures of reports: how many a second are decoded apart from the desk, and what naming them costs the intake.

The control of the decoding is the same work inside of this process: what a process of its own costs is the ratio. The
control of the intake is the same reports with the taking of notes left out, in turns with it and in the same run, in
time of the processor: what else the machine does is not measured.
"""

from __future__ import annotations

import io
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from unittest import mock

import numpy as np
from PIL import Image

from benchmarks.figure import Figure, Options, middle
from smartcity_desk.directory import builtin_directory, load_policy
from smartcity_desk.domain.ids import report_id
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.photos.developing import develop
from smartcity_desk.store import Store, media
from smartcity_desk.sync.darkroom import Darkroom

_NOW: Final = 1_795_400_000_000
_REPORTS: Final = 30_000
_PAGE: Final = 2_000
_PICTURES: Final = 40
_ROUNDS: Final = 5


def run(options: Options) -> list[Figure]:
    """Both sides of it."""
    return [*_decoding(options), *_intake(options)]


# ---------------------------------------------------------------- decoding


def _picture(width: int, height: int, seed: int) -> bytes:
    spots = np.random.default_rng(seed).integers(0, 255, (height // 40, width // 40, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(spots).resize((width, height), Image.Resampling.BICUBIC).save(out, "JPEG", quality=88)
    return out.getvalue()


def _decoding(options: Options) -> list[Figure]:
    figures = []
    room = Darkroom()
    try:
        for name, size in (("a telephone's 12 megapixels", (4_000, 3_000)), ("1.2 megapixels", (1_280, 960))):
            files = [_picture(*size, seed) for seed in range(4)]
            room.develop(files[0])  # the start of the process is its own row
            count = options.size(_PICTURES, 6)
            apart, inside = [], []
            for at in range(count):
                data = files[at % len(files)]
                began = time.perf_counter()
                room.develop(data)
                apart.append(time.perf_counter() - began)
                began = time.perf_counter()
                develop(data)
                inside.append(time.perf_counter() - began)
            figures.append(
                Figure(
                    f"a picture of {name}: read, copied twice, told, in a process of its own",
                    1_000 * middle(apart),
                    "ms",
                    control=1_000 * middle(inside),
                    control_name="in this process",
                    note=f"{1 / middle(apart):.0f} a second",
                )
            )
    finally:
        room.close()
    began = time.perf_counter()
    again = Darkroom()
    try:
        again.develop(_picture(1_280, 960, 1))
        figures.append(
            Figure("the first picture, the start of the process included", time.perf_counter() - began, "s")
        )
    finally:
        again.close()
    return figures


# ---------------------------------------------------------------- intake


def _reports(number: int, links: Sequence[str]) -> list[Report]:
    return [
        Report(
            id=report_id("petabencana", str(n)),
            channel="petabencana",
            external_id=str(n),
            kind=ReportKind.COMPLAINT,
            reported_at=_NOW - n * 60_000,
            text=f"Banjir di gang {n}, air setinggi lutut",
            lat=-6.2,
            lon=106.8,
            raw=f'{{"pkey":"{n}"}}',
            media=tuple(f"{link}{n}.jpg" for link in links),
        )
        for n in range(number)
    ]


def _seconds(reports: Sequence[Report], *, noted: bool) -> float:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "desk.sqlite3", now=_NOW, policy=load_policy())
        store.set_directory(builtin_directory(_NOW), None, _NOW)
        left_out = mock.patch.object(media, "note", return_value=None)
        began = time.process_time()
        if not noted:
            left_out.start()
        try:
            for at in range(0, len(reports), _PAGE):
                store.ingest("petabencana", reports[at : at + _PAGE], checkpoint=None, now=_NOW)
        finally:
            if not noted:
                left_out.stop()
        took = time.process_time() - began
        store.close()
        return took


def _intake(options: Options) -> list[Figure]:
    number = options.size(_REPORTS, 2_000)
    plain = _reports(number, ())
    pictured = _reports(number, ("https://foto.example.invalid/",))
    times: dict[tuple[bool, bool], list[float]] = {}
    _seconds(plain[:_PAGE], noted=True)
    for at in range(_ROUNDS):
        order = ((False, False), (False, True), (True, False), (True, True))
        for with_picture, noted in order if at % 2 else reversed(order):
            took = _seconds(pictured if with_picture else plain, noted=noted)
            times.setdefault((with_picture, noted), []).append(took)
    micro = {key: 1_000_000 * min(values) / number for key, values in times.items()}
    return [
        Figure(
            "taking in a report without a picture",
            micro[False, True],
            "µs",
            control=micro[False, False],
            control_name="without the notes",
        ),
        Figure(
            "taking in a report with a picture",
            micro[True, True],
            "µs",
            control=micro[True, False],
            control_name="without the notes",
        ),
    ]
