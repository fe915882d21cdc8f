"""A hostile picture costs itself: bombs, broken files, files that are two things, and a decoder that dies or hangs."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Iterator

import msgspec
import numpy as np
import pytest
from PIL import Image

from smartcity_desk.domain.errors import BadData
from smartcity_desk.photos.prints import Print
from smartcity_desk.sync import darkroom
from smartcity_desk.sync.darkroom import Darkroom
from tests.photos.files import at, exif, file, jpeg_that_says, plain, png_that_says

SIX = at(-6.2, 106.8)


@pytest.fixture(scope="module")
def room() -> Iterator[Darkroom]:
    opened = Darkroom()
    yield opened
    opened.close()


def refused(room: Darkroom, data: bytes) -> str:
    try:
        room.develop(data)
    except BadData as problem:
        return problem.key
    return ""


def running(room: Darkroom) -> bool:
    return room._child is not None


def telling() -> bytes:
    """A telephone's picture that says where and when it was taken, turned by a quarter."""
    about = exif({0x0112: 6, 0x0131: "Snapseed 2.0"}, {0x9003: "2026:11:22 08:41:05"}, SIX)
    return file(plain(1_200, 900), exif=about, xmp=b"<x:xmpmeta>budi</x:xmpmeta>", comment=b"rumah budi")


def test_copies_hold_points_and_nothing_else(room: Darkroom) -> None:
    original = telling()
    made = room.develop(original)
    assert b"Exif" in original
    assert b"budi" in original
    for copy, longest in ((made.view, 1_200), (made.thumb, 256)):
        for word in (b"Exif", b"http://ns.adobe.com", b"budi", b"Snapseed", b"2026:11:22", b"GPS"):
            assert word not in copy
        with Image.open(io.BytesIO(copy)) as opened:
            assert opened.format == "JPEG"
            assert max(opened.size) == longest
            assert opened.size[0] < opened.size[1]  # upright
            assert not opened.getexif()
    assert (made.width, made.height, made.kind) == (900, 1_200, "jpeg")
    facts = msgspec.json.decode(made.facts)
    assert facts["taken_at"] == 1_795_311_665_000
    assert (facts["lat"], facts["lon"]) == (pytest.approx(-6.2), pytest.approx(106.8))
    assert facts["traces"] == [["editor", "Snapseed"]]


def test_the_print_is_the_one_that_others_are_compared_with(room: Darkroom) -> None:
    spots = np.random.default_rng(7).integers(0, 255, (14, 18, 3), np.uint8)
    big = Image.fromarray(spots).resize((900, 700), Image.Resampling.BICUBIC)
    one, two = (
        Print.from_bytes(room.develop(file(np.asarray(picture))).print)
        for picture in (big, big.resize((450, 350)))
    )
    assert one.distance(two) <= 6


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_kind_becomes_a_jpeg(room: Darkroom, kind: str) -> None:
    made = room.develop(file(kind=kind))
    assert made.kind == kind.lower()
    assert made.view.startswith(b"\xff\xd8\xff")


def frames(number: int) -> bytes:
    """A GIF of many frames."""
    out = io.BytesIO()
    one = [Image.new("P", (400, 400), colour % 250) for colour in range(number)]
    one[0].save(out, "GIF", save_all=True, append_images=one[1:], duration=20)
    return out.getvalue()


def test_of_an_animation_only_the_first_picture_is_decoded(room: Darkroom) -> None:
    assert room.develop(frames(300)).width == 400


