from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import __main__ as runner
from benchmarks.figure import AT_LEAST, Figure, Options, percentile, table


@pytest.mark.parametrize(
    ("value", "target", "sense", "reached"),
    [
        (10, 16, "at most", True),
        (17, 16, "at most", False),
        (0.6, 0.5, AT_LEAST, True),
        (0.4, 0.5, AT_LEAST, False),
        (math.nan, 1, "at most", False),
        (5, None, "at most", None),
    ],
)
def test_a_target_is_reached_on_its_own_side(
    value: float, target: float | None, sense: str, reached: bool | None
) -> None:
    assert Figure("f", value, "ms", target, sense).reached is reached


def test_a_miss_cannot_be_overlooked() -> None:
    text = table(
        [Figure("paint", 20, "ms", 16, control=10, control_name="bare"), Figure("told", 1234567, "rows/s")]
    )
    assert "MISSED" in text
    assert "2.00x" in text
    assert "1,234,567 rows/s" in text


@pytest.mark.parametrize("value", [1.5, math.nan])
def test_a_figure_survives_being_written_down(value: float) -> None:
    figure = Figure("f", value, "ms", 2.0, control=3.0, note="n", details={"p50": 1.0})
    again = Figure.from_json(json.loads(json.dumps(figure.to_json(), allow_nan=False)))
    assert again.details == figure.details
    assert math.isnan(again.value) if math.isnan(value) else again == figure


def test_percentile_is_a_value_that_was_measured() -> None:
    assert percentile(range(1, 101), 99) == 99
    assert percentile([5.0], 50) == 5.0
    assert percentile([1, 2, 3], 0) == 1
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_scale_never_makes_a_size_vanish() -> None:
    assert Options(scale=0.001).size(200, least=10) == 10
    assert Options(scale=0.1).size(200_000) == 20_000


@pytest.mark.parametrize(
    ("body", "exit_code", "told"),
    [
        ('[Figure("f", 1.0, "ms", 2.0)]', 0, "1 of 1 targets reached"),
        ('[Figure("f", 3.0, "ms", 2.0)]', 1, "0 of 1 targets reached"),
        ("1 / 0", 2, "could not run: trial"),
    ],
)
def test_each_benchmark_runs_apart_and_the_exit_code_tells(
    tmp_path: Path, body: str, exit_code: int, told: str
) -> None:
    package = tmp_path / "benchmarks"
    package.mkdir()
    for name in ("__init__.py", "__main__.py", "figure.py"):
        (package / name).write_text((runner.HERE / name).read_text(encoding="utf-8"), encoding="utf-8")
    (package / "bench_trial.py").write_text(
        f"from benchmarks.figure import Figure\ndef run(options):\n    return {body}\n", encoding="utf-8"
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "trial"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == exit_code, done.stderr
    assert told in done.stdout
    written = tmp_path / "build" / "bench" / "trial.json"
    assert written.exists() is (exit_code != 2)
    if written.exists():
        assert json.loads(written.read_text())["traits"]["cores"]
