"""A central server with a small city and people in it, and a hand to call it with."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from smartcity_desk import codec
from smartcity_desk.calendars import load_calendars
from smartcity_desk.central import admin
from smartcity_desk.central.admin import NewAccount
from smartcity_desk.central.app import create_app
from smartcity_desk.central.db import Database
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain.events import EventKind, Payload, Role
from smartcity_desk.domain.ids import report_id, time_ordered_id
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.office import Category, Directory, Office, OfficeLevel
from smartcity_desk.domain.policy import Policy, PolicyBook
from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.domain.times import HOUR

NOW = 1_790_000_000_000
TEBET, MENTENG, SUDIN = "31.74.01.1001", "31.71.06.1001", "SUDIN-SDA-JS"
PASSWORD = "sebuah sandi panjang"

CITY = Directory.of(
    edition="test-1",
    offices=[
        Office("31", "DKI Jakarta", OfficeLevel.PROVINSI),
        Office("31.74", "Jakarta Selatan", OfficeLevel.KOTA, "31"),
        Office("31.74.01", "Tebet", OfficeLevel.KECAMATAN, "31.74"),
        Office(TEBET, "Tebet Timur", OfficeLevel.KELURAHAN, "31.74.01"),
        Office(MENTENG, "Menteng", OfficeLevel.KELURAHAN, "31"),
        Office(SUDIN, "Sudin SDA Jakarta Selatan", OfficeLevel.SUDIN, "31.74"),
    ],
    categories=[Category("flood", "Banjir", "water"), Category("road", "Jalan rusak", "road")],
)
POLICY = Policy("test", 0, {OfficeLevel.KELURAHAN: 24 * HOUR, OfficeLevel.UPT: 2 * HOUR}, 24 * HOUR)
LAW = Law(PolicyBook([POLICY]), load_calendars(), CITY)

PEOPLE = (
    NewAccount("vina", Role.VIEWER, name="Vina", password=PASSWORD),
    NewAccount("oki", Role.OPERATOR, name="Oki", password=PASSWORD),
    NewAccount("oni", Role.OPERATOR, name="Oni", password=PASSWORD),
    NewAccount("susi", Role.SUPERVISOR, name="Susi", password=PASSWORD),
    NewAccount("rere", Role.REVIEWER, name="Rere", password=PASSWORD),
    NewAccount("lurah.tebet", Role.OFFICIAL, TEBET, "Lurah Tebet Timur", PASSWORD),
    NewAccount("lurah.menteng", Role.OFFICIAL, MENTENG, "Lurah Menteng", PASSWORD),
    NewAccount("hantaran", Role.SYSTEM, name="Hantaran", password=PASSWORD),
)


def settings_for(folder: Path, url: str | None = None, **changes: Any) -> CentralSettings:
    """Settings with the cheapest passwords there are: their cost is not what is tested."""
    base = CentralSettings.at(folder, url)
    values = {name: getattr(base, name) for name in base.__dataclass_fields__}
    cheap = {"password_time_cost": 1, "password_memory_kib": 8, "durable": False, "poll_s": 0.05}
    return CentralSettings(**{**values, **cheap, **changes})


def found_city(settings: CentralSettings) -> None:
    """Make the database, its accounts and its directory."""
    admin.init(settings, user="admin", password=PASSWORD)
    admin.add_users(settings, PEOPLE)
    admin.load_directory(settings, CITY, [POLICY])


def report(number: int, **changes: Any) -> Report:
    values: dict[str, Any] = {
        "id": report_id("petabencana", str(number)),
        "channel": "petabencana",
        "external_id": str(number),
        "kind": ReportKind.COMPLAINT,
        "reported_at": NOW - HOUR + number,
        "text": f"Banjir di gang {number}",
        "author": f"pseudonym-{number}",
        "link": f"https://example.invalid/{number}",
    }
    return Report(**{**values, **changes})


@dataclass
class Clock:
    at: int = NOW

    def __call__(self) -> int:
        return self.at


@dataclass
class Answer:
    status: int
    body: Any
    headers: httpx.Headers
    raw: bytes


@dataclass
class World:
    """Calls go to the application in this process, no socket between."""

    app: FastAPI
    settings: CentralSettings
    clock: Clock
    auth_clock: Clock
    runner: asyncio.Runner
    tokens: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def db(self) -> Database:
        db = self.app.state.services.db
        assert isinstance(db, Database)
        return db

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    async def acall(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        user: str | None = None,
        token: str | None = None,
        headers: dict[str, str | bytes] | None = None,
        content: bytes | None = None,
        address: str = "127.0.0.1",
        **query: Any,
    ) -> Answer:
        if user is not None:
            token = await self.atoken(user)
        sent = {
            name: value.encode() if isinstance(value, str) else value
            for name, value in (headers or {}).items()
        }
        if token is not None:
            sent["Authorization"] = f"Bearer {token}".encode()
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(address, 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://central") as client:
            answer = await client.request(
                method,
                path,
                params=query,
                headers=sent,
                json=body,
                **({"content": content} if content is not None else {}),
            )
        kind = answer.headers.get("content-type", "")
        parsed = json.loads(answer.content) if "json" in kind and answer.content else None
        return Answer(answer.status_code, parsed, answer.headers, answer.content)

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        answer: Answer = self.run(self.acall(method, path, body, **options))
        return answer

    async def atoken(self, user: str) -> str:
        if user not in self.tokens:
            body = {"grant": "password", "user": user, "password": PASSWORD, "device": "test"}
            self.tokens[user] = (await self.acall("POST", "/v1/token", body)).body["access_token"]
        return self.tokens[user]

    def new_id(self) -> str:
        return time_ordered_id(self.clock.at, next(self.numbers).to_bytes(10, "big"))

    def action(
        self,
        report_id: str,
        kind: EventKind,
        payload: Payload,
        *,
        at: int | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        return {
            "id": name or self.new_id(),
            "report": report_id,
            "kind": kind.value,
            "at": self.clock.at if at is None else at,
            "payload": codec.builtins(payload),
        }

    def act(self, user: str, *actions: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.call("POST", "/v1/actions", {"actions": list(actions)}, user=user)
        assert answer.status == 200, answer.body
        results: list[dict[str, Any]] = answer.body["results"]
        return results

    def push(self, *reports: Report, user: str = "oki") -> dict[str, Any]:
        body = {"reports": [codec.report_to_wire(one) for one in reports]}
        answer = self.call("POST", "/v1/reports", body, user=user)
        assert answer.status == 200, answer.body
        result: dict[str, Any] = answer.body
        return result

    def all_events(self, user: str = "oki", limit: int = 500) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after, more = 0, True
        while more:
            body = self.call("GET", "/v1/events", user=user, after=after, limit=limit).body
            found += body["events"]
            after, more = body["last_seq"], body["more"]
        return found


@contextmanager
def city(folder: Path, url: str | None = None, **changes: Any) -> Iterator[World]:
    """A world on a database with a city in it; its server is closed at the end."""
    settings = settings_for(folder, url, **changes)
    clock, auth_clock = Clock(), Clock()
    app = create_app(settings, clock=clock, auth_clock=auth_clock)
    with asyncio.Runner() as runner:
        try:
            yield World(app, settings, clock, auth_clock, runner)
        finally:
            app.state.services.close()
