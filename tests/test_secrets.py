from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartcity_desk import secrets
from smartcity_desk.paths import Paths
from smartcity_desk.secrets import CENTRAL_TOKEN, SecretStore, channel_secret
from tests import absent

VALUE = "s3kr1t-value-of-a-token"


class FakeKeyring:
    """A keyring that can be locked, as one of the system's can."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None

    def _ask(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def get_password(self, service: str, username: str, /) -> str | None:
        self._ask()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str, /) -> None:
        self._ask()
        self.kept[(service, username)] = password

    def delete_password(self, service: str, username: str, /) -> None:
        self._ask()
        del self.kept[(service, username)]


class KeyringLocked(RuntimeError):  # noqa: N818 - the name that the keyring package gives it
    """Stands for the package's own."""


def test_kept_in_the_keyring_under_the_profile() -> None:
    keyring = FakeKeyring()
    store = SecretStore("default", keyring)
    store.set(channel_secret("x"), VALUE)
    assert store.persistent
    assert store.problem is None
    assert keyring.kept == {("smartcity-desk", "default/channel/x/token"): VALUE}
    assert SecretStore("default", keyring).get("channel/x/token") == VALUE
    assert SecretStore("training", keyring).get("channel/x/token") is None
    store.delete("channel/x/token")
    assert keyring.kept == {}
    store.delete("channel/x/token")


