"""Answers spoiled on order: each fault in the shape that the real service gives it, for as long as it was ordered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from smartcity_desk.domain.errors import ConfigProblem
from smartcity_desk.training.channels import CHANNELS
from smartcity_desk.training.city import City
from smartcity_desk.training.faults import BIG_BYTES, CONTENTS, KINDS, Faults, spoiled
from smartcity_desk.training.servers.petabencana import PetabencanaServer
from smartcity_desk.training.servers.waze import WazeServer
from smartcity_desk.training.servers.x import ACCOUNT_ID, XServer
from tests.training.conftest import SEED, Clock

Ask = Callable[..., httpx.Response]
HEADERS = {"Authorization": "Bearer t"}


@pytest.fixture
def doors(city: City, clock: Clock) -> dict[str, tuple[Any, str]]:
    waze = WazeServer(city.directory, SEED, "rahasia", clock)
    apps = {
        "petabencana": (
            PetabencanaServer(city.sources["petabencana"], clock).app(),
            "/reports?geoformat=geojson&timeperiod=2592000",
        ),
        "waze": (waze.app(), waze.path),
        "x": (
            XServer(city.sources["x"], city.directory, "t", clock).app(),
            f"/2/users/{ACCOUNT_ID}/mentions?tweet.fields=created_at",
        ),
    }
    return {
        name: (spoiled(app, name, city.faults, CHANNELS[name].spoils), path)
        for name, (app, path) in apps.items()
    }


@pytest.mark.parametrize("channel", ["petabencana", "waze", "x"])
@pytest.mark.parametrize("fault", sorted(KINDS - {"cut"}))
def test_a_fault_spoils_what_was_ordered_and_then_is_over(
    ask: Ask, doors: dict[str, tuple[Any, str]], city: City, channel: str, fault: str
) -> None:
    app, path = doors[channel]
    if fault not in city.faults.known()[channel]:
        assert (channel, fault) in {("petabencana", "repeat_token"), ("waze", "repeat_token")}
        return
    whole = ask(app, path, headers=HEADERS)
    city.faults.order(channel, fault, 1)
    assert city.faults.waiting() == {channel: {fault: 1}}
    answer = ask(app, path, headers=HEADERS)
    if fault.isdigit():
        assert answer.status_code == int(fault)
    else:
        assert answer.status_code == 200
        assert answer.json() != whole.json() if fault in CONTENTS else answer.content != whole.content
    if fault == "html":
        assert answer.headers["content-type"].startswith("text/html")
    elif fault == "malformed":
        with pytest.raises(ValueError, match=r"."):
            json.loads(answer.content)
    elif fault == "big":
        assert len(answer.content) > BIG_BYTES
        assert answer.json() == whole.json()
    after = ask(app, path, headers=HEADERS)
    assert after.json() == whole.json()
    assert city.faults.waiting() == {}


def test_a_cut_answer_is_shorter_than_announced(
    ask: Ask, doors: dict[str, tuple[Any, str]], city: City
) -> None:
    app, path = doors["x"]
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def go() -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "path": path.partition("?")[0],
            "query_string": b"",
            "headers": [(b"authorization", b"Bearer t")],
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
        }
        await app(scope, receive, send)

    from tests.training.conftest import run

    city.faults.order("x", "cut", 1)
    run(go())
    announced = int(dict(sent[0]["headers"])[b"content-length"])
    assert 0 < len(sent[1]["body"]) < announced
    assert sent[1]["more_body"] is True


def test_a_repeated_token_comes_again_and_again(
    ask: Ask, doors: dict[str, tuple[Any, str]], city: City
) -> None:
    app, path = doors["x"]
    city.faults.order("x", "repeat_token", 3)
    tokens = [ask(app, path, headers=HEADERS).json()["meta"]["next_token"] for _ in range(3)]
    assert len(set(tokens)) == 1


@pytest.mark.parametrize("fault", ["empty", "error_inside", "wrong_type"])
def test_a_fault_of_posts_waits_for_posts(
    ask: Ask, doors: dict[str, tuple[Any, str]], city: City, fault: str
) -> None:
    app, path = doors["x"]
    city.faults.order("x", fault, 1)
    account = ask(app, "/2/users/by/username/jakartagoid", headers=HEADERS)
    assert account.json()["data"]["id"] == ACCOUNT_ID
    assert city.faults.waiting() == {"x": {fault: 1}}
    ask(app, path, headers=HEADERS)
    assert city.faults.waiting() == {}


def test_orders_are_served_in_turn_and_can_be_cancelled() -> None:
    faults = Faults()
    faults.order("x", "500", 2)
    faults.order("x", "html", 1)
    assert [faults.take("x") for _ in range(4)] == ["500", "500", "html", None]
    faults.order("waze", "429", 5)
    faults.clear()
    assert faults.take("waze") is None
    assert faults.requests == {"x": 4, "waze": 1}


@pytest.mark.parametrize(
    ("channel", "fault", "count", "reason"),
    [
        ("tiktok", "html", 1, "unknown_channel"),
        ("email", "expunge", 1, "unknown_channel"),
        ("x", "earthquake", 1, "unknown_fault"),
        ("central", "repeat_token", 1, "unknown_fault"),
        ("x", "html", 0, "out_of_range"),
    ],
)
def test_what_cannot_be_ordered_is_refused(channel: str, fault: str, count: int, reason: str) -> None:
    with pytest.raises(ConfigProblem) as caught:
        Faults().order(channel, fault, count)
    assert caught.value.params["reason"] == reason
