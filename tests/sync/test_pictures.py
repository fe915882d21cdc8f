"""Evidence pictures come to the desk by their hash, and a claim is examined as soon as its own are here."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np

from smartcity_desk import codec
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import (
    Actor,
    AttachmentAdded,
    CompletionAnswered,
    CompletionClaimed,
    Delivered,
    EventKind,
    Role,
    RoutingSent,
)
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.times import MINUTE
from smartcity_desk.store.files import path_of
from smartcity_desk.sync.pictures import Gallery
from tests.central.world import PASSWORD, TEBET
from tests.fakes.central_server import Running
from tests.sync.bench import Bench
from tests.sync.test_central import act, desk_of, run, take_in

K = EventKind
LURAH = Actor("lurah.tebet", Role.OFFICIAL, TEBET)


def street(seed: int) -> bytes:
    """A picture with corners enough to be laid over another one."""
    draw = np.random.default_rng(seed)
    canvas = np.full((480, 640, 3), 150, np.uint8)
    for _ in range(140):
        x, y = (int(value) for value in draw.integers(0, 600, 2))
        wide, high = (int(value) for value in draw.integers(8, 90, 2))
        colour = tuple(int(value) for value in draw.integers(0, 255, 3))
        cv2.rectangle(canvas, (x, y % 440), (x + wide, y % 440 + high), colour, -1)
    _, out = cv2.imencode(".jpg", cv2.GaussianBlur(canvas, (3, 3), 0), [cv2.IMWRITE_JPEG_QUALITY, 90])
    return out.tobytes()


class Office:
    """The office's own account at the server."""

    def __init__(self, url: str, user: str) -> None:
        self._http = httpx.Client(base_url=url)
        grant = {"grant": "password", "user": user, "password": PASSWORD, "device": "t"}
        token = self._http.post("/v1/token", json=grant).json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        self._count = 0

    def upload(self, content: bytes) -> str:
        name = hashlib.sha256(content).hexdigest()
        answer = self._http.post(
            "/v1/attachments", content=content, headers={"X-SHA256": name, "Content-Type": "image/jpeg"}
        )
        assert answer.status_code in (200, 201), answer.text
        return name

    def do(self, report: str, kind: EventKind, payload: Any, at: int) -> None:
        self._count += 1
        name = time_ordered_id(at, self._count.to_bytes(10, "big"))
        action = Action(name, report, kind, payload, LURAH, at)
        answer = self._http.post("/v1/actions", json={"actions": [codec.action_to_wire(action)]}).json()
        assert answer["results"][0]["outcome"] == "accepted", answer

    def close(self) -> None:
        self._http.close()


def gallery_of(desk: Bench, tmp_path: Path) -> Gallery:
    return Gallery(desk.store, tmp_path / "pictures", clock=desk.clock, notify=desk.notices.append)


def codes(desk: Bench, report: str) -> list[str]:
    return [one.code for one in desk.store.evidence.hints([report])[report]]


def test_pictures_come_and_a_reused_one_is_hinted_and_not_accepted_in_bulk(
    server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            reused, honest, bare = take_in(desk, 3)
            assert (await desk.once()).errors == ()
            for report in (reused, honest, bare):
                act(desk, K.ROUTING_SENT, RoutingSent(TEBET, "di wilayahnya"), report)
            assert (await desk.once()).errors == ()
            office = Office(server.url, "lurah.tebet")
            before, after = street(1), street(2)
            at = desk.clock.now
            for report in (reused, honest, bare):
                office.do(report, K.REPORT_DELIVERED, Delivered(TEBET), at)
            shown = office.upload(before)
            office.do(reused, K.ATTACHMENT_ADDED, AttachmentAdded(shown, "image/jpeg", len(before)), at)
            texts = ("Saluran dibersihkan lima meter", "Lampu nomor dua belas diganti baru", "Selesai")
            pictures = ((shown,), (office.upload(after),), ())
            for report, text, named in zip((reused, honest, bare), texts, pictures, strict=True):
                office.do(report, K.COMPLETION_CLAIMED, CompletionClaimed(TEBET, text, named), at)
            office.close()
            desk.clock.now += MINUTE
            assert (await desk.once()).errors == ()
            supervisor = Actor("susi", Role.SUPERVISOR)

            def accept(*reports: str) -> dict[str, str]:
                refused = desk.store.preview(
                    K.COMPLETION_ACCEPTED, CompletionAnswered(), reports, actor=supervisor, now=desk.clock.now
                )
                return {name: getattr(why, "code", "conflict") for name, why in refused}

            assert accept(reused, honest, bare) == dict.fromkeys((reused, honest, bare), "look_needed"), (
                "nobody has looked at any of them yet"
            )
            gallery, client = gallery_of(desk, tmp_path), desk.engine.central()
            assert client is not None
            assert await gallery.round(client, desk.engine._on_writer) is False
            for name in (shown, *pictures[1]):
                content = path_of(tmp_path / "pictures", name).read_bytes()
                assert hashlib.sha256(content).hexdigest() == name
            assert "same_frame" in codes(desk, reused)
            assert codes(desk, honest) == []
            assert codes(desk, bare) == ["missing_photo", "template"]
            assert accept(reused, honest, bare) == dict.fromkeys((reused, bare), "look_needed")
            assert accept(reused) == {}, "one by one a person has looked"
            assert sorted(desk.told("hints")[0]["reports"]) == sorted([reused, honest, bare])
            assert await gallery.round(client, desk.engine._on_writer) is False
            assert len(desk.told("hints")) == 1, "what was examined is not examined again"

    run(scenario)


def test_a_picture_that_the_server_has_lost_is_asked_for_later_and_holds_nothing_up(
    server: Running, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with desk_of(tmp_path, server.url) as desk:
            (report,) = take_in(desk, 1)
            await desk.once()
            act(desk, K.ROUTING_SENT, RoutingSent(TEBET, "di wilayahnya"), report)
            await desk.once()
            office = Office(server.url, "lurah.tebet")
            office.do(report, K.REPORT_DELIVERED, Delivered(TEBET), desk.clock.now)
            claim = CompletionClaimed(TEBET, "Saluran dibersihkan lima meter", ("ab" * 32,))
            office.do(report, K.COMPLETION_CLAIMED, claim, desk.clock.now)
            office.close()
            await desk.once()
            gallery, client = gallery_of(desk, tmp_path), desk.engine.central()
            assert client is not None
            assert await gallery.fetch(client, desk.engine._on_writer) is False
            assert desk.store.evidence.wanted(5, desk.clock.now) == [], "not at once"
            assert desk.store.evidence.to_examine(5) == [], "it may still come"
            desk.clock.now += 2 * MINUTE
            await gallery.round(client, desk.engine._on_writer)
            assert codes(desk, report) == ["missing_photo"], "a picture that nobody has is a missing one"

    run(scenario)
