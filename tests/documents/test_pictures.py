"""Pictures for print: small, upright, without metadata, and never a reason to fail."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from smartcity_desk.documents.manifest import digest
from smartcity_desk.documents.model import Photo, PhotoKind
from smartcity_desk.documents.pictures import WORKERS, Found, prepare
from smartcity_desk.photos.printing import LONGEST, small


def packed(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (1000, 750)),
        ((4160, 3120), (1024, 768)),
        ((1600, 1200), (800, 600)),
        ((1279, 700), (1024, 560)),
        ((300, 200), (300, 200)),
        ((20, 3000), (5, 750)),
        ((1, 1), (1, 1)),
    ],
)
def test_the_longer_side_is_bounded_and_small_ones_stay(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    content, width, height = small(packed(Image.new("RGB", size, "red")))
    assert (width, height) == expected
    assert max(expected) <= LONGEST
    with Image.open(io.BytesIO(content)) as again:
        assert again.size == expected
        assert again.format == "JPEG"


def half_red(turned: int) -> bytes:
    """A picture whose upper half is red once the camera's turn is undone."""
    upright = Image.new("RGB", (400, 300), "blue")
    upright.paste("red", (0, 0, 400, 150))
    undo = {
        1: None,
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
    }[turned]
    exif = Image.Exif()
    exif[0x0112] = turned
    return packed(upright if undo is None else upright.transpose(undo), exif=exif)


@pytest.mark.parametrize("turned", [1, 3, 6, 8])
def test_a_picture_stands_upright(turned: int) -> None:
    content, width, height = small(half_red(turned))
    assert (width, height) == (400, 300)
    with Image.open(io.BytesIO(content)) as picture:
        top, bottom = picture.getpixel((200, 40)), picture.getpixel((200, 260))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 200 > 60 > top[2]
    assert bottom[2] > 200 > 60 > bottom[0]


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "LA", "1", "I;16"])
def test_every_mode_becomes_a_plain_one(mode: str) -> None:
    picture = (
        Image.new(mode, (50, 40))
        if mode == "I;16"
        else Image.new("RGBA", (50, 40), (0, 0, 0, 0)).convert(mode)
    )
    content, width, height = small(packed(picture, "PNG"))
    with Image.open(io.BytesIO(content)) as again:
        assert again.mode == "RGB"
    assert (width, height) == (50, 40)


def test_what_is_see_through_is_white() -> None:
    content, _, _ = small(packed(Image.new("RGBA", (9, 9), (0, 0, 0, 0)), "PNG"))
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.getpixel((4, 4)) == (255, 255, 255)


def test_a_picture_that_unpacks_to_too_much_is_not_unpacked(tmp_path: Path) -> None:
    side = 9_000
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side + 1) * 64, 9)

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    photo = Photo(digest(bomb), PhotoKind.OTHER, "e", content=bomb)
    assert prepare([photo], tmp_path, small)[photo.sha256].found is Found.UNREADABLE


@given(st.binary(max_size=300), st.integers(0, 400))
def test_broken_bytes_are_unreadable_and_nothing_worse(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    good = packed(Image.new("RGB", (30, 20), "green"))
    broken = good[:at] + noise + good[at + len(noise) :]
    photo = Photo(digest(broken), PhotoKind.OTHER, "e", content=broken)
    found = prepare([photo], tmp_path_factory.getbasetemp(), small)[photo.sha256].found
    assert found in (Found.READY, Found.UNREADABLE)


def test_a_picture_used_twice_is_made_once(tmp_path: Path) -> None:
    reads = []

    def content() -> bytes:
        reads.append(1)
        return packed(Image.new("RGB", (30, 20), "green"))

    sha256 = digest(packed(Image.new("RGB", (30, 20), "green")))
    photos = [Photo(sha256, kind, "e", content=content) for kind in PhotoKind]
    assert prepare(photos, tmp_path, small)[sha256].found is Found.READY
    assert len(reads) == 1
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".jpg", ".pdf"]


def test_no_more_pictures_are_open_than_there_are_workers(tmp_path: Path) -> None:
    open_now, most = 0, 0
    lock = threading.Lock()

    class Counting(bytes):
        def __del__(self) -> None:
            nonlocal open_now
            with lock:
                open_now -= 1

    def reader(at: int) -> bytes:
        nonlocal open_now, most
        content = Counting(packed(Image.new("RGB", (60, 40), (at, at, at))))
        with lock:
            open_now += 1
            most = max(most, open_now)
        return content

    photos = [
        Photo(
            digest(packed(Image.new("RGB", (60, 40), (at, at, at)))),
            PhotoKind.OTHER,
            "e",
            content=lambda at=at: reader(at),
        )
        for at in range(40)
    ]
    made = prepare(photos, tmp_path, small)
    assert all(one.found is Found.READY for one in made.values())
    assert most <= WORKERS


def test_a_machine_that_cannot_make_copies_is_no_fault_of_a_picture(tmp_path: Path) -> None:
    good = packed(Image.new("RGB", (30, 20), "green"))
    photo = Photo(digest(good), PhotoKind.OTHER, "e", content=good)

    def nowhere(_: bytes) -> tuple[bytes, int, int]:
        raise OSError("no process to be had")

    with pytest.raises(OSError, match="no process"):
        prepare([photo], tmp_path, nowhere)
