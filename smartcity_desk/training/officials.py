"""Life goes on: citizens report, and offices take up, answer, hand back, claim, fake and object, by their own accounts.

They speak to the central server inside its own process, so a cut cable stops the desks and not the city. What has been
done is read back from the log, and every reaction has the id that its cause gives it: after a restart nothing is done
twice, and nothing is forgotten.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Final

import httpx
from fastapi import FastAPI

from smartcity_desk import codec
from smartcity_desk.domain.decision import Action
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.events import PAYLOADS, Actor, Event, EventKind, Payload, Role
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.subjects import Subject, subject_of
from smartcity_desk.domain.times import DAY, HOUR, SECOND
from smartcity_desk.training.arrivals import HOURS
from smartcity_desk.training.behaviour import SYSTEM, office_reacts, possible
from smartcity_desk.training.city import SYSTEM_USER, City
from smartcity_desk.training.draw import seeded
from smartcity_desk.training.illustrating import FOLLOWS
from smartcity_desk.training.objecting import Notices, late_segments, reactions
from smartcity_desk.training.uploads import PASSED_ON, Uploads

PAGE: Final = 1000
AT_ONCE: Final = 40
"""Actions in one step at most: after a long rest the city comes back in order instead of all at once."""
LATEST_TOKEN: Final = 30 * SECOND
_log: Final = logging.getLogger(__name__)


@dataclass(order=True, slots=True)
class _Due:
    """Something that an office will do. `at` is in the city's own time."""

    at: int
    order: int
    id: str = field(compare=False)
    report: str = field(compare=False)
    kind: EventKind = field(compare=False)
    payload: Payload = field(compare=False)
    by: str = field(compare=False)


class Pace:
    """The city's own time: it starts with the clock and runs `speed` times as fast. Reports keep the clock's time."""

    def __init__(self, now: int, speed: float = 1.0) -> None:
        self.speed = speed
        self._since = now
        self._base = now

    def at(self, now: int) -> int:
        """The city's own time at an instant of the clock."""
        return self._base + int((now - self._since) * self.speed)

    def change(self, now: int, speed: float) -> None:
        """Run at another speed from now on."""
        self._base, self._since = self.at(now), now
        self.speed = speed


