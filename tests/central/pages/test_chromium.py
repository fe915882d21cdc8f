"""The pages in a real browser, on a telephone's screen: by keyboard alone, without scripts, within the policy."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smartcity_desk.central.app import create_app
from smartcity_desk.domain.events import AttachmentAdded, EventKind
from smartcity_desk.domain.times import DAY, HOUR
from tests import absent
from tests.central.pages.browser import PNG
from tests.central.pages.scene import Scene
from tests.central.process import Process
from tests.central.world import PASSWORD, found_city, report, settings_for

WIDTH, HEIGHT = 360, 800
WAIT_S = 20.0
FIRST = 3000
K = EventKind


@dataclass
class City:
    """A server as a process of its own, with a past."""

    url: str
    mark: str
    segment: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    if shutil.which("chromium") is None or shutil.which("chromedriver") is None:
        absent.not_run("chromium", "no chromium and chromedriver here; the pages were read, not looked at")
    folder = tmp_path_factory.mktemp("chromium")
    settings = settings_for(folder)
    found_city(settings)
    app = create_app(settings)
    now = time.time_ns() // 1_000_000
    scene = Scene.of(app.state.services, now)
    long_word = "https://contoh.example/" + "x" * 300
    for number, (text, ago) in enumerate(
        (
            ("Tumpukan sampah di kolong jembatan, sudah tiga hari", 20 * HOUR),
            ("Lubang di depan sekolah", 10 * HOUR),
            ("Saluran mampet dan meluap", 5 * HOUR),
            (f"<script>document.title='dikerjai'</script> {long_word}", 2 * HOUR),
            (long_word, HOUR),
        ),
        1,
    ):
        one = scene.push(number, now - DAY, text=text, lat=-6.2262, lon=106.8553, place_hint=long_word)
        scene.send(one, now - ago, received=number > 1)
    scene.act("oki", report(2).id, K.ATTACHMENT_ADDED, AttachmentAdded("a" * 64, "image/png", 1), now - HOUR)
    mark, segments = scene.mark(FIRST, notified_at=now - 2 * HOUR)
    scene.notice(segments[10:12], (now + 7 * HOUR) // DAY * DAY - 7 * HOUR - 14 * HOUR)
    app.state.services.close()
    with Process(folder, settings.database) as server:
        yield City(server.url, mark, segments[10])


@pytest.fixture
def browser() -> Iterator[Callable[..., Any]]:
    """Make browsers that reach nothing but the server, and end them."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    started: list[Any] = []

    def start(width: int = WIDTH, height: int = HEIGHT, *, scripts: bool = True) -> Any:
        options = webdriver.ChromeOptions()
        options.binary_location = str(shutil.which("chromium"))
        for switch in (
            "headless=new",
            "no-sandbox",  # root has none; in tests only
            "disable-background-networking",
            "disable-component-update",
            "disable-default-apps",
            "disable-dev-shm-usage",
            "disable-domain-reliability",
            "disable-extensions",
            "disable-gpu",
            "disable-sync",
            "metrics-recording-only",
            "no-default-browser-check",
            "no-first-run",
            "no-pings",
            "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"window-size={width},{height}",
        ):
            options.add_argument(f"--{switch}")
        if width < 500:
            metrics = {"width": width, "height": height, "pixelRatio": 1.0}
            options.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
        if not scripts:
            options.add_experimental_option(
                "prefs", {"profile.managed_default_content_settings.javascript": 2}
            )
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
        started.append(driver)
        driver.set_page_load_timeout(60)
        return driver

    yield start
    for driver in started:
        driver.quit()


