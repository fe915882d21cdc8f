"""Over TLS the connection goes to the address that was looked at, and the certificate has to be of the link's name."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Sequence
from pathlib import Path

import pytest

from smartcity_desk.domain.errors import Rejected
from smartcity_desk.sync import outside as module
from smartcity_desk.sync.outside import Home, Outside

x509 = pytest.importorskip("cryptography.x509")

NAME = "foto.example.invalid"


def certificate(folder: Path) -> Path:
    """A certificate for `NAME`, which is its own authority, with its key."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.mark.parametrize(("name", "trusted"), [(NAME, True), (NAME, False), ("lain.example.invalid", True)])
def test_the_certificate_is_held_against_the_links_name(
    name: str, trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    asked: list[bytes] = []

    def trust() -> ssl.SSLContext:
        context = ssl.create_default_context()
        if trusted:
            context.load_verify_locations(pem)
        return context

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def resolve(_name: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    async def go() -> None:
        listening = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=server)
        port = listening.sockets[0].getsockname()[1]
        outside = Outside(clock=lambda: 0, resolve=resolve)
        url, home = f"https://{name}:{port}/a.jpg", Home(name, port)
        try:
            if name == NAME and trusted:
                assert await outside.get(url, most=100, home=home) == b"ok"
                assert f"Host: {NAME}:{port}".lower().encode() in asked[0].lower()
            else:
                with pytest.raises(Rejected) as refused:
                    await outside.get(url, most=100, home=home)
                assert refused.value.reason == "tls"
                assert asked == []
        finally:
            await outside.close()
            listening.close()

    monkeypatch.setattr(module, "trust", trust)
    asyncio.run(go())
