"""Owned tasks and dialogs without a loop of their own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog, QLabel

from smartcity_desk.ui.executors import Lane
from smartcity_desk.ui.loop import TaskSet, alive, shown
from tests.ui.kit import Kit, until


def test_a_task_is_held_until_it_is_done(kit: Kit) -> None:
    tasks = TaskSet()
    gate: asyncio.Future[None] = kit.loop.create_future()
    seen: list[int] = []

    async def work() -> None:
        await gate
        seen.append(1)

    tasks.spawn(work())
    assert len(tasks) == 1
    gate.set_result(None)
    until(lambda: len(tasks) == 0)
    assert seen == [1]


def test_the_newest_question_wins(kit: Kit) -> None:
    tasks, answers = TaskSet(), list[int]()

    async def ask(n: int) -> None:
        await asyncio.sleep(0)
        answers.append(n)

    for n in range(5):
        tasks.replace("question", ask(n))
    until(lambda: len(tasks) == 0)
    assert answers == [4]


def test_an_error_is_told_once_with_its_name(kit: Kit) -> None:
    told: list[tuple[str, str]] = []
    tasks = TaskSet(lambda problem, name: told.append((type(problem).__name__, name)))

    async def fail() -> None:
        raise ZeroDivisionError

    tasks.spawn(fail(), name="broken")
    until(lambda: len(tasks) == 0)
    assert told == [("ZeroDivisionError", "broken")]


def test_closing_cancels_waits_and_takes_no_more(kit: Kit) -> None:
    tasks, ends = TaskSet(), list[str]()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("put away")

    async def never() -> None:
        ends.append("started")

    tasks.spawn(stubborn())

    async def close() -> None:
        await asyncio.sleep(0)
        await tasks.close()

    kit.run(close())
    assert ends == ["put away"]
    assert tasks.spawn(never()) is None
    tasks.replace("late", never())
    assert ends == ["put away"]


def test_a_dialog_is_awaited_while_other_tasks_go_on(kit: Kit) -> None:
    dialog, steps = QDialog(), list[int]()

    async def other() -> None:
        for n in range(5):
            await asyncio.sleep(0.001)
            steps.append(n)
        dialog.accept()

    async def both() -> int:
        going = asyncio.ensure_future(other())
        answer = await shown(dialog)
        await going
        return answer

    assert kit.run(both()) == QDialog.DialogCode.Accepted
    assert steps == [0, 1, 2, 3, 4]


def test_a_cancelled_question_closes_its_dialog(kit: Kit) -> None:
    dialog = QDialog()
    task = kit.loop.create_task(shown(dialog))
    until(dialog.isVisible)
    task.cancel()
    until(task.done)
    until(lambda: not alive(dialog))


def test_alive_knows_when_the_other_half_is_gone(kit: Kit) -> None:
    label = QLabel()
    assert alive(label)
    label.deleteLater()
    until(lambda: not alive(label))


def test_a_lane_answers_raises_and_leaves_the_loop_free(kit: Kit) -> None:
    lane = Lane("some", 1)
    ticks: list[int] = []
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(5)

    def wait_for_ticks() -> int:
        import time

        end = time.monotonic() + 10
        while len(ticks) < 3 and time.monotonic() < end:
            time.sleep(0.001)
        return len(ticks)

    assert kit.run(lane.run(wait_for_ticks)) >= 3
    timer.stop()

    def fail() -> Any:
        raise LookupError("x")

    with pytest.raises(LookupError):
        kit.run(lane.run(fail))
    kit.run(lane.close())
