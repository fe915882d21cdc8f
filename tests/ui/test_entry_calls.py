"""*Laporan baru* while the telephone goes on ringing: one call after another, and a desk that ends between two."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from smartcity_desk.ui.entry.dialog import EntryDialog
from smartcity_desk.ui.entry.drafts import Draft, Drafts
from smartcity_desk.ui.notify import Message
from tests.ui.calls import drafts, ground, opened
from tests.ui.kit import NOW, Kit, press, type_in


@pytest.fixture
def window(kit: Kit) -> QWidget:
    return ground(kit)


def test_a_second_call_begins_by_the_same_key_and_the_first_is_laid_aside(kit: Kit, window: QWidget) -> None:
    dialog = opened(kit, window)
    press(dialog, "Ctrl+N")
    assert drafts(kit) == []
    type_in(dialog.text, "pohon tumbang menutup jalan")
    press(dialog.text, "Ctrl+N")
    kit.settle()
    assert dialog.isVisible()
    assert dialog.text.toPlainText() == ""
    assert dialog.text.hasFocus()
    assert [draft.fields["text"] for draft in drafts(kit)] == ["pohon tumbang menutup jalan"]
    dialog.close()
    kit.settle()


def test_tab_goes_from_the_words_to_the_place(kit: Kit, window: QWidget) -> None:
    """What a machine guesses is on the way after what only the caller knows."""
    dialog = opened(kit, window)
    press(dialog.text, "Tab")
    assert dialog.place.words.hasFocus()
    press(dialog.place.words, "Shift+Tab")
    assert dialog.text.hasFocus()
    order: list[QWidget] = [dialog]
    while (following := order[-1].nextInFocusChain()) is not dialog:
        assert following is not None
        order.append(following)
    wanted = (
        dialog.text,
        dialog.place.words,
        dialog.place.coordinates,
        dialog.category,
        dialog.name,
        dialog.phone,
    )
    assert [one for one in order if one in wanted] == list(wanted)
    dialog.close()
    kit.settle()


def test_what_was_being_entered_when_the_desk_ended_is_told_at_the_next_start(
    kit: Kit, window: QWidget
) -> None:
    from smartcity_desk.ui.entry import waiting

    said: list[Message] = []
    kit.desk.notify.said.connect(said.append)
    kit.desk.tasks.spawn(waiting.tell(kit.desk), name="waiting")
    kit.settle()
    assert said == []
    Drafts(kit.desk.paths.profile_dir).save(
        Draft("01936f3c-1000-7000-8000-000000000001", NOW, {"text": "banjir setinggi lutut, ibu sakit"})
    )
    kit.desk.tasks.spawn(waiting.tell(kit.desk), name="waiting")
    kit.settle()
    (message,) = said
    assert message.text == "Ada 1 laporan yang belum selesai diketik di komputer ini."
    assert message.deed is not None
    assert message.deed.text == "Lanjutkan  Ctrl+N"
    message.deed.call()
    kit.settle()
    (dialog,) = [one for one in window.findChildren(EntryDialog) if one.isVisible()]
    assert dialog.text.toPlainText() == "banjir setinggi lutut, ibu sakit"
    dialog.close()
    kit.settle()
