"""Pages that wait for the writer are written together, and say the same as one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from smartcity_desk.domain.report import Report, ReportKind
from smartcity_desk.store.rows import ChannelCheckpoint, ChannelState, IngestResult
from smartcity_desk.sync.channel import Fetched, Position, Unreadable
from smartcity_desk.sync.puller import Pulled, pull
from tests.sync.bench import NOW


def report(number: int, text: str = "") -> Report:
    return Report(str(number), "open311", str(number), ReportKind.COMPLAINT, NOW, text)


def page(mark: int, *numbers: int, **more: Any) -> Fetched:
    reports = tuple(report(number) for number in numbers)
    return Fetched(Position({"mark": mark}), reports, seen=len(numbers), **more)


class Kept:
    """A store that remembers what it was told in each transaction."""

    def __init__(self) -> None:
        self.written: list[tuple[list[str], Any, dict[str, Any]]] = []
        self.gaps: list[tuple[int, int]] = []

    def channel_state(self, channel: str) -> ChannelState:
        return ChannelState(channel)

    def ingest(
        self, channel: str, reports: Sequence[Report], *, checkpoint: ChannelCheckpoint | None, **more: Any
    ) -> IngestResult:
        mark = None if checkpoint is None else checkpoint.cursor.get("mark")
        self.written.append(([one.external_id for one in reports], mark, more))
        return IngestResult(new=len(reports))


def walked(
    pages: Sequence[Fetched], rows: int = 100, error: Exception | None = None
) -> tuple[Kept, Pulled | None]:
    """Let these pages come all at once while the writer takes some turns of the loop for each transaction."""

    class Source:
        async def pull(self, *_: Any) -> AsyncGenerator[Fetched, None]:
            for one in pages:
                yield one
            if error is not None:
                raise error

    async def slowly(method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        for _ in range(3):
            await asyncio.sleep(0)
        return method(*args, **kwargs)

    kept = Kept()
    going: Awaitable[Pulled] = pull(
        "open311",
        Source(),  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        kept,  # type: ignore[arg-type]
        slowly,
        source="s",
        clock=lambda: NOW,
        chunk_rows=rows,
        page_done=lambda _: None,
        gapped=lambda since, until: kept.gaps.append((since, until)),
    )

    async def run() -> Pulled:
        return await going

    if error is None:
        return kept, asyncio.run(run())
    with pytest.raises(type(error)):
        asyncio.run(run())
    return kept, None


def test_what_came_meanwhile_is_one_transaction_with_the_last_position() -> None:
    kept, total = walked([page(1, 1), page(2, 2), page(3, 3), page(4, 4)])
    assert [(names, mark) for names, mark, _ in kept.written] == [(["1"], 1), (["2", "3", "4"], 4)]
    assert total is not None
    assert (total.pages, total.seen, total.new) == (4, 4, 4)


def test_a_transaction_has_no_more_rows_than_it_may() -> None:
    kept, _ = walked([page(n, 10 * n, 10 * n + 1) for n in range(1, 7)], rows=4)
    assert [len(names) for names, _, _ in kept.written] == [2, 4, 4, 2]
    assert [mark for _, mark, _ in kept.written] == [1, 3, 5, 6]


def test_two_words_of_one_report_are_written_one_after_the_other() -> None:
    twice = replace(page(3), reports=(report(2, "berubah"),))
    kept, _ = walked([page(1, 1), page(2, 2), twice, page(4, 4)])
    assert [names for names, _, _ in kept.written] == [["1"], ["2"], ["2", "4"]]


@pytest.mark.parametrize(
    "more",
    [{"snapshot_ids": frozenset({"2"})}, {"gone": ("9",)}, {"gap": (1, 2)}, {"not_modified": True}],
)
def test_a_page_that_says_more_than_what_is_new_stands_alone(more: dict[str, Any]) -> None:
    kept, _ = walked([page(1, 1), page(2, 2, **more), page(3, 3), page(4, 4)])
    assert [(names, mark) for names, mark, _ in kept.written] == [(["1"], 1), (["2"], 2), (["3", "4"], 4)]
    assert kept.written[1][2]["snapshot_ids"] == more.get("snapshot_ids")
    assert kept.written[1][2]["gone"] == more.get("gone", ())


def test_what_could_not_be_read_goes_with_its_page_and_an_error_loses_no_page() -> None:
    odd = page(2, 2, unreadable=(Unreadable("item", "x"),))
    kept, _ = walked([page(1, 1), odd, page(3, 3)], error=RuntimeError("cut"))
    assert [(names, mark) for names, mark, _ in kept.written] == [(["1"], 1), (["2", "3"], 3)]
    assert [one.raw for one in kept.written[1][2]["quarantined"]] == ["x"]


def test_every_span_that_is_gone_is_heard_of_also_where_the_walk_fails_further_on() -> None:
    """An outage that nobody hears of is a window that counts against officials."""
    kept, _ = walked([page(1, 1, gap=(1, 2)), page(2, 2, gap=(5, 9)), page(3, 3)], error=RuntimeError("cut"))
    assert kept.gaps == [(1, 2), (5, 9)]
    assert kept.written[-1][1] == 3
