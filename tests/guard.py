"""No test speaks to anything beyond loopback: an audit hook sees every connection that Python makes."""

from __future__ import annotations

import ipaddress
import sys
from typing import Any


class NetworkForbiddenError(BaseException):
    """A test reached out beyond loopback. Not an Exception, so no error handling of ours can swallow it."""


reached: list[str] = []
_installed = False


def _is_loopback(host: object) -> bool:
    if host is None or host in {"", "localhost", b"localhost", "localhost.localdomain"}:
        return True
    text = host.decode(errors="replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return text.endswith(".localhost")


def _guard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if isinstance(address, tuple) and address and not _is_loopback(address[0]):
            _refuse(f"{event} to {address[0]}")
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_loopback(arguments[0]):
        _refuse(f"{event} of {arguments[0]}")


def _refuse(what: str) -> None:
    reached.append(what)
    raise NetworkForbiddenError(f"tests speak to loopback only: {what}")


def install() -> None:
    """Guard this process from now on; an audit hook cannot be taken away again."""
    global _installed  # noqa: PLW0603 - one hook per process, however often this is imported
    if not _installed:
        sys.addaudithook(_guard)
        _installed = True
