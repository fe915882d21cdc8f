"""The law at the server: what is declared holds from the next question on, for whoever asks."""

from __future__ import annotations

from sqlalchemy import Connection

from smartcity_desk.central import admin
from smartcity_desk.central.laws import Laws
from smartcity_desk.central.services import Services
from smartcity_desk.domain.events import CalamityDeclared, CalamityEnded, EventKind, NoteAdded, PauseCode
from smartcity_desk.domain.law import Law
from smartcity_desk.domain.times import DAY, HOUR
from tests.central.world import CITY, NOW, POLICY, World, report

K = EventKind


def services(world: World) -> Services:
    found = world.app.state.services
    assert isinstance(found, Services)
    return found


def law(world: World) -> Law:
    return world.db.read_now(services(world).law)


def declare(world: World, name: str = "banjir") -> None:
    flood = CalamityDeclared(PauseCode.CALAMITY, (), NOW - HOUR, NOW + DAY, "banjir besar")
    (result,) = world.act("susi", world.action(name, K.CALAMITY_DECLARED, flood))
    assert result["outcome"] == "accepted"


def test_a_declaration_holds_from_the_next_question_on(world: World) -> None:
    assert law(world).exemptions == ()
    declare(world)
    assert [one.reason for one in law(world).exemptions] == ["banjir besar"]
    ended = CalamityEnded(NOW)
    world.act("susi", world.action("banjir", K.CALAMITY_ENDED, ended))
    assert [one.until for one in law(world).exemptions] == [NOW]


def test_the_law_is_built_once_as_long_as_nothing_changes_it(world: World) -> None:
    declare(world)
    first = law(world)
    world.push(report(1))
    world.act("oki", world.action(report(1).id, K.NOTE_ADDED, NoteAdded("sebuah catatan")))
    assert law(world) is first
    admin.load_directory(world.settings, CITY, [POLICY, POLICY])
    assert law(world) is not first


def test_who_looks_at_an_older_log_spoils_nothing_for_the_others(world: World) -> None:
    """A reader's snapshot may be older than what another one has found meanwhile."""
    laws, directories = Laws(), services(world).directories

    def old(connection: Connection) -> Law:
        edition = directories.current(connection)  # the snapshot is taken here
        declare(world)
        fresh = world.db.write_now(lambda writer: laws.current(writer, directories.current(writer)))
        assert len(fresh.exemptions) == 1
        laws._cached = None  # as if the other one had only just found it
        return laws.current(connection, edition)

    assert world.db.read_now(old).exemptions == ()
    now = world.db.read_now(lambda connection: laws.current(connection, directories.current(connection)))
    assert len(now.exemptions) == 1
