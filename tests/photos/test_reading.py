"""Hostile bytes in, a photograph out, or `BadData`, and never anything else."""

from __future__ import annotations

import struct
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from smartcity_desk.domain.errors import BadData
from smartcity_desk.photos import containers, reading
from smartcity_desk.photos.containers import Kind, kind_of, parts_of, passes_of, size_of
from smartcity_desk.photos.reading import Photo, read
from tests.photos import files

WHOLE = {kind: files.file(kind=kind) for kind in files.KINDS} | {
    "progressive": files.file(
        files.plain(300, 200), progressive=True, exif=files.exif({0x0112: 6, 0x0131: "GIMP 2.10"})
    )
}


def refused(data: bytes) -> str:
    with pytest.raises(BadData) as caught:
        read(data)
    assert caught.value.channel == "photo"
    return caught.value.key


def attempt(data: bytes) -> Photo | None:
    """Read, and let nothing but `BadData` be an answer."""
    try:
        return read(data)
    except BadData:
        return None


@pytest.mark.parametrize("kind", files.KINDS)
def test_every_kind_is_read(kind: str) -> None:
    photo = read(WHOLE[kind])
    assert (photo.kind, photo.width, photo.height) == (Kind(kind.lower()), 96, 64)
    assert photo.pixels.shape == (64, 96, 3)
    assert np.abs(photo.pixels.astype(int) - files.plain()).mean() < 6  # a GIF has 256 colours
    assert len(photo.sha256) == 64


@pytest.mark.parametrize("kind", files.KINDS)
def test_the_size_is_known_before_anything_is_decoded(kind: str) -> None:
    assert size_of(WHOLE[kind]) == (96, 64)
    assert size_of(WHOLE[kind][:40]) in {(96, 64), None}


def test_a_lossless_and_an_extended_webp_state_their_size_elsewhere() -> None:
    assert size_of(files.file(kind="WEBP", lossless=True)) == (96, 64)
    assert size_of(files.file(kind="WEBP", exif=files.exif({0x0131: "GIMP"}))) == (96, 64)


def test_of_an_animation_the_first_picture_is_taken() -> None:
    first, second = files.plain(colour=(200, 0, 0)), files.plain(colour=(0, 0, 200))
    for kind in ("GIF", "WEBP"):
        data = files.file(
            first, kind, save_all=True, append_images=[Pillow.fromarray(second)] * 3, duration=50
        )
        red, _, blue = read(data).pixels.reshape(-1, 3).mean(axis=0)
        assert red > 80 > 40 > blue


def test_what_is_clear_is_white() -> None:
    clear = np.dstack([files.plain(colour=(0, 0, 0)), np.zeros((64, 96), np.uint8)])
    assert read(files.file(clear, "PNG")).pixels.min() == 255


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "I;16", "CMYK"])
def test_odd_modes_become_rgb(mode: str) -> None:
    image = Pillow.fromarray(files.plain())
    image = image.convert("L").convert("I").convert(mode) if mode == "I;16" else image.convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert read(files.file(np.asarray(image), kind) if mode == "L" else _saved(image, kind)).pixels.shape == (
        64,
        96,
        3,
    )


def _saved(image: Pillow.Image, kind: str) -> bytes:
    import io

    out = io.BytesIO()
    image.save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_photograph_stands_upright_whatever_way_the_telephone_was_held(turn: int) -> None:
    upright = files.plain(96, 64)
    ways = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }
    photo = read(files.file(ways[turn], "PNG", exif=files.exif({0x0112: turn})))
    assert (photo.width, photo.height) == (96, 64)
    assert np.array_equal(photo.pixels, upright)


def test_a_large_photograph_is_made_smaller_and_keeps_its_own_size_as_a_fact() -> None:
    photo = read(files.file(files.plain(2000, 1500)), long_side=500)
    assert (photo.width, photo.height) == (2000, 1500)
    assert photo.pixels.shape == (375, 500, 3)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "empty"),
        (b"\0" * (reading.BYTES + 1), "too_large"),
        (b"GIF89a", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_format"),
        (b"%PDF-1.7", "unknown_format"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (files.file(files.plain(20, 400)), "too_small"),
        (files.png_that_says(60_000, 60_000), "too_many_points"),
        (files.png_that_says(5_200, 5_000), "too_many_points"),
        (files.jpeg_that_says(60_000, 60_000), "too_many_points"),
        (b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + WHOLE["GIF"][10:], "too_many_points"),
        (files.png_that_says(4_000, 4_000), "damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_read_is_told_by_a_key(data: bytes, key: str) -> None:
    began = time.process_time()
    assert refused(data) == key
    assert time.process_time() - began < 5  # a picture that is only said to be large costs nothing


@pytest.mark.parametrize("kind", [*files.KINDS, "progressive"])
def test_a_photograph_that_is_cut_short_is_damaged(kind: str) -> None:
    assert refused(WHOLE[kind][: len(WHOLE[kind]) // 2]) == "damaged"


def test_a_jpeg_of_endless_passes_is_refused() -> None:
    data = files.file(files.plain(1500, 1000), progressive=True)
    assert 5 < passes_of(data) < 30
    scan = data.index(b"\xff\xda")
    assert refused(data[:scan] + b"\xff\xda\0\x08\1\1\0\0\x3f\0" * 600 + data[scan:]) == "too_many_points"


def test_a_gif_with_a_picture_larger_than_its_screen_is_held_to_the_same_limit() -> None:
    data = bytearray(WHOLE["GIF"])
    place = data.index(b"\x2c\0\0\0\0" + struct.pack("<HH", 96, 64))
    data[place + 5 : place + 9] = struct.pack("<HH", 60_000, 60_000)
    assert refused(bytes(data)) in {"too_many_points", "damaged"}


@given(st.binary(max_size=400))
@example(b"\xff\xd8\xff\xe1\0\0")
@example(b"RIFF\xff\xff\xff\xffWEBPVP8X")
@example(b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR" + b"\xff" * 30)
def test_no_bytes_break_the_walk_through_a_container(tail: bytes) -> None:
    heads = (
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\0\0\0\0WEBP",
        b"GIF89a",
        b"\0\0\0\x18ftypheic",
    )
    for head in heads:
        data = head + tail
        kind_of(data)
        size = size_of(data)
        assert size is None or min(size) >= 0
        for part in parts_of(data):
            assert len(part.data) <= containers.PART_BYTES
        attempt(data)


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12),
    st.integers(0, 40),
)
def test_a_photograph_with_bytes_overwritten_is_read_or_refused(
    kind: str, wounds: list[tuple[int, int]], cut: int
) -> None:
    data = bytearray(WHOLE[kind])
    for at, value in wounds:
        data[at % len(data)] = value
    photo = attempt(bytes(data[: len(data) - cut]))
    assert photo is None or (photo.pixels.dtype == np.uint8 and photo.pixels.shape[2:] == (3,))
