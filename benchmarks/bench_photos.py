"""The picture half of the Asal-hijau guard on 1,000 seeded streets: what is found, what is flagged wrongly, how fast.

Each street gives a reporter's photograph, an honest after-photo by another hand, the reporter's photograph handed in
again for another report, and the same changed in place. All are examined against an index of a million prints that
holds both honest photographs of every street. The thresholds were fitted on other seeds. Times are those of the one
core that everything is held to, not of the clock on the wall: what else the machine does is not measured.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from statistics import NormalDist
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.figure import AT_LEAST, Figure, Options, middle, percentile
from smartcity_desk.domain.times import DAY
from smartcity_desk.photos import prints
from smartcity_desk.photos.hints import Hint, HintCode, LookUp, Sighting, examine
from smartcity_desk.photos.prints import Index, Probe
from smartcity_desk.photos.reading import read

STREETS: Final = 1_000
FIRST_SEED: Final = 500_000
MILLION: Final = 1_000_000
LARGE: Final = 20
NOW: Final = 1_795_000_000_000


@dataclass(frozen=True, slots=True)
class Street:
    """The photographs of one street, as files."""

    before: bytes
    honest: bytes
    reused: bytes
    how: str
    edited: bytes


def run(options: Options) -> list[Figure]:
    """Make the streets on all cores, then measure on one."""
    count = options.size(STREETS, 20)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        streets = list(pool.map(_street, range(FIRST_SEED, FIRST_SEED + count), chunksize=4))
    with _one_core():
        return _measure(streets, options)


def _street(seed: int) -> Street:
    from tests.photos import edits, scenes

    cv2.setNumThreads(1)
    draw = np.random.default_rng((seed, 3))
    place, shot = scenes.scene(seed), scenes.first_shot(seed)
    before = edits.jpeg(scenes.shoot(place, shot), int(draw.integers(75, 95)))
    honest = edits.jpeg(scenes.shoot(place, scenes.honest_after(seed)), int(draw.integers(75, 95)))
    how = edits.REUSES[seed % len(edits.REUSES)]
    reused = edits.reused(before, how, draw)
    return Street(before, honest, reused, how, edits.edited(place, shot, before, draw))


class _one_core:  # noqa: N801 - reads as a statement
    """Everything within runs on one core, whatever threads a library starts."""

    def __enter__(self) -> None:
        self._all = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
        if self._all:
            os.sched_setaffinity(0, {max(self._all)})

    def __exit__(self, *_: object) -> None:
        if self._all:
            os.sched_setaffinity(0, self._all)


# ---------------------------------------------------------------- the index


def _index(streets: Sequence[Street]) -> tuple[Index, list[Probe]]:
    """Both honest photographs of every street (keys 2n and 2n + 1) among a million strangers."""
    files = [data for street in streets for data in (street.before, street.honest)]
    probes = [prints.probe(read(data).pixels) for data in files]
    index = Index((key, probe.print.to_bytes()) for key, probe in enumerate(probes))
    index.add(_strangers([probe.print.to_bytes() for probe in probes], MILLION - len(index)))
    return index, probes


def _strangers(known: Sequence[bytes], count: int) -> Iterator[tuple[int, bytes]]:
    """Prints whose bits are as lopsided and as bound to each other as those of the streets: harder than dice."""
    draw = np.random.default_rng(4)
    version = known[0][:1]
    bits = np.unpackbits(np.array([list(data[1:]) for data in known], np.uint8), axis=1).astype(np.float32)
    spread = np.cov(bits.T) + 1e-4 * np.eye(bits.shape[1])
    mix = np.linalg.cholesky(spread).T.astype(np.float32)
    share = np.clip(bits.mean(axis=0), 0.02, 0.98)
    level = np.array([NormalDist().inv_cdf(1 - one) for one in share.tolist()]) * np.sqrt(np.diag(spread))
    for start in range(0, count, 50_000):
        size = min(50_000, count - start)
        some = np.packbits(draw.standard_normal((size, bits.shape[1]), np.float32) @ mix > level, axis=1)
        yield from ((MILLION + start + row, version + data.tobytes()) for row, data in enumerate(some))


def _asking(index: Index, streets: Sequence[Street], never: Iterable[int]) -> LookUp:
    """The look-up of a desk: the index, and the bytes of the photographs that are at hand."""
    hidden = frozenset(never)

    def loader(key: int) -> Callable[[], bytes | None]:
        if key >= 2 * len(streets):
            return lambda: None
        street = streets[key // 2]
        return lambda: street.honest if key % 2 else street.before

    def look_up(probe: Probe) -> Iterator[Sighting]:
        for key, distance, alike in index.look_up(probe):
            if key not in hidden:
                yield Sighting(str(key), str(key // 2), NOW - DAY, distance, alike, loader(key))

    return look_up


# ---------------------------------------------------------------- measuring


def _measure(streets: Sequence[Street], options: Options) -> list[Figure]:
    index, probes = _index(streets)
    times: dict[str, list[float]] = {"honest": [], "re-used": [], "changed in place": []}
    found: dict[str, list[bool]] = {}
    flagged: dict[str, int] = {"same frame": 0, "seen before": 0, "either": 0}
    changed = 0
    for number, street in enumerate(streets):
        other = streets[(number + 1) % len(streets)]
        mine = (2 * number, 2 * number + 1)

        def examined(after: bytes, before: bytes, never: Iterable[int], kind: str) -> dict[HintCode, Hint]:
            began = time.process_time()
            hints = examine(after, before=[before], claimed_at=NOW, look_up=_asking(index, streets, never))
            times[kind].append((time.process_time() - began) * 1000)
            return {hint.code: hint for hint in hints}

        # another citizen may have sent the before-photo as well, so it stays where honest ones are looked up
        honest = examined(street.honest, street.before, mine[1:], "honest")
        flagged["same frame"] += HintCode.SAME_FRAME in honest
        flagged["seen before"] += HintCode.SEEN_BEFORE in honest
        flagged["either"] += bool(honest)
        again = examined(street.reused, other.before, (), "re-used").get(HintCode.SEEN_BEFORE)
        found.setdefault(street.how, []).append(again is not None and again.params["photo"] == str(mine[0]))
        changed += HintCode.SAME_FRAME in examined(street.edited, street.before, mine, "changed in place")
    count = len(streets)
    all_found = [one for each in found.values() for one in each]
    every = [one for each in times.values() for one in each]
    return [
        Figure(
            f"re-used photographs found, {count} pairs",
            100 * sum(all_found) / count,
            "%",
            95,
            AT_LEAST,
            note="crop: a tenth of width and height is gone; quality: JPEG 50; resize: half as wide and high",
            details={how: 100 * sum(each) / len(each) for how, each in sorted(found.items())},
        ),
        Figure(
            f"changed in place, same frame found, {count} pairs", 100 * changed / count, "%", 85, AT_LEAST
        ),
        Figure(
            f"honest after-photos flagged, {count} pairs",
            100 * flagged["either"] / count,
            "%",
            5,
            note="the same spot from 5 cm to some paces off, three in five at another hour",
            details={kind: 100 * each / count for kind, each in flagged.items()},
        ),
        Figure(
            "an after-photo examined with its before-photo, time of one core, 95 of 100",
            percentile(every, 95),
            "ms",
            150,
            note="reading both, alignment, look-up in a million, laying over what was found",
            details={kind: middle(each) for kind, each in times.items()} | {"all, median": middle(every)},
        ),
        _large(streets, index, options),
        _looking_up(index, probes, options),
    ]


def _large(streets: Sequence[Street], index: Index, options: Options) -> Figure:
    """The same with pictures of 12 megapixels on both sides."""
    times = []
    for street in streets[: options.size(LARGE, 3)]:
        before, after = (_enlarged(data) for data in (street.before, street.honest))
        began = time.process_time()
        examine(after, before=[before], claimed_at=NOW, look_up=_asking(index, streets, ()))
        times.append((time.process_time() - began) * 1000)
    return Figure(
        "the same, both of 12 megapixels, median", middle(times), "ms", details={"worst": max(times)}
    )


def _enlarged(data: bytes) -> bytes:
    large: NDArray[Any] = cv2.resize(read(data).pixels, (4000, 3000), interpolation=cv2.INTER_CUBIC)
    rough = np.random.default_rng(5).normal(0, 5, large.shape[:2])[..., None]
    noisy = np.clip(large + rough, 0, 255).astype(np.uint8)
    return bytes(cv2.imencode(".jpg", noisy[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])[1])


def _looking_up(index: Index, probes: Sequence[Probe], options: Options) -> Figure:
    asked = probes[: options.size(400, 20)]
    times = []
    for probe in asked:
        began = time.process_time()
        index.look_up(probe)
        times.append((time.process_time() - began) * 1000)
    column = np.random.default_rng(6).integers(0, 2**63, len(index), np.uint64)
    plain = []
    for probe in asked[:20]:
        began = time.process_time()
        np.flatnonzero(np.bitwise_count(column ^ probe.against_whole[0, 0]) <= 10)
        plain.append((time.process_time() - began) * 1000)
    guesses = len(probes[0].against_inner) + len(probes[0].against_whole)
    return Figure(
        f"look-up in {len(index):,} prints, time of one core, 95 of 100",
        percentile(times, 95),
        "ms",
        20,
        control=middle(plain),
        control_name="one 64-bit hash against a column of as many, numpy",
        note=f"one look-up asks for {guesses:,} hashes: every guess how the picture may have been cut",
        details={"median": middle(times), "worst": max(times)},
    )
