"""A real PostgreSQL on loopback for one test session, as a user that is not root, gone with the session."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

_START_S = 60.0
# Input ends when this session does, however it does: a killed test run must not leave a server behind.
_WATCH = """
exec 3<&0
folder=$PWD
"$@" </dev/null &
cat <&3 >/dev/null
kill -INT $! 2>/dev/null
wait $!
cd / && rm -rf "$folder"
"""


def find_binaries() -> Path | None:
    """Return the folder that holds initdb and postgres: Debian's newest, else one on the path."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdecimal() else 0,
        reverse=True,
    )
    found = shutil.which("initdb")
    if found is not None:
        folders.append(Path(found).resolve().parent)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _other_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as: it refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


@dataclass
class Postgres:
    """A running server; `url(name)` of a database in it."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    def url(self, name: str) -> str:
        return f"postgresql://city@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template1") -> str:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        """Close the watcher's input: it stops the server that it started, and no other."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(binaries: Path) -> Postgres:
    """Start a fresh server. Raises RuntimeError with what it said when it does not come up."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # sockets need a short path
    user = _other_user()
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    identity = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)}
    data = folder / "data"
    made = subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "city", "-A", "trust", "-E", "UTF8", "--no-sync"],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=120,
        **identity,  # type: ignore[call-overload]
    )
    if made.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(made.stderr.decode(errors="replace"))
    port = _free_port()
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *("/bin/sh", "-c", _WATCH, "watch", binaries / "postgres"),
                *("-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder),
                *("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=100"),
            ],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
            **identity,  # type: ignore[call-overload]
        )
    server = Postgres(process, port, folder)
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return server
    said = log.read_text(errors="replace")
    server.stop()
    raise RuntimeError(said)
