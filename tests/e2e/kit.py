"""A real central server as a process of its own, and desks that are data folders."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from smartcity_desk.central import admin
from smartcity_desk.central.admin import NewAccount
from smartcity_desk.central.settings import CentralSettings
from smartcity_desk.domain.events import Role
from tests.cli.kit import Said, Shell
from tests.conftest import ROOT

PASSWORD = "sandi yang panjang sekali"
TEBET = "31.74.01.1001"
MENTENG = "31.71.06.1001"


@dataclass
class Central:
    """A server that can be stopped, killed and started again at the same address."""

    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    url: str = ""

    def start(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-m", "smartcity_desk", "--data-dir", str(self.folder), "--language", "en",
             "central", "run", "--folder", str(self.folder), "--port", str(self.port), "--json"],
            stdout=subprocess.PIPE,
            cwd=ROOT,
        )  # fmt: skip
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "the central server did not start"
        self.url = json.loads(line)["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        self.process = process

    def stop(self, *, kill: bool = False) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.kill() if kill else process.terminate()
            process.wait(30)
            assert process.stdout is not None
            process.stdout.close()

    def call(self, path: str, body: Any = None, token: str = "") -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                **({"Authorization": f"Bearer {token}"} if token else {}),
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def token(self, user: str) -> str:
        asked = {"grant": "password", "user": user, "password": PASSWORD, "device": f"test-{user}"}
        return str(self.call("/v1/token", asked)["access_token"])

    def events(self, token: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            page = self.call(f"/v1/events?after={after}&limit=2000", token=token)
            found += page["events"]
            if not page["more"]:
                return found


@contextmanager
def central(folder: Path) -> Iterator[Central]:
    """A running server with the directory that ships with the program and three people."""
    cheap = replace(CentralSettings.at(folder), password_time_cost=1, password_memory_kib=8, durable=False)
    folder.mkdir(parents=True, exist_ok=True)
    admin.init(cheap, user="admin", password=PASSWORD)
    admin.load_builtin_directory(cheap)
    admin.add_users(
        cheap,
        [
            NewAccount("sari", Role.OPERATOR, password=PASSWORD),
            NewAccount("budi", Role.OPERATOR, password=PASSWORD),
            NewAccount("lurah.tebet", Role.OFFICIAL, TEBET, "Lurah Tebet Timur", PASSWORD),
        ],
    )
    server = Central(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass
class Desk:
    """An operator at his machine. There is no keyring, so every synchronisation brings the password."""

    user: str
    shell: Shell
    kept: dict[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, folder: Path, user: str, server: str) -> Desk:
        desk = cls(user, Shell(folder))
        said = desk.shell(
            "login", "--server", server, "--user", user, "--password-stdin", stdin=PASSWORD + "\n"
        )
        assert (said.code, "no system keyring" in said.err) == (4, True), said
        return desk

    def __call__(self, *words: str, stdin: str = "") -> Said:
        return self.shell(*words, stdin=stdin)

    def sync(self, *words: str) -> Said:
        return self.shell(
            "sync", "--once", "--user", self.user, "--password-stdin", *words, stdin=PASSWORD + "\n"
        )

    def report(self, name: str) -> dict[str, Any]:
        (row,) = self.shell("show", name, "--json").rows
        return row
