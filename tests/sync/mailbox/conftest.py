"""A Dovecot for the whole run, started when the first test asks for it, and both peers for the tests that both pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import absent
from tests.fakes.dovecot import Dovecot, dovecot, is_here
from tests.sync.mailbox.world import DovecotPeer, Peer, pymap_peer


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, which is its own authority, with its key."""
    from ipaddress import ip_address

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "surel.invalid")])
    now = dt.datetime.now(dt.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """A server without TLS."""
    if not is_here():
        absent.not_run("dovecot", "dovecot-imapd is not installed")
    with dovecot() as server:
        yield server


@pytest.fixture(scope="session")
def secure_dovecot(certificate: Path) -> Iterator[Dovecot]:
    """A server with TLS and STARTTLS, whose certificate nobody knows."""
    if not is_here():
        absent.not_run("dovecot", "dovecot-imapd is not installed")
    with dovecot(certificate) as server:
        yield server


@pytest.fixture(params=["dovecot", "pymap"])
def peer(request: pytest.FixtureRequest) -> Iterator[Peer]:
    """An empty mailbox on either server."""
    if request.param == "dovecot":
        yield DovecotPeer(request.getfixturevalue("dovecot_server"))
    else:
        with pymap_peer() as found:
            yield found
