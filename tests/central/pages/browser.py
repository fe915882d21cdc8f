"""A browser without a window: cookies, forms as they stand in the page, and redirects one at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from smartcity_desk.domain.events import EventKind, RoutingSent
from tests.central.world import PASSWORD, TEBET, World, report

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


@dataclass
class Form:
    """A form of a page: where it goes, and its fields as the page gives them."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def filled(self, **typed: str) -> list[tuple[str, str]]:
        return [*((name, value) for name, value in self.fields if name not in typed), *typed.items()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given["action"]))
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "input" and self.forms:
            if given.get("type") == "file":
                self.forms[-1].files.append(given["name"])
            elif given.get("type") != "checkbox" or "checked" in given:
                self.forms[-1].fields.append((given["name"], given.get("value", "")))
        elif tag in {"textarea", "select"} and "name" in given:
            self.area = given["name"] if tag == "textarea" else None
            self.forms[-1].fields.append((given["name"], ""))
        elif tag == "option" and "selected" in given:
            self.forms[-1].fields[-1] = (self.forms[-1].fields[-1][0], given["value"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = None

    def handle_data(self, data: str) -> None:
        if self.area is not None and self.forms and self.forms[-1].fields[-1][0] == self.area:
            name, value = self.forms[-1].fields[-1]
            self.forms[-1].fields[-1] = (name, value + data)
        if data.strip():
            self.text.append(" ".join(data.split()))


@dataclass
class Page:
    """An answer as a person sees it."""

    status: int
    headers: httpx.Headers
    raw: bytes
    forms: list[Form] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    text: str = ""

    @property
    def html(self) -> str:
        return self.raw.decode()

    @property
    def location(self) -> str:
        return self.headers.get("location", "")

    def form(self, ending: str) -> Form:
        return next(form for form in self.forms if form.action.endswith(ending))


def read(answer: httpx.Response) -> Page:
    page = Page(answer.status_code, answer.headers, answer.content)
    if answer.headers.get("content-type", "").startswith("text/html"):
        reader = _Reader()
        reader.feed(answer.text)
        page.forms, page.links, page.text = reader.forms, reader.links, " ".join(reader.text)
    return page


@dataclass
class Browser:
    """One person's browser at the pages of a world."""

    world: World
    base: str = "http://central"
    address: str = "127.0.0.1"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    async def asend(
        self, method: str, path: str, headers: dict[str, str] | None = None, **content: Any
    ) -> Page:
        transport = httpx.ASGITransport(
            self.world.app, raise_app_exceptions=False, client=(self.address, 1234)
        )
        async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers=headers, **content)
            self.cookies = client.cookies
        return read(answer)

    def send(self, method: str, path: str, headers: dict[str, str] | None = None, **content: Any) -> Page:
        page: Page = self.world.run(self.asend(method, path, headers, **content))
        return page

    def get(self, path: str, headers: dict[str, str] | None = None) -> Page:
        return self.send("GET", path, headers)

    def submit(
        self,
        form: Form,
        files: list[tuple[str, tuple[str, bytes, str]]] | None = None,
        headers: dict[str, str] | None = None,
        **typed: str,
    ) -> Page:
        """Send a form as it stands in its page, with what is typed into it."""
        sent = [(name, (None, value.encode())) for name, value in form.filled(**typed)]
        return self.send("POST", form.action, headers, files=[*sent, *(files or [])])

    def follow(self, page: Page) -> Page:
        assert page.status == 303, (page.status, page.text)
        return self.get(page.location)

    def log_in(self, user: str = "lurah.tebet", password: str = PASSWORD) -> Page:
        form = self.get("/kantor/masuk").form("/masuk")
        return self.follow(self.submit(form, nama=user, sandi=password))


def route(world: World, *numbers: int, office: str = TEBET) -> None:
    """Push reports and send them to an office."""
    world.push(*(report(number) for number in numbers))
    done = world.act(
        "oki",
        *(
            world.action(report(number).id, EventKind.ROUTING_SENT, RoutingSent(office, "wilayah kantor ini"))
            for number in numbers
        ),
    )
    assert [one["outcome"] for one in done] == ["accepted"] * len(numbers)
