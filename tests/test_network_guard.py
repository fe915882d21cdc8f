from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tests import guard

# A documentation address (RFC 5737): nobody is there even if the guard were broken.
NOWHERE = ("192.0.2.1", 9)


@pytest.fixture
def _forgiven() -> Iterator[None]:
    """The guard fails a test that reached out; these do so on purpose."""
    yield
    assert len(guard.reached) == 1
    guard.reached.clear()


@pytest.mark.usefixtures("_forgiven")
def test_a_connection_outwards_is_refused() -> None:
    with socket.socket() as outward, pytest.raises(guard.NetworkForbiddenError, match="loopback only"):
        outward.connect(NOWHERE)


@pytest.mark.usefixtures("_forgiven")
def test_a_datagram_outwards_is_refused() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as outward,
        pytest.raises(guard.NetworkForbiddenError, match="loopback only"),
    ):
        outward.sendto(b"x", NOWHERE)


@pytest.mark.usefixtures("_forgiven")
def test_asking_for_a_name_is_refused() -> None:
    with pytest.raises(guard.NetworkForbiddenError, match="loopback only"):
        socket.getaddrinfo("example.invalid", 80)


def test_loopback_is_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=10) as client:
            assert client.getpeername()[0] == "127.0.0.1"