class Accounts:
    """Log-ins of the city's people at the central server, each made when first needed and renewed when it ends."""

    def __init__(self, city: City, app: FastAPI) -> None:
        self._city = city
        self._tokens: dict[str, tuple[str, int]] = {}
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://central.latihan",
        )

    async def close(self) -> None:
        """Let go of the client."""
        await self._http.aclose()

    async def ask(
        self, user: str, method: str, path: str, *, params: Mapping[str, int] | None = None, body: Any = None
    ) -> dict[str, Any]:
        """An answer of the central server to `user`. Raises httpx.HTTPStatusError when it refuses."""
        return await self._request(user, method, path, params=params, json=body)

    async def upload(self, user: str, data: bytes, sha256: str, media_type: str) -> None:
        """Keep a file at the central server. Raises httpx.HTTPStatusError when it refuses."""
        headers = {"X-Sha256": sha256, "Content-Type": media_type}
        await self._request(user, "POST", "/v1/attachments", headers=headers, content=data)

    async def log_of(self, user: str) -> list[Event]:
        """All that the log shows to `user`. Raises httpx.HTTPStatusError when it refuses."""
        found: list[Event] = []
        seq, more = 0, True
        while more:
            page = await self.ask(user, "GET", "/v1/events", params={"after": seq, "limit": PAGE})
            found += [codec.event_from_wire(wire) for wire in page["events"]]
            seq, more = int(page["last_seq"]), bool(page["more"])
        return found

    async def _request(
        self, user: str, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        for fresh in (False, True):
            token = await self._token(user, fresh=fresh)
            named = {"Authorization": f"Bearer {token}", **(headers or {})}
            answer = await self._http.request(method, path, headers=named, **more)
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                break
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def _token(self, user: str, *, fresh: bool) -> str:
        now = self._city.clock()
        known = self._tokens.get(user)
        if known is not None and not fresh and now < known[1]:
            return known[0]
        facts = self._city.facts
        password = facts.system_password if user == SYSTEM_USER else facts.official_password
        body = {"grant": "password", "user": user, "password": password, "device": "kota-latihan"}
        answer = await self._http.post("/v1/token", json=body)
        answer.raise_for_status()
        granted = answer.json()
        until = now + int(granted["expires_in"]) * SECOND - LATEST_TOKEN
        self._tokens[user] = (granted["access_token"], until)
        return str(granted["access_token"])


class Life:
    """The people of one city. `step` does what is due; call it about once a second."""

    def __init__(self, city: City, accounts: Accounts, pace: Pace) -> None:
        self.pace: Final = pace
        self.acted = 0
        self._city = city
        self._accounts = accounts
        self._uploads = Uploads(city, accounts)
        self._notices = Notices(city.marks)
        self._seq = city.facts.last_seq
        self._agenda: list[_Due] = []
        self._order = 0
        self._seen: set[str] = set()
        self._next_arrival = pace.at(city.clock()) + _gap(city, city.clock())
        self._failing = False
        for number, entry in enumerate(city.pending):
            payload = codec.convert(entry.payload, PAYLOADS[entry.kind], key="pending")
            action = _action_id(entry.at, "pending", str(number))
            self._plan(entry.at, action, entry.report, entry.kind, payload, entry.by)

    async def step(self) -> None:
        """Take one breath. A central server that is ill is told of once, and asked again next time."""
        self._arrivals()
        try:
            await self._listen()
            await self._act()
        except (httpx.HTTPError, DeskError) as problem:
            if not self._failing:
                _log.error("training: the central server does not answer the city: %s", problem)
            self._failing = True
        else:
            if self._failing:
                _log.info("training: the central server answers the city again")
            self._failing = False

    # ------------------------------------------------------------ citizens

    def _arrivals(self) -> None:
        now = self.pace.at(self._city.clock())
        count = 0
        while self._next_arrival <= now and count < AT_ONCE:
            count += 1
            self._next_arrival += _gap(self._city, self._next_arrival)
        if count == AT_ONCE:
            self._next_arrival = max(self._next_arrival, now)
        if count:
            self._city.arrive(count)

    # ------------------------------------------------------------ offices

    async def _listen(self) -> None:
        """Read what happened and plan what follows from it."""
        while True:
            params = {"after": self._seq, "limit": PAGE}
            page = await self._accounts.ask(SYSTEM_USER, "GET", "/v1/events", params=params)
            for wire in page["events"]:
                event = codec.event_from_wire(wire)
                if event.action is not None:
                    self._seen.add(event.action)
                subject = subject_of(event.kind)
                if subject is Subject.REPORT:
                    self._react(event)
                elif subject is Subject.MARK:
                    await self._told(event)
            self._seq = int(page["last_seq"])
            if not page["more"]:
                return

    def _react(self, event: Event) -> None:
        office = getattr(event.payload, "office", None)
        case = self._city.case(event.subject, office)
        case.advance(event.kind, event.payload)
        rng = seeded(self._city.facts.seed, event.id)
        heard = self._heard(event)
        if event.kind is EventKind.REPORT_DELIVERED and case.record.picture and case.rounds == 1:
            action = _action_id(event.at + FOLLOWS, event.id, "picture")
            kind = EventKind.ATTACHMENT_ADDED
            self._plan(heard + FOLLOWS, action, event.subject, kind, PASSED_ON, SYSTEM)
        for number, planned in enumerate(office_reacts(rng, case, event.kind, self._city.traits)):
            action = _action_id(event.at + planned.after, event.id, str(number))
            self._plan(
                heard + planned.after, action, event.subject, planned.kind, planned.payload, planned.by
            )

    def _heard(self, event: Event) -> int:
        """When an event happened in the city's own time: what came while it slept has waited by the clock."""
        return self.pace.at(self._city.clock()) - max(0, self._city.clock() - event.at)

    async def _told(self, event: Event) -> None:
        """An office looks at the notice of a mark, if its account is shown it, and plans what to do about it."""
        mark = self._notices.hear(event)
        actor = None if mark is None else self._actor(mark.office)
        if mark is None or actor is None:
            return
        shown = await self._accounts.log_of(actor.user)
        if event.id not in {one.id for one in shown}:
            return
        late = late_segments(shown, mark.office, set(mark.segments))
        for number, step in enumerate(reactions(self._city.facts.seed, event, mark, late)):
            action = _action_id(event.at + step.after, event.id, str(number))
            at = self._heard(event) + step.after
            self._plan(at, action, event.subject, step.kind, step.payload, mark.office)

    def _plan(self, at: int, action: str, report: str, kind: EventKind, payload: Payload, by: str) -> None:
        self._order += 1
        heappush(self._agenda, _Due(at, self._order, action, report, kind, payload, by))

    async def _act(self) -> None:
        """Do what is due, each as the account of its office."""
        now = self.pace.at(self._city.clock())
        done = 0
        while self._agenda and self._agenda[0].at <= now and done < AT_ONCE:
            due = self._agenda[0]
            actor = self._actor(due.by)
            if actor is not None and due.id not in self._seen and self._possible(due):
                payload = due.payload
                if subject_of(due.kind) is Subject.REPORT:
                    case = self._city.case(due.report, None)
                    payload = await self._uploads.with_pictures(payload, case, actor)
                action = Action(due.id, due.report, due.kind, payload, actor, self._city.clock())
                body = {"actions": [codec.action_to_wire(action)]}
                answer = await self._accounts.ask(actor.user, "POST", "/v1/actions", body=body)
                self.acted += answer["results"][0]["outcome"] == "accepted"
                done += 1
            heappop(self._agenda)

    def _possible(self, due: _Due) -> bool:
        """Whether it is still to be done; of a mark the server alone knows."""
        if subject_of(due.kind) is not Subject.REPORT:
            return True
        return possible(self._city.case(due.report, None), due.kind, due.payload, due.by)

    def _actor(self, by: str) -> Actor | None:
        if by == SYSTEM:
            return Actor(SYSTEM_USER, Role.SYSTEM)
        for tenure in self._city.directory.tenures:
            if tenure.office == by and tenure.valid_to is None:
                return Actor(tenure.official, Role.OFFICIAL, by)
        return None


def _action_id(at: int, *cause: str) -> str:
    """The id of a reaction: its cause gives it, so the same reaction never happens twice."""
    digest = hashlib.blake2b("\x1f".join(cause).encode(), digest_size=10).digest()
    return time_ordered_id(max(0, at), digest)


def _gap(city: City, after: int) -> int:
    """Milliseconds of the city's own time from `after` to the next report, by the hour of the day."""
    weight = HOURS[(after // HOUR + 7) % 24] / (sum(HOURS) / 24)
    per_ms = city.rate_per_day / DAY * weight
    return max(1, int(seeded(city.facts.seed, "gap", after).expovariate(per_ms)))
