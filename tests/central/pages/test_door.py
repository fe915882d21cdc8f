"""Who comes in, with what, and what a page never does: leak, load, lead elsewhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Mount, Route

from smartcity_desk.central import tokens
from smartcity_desk.central.pages.app import HANDLERS
from smartcity_desk.central.pages.entry import way
from smartcity_desk.central.permissions import OPEN, PAGES, PREFIX
from smartcity_desk.domain.events import EventKind, NoteAdded
from smartcity_desk.domain.times import SECOND
from tests.central.conftest import NewDatabase
from tests.central.pages.browser import Browser, route
from tests.central.world import PASSWORD, World, city, report

ONE = report(1).id
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)


@pytest.fixture
def new_database(founded_sqlite: Path, tmp_path: Path) -> NewDatabase:
    """SQLite is enough for the door: what stands behind it is asked on both databases by its own tests."""

    def make(_founded: bool) -> str:
        path = tmp_path / "central.sqlite3"
        shutil.copyfile(founded_sqlite, path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def lurah(world: World) -> Browser:
    """The head of a kelurahan, logged in, with one report to answer."""
    route(world, 1)
    browser = Browser(world)
    assert browser.log_in().status == 200
    return browser


def filled(path: str) -> str:
    found = path.replace("{report}", ONE).replace("{mark}", ONE).replace("{segment}", ONE)
    return PREFIX + found.replace("{sha256}", "0" * 64)


# ---------------------------------------------------------------- the table


def test_every_page_stands_in_the_table_and_nothing_else_is_served(world: World) -> None:
    (pages,) = [one for one in world.app.routes if isinstance(one, Mount)]
    served = {
        (method, one.path)
        for one in pages.routes
        if isinstance(one, Route)
        for method in one.methods or ()
        if method != "HEAD"
    }
    assert served == set(PAGES) == set(HANDLERS)
    beside = {one.path for one in world.app.routes if type(one) is Route and one.path != "/v1/openapi.json"}
    assert beside == {"/", PREFIX}


def test_the_pages_are_no_part_of_the_api(world: World) -> None:
    assert not [path for path in world.app.openapi()["paths"] if PREFIX in path]


def test_the_bare_address_leads_to_the_pages(world: World) -> None:
    for path in ("/", PREFIX):
        page = Browser(world).get(path)
        assert (page.status, page.location) == (303, f"{PREFIX}/")


def test_without_a_log_in_every_closed_page_leads_to_the_door(world: World) -> None:
    closed = [key for key, roles in PAGES.items() if roles is not OPEN]
    assert len(closed) > 15
    for method, path in closed:
        page = Browser(world).send(method, filled(path))
        assert (page.status, page.location.split("?")[0]) == (
            (303, f"{PREFIX}/masuk") if method == "GET" else (401, "")
        ), path


@pytest.mark.parametrize("user", ["vina", "oki", "susi", "rere", "admin", "hantaran"])
def test_other_roles_are_told_that_this_is_for_officials(world: World, user: str) -> None:
    browser = Browser(world)
    page = browser.submit(browser.get("/kantor/masuk").form("/masuk"), nama=user, sandi=PASSWORD)
    assert page.status == 403
    assert "khusus untuk pejabat" in page.text
    assert "kantor" not in browser.cookies
    assert browser.get("/kantor/").status == 303


def test_an_account_that_loses_its_office_loses_its_pages(lurah: Browser) -> None:
    change = {"role": "viewer"}
    assert lurah.world.call("PATCH", "/v1/users/lurah.tebet", change, user="admin").status == 200
    assert lurah.get("/kantor/").status == 303


# ---------------------------------------------------------------- log-in


def test_a_log_in_opens_the_list_and_keeps_the_password_to_itself(world: World) -> None:
    browser = Browser(world)
    page = browser.submit(
        browser.get("/kantor/masuk").form("/masuk"), nama=" Lurah.Tebet ", sandi="bukan sandinya"
    )
    assert page.status == 401
    assert "tidak cocok" in page.text
    assert 'value=" Lurah.Tebet "' in page.html
    assert "bukan sandinya" not in page.html
    page = browser.follow(browser.submit(page.form("/masuk"), nama=" Lurah.Tebet ", sandi=PASSWORD))
    assert (page.status, "Kelurahan Tebet Timur" in page.text) == (200, True)


def test_a_wrong_password_and_an_unknown_name_look_the_same(world: World) -> None:
    answers = []
    for name in ("lurah.tebet", "siapa.pun", "nol\0nol", "x" * 300):
        browser = Browser(world)
        page = browser.submit(browser.get("/kantor/masuk").form("/masuk"), nama=name, sandi="salah")
        answers.append((page.status, re.sub(r'value="[^"]*"', "", page.html)))
    assert len(set(answers)) == 1


def test_attempts_are_counted_with_those_of_the_api(world: World) -> None:
    browser = Browser(world)
    for _ in range(world.settings.login_per_account - 1):
        body = {"grant": "password", "user": "lurah.tebet", "password": "salah"}
        assert world.call("POST", "/v1/token", body).status == 401
    assert (
        browser.submit(browser.get("/kantor/masuk").form("/masuk"), nama="lurah.tebet", sandi="x").status
        == 401
    )
    page = browser.submit(browser.get("/kantor/masuk").form("/masuk"), nama="lurah.tebet", sandi=PASSWORD)
    assert page.status == 429
    assert int(page.headers["retry-after"]) > 0
    assert "Terlalu banyak percobaan" in page.text


def test_a_disabled_account_does_not_come_in(world: World) -> None:
    world.call("PATCH", "/v1/users/lurah.tebet", {"disabled": True}, user="admin")
    browser = Browser(world)
    page = browser.submit(browser.get("/kantor/masuk").form("/masuk"), nama="lurah.tebet", sandi=PASSWORD)
    assert page.status == 401


def test_a_log_in_leads_on_to_where_one_wanted_to_go(world: World) -> None:
    route(world, 1)
    browser = Browser(world)
    door = browser.get(f"/kantor/laporan/{ONE}/jawab")
    page = browser.get(door.location)
    assert f"/kantor/laporan/{ONE}/jawab" in page.links  # whoever is in already, but came from another site
    page = browser.follow(browser.submit(page.form("/masuk"), nama="lurah.tebet", sandi=PASSWORD))
    assert page.form("/jawab")
    assert browser.get(door.location).location == f"/kantor/laporan/{ONE}/jawab"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "/laporan/../../v1/users",
        "/laporan/" + ONE + "\r\nSet-Cookie: a=b",
        "/laporan/" + ONE + "\n",
        "/keluar",
        "javascript:alert(1)",
        "",
        "x" * 10_000,
    ],
)
def test_a_log_in_leads_nowhere_else(world: World, target: str) -> None:
    assert way(target) == "/"
    browser = Browser(world)
    form = browser.get("/kantor/masuk").form("/masuk")
    page = browser.submit(form, nama="lurah.tebet", sandi=PASSWORD, lanjut=target)
    assert (page.status, page.location) == (303, "/kantor/")
    assert [name for name in page.headers if name.lower() == "set-cookie"]
    assert "a=b" not in str(page.headers)


# ---------------------------------------------------------------- sessions and cookies


def cookies_of(headers: object) -> list[str]:
    return headers.get_list("set-cookie")  # type: ignore[attr-defined]


def test_cookies_are_for_this_server_alone(world: World) -> None:
    browser = Browser(world)
    first = browser.get("/kantor/masuk?bahasa=en")
    page = browser.submit(first.form("/masuk"), nama="lurah.tebet", sandi=PASSWORD)
    given = [*cookies_of(first.headers), *cookies_of(page.headers)]
    assert {cookie.split("=")[0] for cookie in given} == {"pintu", "bahasa", "kantor"}
    for cookie in given:
        assert "httponly" in cookie.lower()
        assert "path=/" in cookie.lower()
        assert "domain" not in cookie.lower()
        assert f"samesite={'lax' if cookie.startswith('bahasa') else 'strict'}" in cookie.lower()
        assert "secure" not in cookie.lower()  # a plain line would lose it


def test_with_tls_cookies_are_bound_to_the_host(world: World) -> None:
    browser = Browser(world, base="https://central")
    page = browser.submit(browser.get("/kantor/masuk").form("/masuk"), nama="lurah.tebet", sandi=PASSWORD)
    (cookie,) = [one for one in cookies_of(page.headers) if "kantor=" in one]
    assert cookie.startswith("__Host-kantor=sdp_")
    assert "secure" in cookie.lower()
    assert browser.follow(page).status == 200
    # The name without the promise is not believed on such a line.
    loose = Browser(world, base="https://central")
    loose.cookies.set("kantor", browser.cookies["__Host-kantor"])
    assert loose.get("/kantor/").status == 303


def test_a_page_token_is_no_api_token_and_the_other_way_round(lurah: Browser) -> None:
    token = lurah.cookies["kantor"]
    assert lurah.world.call("GET", "/v1/me", token=token).status == 401
    other = Browser(lurah.world)
    other.cookies.set("kantor", lurah.world.run(lurah.world.atoken("lurah.tebet")))
    assert other.get("/kantor/").status == 303
    assert tokens.digest(token) != token


def test_a_log_out_ends_the_session_at_the_server(lurah: Browser) -> None:
    stolen = Browser(lurah.world)
    stolen.cookies.set("kantor", lurah.cookies["kantor"])
    assert stolen.get("/kantor/").status == 200
    page = lurah.follow(lurah.submit(lurah.get("/kantor/").form("/keluar")))
    assert "Anda sudah keluar." in page.text
    assert "kantor" not in lurah.cookies
    assert stolen.get("/kantor/").status == 303


def test_a_session_ends_when_it_lies_idle_and_at_the_latest_after_its_days(lurah: Browser) -> None:
    world, settings = lurah.world, lurah.world.settings
    began = world.auth_clock.at
    step = settings.page_idle_s * SECOND - 1
    while world.auth_clock.at + step < began + settings.page_ttl_s * SECOND:
        world.auth_clock.at += step
        assert lurah.get("/kantor/").status == 200
    world.auth_clock.at = began + settings.page_ttl_s * SECOND
    assert lurah.get("/kantor/").status == 303
    again = Browser(world)
    again.log_in()
    world.auth_clock.at += settings.page_idle_s * SECOND
    assert again.get("/kantor/").status == 303


def test_whoever_was_logged_out_while_writing_gets_his_words_back(lurah: Browser) -> None:
    form = lurah.get(f"/kantor/laporan/{ONE}/jawab").form("/jawab")
    lurah.world.auth_clock.at += lurah.world.settings.page_idle_s * SECOND
    page = lurah.submit(form, teks="Kalimat <panjang> yang jangan hilang.")
    assert page.status == 401
    assert "Kalimat &lt;panjang&gt; yang jangan hilang." in page.html
    assert "/kantor/masuk" in page.links

    async def endless() -> object:
        raise AssertionError("nobody reads on for somebody who is not logged in")
        yield b""

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert lurah.send("POST", form.action, kind, content=endless()).status == 401
    foreign = lurah.submit(form, headers={"Sec-Fetch-Site": "cross-site"}, teks="Bukan tulisan Anda")
    assert (foreign.status, "Bukan tulisan" in foreign.text) == (403, False)


# ---------------------------------------------------------------- forms are ours


def notes(world: World) -> list[str]:
    return [
        event["payload"]["text"]
        for event in world.all_events()
        if event["kind"] == EventKind.NOTE_ADDED.value
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://central.evil.example"},
    ],
)
def test_what_another_site_sends_is_refused(lurah: Browser, headers: dict[str, str]) -> None:
    form = lurah.get(f"/kantor/laporan/{ONE}/catatan").form("/catatan")
    page = lurah.submit(form, headers=headers, teks="dari tempat lain")
    assert page.status == 403
    assert notes(lurah.world) == []
    assert lurah.submit(form, headers={"Sec-Fetch-Site": "same-origin"}, teks="dari sini").status == 303
    assert notes(lurah.world) == ["dari sini"]


@pytest.mark.parametrize("headers", [{"Origin": "http://central"}, {}])
def test_an_older_browser_may_send_forms_too(lurah: Browser, headers: dict[str, str]) -> None:
    form = lurah.get(f"/kantor/laporan/{ONE}/catatan").form("/catatan")
    assert lurah.submit(form, headers=headers, teks="dari sini").status == 303


def test_a_form_without_this_browsers_key_is_refused(lurah: Browser) -> None:
    form = lurah.get(f"/kantor/laporan/{ONE}/catatan").form("/catatan")
    mine = dict(form.fields)["kunci"]
    other = Browser(lurah.world)
    other.log_in("lurah.menteng")
    theirs = dict(other.get("/kantor/").form("/keluar").fields)["kunci"]
    for key in ("", "x", "é", mine[:-1], mine.upper(), theirs):
        assert lurah.submit(form, teks="dengan kunci lain", kunci=key).status == 403
    form.fields = [(name, value) for name, value in form.fields if name != "kunci"]
    assert lurah.submit(form, teks="tanpa kunci").status == 403
    assert notes(lurah.world) == []


def test_nobody_is_logged_in_or_out_by_another_site(lurah: Browser) -> None:
    thief = Browser(lurah.world)
    key = dict(thief.get("/kantor/masuk").form("/masuk").fields)["kunci"]
    victim = Browser(lurah.world)
    data = {"nama": "lurah.menteng", "sandi": PASSWORD, "kunci": key}
    assert victim.send("POST", "/kantor/masuk", data=data).status == 403
    victim.get("/kantor/masuk")
    assert victim.send("POST", "/kantor/masuk", data=data).status == 403
    assert "kantor" not in victim.cookies
    assert lurah.send("POST", "/kantor/keluar", data={"kunci": key}).status == 403
    assert lurah.get("/kantor/").status == 200


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ({"Content-Type": "application/json"}, b'{"kunci": "x"}'),
        ({"Content-Type": "text/plain"}, b"kunci=x"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--y\r\nno form at all"),
        ({"Content-Type": "multipart/form-data"}, b"--x"),
        ({}, b""),
    ],
)
def test_a_body_that_is_no_form_is_refused_in_words(
    lurah: Browser, headers: dict[str, str], content: bytes
) -> None:
    page = lurah.send("POST", f"/kantor/laporan/{ONE}/catatan", headers, content=content)
    assert page.status in {400, 403}
    assert page.headers["content-type"].startswith("text/html")
    assert "Traceback" not in page.html


# ---------------------------------------------------------------- what every page says to the browser


def test_every_page_forbids_whatever_it_does_not_need(lurah: Browser) -> None:
    looked_at = 0
    for method, path in PAGES:
        page = lurah.send(method, filled(path))
        html = page.headers.get("content-type", "").startswith("text/html")
        if not html:
            assert "default-src 'none'" in page.headers["content-security-policy"]
            continue
        looked_at += 1
        assert page.headers["content-security-policy"] == CSP, path
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["x-frame-options"] == "DENY"
        assert page.headers["referrer-policy"] == "same-origin"
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|https?://", page.html), path
    assert looked_at > 15


def test_unknown_pages_and_other_methods_get_a_page_too(lurah: Browser) -> None:
    for method, path in (
        ("GET", "/kantor/tidak/ada"),
        ("GET", "/kantor/%2e%2e/v1/users"),
        ("POST", "/kantor/tidak/ada"),
        ("DELETE", f"/kantor/laporan/{ONE}"),
        ("PUT", "/kantor/"),
        ("GET", "/kantor/keluar"),
        ("GET", "/kantor/laporan/..%2f..%2fetc%2fpasswd"),
        ("GET", "/kantor/berkas/..%2f..%2fcentral.sqlite3"),
        ("GET", f"/kantor/laporan/{ONE.upper()}"),
    ):
        page = lurah.send(method, path)
        assert page.status in {404, 405}, (method, path)
        assert page.headers["content-type"].startswith("text/html")
        assert page.headers["content-security-policy"] == CSP
        assert "passwd" not in page.html


def test_a_page_is_in_the_language_that_was_chosen(lurah: Browser) -> None:
    assert '<html lang="id">' in lurah.get("/kantor/").html
    page = lurah.get("/kantor/?tampil=menunggu&bahasa=en&jahat=<b>")
    assert '<html lang="en">' in page.html
    assert "?tampil=menunggu&bahasa=id" in page.links
    assert "jahat" not in page.html
    assert '<html lang="en">' in lurah.get(f"/kantor/laporan/{ONE}").html
    assert '<html lang="en">' in lurah.get("/kantor/tidak/ada").html
    assert '<html lang="en">' in lurah.get("/kantor/?bahasa=xx").html
    assert '<html lang="id">' in Browser(lurah.world).get("/kantor/masuk").html


def test_what_a_page_tells_is_told_once_and_is_nobody_elses_text(lurah: Browser) -> None:
    page = lurah.submit(lurah.get(f"/kantor/laporan/{ONE}/catatan").form("/catatan"), teks="sebuah catatan")
    assert "Catatan tersimpan." in lurah.follow(page).text
    assert "Catatan tersimpan." not in lurah.get(page.location).text
    lurah.cookies.set("kabar", "<b>apa saja</b>")
    assert "apa saja" not in lurah.get(page.location).html


def test_the_style_and_the_sign_come_from_here(world: World) -> None:
    browser = Browser(world)
    page = browser.get("/kantor/gaya.css")
    assert (page.status, page.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "@import" not in page.html
    assert "url(" not in page.html
    again = browser.get("/kantor/gaya.css", {"If-None-Match": page.headers["etag"]})
    assert (again.status, again.raw) == (304, b"")
    assert browser.get("/kantor/tanda.svg").headers["content-type"].startswith("image/svg+xml")


# ---------------------------------------------------------------- sizes


@pytest.fixture
def small(new_database: NewDatabase, tmp_path: Path) -> Iterator[World]:
    with city(tmp_path, new_database(True), page_body_bytes=20_000, attachment_bytes=10_000) as made:
        yield made


def test_a_form_that_is_too_big_is_refused_in_words(small: World) -> None:
    route(small, 1)
    browser = Browser(small)
    browser.log_in()
    form = browser.get(f"/kantor/laporan/{ONE}/catatan").form("/catatan")
    big = [("foto", ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * 30_000, "image/png"))]
    page = browser.submit(form, big, teks="dengan foto besar")
    assert (page.status, "terlalu besar" in page.text) == (413, True)
    assert browser.submit(form, teks="x" * 25_000).status == 413

    async def endless() -> object:
        yield b'--x\r\nContent-Disposition: form-data; name="foto"; filename="a.png"\r\n\r\n'
        for _ in range(100):
            yield b"x" * 1000

    page = browser.send(
        "POST", form.action, {"Content-Type": "multipart/form-data; boundary=x"}, content=endless()
    )
    assert page.status == 413
    page = browser.send("POST", "/kantor/masuk", content=b"x" * 70_000)
    assert page.status == 413
    assert notes(small) == []


def test_one_file_that_is_too_big_is_named(small: World) -> None:
    route(small, 1)
    browser = Browser(small)
    browser.log_in()
    form = browser.get(f"/kantor/laporan/{ONE}/catatan").form("/catatan")
    big = [("foto", ("besar.png", b"\x89PNG\r\n\x1a\n" + b"0" * 11_000, "image/png"))]
    page = browser.submit(form, big, teks="dengan foto besar")
    assert (page.status, "besar.png" in page.text) == (422, True)
    assert "dengan foto besar" in page.html


def test_notes_written_elsewhere_do_not_pass_for_the_offices_own(lurah: Browser) -> None:
    lurah.world.act("oki", lurah.world.action(ONE, EventKind.NOTE_ADDED, NoteAdded("catatan unit saja")))
    assert "catatan unit saja" not in lurah.get(f"/kantor/laporan/{ONE}").html