BOMBS = {
    "png 60,000 x 60,000": (png_that_says(60_000, 60_000), "too_many_points"),
    "jpeg 65,000 x 65,000": (jpeg_that_says(65_000, 65_000), "too_many_points"),
    "jpeg that says more than it has": (jpeg_that_says(7_000, 7_000), ""),
    "jpeg cut in the middle": (file(plain(800, 600))[:3_000], "damaged"),
    "jpeg of its head only": (file()[:40], "damaged"),
    "a tracking point": (file(plain(2, 2), "PNG"), "too_small"),
    "a page": (b"<html><script>alert(1)</script></html>", "unknown_format"),
    "a drawing with scripts": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unknown_format"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(100), "heic"),
    "tiff": (b"II*\0" + bytes(200), "unknown_format"),
    "zeros": (bytes(5_000), "unknown_format"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_the_next_picture_is_read(room: Darkroom, name: str) -> None:
    data, key = BOMBS[name]
    assert refused(room, data) in (key, "damaged")
    assert room.develop(file()).width == 96


def test_a_file_that_is_two_things_is_shown_as_the_picture_alone(room: Darkroom) -> None:
    """A JPEG with an archive and a page behind its end: our copies hold neither."""
    second = b"PK\x03\x04" + b"evil.exe" + b"<script>alert(1)</script>%PDF-1.7"
    made = room.develop(file() + second)
    for copy in (made.view, made.thumb):
        assert b"evil.exe" not in copy
        assert b"<script>" not in copy


CHILD = """
import os, sys, time
read = sys.stdin.buffer.read
while head := read(4):
    data = read(int.from_bytes(head, "big"))
    if data == b"hang":
        time.sleep(60)
    if data == b"die":
        os.abort()
    if data == b"lie":
        text = b'{"ok":true,"kind":"jpeg","width":1,"height":1,"print":"","view":4,"thumb":4}'
        sys.stdout.buffer.write(len(text).to_bytes(4, "big") + text + b"<svg<svg")
    elif data == b"flood":
        sys.stdout.buffer.write(b"\\xff" * 100_000)
    elif data == b"big":
        text = b'{"ok":true,"kind":"jpeg","width":1,"height":1,"view":999999999,"thumb":4}'
        sys.stdout.buffer.write(len(text).to_bytes(4, "big") + text)
    else:
        text = b'{"ok":false,"key":"' + data + b'"}'
        sys.stdout.buffer.write(len(text).to_bytes(4, "big") + text)
    sys.stdout.buffer.flush()
"""


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"hang", "too_slow"),
        (b"die", "crashed"),
        (b"lie", "crashed"),
        (b"flood", "crashed"),
        (b"big", "crashed"),
        (b"heic", "heic"),
        (b"a word of its own", "damaged"),
        (b"", "empty"),
    ],
)
def test_whatever_the_decoder_does_the_next_picture_has_another_one(data: bytes, key: str) -> None:
    room = Darkroom(command=[sys.executable, "-c", CHILD], seconds=1.0 if data == b"hang" else 20.0)
    try:
        assert refused(room, data) == key
        assert refused(room, b"too_small") == "too_small"
    finally:
        room.close()


def test_a_process_is_replaced_after_its_share() -> None:
    room = Darkroom(command=[sys.executable, "-c", CHILD], uses=1)
    try:
        refused(room, b"heic")
        assert room._child is not None
        first = room._child.pid
        room._used = 1
        refused(room, b"heic")
        assert room._child.pid != first
    finally:
        room.close()
    room.close()


def test_a_process_without_work_gives_its_memory_back(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Darkroom(command=[sys.executable, "-c", CHILD])
    try:
        room.rest()
        refused(room, b"heic")
        room.rest()
        assert running(room)
        monkeypatch.setattr(darkroom, "IDLE_SECONDS", -1.0)
        room.rest()
        assert not running(room)
        assert refused(room, b"heic") == "heic"
    finally:
        room.close()


def test_what_is_too_large_is_not_even_handed_over(room: Darkroom) -> None:
    from smartcity_desk.photos import reading

    assert darkroom.MOST_BYTES == reading.BYTES
    assert refused(room, bytes(darkroom.MOST_BYTES + 1)) == "too_large"
    assert room.develop(file()).width == 96


def test_closing_waits_for_no_picture() -> None:
    room = Darkroom(command=[sys.executable, "-c", CHILD], seconds=50.0)
    refused(room, b"heic")
    said: list[str] = []
    hanging = threading.Thread(target=lambda: said.append(refused(room, b"hang")))
    hanging.start()
    while not room._lock.locked():
        pass
    began = time.monotonic()
    room.close()
    hanging.join()
    assert time.monotonic() - began < 20
    assert said == ["crashed"]


@pytest.mark.skipif(sys.platform != "linux", reason="limits are the system's")
def test_the_process_may_take_little_and_write_nowhere(room: Darkroom) -> None:
    room.develop(file())
    assert room._child is not None
    with open(f"/proc/{room._child.pid}/limits", encoding="ascii") as stream:  # noqa: PTH123 - not a file
        limits = {line[:26].strip(): line[26:].split()[0] for line in stream}
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert int(limits["Max address space"]) < 4 << 30
    assert int(limits["Max cpu time"]) < 200
    assert int(limits["Max open files"]) <= 32


def test_views_are_as_large_as_they_are_asked_for() -> None:
    room = Darkroom(view_side=48)
    try:
        found = room.develop(file())
        with Image.open(io.BytesIO(found.view)) as view:
            assert max(view.size) == 48
        assert found.width == 96
    finally:
        room.close()
