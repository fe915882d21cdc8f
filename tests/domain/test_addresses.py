"""Which addresses are public: none that IANA set aside, in whatever clothes it comes."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartcity_desk.domain.addresses import host_of, is_loopback, is_public

INNER = [
    ip_network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
]
v4 = st.integers(0, 2**32 - 1).map(IPv4Address)
inner = st.sampled_from(INNER).flatmap(lambda net: st.integers(int(net[0]), int(net[-1])).map(IPv4Address))


@given(inner)
def test_no_inner_address_is_public_however_it_is_wrapped(one: IPv4Address) -> None:
    number = int(one)
    for text in (
        str(one),
        f"::ffff:{one}",
        str(IPv6Address((0x0064FF9B << 96) | number)),
        str(IPv6Address((0x2002 << 112) | (number << 80))),
        str(IPv6Address(number)),
    ):
        assert not is_public(text), text


@given(v4)
def test_a_mapped_address_is_as_public_as_its_own(one: IPv4Address) -> None:
    assert is_public(f"::ffff:{one}") in (False, is_public(str(one)))


@given(st.text(max_size=40))
def test_anything_gets_an_answer(text: str) -> None:
    assert is_public(text) in (True, False)
    assert is_loopback(text) in (True, False)
    found = host_of(text)
    assert found is None or found[1] in range(1, 65_536)


def test_plain_public_addresses_are() -> None:
    for text in ("8.8.8.8", "93.184.215.14", "2606:4700::1111", "2001:4860:4860::8888"):
        assert is_public(text), text
    for text in ("fe80::1%eth0", "2606:4700::1111%1", "8.8.8", "", "localhost", "fec0::1", "192.88.99.1"):
        assert not is_public(text), text


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("localhost", True),
        ("LOCALHOST.", True),
        ("127.3.2.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("10.0.0.1", False),
        ("localhost.example.invalid", False),
    ],
)
def test_this_machine_is_known_by_name_and_number(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_host_and_port_of_an_address() -> None:
    assert host_of("https://Foto.example.invalid/a.jpg?x=1") == ("foto.example.invalid", 443)
    assert host_of("http://[2606:4700::1]:8080/") == ("2606:4700::1", 8080)
