"""A central server as a process of its own: to be killed, and to be spoken to over a real socket."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Self

import httpx

from smartcity_desk.central.serve import serve
from tests.central.world import PASSWORD, settings_for

ROOT = Path(__file__).resolve().parents[2]


class Process:
    """`url` is where it listens; leaving the `with` kills it."""

    def __init__(self, folder: Path, database: str, *, durable: bool = False) -> None:
        self._command = [
            sys.executable,
            "-m",
            "tests.central.process",
            str(folder),
            database,
            str(int(durable)),
        ]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), self._process.communicate()[1]

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.communicate()

    def stop(self) -> int:
        """Ask it to end; return its exit code."""
        self._process.send_signal(signal.SIGTERM)
        self._process.communicate(timeout=20)
        return self._process.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def token(client: httpx.Client, user: str) -> str:
    """Log in over the wire; return the header's value."""
    answer = client.post("/v1/token", json={"grant": "password", "user": user, "password": PASSWORD})
    return f"Bearer {answer.json()['access_token']}"


def main() -> int:
    """Serve until killed; the first line of output is the address."""
    folder, database, durable = Path(sys.argv[1]), sys.argv[2], bool(int(sys.argv[3]))

    def ready(url: str) -> None:
        os.write(1, f"{url}\n".encode())

    return serve(
        "127.0.0.1", 0, settings_for(folder, database, durable=durable, keep_alive_s=0.2), ready=ready
    )


if __name__ == "__main__":
    sys.exit(main())
