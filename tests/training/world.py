"""A city, its central server in the same process, and the unit's people who work there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from smartcity_desk import codec
from smartcity_desk.central.app import create_app
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.events import Actor, Event, EventKind, Payload, Role, RoutingSent
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.training.channels import as_report
from smartcity_desk.training.city import City
from smartcity_desk.training.officials import Accounts, Life, Pace
from smartcity_desk.training.record import Citizen
from tests.training.conftest import Clock

K = EventKind


class World:
    """A city, its central server in the same process, and an operator who works there."""

    def __init__(self, city: City, clock: Clock, speed: float = 1.0) -> None:
        self.city = city
        self.clock = clock
        self.app = create_app(city.settings, clock=clock)
        self.accounts = Accounts(city, self.app)
        self.life = Life(city, self.accounts, Pace(clock(), speed))
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app), base_url="http://central.latihan"
        )
        self.number = 0

    async def as_user(self, user: str, method: str, path: str, **more: Any) -> dict[str, Any]:
        granted = await self.http.post(
            "/v1/token",
            json={
                "grant": "password",
                "user": user,
                "password": self.city.facts.passwords[user],
                "device": "meja",
            },
        )
        token = granted.json()["access_token"]
        answer = await self.http.request(method, path, headers={"Authorization": f"Bearer {token}"}, **more)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def push(self, records: list[Citizen]) -> dict[str, Any]:
        reports = [codec.report_to_wire(as_report(record, self.city.directory)) for record in records]
        return await self.as_user("sari", "POST", "/v1/reports", json={"reports": reports})

    async def route(self, record: Citizen, office: str) -> str:
        sent = RoutingSent(office, "Sesuai lokasi laporan")
        return await self.act(Actor("sari", Role.OPERATOR), record.id, K.ROUTING_SENT, sent)

    async def act(self, actor: Actor, subject: str, kind: EventKind, payload: Payload) -> str:
        self.number += 1
        name = time_ordered_id(self.clock(), self.number.to_bytes(10, "big"))
        action = Action(name, subject, kind, payload, actor, self.clock())
        body = {"actions": [codec.action_to_wire(action)]}
        answer = await self.as_user(actor.user, "POST", "/v1/actions", json=body)
        return str(answer["results"][0]["outcome"])

    async def events(self, after: int | None = None) -> list[Event]:
        found: list[Event] = []
        seq = self.city.facts.last_seq if after is None else after
        while True:
            page = await self.as_user("sari", "GET", f"/v1/events?after={seq}&limit=2000")
            found += [codec.event_from_wire(wire) for wire in page["events"]]
            seq = page["last_seq"]
            if not page["more"]:
                return found

    async def pass_time(self, span: int, breath: int) -> None:
        for _ in range(span // breath):
            self.clock.now += breath
            await self.life.step()

    async def close(self) -> None:
        await self.accounts.close()
        await self.http.aclose()
        self.app.state.services.close()


@asynccontextmanager
async def living(city: City, clock: Clock, speed: float = 1.0) -> AsyncIterator[World]:
    world = World(city, clock, speed)
    try:
        yield world
    finally:
        await world.close()
