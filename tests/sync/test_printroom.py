"""Copies for paper are made in processes of their own: a hostile picture costs itself, never the desk."""

from __future__ import annotations

import io
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from smartcity_desk.documents.manifest import digest
from smartcity_desk.documents.model import Photo, PhotoKind
from smartcity_desk.documents.pictures import Found, prepare
from smartcity_desk.domain.errors import BadData
from smartcity_desk.photos import printing, worker
from smartcity_desk.sync import printroom
from smartcity_desk.sync.printroom import PrintRoom
from tests.photos.files import exif, file, plain
from tests.sync.test_darkroom import telling

DYING = "import os, sys; sys.stdin.buffer.read(8); os.abort()"


def test_a_copy_is_what_the_same_work_gives_here_and_says_nothing_of_its_owner() -> None:
    assert (printroom.PRINT, printroom.MOST_SIDE) == (worker.PRINT, printing.LONGEST)
    with PrintRoom(rooms=2) as room:
        for original in (telling(), file(plain(3_000, 2_000), exif=exif({0x0112: 6}))):
            assert room.small(original) == printing.small(original)
        copy, width, height = room.small(telling())
        assert (width, height) == (900, 1_200) or max(width, height) <= printing.LONGEST
        assert width < height  # the camera was turned by a quarter
        for word in (b"Exif", b"budi", b"Snapseed", b"GPS"):
            assert word not in copy
        with pytest.raises(BadData) as caught:
            room.small(b"\xff\xd8\xff" + b"\x00" * 300)
        assert caught.value.key == "damaged"
        processes = [one._child for one in room._rooms if one._child is not None]
        assert processes
    assert all(one.poll() is not None for one in processes)


def test_pictures_are_made_side_by_side_and_a_dossier_gets_each_its_own(tmp_path: Path) -> None:
    contents = []
    for shade in range(12):
        packed = io.BytesIO()
        Image.new("RGB", (800, 600), (shade * 20, 0, 0)).save(packed, "PNG")
        contents.append(packed.getvalue())
    photos = [Photo(digest(one), PhotoKind.OTHER, "e", content=one) for one in [*contents, b"no picture"]]
    with PrintRoom(rooms=2) as room:
        made = prepare(photos, tmp_path, room.small)
        with ThreadPoolExecutor(4) as threads:
            copies = list(threads.map(room.small, contents))
    assert [made[photo.sha256].sha256 for photo in photos[:-1]] == [digest(copy) for copy, _, _ in copies]
    assert made[photos[-1].sha256].found is Found.UNREADABLE


def test_a_process_that_dies_of_a_picture_leaves_it_unreadable(tmp_path: Path) -> None:
    photo = Photo(digest(telling()), PhotoKind.OTHER, "e", content=telling())
    with PrintRoom(rooms=1, command=[sys.executable, "-c", DYING]) as room:
        assert prepare([photo], tmp_path, room.small)[photo.sha256].found is Found.UNREADABLE
    with (
        PrintRoom(rooms=1, command=[str(tmp_path / "not-there")]) as room,
        pytest.raises(OSError, match="not-there"),
    ):
        prepare([photo], tmp_path, room.small)
