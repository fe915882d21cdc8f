"""When, where and by which program: what is found, and what is not read into a file."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.times import from_iso
from smartcity_desk.photos.containers import Part, parts_of
from smartcity_desk.photos.metadata import EXIF_BYTES, Metadata, Trace, TraceKind, metadata_of
from tests.photos import files


def of(data: bytes) -> Metadata:
    return metadata_of(parts_of(data))


def names(data: bytes) -> list[str]:
    return [f"{trace.kind}: {trace.name}" for trace in of(data).traces]


# ---------------------------------------------------------------- when


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_time_without_a_zone_is_jakartas(kind: str) -> None:
    found = of(files.file(kind=kind, exif=files.exif({}, {0x9003: "2026:04:05 16:30:00"})))
    assert found.taken_at == from_iso("2026-04-05T09:30:00Z")
    assert not found.zone_known


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("+09:00", "2026-04-05T07:30:00Z"),
        ("-0330", "2026-04-05T20:00:00Z"),
        ("+99:00", "2026-04-05T09:30:00Z"),  # nobody lives there: as if it said nothing
        ("WIB", "2026-04-05T09:30:00Z"),
    ],
)
def test_a_zone_that_the_file_says_counts(zone: str, instant: str) -> None:
    found = of(files.file(exif=files.exif({}, {0x9003: "2026:04:05 16:30:00", 0x9011: zone})))
    assert found.taken_at == from_iso(instant)
    assert found.zone_known == (zone[1:3] in ("09", "03"))


def test_taken_before_digitised_before_written() -> None:
    tags = {0x0132: "2026:01:03 00:00:00"}, {0x9003: "2026:01:01 00:00:00", 0x9004: "2026:01:02 00:00:00"}
    assert of(files.file(exif=files.exif(*tags))).taken_at == from_iso("2025-12-31T17:00:00Z")
    assert of(files.file(exif=files.exif(tags[0]))).taken_at == from_iso("2026-01-02T17:00:00Z")


@pytest.mark.parametrize(
    "text", ["0000:00:00 00:00:00", "2026:13:41 99:99:99", "9999:01:01 00:00:00", "yesterday", ""]
)
def test_a_clock_that_was_never_set_says_nothing(text: str) -> None:
    assert of(files.file(exif=files.exif({}, {0x9003: text}))).taken_at is None


# ---------------------------------------------------------------- where


def test_a_position_is_read_with_its_sides_and_its_error() -> None:
    found = of(files.file(exif=files.exif({}, place=files.at(-6.2088, 106.8456, error=12.5))))
    assert found.lat == pytest.approx(-6.2088, abs=1e-5)
    assert found.lon == pytest.approx(106.8456, abs=1e-5)
    assert found.error_m == pytest.approx(12.5)


@pytest.mark.parametrize(
    "place",
    [
        files.at(0, 0),
        {1: "S", 2: (91.0, 0.0, 0.0), 3: "E", 4: (106.0, 0.0, 0.0)},
        {1: "S", 2: (6.0, 12.0, 0.0)},
        {1: "S", 2: (6.0, 12.0), 3: "E", 4: (106.0, 0.0, 0.0)},
    ],
)
def test_no_position_is_made_of_half_a_one(place: dict[int, object]) -> None:
    found = of(files.file(exif=files.exif({}, place=place)))
    assert (found.lat, found.lon, found.error_m) == (None, None, None)


def test_a_position_over_zero_is_none() -> None:
    data = bytearray(files.file(exif=files.exif({}, place=files.at(-6.5, 106.5))))
    place = (
        data.index(struct.pack(">II", 6, 1))
        if struct.pack(">II", 6, 1) in data
        else data.index(struct.pack("<II", 6, 1))
    )
    data[place + 4 : place + 8] = bytes(4)
    assert of(bytes(data)).lat is None


# ---------------------------------------------------------------- who


@pytest.mark.parametrize(
    ("software", "trace"),
    [
        ("Adobe Photoshop 25.1 (Windows)", "editor: Adobe Photoshop"),
        ("Adobe Photoshop Lightroom Classic 13.0", "editor: Adobe Lightroom"),
        ("GIMP 2.10.34", "editor: GIMP"),
        ("Snapseed 2.19.1", "editor: Snapseed"),
        ("PicsArt", "editor: PicsArt"),
        ("Adobe Firefly", "generator: Adobe Firefly"),
        ("DALL·E 3", "generator: DALL-E"),
        ("Midjourney v7", "generator: Midjourney"),
        ("stable-diffusion-xl", "generator: Stable Diffusion"),
    ],
)
def test_programs_are_known_by_name(software: str, trace: str) -> None:
    assert names(files.file(exif=files.exif({0x0131: software}))) == [trace]


@pytest.mark.parametrize(
    "software",
    ["HDR+ 1.0.540104767zd", "S918BXXU7DXK1", "17.5.1", "MediaTek Camera Application", "Gimpel's camera", ""],
)
def test_a_cameras_own_program_is_no_trace(software: str) -> None:
    assert names(files.file(exif=files.exif({0x0131: software, 0x010E: "Adobe Photoshop was here"}))) == []


@pytest.mark.parametrize(
    ("body", "trace"),
    [
        ('xmp:CreatorTool="Adobe Photoshop 25.0"', "editor: Adobe Photoshop"),
        ('photoshop:Credit="Edited with Google AI"', "generator: Google AI"),
        (
            'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"',
            "generator: IPTC DigitalSourceType",
        ),
        (
            "Iptc4xmpExt:DigitalSourceType='http://cv.iptc.org/x/compositeWithTrainedAlgorithmicMedia'",
            "generator: IPTC DigitalSourceType",
        ),
    ],
)
def test_xmp_is_asked_for_the_fields_that_name_a_program(body: str, trace: str) -> None:
    assert names(files.with_xmp(body)) == [trace]


@pytest.mark.parametrize(
    "body",
    [
        'dc:description="We did not use Photoshop"',
        'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"',
        'xmp:CreatorTool="HDR+ 1.0"',
    ],
)
def test_what_xmp_says_otherwise_is_no_trace(body: str) -> None:
    assert names(files.with_xmp(body)) == []


def test_xmp_is_found_in_every_kind() -> None:
    packet = b'<x:xmpmeta xmp:CreatorTool="Snapseed 2.0"/>'
    for kind in ("JPEG", "PNG", "WEBP"):
        data = files.file(kind=kind, xmp=packet) if kind != "PNG" else _png_with_xmp(packet)
        assert names(data) == ["editor: Snapseed"], kind


def _png_with_xmp(packet: bytes) -> bytes:
    body = b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(packet)
    plain = files.file(kind="PNG")
    return plain[:33] + files.chunk(b"iTXt", body) + plain[33:]


@pytest.mark.parametrize(
    ("texts", "trace"),
    [
        (
            {"parameters": "a clean street\nSteps: 20, Sampler: Euler a, Seed: 1"},
            "generator: Stable Diffusion",
        ),
        ({"prompt": '{"3": {"class_type": "KSampler"}}'}, "generator: Stable Diffusion"),
        ({"Software": "NovelAI"}, "generator: NovelAI"),
        ({"Software": "gimp"}, "editor: GIMP"),
    ],
)
def test_the_texts_of_a_png_are_read(texts: dict[str, str], trace: str) -> None:
    assert names(files.with_text(**texts)) == [trace]


def test_a_recipe_hides_in_a_comment_of_utf_16_too() -> None:
    comment = b"UNICODE\0" + "street\nSteps: 30, Sampler: DPM".encode("utf-16-be")
    assert names(files.file(exif=files.exif({}, {0x9286: comment}))) == ["generator: Stable Diffusion"]


def test_credentials_alone_are_a_note_and_what_they_say_may_be_a_trace() -> None:
    signed = of(files.with_boxes(b"c2pa.claim digitalCapture"))
    assert signed.credentials
    assert signed.traces == ()
    made = of(files.with_boxes(b"digitalSourceType http://cv.iptc.org/x/trainedAlgorithmicMedia"))
    assert made.traces == (Trace(TraceKind.GENERATOR, "IPTC DigitalSourceType"),)
    plain = files.file(kind="PNG")
    assert of(plain[:33] + files.chunk(b"caBX", b"jumbc2pa") + plain[33:]).credentials


def test_no_word_of_the_file_is_passed_on() -> None:
    data = files.file(exif=files.exif({0x0131: "GIMP by Budi, 0812-3456-789", 0x013B: "Budi"}))
    assert "Budi" not in repr(of(data))


# ---------------------------------------------------------------- hostile


def test_a_directory_made_to_keep_a_reader_busy_is_not_read() -> None:
    assert metadata_of([Part("exif", b"II*\0\x08\0\0\0" + b"\xff" * EXIF_BYTES)]) == Metadata()


def test_packed_text_is_unpacked_only_so_far() -> None:
    packed = zlib.compress(b" " * 50_000_000 + b"Steps: 1, Sampler: x")
    plain = files.file(kind="PNG")
    data = plain[:33] + files.chunk(b"zTXt", b"parameters\0\0" + packed) + plain[33:]
    assert max(len(part.data) for part in parts_of(data)) <= 1 << 20
    assert names(data) == []


def test_nothing_is_found_where_nothing_is() -> None:
    for kind in files.KINDS:
        assert of(files.file(kind=kind)) == Metadata()


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"Exif\0\0II*\0\x08\0\0\0"]),
)
def test_no_bytes_break_the_reading_of_metadata(tail: bytes, head: bytes) -> None:
    for name in ("exif", "xmp", "c2pa", "text:parameters", "text:Software"):
        found = metadata_of([Part(name, head + tail)])
        assert 1 <= found.turn <= 8
        assert found.taken_at is None or found.taken_at >= 0