class Person:
    """Somebody at the keyboard: presses keys, and knows only what has the focus."""

    def __init__(self, driver: Any, city: City) -> None:
        from selenium.webdriver.common.keys import Keys

        self.driver = driver
        self.city = city
        self.keys = Keys

    def open(self, path: str) -> None:
        self.driver.get(self.city.url + path)

    def press(self, *keys: str) -> None:
        from selenium.webdriver import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def focused(self) -> Any:
        return self.driver.switch_to.active_element

    def reach(self, wanted: Callable[[Any], bool]) -> Any:
        """Press Tab until what is wanted has the focus, and see that the focus can be seen."""
        for _ in range(300):
            self.press(self.keys.TAB)
            element = self.focused()
            if element.tag_name != "body" and wanted(element):
                assert element.value_of_css_property("outline-style") != "none" or element.tag_name == "input"
                return element
        raise AssertionError("not reached by keyboard")

    def to_text(self, text: str) -> Any:
        return self.reach(lambda element: element.text.strip() == text)

    def to_field(self, name: str) -> Any:
        return self.reach(lambda element: element.get_attribute("name") == name)

    def go(self, text: str) -> None:
        """Press what bears this text, and wait for the page that follows."""
        self.to_text(text)
        self.enter()

    def enter(self) -> None:
        from selenium.webdriver.common.by import By
        from selenium.webdriver.support.expected_conditions import staleness_of
        from selenium.webdriver.support.wait import WebDriverWait

        page = self.driver.find_element(By.TAG_NAME, "html")
        self.press(self.keys.ENTER)
        WebDriverWait(self.driver, WAIT_S).until(staleness_of(page))

    def text(self) -> str:
        from selenium.webdriver.common.by import By

        return str(self.driver.find_element(By.TAG_NAME, "main").text)

    def log_in(self) -> None:
        self.open("/")
        self.to_field("nama")
        self.press("lurah.tebet")
        self.to_field("sandi")
        self.press(PASSWORD)
        self.enter()

    def violations(self) -> list[str]:
        """What the browser complains of; that a page was refused on purpose is no complaint."""
        said = [entry["message"] for entry in self.driver.get_log("browser")]
        return [message for message in said if "status of 4" not in message]


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, str]:
    made = {}
    for name in ("sebelum", "sesudah", "foto"):
        path = tmp_path / f"{name}.png"
        path.write_bytes(PNG + name.encode())
        made[name] = str(path)
    return made


def test_the_whole_way_by_keyboard_alone(place: City, browser: Any, pictures: dict[str, str]) -> None:
    person = Person(browser(), place)
    person.log_in()
    assert "Laporan di kantor Anda" in person.text()
    assert "dalam waktu" in person.text()

    person.go("Lubang di depan sekolah")
    assert "Tenggat" in person.text()
    assert "Jatah waktu" not in person.text()  # folded away until it is asked for
    person.to_text("Mengapa?")
    person.press(person.keys.ENTER)
    assert "Jatah waktu 24 j" in person.text()

    person.go("Jawab")
    person.to_field("teks")
    person.press("pendek")
    person.to_text("Kirim jawaban")
    person.enter()
    assert "paling sedikit 20 huruf" in person.text()
    assert person.focused().get_attribute("id") == "salah"  # where the eye and the screen reader should begin
    field = person.to_field("teks")
    assert field.get_attribute("value") == "pendek"
    person.press(", jadi kami tambal besok pagi bersama Bina Marga.")
    person.to_field("foto").send_keys(pictures["foto"])
    person.to_text("Kirim jawaban")
    person.enter()
    assert "Jawaban Anda tercatat." in person.text()
    assert "kami tambal besok pagi" in person.text()

    person.go("Nyatakan selesai")
    person.to_field("teks")
    person.press("Lubang sudah ditambal.")
    person.to_field("sebelum").send_keys(pictures["sebelum"])
    person.to_field("sesudah").send_keys(pictures["sesudah"])
    person.reach(lambda element: element.tag_name == "button" and element.text == "Nyatakan selesai")
    person.enter()
    assert "menunggu verifikasi unit" in person.text()

    person.go("← Daftar laporan")
    person.go("Saluran mampet dan meluap")
    person.go("Terima laporan")
    assert "kantor Anda sudah menerima laporan ini" in person.text()
    person.go("Kembalikan (bukan wewenang)")
    person.to_field("teks")
    person.press("Saluran ini milik suku dinas.")
    person.to_field("berwenang")
    person.press("Sudin")
    assert person.focused().get_attribute("value") == "SUDIN-SDA-JS"
    person.go("Kembalikan ke unit")
    assert "Pengembalian tercatat." in person.text()
    assert "Yang berwenang: Sudin SDA Jakarta Selatan." in person.text()

    person.go("Keluar")
    assert "Anda sudah keluar." in person.text()
    assert person.violations() == []


def test_an_objection_by_keyboard(place: City, browser: Any, pictures: dict[str, str]) -> None:
    person = Person(browser(), place)
    person.log_in()
    person.go("Usulan")
    person.reach(lambda element: place.mark in (element.get_attribute("href") or ""))
    person.enter()
    assert "bagian tepat waktu diperkirakan" in person.text()
    person.reach(lambda element: f"/butir/{place.segment}" in (element.get_attribute("href") or ""))
    person.enter()
    assert "Pemegang laporan" in person.text()
    person.go("Sanggah butir ini")
    box = person.to_field("butir")
    assert (box.get_attribute("value"), box.is_selected()) == (place.segment, True)
    person.to_field("kode")
    person.press("E1 ")
    person.to_field("teks")
    person.press("Lampu jalan ini milik suku dinas.")
    person.to_field("bukti").send_keys(pictures["foto"])
    person.go("Kirim sanggahan")
    assert "Sanggahan Anda tercatat." in person.text()
    assert "E1 salah alamat" in person.text()
    assert person.violations() == []


