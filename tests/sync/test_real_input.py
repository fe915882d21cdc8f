"""What nobody here wrote, served over HTTP, through the real engine into a real store: all of it, and nothing twice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from smartcity_desk.domain.report import PlaceQuality, ReportKind, Status
from tests.fakes.http_server import Reply, serving
from tests.sync.bench import bench


def test_the_2017_archive_arrives_whole_and_once(shared: Path, tmp_path: Path) -> None:
    content = (shared / "data/reports/petabencana_2017_sample.geojson").read_bytes()

    async def scenario() -> None:
        async with bench(tmp_path) as desk, serving(lambda _: Reply(content)) as server:
            desk.channel("petabencana", server.url)
            first = await desk.once()
            assert first.errors == ()
            assert first.channels[0].pulled is not None
            assert (first.channels[0].pulled.new, first.channels[0].pulled.quarantined) == (147, 0)
            second = await desk.once()
            assert second.channels[0].pulled is not None
            assert second.channels[0].pulled.new == 0
            lines = desk.lines()
            assert len(lines) == len({line.report.id for line in lines}) == 147
            features = json.loads(content)["features"]
            assert sorted(line.report.text for line in lines) == sorted(
                feature["properties"]["text"].strip() for feature in features
            )
            # the archive's own column of days is the day in Jakarta
            assert sum(line.report.place_quality is PlaceQuality.EXACT for line in lines) == 142
            assert sum(line.report.place_quality is PlaceQuality.OUTSIDE for line in lines) == 5
            assert all(line.report.kind is ReportKind.COMPLAINT for line in lines)
            assert all(line.status is Status.NEW for line in lines)

    asyncio.run(scenario())
