"""`python -m benchmarks.with_dlt URL FOLDER PAGES SIZE`: what bench_open311 measures the desk against.

The way that dlt's own pages show: its declarative REST source with numbered pages, a primary key, and the sqlalchemy
destination on a SQLite file. Prints the seconds that `pipeline.run` took.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any


def main(url: str, folder: str, pages: str, size: str) -> None:
    """Load every page, and see that it is all there."""
    import sqlite3

    import dlt
    from dlt.sources.rest_api import rest_api_source

    config: Any = {
        "client": {
            "base_url": url,
            "paginator": {
                "type": "page_number",
                "base_page": 1,
                "page_param": "page",
                "total_path": None,
                "maximum_page": int(pages) + 1,
            },
        },
        "resources": [
            {
                "name": "requests",
                "primary_key": "service_request_id",
                "write_disposition": "merge",
                "endpoint": {
                    "path": "requests.json",
                    "params": {"page_size": int(size), "start_date": "{incremental.start_value}"},
                    "incremental": {
                        "cursor_path": "requested_datetime",
                        "initial_value": "2026-01-01T00:00:00Z",
                    },
                    "data_selector": "$",
                },
            }
        ],
    }
    target = Path(folder) / "dlt.sqlite3"
    pipeline = dlt.pipeline(
        "open311",
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{target}"),
        dataset_name="city",
        pipelines_dir=str(Path(folder) / "pipelines"),
    )
    source = rest_api_source(config)
    began = time.perf_counter()
    pipeline.run(source)
    took = time.perf_counter() - began
    count = 0
    for path in Path(folder).rglob("*.sqlite3*"):
        with sqlite3.connect(path) as found:
            tables = [row[0] for row in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            if "requests" in tables:
                count = found.execute("SELECT count(*) FROM requests").fetchone()[0]
    expected = int(pages) * int(size)
    assert count == expected, f"{count} of {expected} are there"
    print(took)


if __name__ == "__main__":
    main(*sys.argv[1:])