OF_MARKS = ("/usulan", "/usulan/{mark}", "/usulan/{mark}/butir/{segment}", "/usulan/{mark}/sanggah")
OF_REPORTS = tuple(f"/laporan/{report(number).id}" for number in (1, 2, 4, 5))
OF_DEEDS = tuple(f"{OF_REPORTS[2]}/{deed}" for deed in ("jawab", "kembalikan", "selesai", "catatan"))
PATHS = (
    *("/", "/?tampil=menunggu", "/?tampil=selesai", "/pemberitahuan", "/tidak-ada"),
    *OF_MARKS,
    *OF_REPORTS,
    *OF_DEEDS,
)


@pytest.mark.parametrize(
    ("width", "height", "language"),
    [(320, 640, "id"), (WIDTH, HEIGHT, "id"), (WIDTH, HEIGHT, "en"), (1280, 800, "id")],
)
def test_nothing_is_wider_than_the_screen(
    place: City, browser: Any, width: int, height: int, language: str
) -> None:
    person = Person(browser(width, height), place)
    person.log_in()
    person.open(f"/kantor/?bahasa={language}")
    for path in PATHS:
        person.open("/kantor" + path.format(mark=place.mark, segment=place.segment))
        person.driver.execute_script(
            "for (const one of document.querySelectorAll('details')) one.open = true"
        )
        wide, seen = person.driver.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide == seen, path
        assert seen == width or (
            width > 500 and seen > width - 20
        )  # a scroll bar takes some of a wide window
        small = person.driver.execute_script(
            "return [...document.querySelectorAll('button, .button, nav a, input, select, textarea')]"
            ".filter(one => one.getClientRects().length && one.type != 'hidden' && one.type != 'checkbox')"
            ".filter(one => one.getBoundingClientRect().height < 40).map(one => one.outerHTML)"
        )
        assert small == [], path  # a thumb has to hit it
        assert person.driver.title != "dikerjai"
    assert person.violations() == []


def test_the_pages_work_without_scripts(place: City, browser: Any) -> None:
    person = Person(browser(scripts=False), place)
    person.log_in()
    assert "Laporan di kantor Anda" in person.text()
    person.open(f"/kantor/laporan/{report(1).id}")
    person.to_text("Mengapa?")
    person.press(person.keys.ENTER)
    assert "Jatah waktu" in person.text()
    person.go("Catatan")
    person.to_field("teks")
    person.press("Petugas berangkat pagi ini.")
    person.go("Simpan catatan")
    assert "Catatan tersimpan." in person.text()
    person.open("/kantor/?bahasa=en")
    assert "Reports with your office" in person.text()
    assert person.violations() == []


def test_every_picture_and_field_has_a_name(place: City, browser: Any) -> None:
    """What a screen reader says of each page: a language, one heading of the first rank, names for everything."""
    person = Person(browser(), place)
    person.log_in()
    for path in PATHS:
        person.open("/kantor" + path.format(mark=place.mark, segment=place.segment))
        found = person.driver.execute_script(
            """
            const nameless = [...document.querySelectorAll('input,select,textarea,button,a,img,summary,fieldset')]
              .filter(one => one.type != 'hidden')
              .filter(one => !(one.labels && one.labels.length) && !one.textContent.trim()
                             && !one.getAttribute('aria-label') && !one.getAttribute('alt')
                             && !one.querySelector('img[alt]'));
            const ids = [...document.querySelectorAll('[id]')].map(one => one.id);
            const missing = [...document.querySelectorAll('[aria-labelledby], [aria-describedby], label[for]')]
              .map(one => one.getAttribute('aria-labelledby') || one.getAttribute('aria-describedby') || one.htmlFor)
              .filter(id => !ids.includes(id));
            return {
              nameless: nameless.map(one => one.outerHTML), missing,
              twice: ids.filter((id, place) => ids.indexOf(id) != place),
              heads: document.querySelectorAll('h1').length, language: document.documentElement.lang,
            };
            """
        )
        assert found == {"nameless": [], "missing": [], "twice": [], "heads": 1, "language": "id"}, path


def test_a_link_from_elsewhere_finds_the_way_in(place: City, browser: Any, tmp_path: Path) -> None:
    """A strict cookie stays at home when a message's link is opened: the door offers the way on."""
    person = Person(browser(), place)
    person.log_in()
    letter = tmp_path / "pesan.html"
    letter.write_text(f'<a href="{place.url}/kantor/laporan/{report(1).id}">laporan</a>', encoding="utf-8")
    person.driver.get(letter.as_uri())
    person.go("laporan")
    if "Buka halaman yang dituju" in person.text():
        person.go("Buka halaman yang dituju")
    assert "Tumpukan sampah di kolong jembatan" in person.text()
    assert person.driver.current_url.endswith(report(1).id)
