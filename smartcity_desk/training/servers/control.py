"""The hand that moves the city: cut and mend its network, run it faster, spoil answers, send reports, ask how it is.

It has a cable of its own, so a cut network can be mended. Browsers are kept out: only requests that name loopback as
their host and carry JSON are heard.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.training.city import City
from smartcity_desk.training.officials import Life
from smartcity_desk.training.servers.common import json_response

MOST_SPEED: Final = 10_000.0
MOST_ARRIVALS: Final = 200_000
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "::1"})
Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Control:
    """The control server of one running city."""

    def __init__(self, city: City, life: Life, stop: Callable[[], None]) -> None:
        self._city = city
        self._life = life
        self._stop = stop

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/status", self._guarded(lambda _: self.status()), methods=["GET"]),
                Route("/network", self._guarded(self._network), methods=["POST"]),
                Route("/speed", self._guarded(self._speed), methods=["POST"]),
                Route("/faults", self._guarded(lambda _: self._city.faults.known()), methods=["GET"]),
                Route("/faults", self._guarded(self._order), methods=["POST"]),
                Route("/faults", self._guarded(self._clear), methods=["DELETE"]),
                Route("/arrivals", self._guarded(self._arrive), methods=["POST"]),
                Route("/stop", self._guarded(self._end), methods=["POST"]),
            ]
        )

    def status(self) -> dict[str, Any]:
        """How the city is: network, speed, and counts since it was made or started."""
        city = self._city
        return {
            "up": city.network.up,
            "speed": self._life.pace.speed,
            "city": city.facts.city,
            "made_at": city.facts.made_at,
            "seed": city.facts.seed,
            "scale": city.facts.scale,
            "server_time": city.clock(),
            "reports": {name: len(source) for name, source in city.sources.items()},
            "arrived": city.arrived,
            "acted": self._life.acted,
            "requests": dict(city.faults.requests),
            "faults": city.faults.waiting(),
        }

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            host = request.headers.get("host", "").rsplit(":", 1)[0]
            if host not in _LOOPBACK:
                return _problem(403, "foreign_host")
            body: Any = {}
            if request.method == "POST":
                if not request.headers.get("content-type", "").startswith("application/json"):
                    return _problem(415, "json_needed")
                try:
                    body = json.loads(await request.body() or b"{}")
                except ValueError:
                    return _problem(400, "bad_json")
                if not isinstance(body, dict):
                    return _problem(400, "bad_json")
            try:
                return json_response(handler(body))
            except ConfigProblem as problem:
                return _problem(400, str(problem.params.get("reason")), problem.params)

        return answer

    def _network(self, body: dict[str, Any]) -> dict[str, Any]:
        up = body.get("up")
        if not isinstance(up, bool):
            raise ConfigProblem(name="up", reason="bad_value")
        if up:
            self._city.network.mend()
        else:
            self._city.network.cut()
        return {"up": up}

    def _speed(self, body: dict[str, Any]) -> dict[str, Any]:
        speed = body.get("speed")
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 <= speed <= MOST_SPEED:
            raise ConfigProblem(name="speed", reason="out_of_range", most=MOST_SPEED)
        self._life.pace.change(self._city.clock(), float(speed))
        return {"speed": float(speed)}

    def _order(self, body: dict[str, Any]) -> dict[str, Any]:
        count = body.get("count", 1)
        if isinstance(count, bool) or not isinstance(count, int):
            raise ConfigProblem(name="count", reason="bad_value")
        self._city.faults.order(str(body.get("channel", "")), str(body.get("fault", "")), count)
        return {"faults": self._city.faults.waiting()}

    def _clear(self, _body: dict[str, Any]) -> dict[str, Any]:
        self._city.faults.clear()
        return {"faults": {}}

    def _arrive(self, body: dict[str, Any]) -> dict[str, Any]:
        count = body.get("count", 1)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MOST_ARRIVALS:
            raise ConfigProblem(name="count", reason="out_of_range", most=MOST_ARRIVALS)
        records = self._city.arrive(count)
        return {"arrived": count, "first": records[0].external_id, "last": records[-1].external_id}

    def _end(self, _body: dict[str, Any]) -> dict[str, Any]:
        self._stop()
        return {"stopping": True}


def _problem(status: int, code: str, params: Any = None) -> Response:
    body = {
        "type": f"about:blank#{code}",
        "title": code,
        "status": status,
        "code": code,
        "params": dict(params or {}),
    }
    return json_response(body, status, kind="application/problem+json")