def test_without_a_keyring_for_this_sitting_and_it_says_so(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """The test run's back end is the one that the package takes when the system has none."""
    with caplog.at_level(logging.WARNING):
        store = SecretStore.open(Paths.of(tmp_path))
    assert not store.persistent
    assert store.problem == "no_keyring"
    assert len(caplog.records) == 1
    store.set(CENTRAL_TOKEN, VALUE)
    assert store.get(CENTRAL_TOKEN) == VALUE
    assert store.session_secrets() == {CENTRAL_TOKEN: VALUE}
    assert SecretStore.open(Paths.of(tmp_path)).get(CENTRAL_TOKEN) is None
    assert list(tmp_path.iterdir()) == []


def test_a_locked_keyring_loses_nothing_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    keyring = FakeKeyring()
    store = SecretStore("default", keyring)
    keyring.trouble = KeyringLocked("locked: " + VALUE)
    with caplog.at_level(logging.INFO):
        store.set(CENTRAL_TOKEN, VALUE)
        assert store.get(CENTRAL_TOKEN) == VALUE
        assert store.get("central/refresh") is None
        assert (store.persistent, store.problem) == (False, "locked")
        assert not store.retry()
        keyring.trouble = None
        assert store.retry()
    assert (store.persistent, store.problem) == (True, None)
    assert keyring.kept == {("smartcity-desk", "default/central/token"): VALUE}
    assert store.session_secrets() == {}
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert VALUE not in caplog.text


def test_a_later_write_moves_what_waited_in_memory() -> None:
    keyring = FakeKeyring()
    store = SecretStore("default", keyring)
    keyring.trouble = KeyringLocked()
    store.set("central/token", "one-value")
    keyring.trouble = None
    store.set("central/refresh", "two-value")
    assert sorted(keyring.kept.values()) == ["one-value", "two-value"]
    assert store.persistent


def test_a_secret_too_long_for_some_keyrings_stays_in_memory_everywhere() -> None:
    keyring = FakeKeyring()
    store = SecretStore("default", keyring)
    store.set("central/token", "x" * (secrets.MAX_CHARACTERS + 1))
    assert keyring.kept == {}
    assert (store.persistent, store.problem) == (False, "too_long")
    store.set("central/token", "x" * secrets.MAX_CHARACTERS)
    assert store.persistent


def test_a_script_hands_one_in_by_its_environment() -> None:
    store = SecretStore("default", FakeKeyring(), environ={"SMARTCITY_CHANNEL_X_TOKEN": VALUE})
    assert store.get(channel_secret("x")) == VALUE
    assert store.get(channel_secret("waze")) is None
    assert store.session_secrets() == {}


@pytest.mark.parametrize(
    "name", ["", "token", "../x", "central/Token", "a/b/c/d/e", "central/token\n", "a//b"]
)
def test_a_name_that_is_none(name: str) -> None:
    store = SecretStore.in_memory()
    for ask in (store.get, store.delete, lambda name: store.set(name, VALUE)):
        with pytest.raises(ValueError, match="not a name"):
            ask(name)


def test_an_empty_secret_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        SecretStore.in_memory().set(CENTRAL_TOKEN, "")


def test_memory_by_choice() -> None:
    store = SecretStore.in_memory({CENTRAL_TOKEN: VALUE})
    assert store.get(CENTRAL_TOKEN) == VALUE
    assert (store.persistent, store.problem) == (False, "session_only")
    store.delete(CENTRAL_TOKEN)
    assert store.get(CENTRAL_TOKEN) is None


def test_a_keyring_that_is_a_plain_file_is_not_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    class PlaintextKeyring(FakeKeyring):
        pass

    monkeypatch.setattr(keyring, "get_keyring", PlaintextKeyring)
    assert secrets._system_keyring() is None


def test_discovery_that_breaks_means_no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring

    def broken() -> None:
        raise RuntimeError("an installed back end is ill")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert secrets._system_keyring() is None


def test_looking_at_secrets_does_not_load_the_keyring_package() -> None:
    code = "import sys, smartcity_desk.secrets; print('keyring' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ---------------------------------------------------------------- the real thing, in a session of its own


@pytest.fixture
def secret_service(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Start a message bus and a keyring daemon of this test's own; yield the environment that finds them."""
    missing = [name for name in ("dbus-daemon", "gnome-keyring-daemon") if shutil.which(name) is None]
    if missing:
        absent.not_run("keyring", f"{' and '.join(missing)} not installed")
    # Sockets have short names only: a test's own folder is too deep for the daemon's.
    with tempfile.TemporaryDirectory(prefix="sd-") as runtime:
        yield from _session(tmp_path, runtime)


def _session(home: Path, runtime: str) -> Iterator[dict[str, str]]:
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": runtime,
        "XDG_DATA_HOME": str(home / "data"),
    }
    # A bus that starts nothing by itself: only this test's own daemon may answer.
    config = home / "bus.conf"
    config.write_text(BUS.format(runtime=runtime))
    with subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
        env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as bus:  # fmt: skip
        try:
            assert bus.stdout is not None
            environ["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
            with subprocess.Popen(
                ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
                env=environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ) as daemon:  # fmt: skip
                assert daemon.stdin is not None
                daemon.stdin.write(b"password-of-the-test")
                daemon.stdin.close()
                try:
                    _await_name(environ["DBUS_SESSION_BUS_ADDRESS"], "org.freedesktop.secrets")
                    yield environ
                finally:
                    daemon.terminate()
        finally:
            bus.terminate()


def _await_name(address: str, name: str) -> None:
    """Return once somebody on the bus answers to `name`; the bus tells, so nothing is asked twice."""
    from jeepney import HeaderFields, MatchRule, message_bus
    from jeepney.io.blocking import open_dbus_connection

    owned = MatchRule(type="signal", sender="org.freedesktop.DBus", member="NameOwnerChanged")
    owned.add_arg_condition(0, name)
    with open_dbus_connection(address) as connection, connection.filter(owned) as changes:
        connection.send_and_get_reply(message_bus.AddMatch(owned))
        answer = connection.send_and_get_reply(message_bus.NameHasOwner(name))
        assert HeaderFields.reply_serial in answer.header.fields
        if not answer.body[0]:
            connection.recv_until_filtered(changes, timeout=60)


BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={runtime}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

REAL = """
import sys
from smartcity_desk.paths import Paths
from smartcity_desk.secrets import SecretStore, CENTRAL_TOKEN
store = SecretStore.open(Paths.of(sys.argv[1]))
if sys.argv[2] == "set":
    store.set(CENTRAL_TOKEN, sys.argv[3])
elif sys.argv[2] == "delete":
    store.delete(CENTRAL_TOKEN)
print(store.get(CENTRAL_TOKEN), store.persistent, store.problem)
"""


def test_the_real_secret_service_keeps_a_token_between_processes(
    secret_service: dict[str, str], tmp_path: Path
) -> None:
    def desk(*arguments: str) -> str:
        command = [sys.executable, "-c", REAL, str(tmp_path / "desk"), *arguments]
        done = subprocess.run(
            command, env=secret_service, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    assert desk("get") == "None True None"
    assert desk("set", VALUE) == f"{VALUE} True None"
    assert desk("get") == f"{VALUE} True None", "a second process finds it"
    written = [path for path in tmp_path.rglob("*") if path.is_file() and VALUE.encode() in path.read_bytes()]
    assert written == [], "in no file in plain text"
    assert desk("delete") == "None True None"
    assert desk("get") == "None True None"
