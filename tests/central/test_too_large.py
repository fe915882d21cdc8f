"""A file that is too large is refused over a real socket so that whoever sent it hears the refusal, not a cut line."""

from __future__ import annotations

import asyncio
import hashlib
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from smartcity_desk.central.settings import MIB
from smartcity_desk.domain.errors import Rejected
from smartcity_desk.sync.central.client import CentralClient
from tests.fakes.central_server import central_server
from tests.sync.test_central import desk_of


async def handed_in(client: CentralClient, size: int) -> None:
    content = b"%PDF-1.4 " + bytes(size)
    await client.put_attachment(content, "application/pdf", hashlib.sha256(content).hexdigest())


def test_the_refusal_of_a_large_file_arrives_and_the_line_still_serves(tmp_path: Path) -> None:
    async def scenario(url: str) -> None:
        async with desk_of(tmp_path, url) as desk:
            client = desk.engine.central()
            for _ in range(3):  # a race against the kernel is seldom lost thrice
                with pytest.raises(Rejected) as refused:
                    await handed_in(client, 20 * MIB)
                assert refused.value.reason == "body_too_large"
            await handed_in(client, 10)

    (tmp_path / "central").mkdir()
    with central_server(tmp_path / "central", attachment_bytes=1 * MIB) as server:
        asyncio.run(scenario(server.url))


def test_what_is_absurdly_large_is_not_listened_to(tmp_path: Path) -> None:
    (tmp_path / "central").mkdir()
    with central_server(tmp_path / "central") as server:
        place = urlsplit(server.url)
        with socket.create_connection((place.hostname, place.port), timeout=30) as line:
            line.sendall(b"POST /v1/attachments HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
            answer = b""
            while piece := line.recv(65_536):  # until the server hangs up
                answer += piece
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"body_too_large" in answer
