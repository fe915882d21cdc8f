"""Logging in and out with a fake server and real secrets in memory; every way it can fail."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtWidgets import QWidget

from smartcity_desk import config
from smartcity_desk.domain.errors import AuthExpired, DeskError, Offline, RateLimited, Transient
from smartcity_desk.domain.events import Actor, Role
from smartcity_desk.secrets import CENTRAL_REFRESH, CENTRAL_TOKEN, SecretStore
from smartcity_desk.ui.login import LoginWindow
from smartcity_desk.ui.session import Session, last_actor
from tests.ui.kit import Kit, press, show, type_in, until


class FakeDoor:
    """A central server that answers as told, and notes on which thread it was asked."""

    def __init__(self, secrets: SecretStore) -> None:
        self.secrets = secrets
        self.answer: DeskError | None = None
        self.asked: list[tuple[str, ...]] = []
        self.threads: set[str] = set()
        self.skew = 0

    def _note(self, *what: str) -> None:
        self.asked.append(what)
        self.threads.add(threading.current_thread().name)
        if self.answer is not None:
            raise self.answer

    def log_in(self, url: str, user: str, password: str, device: str) -> tuple[Actor, str]:
        self._note("log_in", url, user, password, device)
        self.secrets.set(CENTRAL_TOKEN, "a")
        self.secrets.set(CENTRAL_REFRESH, "r")
        return Actor(user, Role.SUPERVISOR), "Budi S."

    def log_out(self, url: str) -> None:
        self.asked.append(("log_out", url))
        for name in (CENTRAL_TOKEN, CENTRAL_REFRESH):
            self.secrets.delete(name)

    def probe(self, url: str) -> int:
        self._note("probe", url)
        return self.skew


def with_session(kit: Kit) -> FakeDoor:
    desk = kit.desk
    door = FakeDoor(desk.secrets)
    desk.settings.set(config.CENTRAL_URL, "https://pusat.example.org")
    desk.session = Session(desk, door)
    return door


def opened(kit: Kit) -> LoginWindow:
    window = LoginWindow(kit.desk)
    show(window, 440, 480)
    return window


def attempt(kit: Kit, window: LoginWindow, user: str = "budi", password: str = "rahasia") -> None:
    window.user.setText(user)
    window.password.setText(password)
    window.enter.click()
    kit.settle()


def test_a_good_password_opens_and_is_forgotten(kit: Kit) -> None:
    door, window = with_session(kit), opened(kit)
    moved: list[int] = []
    kit.desk.bridge.actor_changed.connect(lambda: moved.append(1))
    window.user.setFocus()
    type_in(window, "budi")
    press(window, "Tab")
    type_in(window, "rahasia")
    press(window, "Return")
    until(lambda: not window.isVisible())
    kit.settle()
    desk = kit.desk
    assert desk.actor == Actor("budi", Role.SUPERVISOR)
    assert desk.actor_name == "Budi S."
    assert desk.session is not None
    assert desk.session.signed_in is True
    assert moved
    assert door.asked[0][:4] == ("log_in", "https://pusat.example.org", "budi", "rahasia")
    assert all(name.startswith("errand") for name in door.threads)
    assert window.password.text() == ""
    stored = desk.paths.settings.parent.parent.parent / "settings.json"
    assert "rahasia" not in stored.read_text()
    assert desk.secrets.get(CENTRAL_REFRESH) == "r"
    assert last_actor(desk.settings) == (Actor("budi", Role.SUPERVISOR), "Budi S.")


def test_without_a_keyring_it_says_that_the_session_is_short(kit: Kit) -> None:
    with_session(kit)
    window = opened(kit)
    assert "sampai aplikasi ditutup" in window.note.text()
    attempt(kit, window)
    assert any("sampai aplikasi ditutup" in message.text for message in kit.said)


@pytest.mark.parametrize("problem", ["no_keyring", "locked", "too_long", "refused", "session_only"])
def test_every_trouble_of_the_keyring_has_words(kit: Kit, problem: str) -> None:
    with_session(kit)
    kit.desk.secrets.problem = problem
    window = LoginWindow(kit.desk)
    assert window.note.text()
    kit.desk.secrets.problem = None
    window.retranslate()
    assert "penyimpanan sandi sistem" in window.note.text()
    window.deleteLater()


@pytest.mark.parametrize(
    ("answer", "what", "rest"),
    [
        (AuthExpired(), "salah", "huruf besar"),
        (RateLimited(90_000), "Terlalu banyak", "1 m"),
        (Offline(), "Tidak ada sambungan", "tetap dapat membaca"),
        (Transient(), "terganggu", "mencoba lagi"),
    ],
)
def test_a_refusal_says_what_and_what_next(kit: Kit, answer: DeskError, what: str, rest: str) -> None:
    door, window = with_session(kit), opened(kit)
    door.answer = answer
    before = kit.desk.actor
    attempt(kit, window)
    assert window.isVisible()
    assert window.trouble.isVisible()
    assert what in window.trouble_what.text()
    assert rest in window.trouble_rest.text()
    assert window.enter.isEnabled()
    assert window.password.hasFocus()
    assert kit.desk.actor == before
    assert kit.desk.secrets.get(CENTRAL_REFRESH) is None
    door.answer = None
    attempt(kit, window)
    assert not window.isVisible()
    assert kit.desk.actor == Actor("budi", Role.SUPERVISOR)


def test_empty_fields_are_not_sent(kit: Kit) -> None:
    door, window = with_session(kit), opened(kit)
    attempt(kit, window, user=" ", password="")
    assert door.asked == []
    assert window.trouble.isVisible()
    assert window.user.hasFocus()


def test_it_is_not_modal_and_the_work_goes_on(kit: Kit) -> None:
    with_session(kit)
    work = QWidget()
    work.show()
    window = LoginWindow(kit.desk, work)
    window.show()
    assert not window.isModal()
    assert work.isEnabled()
    window.close()
    work.close()
    work.deleteLater()


def test_later_calls_the_attempt_off(kit: Kit) -> None:
    with_session(kit)
    window = opened(kit)
    gate = threading.Event()
    kit.desk.errands.post(gate.wait, 10)
    window.user.setText("budi")
    window.password.setText("rahasia")
    window.enter.click()
    assert not window.enter.isEnabled()
    window.later.click()
    gate.set()
    kit.settle()
    assert not window.isVisible()
    assert window.password.text() == ""
    assert kit.desk.session is not None
    assert kit.desk.session.signed_in is not True


def test_logging_out_forgets_here_and_there(kit: Kit) -> None:
    door = with_session(kit)
    session = kit.desk.session
    assert session is not None
    kit.run(session.log_in("budi", "rahasia"))
    kit.run(session.log_out())
    assert kit.desk.secrets.get(CENTRAL_REFRESH) is None
    assert session.signed_in is False
    assert door.asked[-1] == ("log_out", "https://pusat.example.org")
    assert kit.desk.actor == Actor(
        "budi", Role.SUPERVISOR
    )  # still the one who acts here, until somebody else comes


def test_a_kept_session_is_found_again(kit: Kit) -> None:
    with_session(kit)
    session = kit.desk.session
    assert session is not None
    assert kit.run(session.restore()) is False
    kit.desk.secrets.set(CENTRAL_REFRESH, "r")
    assert kit.run(session.restore()) is True
    assert session.greeting() == [{"cmd": "secrets", "values": {CENTRAL_REFRESH: "r"}}]
    session.expired()
    assert session.signed_in is False


def test_who_acts_on_a_desk_that_met_nobody(kit: Kit) -> None:
    actor, name = last_actor(kit.desk.settings)
    assert actor is not None
    assert actor.role is Role.OPERATOR
    assert name == actor.user
    kit.desk.settings.set(config.CENTRAL_URL, "https://pusat.example.org")
    assert last_actor(kit.desk.settings) == (None, "")
