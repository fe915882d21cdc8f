"""A hand on the command line: in this process for speed, in one of its own where the real entry point counts."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from smartcity_desk import cli, i18n
from smartcity_desk.commands.context import Context
from smartcity_desk.domain.times import to_iso
from tests.conftest import ROOT


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; fails when any line is something else."""
        found = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(row, dict) for row in found)
        return found

    @property
    def error(self) -> dict[str, Any]:
        """The one error that was told as JSON."""
        (line,) = [line for line in self.err.splitlines() if line.startswith("{")]
        found: dict[str, Any] = json.loads(line)["error"]
        return found


@dataclass
class Shell:
    """One data folder. `clock` is the time that its commands see, or the real one."""

    folder: Path
    clock: int | None = None

    def __call__(self, *words: str, stdin: str = "", language: str = "en") -> Said:
        out, err = io.StringIO(), io.StringIO()

        def prepare(context: Context) -> None:
            context.stdin = io.StringIO(stdin)
            if self.clock is not None:
                at = self.clock
                context.clock = lambda: at

        spoken = i18n.language()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.main(["--data-dir", str(self.folder), "--language", language, *words], prepare=prepare)
        i18n.set_language(spoken)
        return Said(code, out.getvalue(), err.getvalue())


def run_process(
    folder: Path, *words: str, stdin: str = "", environment: Mapping[str, str] | None = None
) -> Said:
    """The same as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "smartcity_desk", "--data-dir", str(folder), "--language", "en", *words],
        input=stdin.encode(),
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        timeout=60,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())


def flood(number: int, at: int, text: str = "", **changes: Any) -> dict[str, Any]:
    """One report as PetaBencana's server sends it (channels paper 1.2)."""
    properties = {
        "pkey": str(number),
        "created_at": to_iso(at),
        "source": "grasp",
        "status": "confirmed",
        "url": f"https://example.invalid/{number}",
        "image_url": None,
        "disaster_type": "flood",
        "report_data": {"report_type": "flood", "flood_depth": 40},
        "tags": {"instance_region_code": "ID-JK"},
        "title": "",
        "text": text or f"Banjir di gang {number}",
        **changes,
    }
    point = {"type": "Point", "coordinates": [106.85 + number / 100_000, -6.23]}
    return {"type": "Feature", "geometry": point, "properties": properties}


@dataclass
class Source:
    """A PetaBencana of our own on loopback: says what stands in `items`."""

    url: str
    items: list[dict[str, Any]]
    answers: list[tuple[int, bytes]]
    """What to say instead, first come first served."""

    def body(self) -> bytes:
        collection = {"type": "FeatureCollection", "features": self.items}
        return json.dumps({"statusCode": 200, "result": collection}).encode()


@contextmanager
def petabencana(*items: dict[str, Any]) -> Iterator[Source]:
    """Serve reports while the block runs."""
    source = Source("", list(items), [])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = source.answers.pop(0) if source.answers else (200, source.body())
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    source.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield source
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
