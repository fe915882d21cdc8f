"""What every endpoint of one server works with."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection

from smartcity_desk.central.db import Database
from smartcity_desk.central.directories import Directories
from smartcity_desk.central.laws import Laws
from smartcity_desk.central.passwords import Passwords
from smartcity_desk.central.permissions import Principal
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.central.stream import Hub
from smartcity_desk.domain.law import Law


@dataclass(slots=True)
class Services:
    """`clock` gives the city's time (ms UTC), which training may run fast; by `auth_clock` tokens age."""

    settings: CentralSettings
    db: Database
    passwords: Passwords
    hub: Hub
    clock: Callable[[], int]
    auth_clock: Callable[[], int]
    directories: Directories = field(default_factory=Directories)
    laws: Laws = field(default_factory=Laws)
    randomness: Callable[[int], bytes] = os.urandom

    def law(self, connection: Connection) -> Law:
        """The law in force."""
        return self.laws.current(connection, self.directories.current(connection))

    def close(self) -> None:
        """Let go of threads and connections."""
        self.passwords.close()
        self.db.close()


def services(request: Request) -> Services:
    """The services of the server that got this request."""
    found = request.app.state.services
    assert isinstance(found, Services)
    return found


def principal(request: Request) -> Principal:
    """The account that `routing.Route` found behind the token."""
    found = request.state.principal
    assert isinstance(found, Principal)
    return found


Server = Annotated[Services, Depends(services)]
Caller = Annotated[Principal, Depends(principal)]
