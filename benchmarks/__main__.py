"""Measure what the project promises: ``python -m benchmarks [--only NAME] [--scale 0.1]``.

Each ``bench_*.py`` has ``run(options) -> list[Figure]`` and runs in a process of its own, so that none warms a cache or
keeps memory for the next. Tables go to standard output; the figures, with the machine's traits, to
``build/bench/NAME.json``. The exit code is 0 when every target is reached, 1 when one is missed, 2 when a benchmark
could not run.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.figure import Figure, Options, table

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUTPUT = ROOT / "build" / "bench"


def names(folder: Path = HERE) -> list[str]:
    """Return the names of all benchmarks, without their ``bench_``."""
    return sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))


def traits(options: Options) -> dict[str, object]:
    """Return what a reader must know of the machine and the run in order to judge a figure."""
    return {
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "scale": options.scale,
        "repeats": options.repeats,
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }


def measure_here(name: str, options: Options, output: Path) -> None:
    """Run one benchmark in this process and write its figures down."""
    module = importlib.import_module(f"benchmarks.bench_{name}")
    figures: list[Figure] = module.run(options)
    output.parent.mkdir(parents=True, exist_ok=True)
    document = {"name": name, "traits": traits(options), "figures": [figure.to_json() for figure in figures]}
    output.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def measure_apart(name: str, options: Options, output: Path) -> list[Figure] | None:
    """Run one benchmark in a process of its own; return its figures, or None when it failed."""
    output.unlink(missing_ok=True)
    command = [sys.executable, "-m", "benchmarks", "--here", name, "--output", str(output)]
    command += ["--scale", str(options.scale), "--repeats", str(options.repeats)]
    environment = dict(os.environ)
    if not environment.get("DISPLAY") and not environment.get("WAYLAND_DISPLAY"):
        environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    finished = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if finished.returncode != 0 or not output.exists():
        return None
    document = json.loads(output.read_text(encoding="utf-8"))
    return [Figure.from_json(plain) for plain in document["figures"]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", metavar="NAME", choices=names(), help="only this one; may be repeated"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full size (default 1)")
    parser.add_argument("--repeats", type=int, default=3, help="how often each is measured (default 3)")
    parser.add_argument("--list", action="store_true", help="name the benchmarks and stop")
    parser.add_argument("--here", metavar="NAME", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    options = Options(scale=chosen.scale, repeats=chosen.repeats)
    if chosen.list:
        print("\n".join(names()))
        return 0
    if chosen.here:
        measure_here(chosen.here, options, chosen.output or OUTPUT / f"{chosen.here}.json")
        return 0
    everything: list[Figure] = []
    failed: list[str] = []
    for name in chosen.only or names():
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        figures = measure_apart(name, options, OUTPUT / f"{name}.json")
        if figures is None:
            failed.append(name)
            print("could not run", flush=True)
            continue
        print(table(figures))
        print(f"({time.monotonic() - began:.0f} s)", flush=True)
        everything += figures
    return conclude(everything, failed)


def conclude(figures: Sequence[Figure], failed: Sequence[str]) -> int:
    """Print what was missed or could not run; return the exit code."""
    missed = [figure for figure in figures if figure.reached is False]
    held = sum(figure.reached is not None for figure in figures)
    print(f"\n{held - len(missed)} of {held} targets reached")
    if missed:
        print("\nmissed:\n" + table(missed))
    if failed:
        print(f"\ncould not run: {', '.join(failed)}")
        return 2
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
