"""The published contract is what the server does: every operation, with hostile input, in this process."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    missing_required_header,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from smartcity_desk.central.permissions import TABLE
from smartcity_desk.central.problems import MEDIA_TYPE
from smartcity_desk.domain.events import CategorySet, EventKind, NoteAdded, RoutingSent
from tests.central.world import TEBET, World, city, report

EXAMPLES = 25


@pytest.fixture(scope="module")
def lively(founded_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A city with some life in it, so that pages are not empty."""
    folder = tmp_path_factory.mktemp("openapi")
    shutil.copyfile(founded_sqlite, folder / "central.sqlite3")
    with city(folder) as world:
        world.push(*(report(number) for number in range(5)))
        world.act(
            "oki",
            world.action(report(1).id, EventKind.CATEGORY_SET, CategorySet("flood")),
            world.action(report(1).id, EventKind.ROUTING_SENT, RoutingSent(TEBET, "wilayah Tebet")),
            world.action(report(2).id, EventKind.NOTE_ADDED, NoteAdded("catatan")),
        )
        world.app.state.services.hub.close()  # a stream then ends at once, and can be looked at
        yield world


def test_the_document_is_openapi_3_1_with_real_schemas(lively: World) -> None:
    document = lively.call("GET", "/v1/openapi.json").body
    assert document["openapi"].startswith("3.1")
    operations = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert operations == set(TABLE)
    schemas = document["components"]["schemas"]
    assert {"Report", "ReportState", "RoutingSentEvent", "ActionResult", "ProblemBody", "Office"} <= set(
        schemas
    )
    assert not {"unmasked", "raw"} & set(schemas["Report"]["properties"])
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == [MEDIA_TYPE], (method, path, status)
            if TABLE[method.upper(), path]:
                assert operation["security"] == [{"bearer": []}]
            else:
                assert "security" not in operation


CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
STRICT = [*CHECKS, negative_data_rejection, missing_required_header]
JUDGED_ITEM_BY_ITEM = {
    ("POST", "/v1/actions"),
    ("POST", "/v1/reports"),
    ("POST", "/v1/replies"),
    ("PUT", "/v1/directory"),
}
"""Their items answer for themselves, and a directory's unknown keys are ignored."""


def _send(world: World, case: schemathesis.Case, user: str | None) -> httpx.Response:
    async def send() -> httpx.Response:
        token = None if user is None else await world.atoken(user)
        kwargs = case.as_transport_kwargs(base_url="http://central")
        kwargs.pop("cookies", None)
        headers = {
            name: value
            for name, value in kwargs.pop("headers", {}).items()
            if name.lower() != "authorization"
        }
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if "data" in kwargs:
            kwargs["content"] = kwargs.pop("data")
        transport = httpx.ASGITransport(world.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(headers=headers, **kwargs)

    answer: httpx.Response = world.run(send())
    if answer.status_code in {401, 429}:
        world.tokens.clear()
    return answer


@pytest.mark.parametrize(
    "mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fitting", "hostile"]
)
@pytest.mark.parametrize(("method", "path"), list(TABLE))
def test_every_operation_answers_as_published(
    lively: World, method: str, path: str, mode: GenerationMode
) -> None:
    document = lively.call("GET", "/v1/openapi.json").body
    del document["components"]["securitySchemes"]  # the door has its own tests; here everybody has a key
    for item in document["paths"].values():
        for described in item.values():
            described.pop("security", None)
    schema = schemathesis.openapi.from_dict(document)
    operation = schema[path][method]
    user = "admin" if TABLE[method, path] else None
    lenient = mode is GenerationMode.POSITIVE or (method, path) in JUDGED_ITEM_BY_ITEM

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case) -> None:
        answer = _send(lively, case, user)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == MEDIA_TYPE
            assert {"type", "title", "status", "code"} <= set(answer.json())
        assert "Traceback" not in answer.text
        case.validate_response(answer, checks=CHECKS if lenient else STRICT)

    try:
        check()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # an operation without parameters has no wrong ones
