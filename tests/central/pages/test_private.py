"""A confidential report on the officials' page: for who has to do the work, in no list, and not for who had it once."""

from __future__ import annotations

from smartcity_desk.central.pages.reading import REPLIES_MOST
from smartcity_desk.domain.events import EventKind, RoutingSent
from smartcity_desk.domain.report import withdrawn
from smartcity_desk.domain.times import DAY, HOUR
from tests.central.pages.browser import Browser
from tests.central.pages.scene import Scene
from tests.central.pages.test_reports import address, titles
from tests.central.world import MENTENG, NOW, TEBET, World, report

SECRET = "zulkarnaen"


def test_only_who_has_to_do_the_work_reads_it(lurah: Browser, scene: Scene, world: World) -> None:
    one = scene.push(1, NOW - DAY, text=f"Tentang {SECRET}", private=True, media=(f"https://x.id/{SECRET}",))
    scene.send(one, NOW - 5 * HOUR)
    listed = lurah.get("/kantor/")
    assert titles(listed) == ["Laporan rahasia"]
    assert SECRET not in listed.html
    page = lurah.get(address(1))
    assert f"Tentang {SECRET}" in page.html
    assert "Jangan disebarkan" in page.html
    assert SECRET not in lurah.get(f"{address(1)}/jawab").html
    items = world.call("GET", "/v1/inbox", user="vina", office=TEBET).body["items"]
    assert SECRET not in str(items)
    assert SECRET in str(world.call("GET", "/v1/inbox", user="oki", office=TEBET).body["items"])


def test_who_had_it_once_does_not_read_it_any_longer(lurah: Browser, scene: Scene) -> None:
    one = scene.push(1, NOW - DAY, text=f"Tentang {SECRET}", private=True)
    scene.send(one, NOW - 5 * HOUR)
    moved = RoutingSent(MENTENG, "wilayah kantor lain", base=TEBET)
    scene.act("oki", one.id, EventKind.ROUTING_SENT, moved, NOW - HOUR)
    page = lurah.get(address(1))
    assert page.status == 200
    assert SECRET not in page.html


def test_what_was_replied_is_read_by_who_has_to_do_the_work_and_by_nobody_after(
    lurah: Browser, scene: Scene
) -> None:
    one = scene.push(1, NOW - DAY, text="Selokan mampat")
    scene.send(one, NOW - 5 * HOUR)
    scene.reply(one, "r1", NOW - 4 * HOUR, "Airnya sudah masuk rumah", author="pseudonim-7f")
    scene.reply(one, "r2", NOW - 3 * HOUR, f"Tanyakan pada {SECRET}", private=True)
    page = lurah.get(address(1))
    assert "Airnya sudah masuk rumah" in page.text
    assert SECRET in page.text
    assert "pseudonim-7f" not in page.html
    moved = RoutingSent(MENTENG, "wilayah kantor lain", base=TEBET)
    scene.act("oki", one.id, EventKind.ROUTING_SENT, moved, NOW - HOUR)
    later = lurah.get(address(1))
    assert later.status == 200
    assert "Airnya sudah masuk" not in later.html
    assert SECRET not in later.html


def test_a_post_that_is_much_talked_about_stays_a_page(lurah: Browser, scene: Scene) -> None:
    one = scene.push(1, NOW - DAY, text="Selokan mampat")
    scene.send(one, NOW - 5 * HOUR)
    for number in range(REPLIES_MOST + 1):
        scene.reply(one, f"r{number}", NOW - 4 * HOUR + number, f"balasan nomor {number}.")
    page = lurah.get(address(1))
    assert "balasan nomor 0." not in page.text
    assert f"balasan nomor {REPLIES_MOST}." in page.text
    assert "Balasan yang lebih lama tidak ditampilkan di sini." in page.text


def test_what_is_gone_at_its_source_says_so(lurah: Browser, scene: Scene, world: World) -> None:
    one = scene.push(1, NOW - DAY, text=f"Tentang {SECRET}")
    scene.send(one, NOW - 5 * HOUR)
    world.push(withdrawn(report(1), NOW))
    assert titles(lurah.get("/kantor/")) == ["Dihapus di sumbernya"]
    assert SECRET not in lurah.get(address(1)).html
