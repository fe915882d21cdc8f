"""*Laporan baru*: a report by telephone, in person or by letter. What is typed is a draft at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QDateTime, Qt, QTimeZone
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateTimeEdit,
    QDialog,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)

from smartcity_desk.domain.entry import CALLER_MOST, FILES_MOST, Entry, Fault, Via, faults
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.ids import time_ordered_id
from smartcity_desk.domain.times import JAKARTA
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.entry import saving
from smartcity_desk.ui.entry.drafts import Draft, Drafts
from smartcity_desk.ui.entry.place import PlaceBox
from smartcity_desk.ui.entry.similar import SimilarList, similar_to
from smartcity_desk.ui.entry.waiting import SLOT
from smartcity_desk.ui.files import open_files
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.triage import suggest
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.over import lay_over
from smartcity_desk.ui.widgets.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smartcity_desk.domain.topics import Topic
    from smartcity_desk.ui.services import Desk

_DRAFT_MS: Final = 300
_THINK_MS: Final = 700
_ZONE: Final = QTimeZone(int(JAKARTA.utcoffset(None).total_seconds()))
_CODE: Final = int(Qt.ItemDataRole.UserRole)


class EntryDialog(QDialog):
    """Not modal: the reports behind it can be looked at while somebody talks. Ctrl+Enter saves, Esc keeps the draft."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.texts = Texts()
        self.drafts = Drafts(desk.paths.profile_dir)
        self.photos: list[Path] = []
        self._id = ""
        self._asked = False  # whether an ambiguous place was asked about already
        self._told = False  # whether the time was set by hand
        self._picked = False  # whether the category was set by hand
        self._busy = False
        self._filling = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.texts.bind("entry.title", self.setWindowTitle)
        self._build()
        desk.bridge.language_changed.connect(self.retranslate)
        self._draft_timer = once(self, _DRAFT_MS, self._save_draft)
        self._think_timer = once(self, _THINK_MS, self._think)
        self._connect()
        self.begin()
        self.resize(desk.theme.pixels(1060), desk.theme.pixels(650))
        lay_over(self)
        desk.tasks.replace("entry.drafts", self._open_newest())

    # ------------------------------------------------------------ the form

    def _build(self) -> None:
        desk = self.desk
        self.via = QComboBox()
        for via in Via:
            self.via.addItem("", via.value)
        self.when = basic.indented(QDateTimeEdit())
        self.when.setTimeZone(_ZONE)
        self.when.setDisplayFormat("d MMM yyyy HH.mm")
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(desk.theme.pixels(110))
        self.category = QComboBox()
        self.category.setMaxVisibleItems(16)
        self.why = basic.label(step=-1, tone="muted", wrap=True)
        self.name = QLineEdit()
        self.phone = QLineEdit()
        for line in (self.name, self.phone):
            line.setMaxLength(CALLER_MOST)
        self.private = QCheckBox()
        self.texts.bind("entry.private", self.private.setText)
        self.add_photo = basic.button()
        self.texts.bind("entry.photo.add", self.add_photo.setText)
        self.photo_names = basic.ElidedLabel()
        self.photo_names.setProperty("tone", "muted")
        self.drop_photos = basic.button(kind="quiet")
        self.texts.bind("entry.photo.drop", self.drop_photos.setText)
        self.drop_photos.hide()
        photos = basic.row(self.add_photo, self.photo_names, self.drop_photos)
        photos.setStretch(1, 1)
        apart = basic.label(step=-1, tone="muted", wrap=True)
        self.texts.bind("entry.caller.note", apart.setText)
        left = basic.column(
            basic.row(
                basic.column(self._named("entry.via", self.via), self.via, spacing=4),
                basic.column(self._named("entry.when", self.when), self.when, spacing=4),
                spacing=12,
            ),
            self._named("entry.text", self.text),
            self.text,
            self._named("entry.category", self.category),
            self.category,
            self.why,
            basic.row(
                basic.column(self._named("entry.name", self.name), self.name, spacing=4),
                basic.column(self._named("entry.phone", self.phone), self.phone, spacing=4),
                spacing=12,
            ),
            apart,
            self.private,
            photos,
            spacing=4,
        )
        left.setStretch(2, 1)
        self.place = PlaceBox(desk)
        self.similar = SimilarList(desk)
        right = basic.column(self.place, 4, self.similar, spacing=4)
        right.setStretch(0, 1)
        self.trouble = basic.label(tone="overdue", wrap=True)
        self.trouble.hide()
        self.state = basic.label(step=-1, tone="muted")
        self.others = basic.button(kind="quiet")
        self.others.setMenu(QMenu(self.others))
        self.others.hide()
        self.discard = basic.button(kind="quiet")
        self.texts.bind("entry.discard", self.discard.setText)
        self.later = basic.button()
        self.texts.bind("entry.later", self.later.setText)
        self.save = basic.button(kind="primary")
        self.save.setAutoDefault(False)
        self.texts.bind("entry.save", self.save.setText)
        sides = basic.row(left, right, spacing=24)
        sides.setStretch(0, 1)
        sides.setStretch(1, 1)
        whole = basic.column(
            sides,
            self.trouble,
            basic.row(self.state, self.others, self.discard, 0, self.later, self.save),
            spacing=10,
            margins=(20, 16, 20, 14),
        )
        whole.setStretch(0, 1)
        self.setLayout(whole)
        # The category is guessed from the words and the caller may stay unnamed; the place is asked for next.
        way = (self.text, *self.place.way, self.category, self.name, self.phone, self.private, self.add_photo)
        for before, after in pairwise(way):
            self.setTabOrder(before, after)
        self._name_ways()

    def _name_ways(self) -> None:
        for row, via in enumerate(Via):
            self.via.setItemText(row, tr(f"entry.via.{via.value}"))

    def retranslate(self) -> None:
        """Say every text again; what was typed stays."""
        self.texts.retranslate()
        self.place.retranslate()
        self.similar.retranslate()
        self.state.setText("")
        self.desk.tasks.replace("entry.others", self._list_others())
        self._name_ways()
        self._offer((), self.category.currentData() or None)
        self.trouble.hide()
        self._think_timer.start()

    def _named(self, key: str, control: QWidget) -> QWidget:
        label = basic.label(step=-1, tone="muted")
        label.setBuddy(control)
        self.texts.bind(key, label.setText)
        self.texts.bind(key, control.setAccessibleName)
        return label

    def _connect(self) -> None:
        self.text.textChanged.connect(self._edited)
        self.via.activated.connect(lambda _: self._edited())
        self.when.dateTimeChanged.connect(lambda _: self._time_edited())
        self.category.activated.connect(lambda _: self._category_picked())
        self.name.textEdited.connect(lambda _: self._edited())
        self.phone.textEdited.connect(lambda _: self._edited())
        self.private.toggled.connect(lambda _: self._edited())
        self.place.changed.connect(self._edited)
        self.place.found.connect(self._think_timer.start)
        self.similar.opened.connect(self.desk.bridge.open_report.emit)
        self.add_photo.clicked.connect(lambda: self.desk.tasks.replace("entry.photos", self._choose_photos()))
        self.drop_photos.clicked.connect(lambda: self._set_photos([]))
        self.save.clicked.connect(self.finish)
        self.later.clicked.connect(self.close)
        self.discard.clicked.connect(lambda: self.desk.tasks.replace("entry.discard", self._discard()))
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(keys, self, self.finish)
        for keys in self.desk.commands.keys("entry.new"):
            QShortcut(keys, self, lambda: None if self.empty else self._switch(None))

    # ------------------------------------------------------------ what stands in it

    def begin(self, draft: Draft | None = None) -> None:
        """Start an empty entry, or go on with a draft."""
        now = self.desk.clock()
        fields: Mapping[str, Any] = {} if draft is None else draft.fields
        self.desk.tasks.cancel("entry.think")  # what is being thought is about other words
        self._think_timer.stop()
        self._id = time_ordered_id(now, os.urandom(10)) if draft is None else draft.id
        self._filling = True
        self._told = isinstance(fields.get("at"), int)
        self._picked = bool(fields.get("category"))
        self._asked = False
        self.via.setCurrentIndex(max(0, self.via.findData(fields.get("via", Via.PHONE.value))))
        self.when.setDateTime(_qt_time(fields["at"] if self._told else now))
        self.text.setPlainText(_text(fields, "text"))
        self._offer((), _text(fields, "category") or None)
        self.name.setText(_text(fields, "name"))
        self.phone.setText(_text(fields, "phone"))
        self.private.setChecked(fields.get("private") is True)
        kelurahan = fields.get("kelurahan")
        self.place.set(
            _text(fields, "place"),
            _text(fields, "point"),
            kelurahan if isinstance(kelurahan, str) else None,
        )
        photos = fields.get("photos")
        self._set_photos(
            [Path(one) for one in photos if isinstance(one, str)] if isinstance(photos, list) else []
        )
        self.similar.show_found([])
        self.trouble.hide()
        self.state.setText("" if draft is None else tr("entry.draft.resumed", at=formats.near(draft.at, now)))
        self.discard.setVisible(draft is not None)
        self._filling = False
        if draft is not None:
            self._think_timer.start()
        self.text.setFocus()

    @property
    def draft(self) -> Draft:
        """The fields as they stand."""
        fields = {
            "via": self.via.currentData(),
            "text": self.text.toPlainText(),
            "category": self.category.currentData() if self._picked else "",
            "name": self.name.text(),
            "phone": self.phone.text(),
            "private": self.private.isChecked(),
            "place": self.place.words.text(),
            "point": self.place.coordinates.text(),
            "kelurahan": self.place.chosen,
            "photos": [str(path) for path in self.photos],
        }
        if self._told:
            fields["at"] = self.when.dateTime().toMSecsSinceEpoch()
        return Draft(self._id, self.desk.clock(), fields)

    @property
    def entry(self) -> Entry:
        """The fields as an entry. A time that nobody set is that of saving."""
        point = self.place.point
        return Entry(
            id=self._id,
            at=self.when.dateTime().toMSecsSinceEpoch() if self._told else self.desk.clock(),
            text=self.text.toPlainText().strip(),
            via=Via(self.via.currentData()),
            category=self.category.currentData() or None,
            place=self.place.words.text().strip(),
            kelurahan=self.place.kelurahan if point is None else self.place.chosen,
            lat=None if point is None else point[0],
            lon=None if point is None else point[1],
            caller_name=self.name.text().strip(),
            caller_phone=self.phone.text().strip(),
            private=self.private.isChecked(),
            files=tuple("0" * 64 for _ in self.photos),
        )

    @property
    def empty(self) -> bool:
        """Whether nothing was typed that is worth keeping."""
        fields = self.draft.fields
        return not any(str(fields[name]).strip() for name in ("text", "name", "phone", "place", "point"))

    def _edited(self) -> None:
        if self._filling:
            return
        self.trouble.hide()
        self._draft_timer.start()
        self._think_timer.start()

    def _time_edited(self) -> None:
        if not self._filling:
            self._told = True
            self._edited()

    def _category_picked(self) -> None:
        self._picked = bool(self.category.currentData())
        self.why.setText("")
        self._edited()

    # ------------------------------------------------------------ drafts

    async def _open_newest(self) -> None:
        found = await self.desk.errands.run(self.drafts.all)
        if alive(self) and found and self.empty:
            self.begin(found[0])
        if alive(self):
            self._show_others(found)

    def _show_others(self, found: Sequence[Draft]) -> None:
        others = [draft for draft in found if draft.id != self._id]
        menu = self.others.menu()
        assert menu is not None
        menu.clear()
        for draft in others:
            text = formats.one_line(_text(draft.fields, "text"), 50) or tr("entry.draft.empty")
            action = menu.addAction(f"{formats.near(draft.at, self.desk.clock())} · {text}")
            action.triggered.connect(lambda _=False, one=draft: self._switch(one))
        menu.addSeparator()
        menu.addAction(self._new).triggered.connect(lambda _=False: self._switch(None))
        self.others.setText(trn("entry.draft.others", len(others)) if others else self._new)
        self.others.setVisible(bool(others) or not self.empty)

    async def _list_others(self) -> None:
        found = await self.desk.errands.run(self.drafts.all)
        if alive(self):
            self._show_others(found)

    @property
    def _new(self) -> str:
        return tr("entry.draft.new", key=self.desk.commands.shown_key("entry.new"))

    def _switch(self, draft: Draft | None) -> None:
        """Lay this one aside and go on with another; one that is being saved is let go first."""
        if not self._busy:
            self.desk.tasks.replace("entry.switch", self._switched(draft))

    async def _switched(self, draft: Draft | None) -> None:
        await self._write_draft()
        if not alive(self) or self._busy:
            return
        self.begin(draft)
        self._show_others(await self.desk.errands.run(self.drafts.all))

    def _save_draft(self) -> None:
        self.desk.tasks.replace("entry.draft", self._write_draft())

    async def _write_draft(self) -> None:
        self._draft_timer.stop()
        if self.empty or self._busy:
            return
        draft = self.draft
        try:
            await self.desk.errands.run(self.drafts.save, draft)
        except DeskError as problem:
            if alive(self):
                self._say(errors_text.of_error(problem).whole)
            return
        if alive(self) and draft.id == self._id and not self._busy:
            self.state.setText(tr("entry.draft.kept", at=formats.clock(draft.at)))
            self.discard.show()
            self.others.show()
            if not self.others.text():
                self.others.setText(self._new)

    async def _discard(self) -> None:
        if self._busy:
            return
        gone = self._id
        self.begin()
        await self.desk.errands.run(self.drafts.remove, gone)
        if alive(self):
            self._show_others(await self.desk.errands.run(self.drafts.all))

    # ------------------------------------------------------------ what the desk thinks of it

    def _think(self) -> None:
        self.desk.tasks.replace("entry.think", self._thought(self.entry))

    async def _thought(self, entry: Entry) -> None:
        desk = self.desk
        if not entry.text:
            self._offer((), None)
            self.similar.show_found([])
            return
        try:
            topics = await desk.readers.run(_topics, desk, entry.text)
            if not alive(self):
                return
            if not self._picked:
                self._offer(topics, topics[0].category if topics else None)
            found = await desk.readers.run(similar_to, desk.store, self.entry, desk.directory, desk.clock())
        except DeskError as problem:
            desk.notify.error(problem)
            return
        if alive(self):
            self.similar.show_found(found)

    def _offer(self, topics: Sequence[Topic], chosen: str | None) -> None:
        """Fill the list of categories, what the words speak for first."""
        choices = suggest.categories(self.desk.directory, topics, [])
        self.category.clear()
        self.category.addItem(tr("entry.category.none"), "")
        for choice in choices:
            self.category.addItem(choice.label, choice.code)
        at = self.category.findData(chosen) if chosen else 0
        self.category.setCurrentIndex(max(0, at))
        because = next((one for one in choices if one.code == chosen), None) if topics else None
        self.why.setText("" if because is None else because.detail)

    # ------------------------------------------------------------ photos

    async def _choose_photos(self) -> None:
        kinds = tr("entry.photo.kinds", kinds="*.jpg *.jpeg *.png *.webp *.gif *.heic *.pdf")
        chosen = await open_files(self, tr("entry.photo.add"), kinds)
        if alive(self) and chosen:
            self._set_photos(list(dict.fromkeys([*self.photos, *chosen])))
            self._edited()

    def _set_photos(self, photos: list[Path]) -> None:
        self.photos = photos
        self.photo_names.set_text(", ".join(path.name for path in photos))
        self.drop_photos.setVisible(bool(photos))

    # ------------------------------------------------------------ saving

    def finish(self) -> None:
        """Save it, or say what is still missing where the eyes are."""
        if self._busy:
            return
        missing = self._missing()
        if missing is not None:
            self._say(missing)
            return
        self._busy = True
        self._draft_timer.stop()
        self.desk.tasks.spawn(self._finish(), name="entry.save")

    def _missing(self) -> str | None:
        if self.desk.actor is None:
            return tr("action.no_actor")
        if self.place.unreadable:
            self.place.coordinates.setFocus()
            return tr("entry.fault.bad_point")
        found = faults(self.entry, self.desk.clock())
        if found:
            self._focus_on(found[0])
            return tr(f"entry.fault.{found[0].value}", most=FILES_MOST)
        if self.place.ambiguous and not self._asked:
            self._asked = True
            self.place.list.setFocus()
            return tr("entry.fault.ambiguous")
        return None

    def _focus_on(self, fault: Fault) -> None:
        homes: dict[Fault, QWidget] = {
            Fault.FUTURE: self.when,
            Fault.TOO_OLD: self.when,
            Fault.TEXT_SHORT: self.text,
            Fault.TEXT_LONG: self.text,
            Fault.PLACE_LONG: self.place.words,
            Fault.CALLER_LONG: self.name,
            Fault.MANY_FILES: self.add_photo,
        }
        homes.get(fault, self.place.coordinates).setFocus()

    async def _finish(self) -> None:
        desk, draft = self.desk, self.draft
        try:
            await saving.save(desk, self.entry, list(self.photos), draft, self.drafts)
        except (DeskError, OSError) as problem:
            why = tr("entry.photo.unread")
            if isinstance(problem, DeskError):
                why = errors_text.of_error(problem).whole
            if alive(self):
                self._say(why)
            else:  # Esc was quicker: the words go on as a draft, and why is said outside
                desk.notify.say(why, Level.WARNING)
                await _written(desk, self.drafts, draft)
            return
        finally:
            if alive(self):
                self._busy = False
        if alive(self):
            self._id = ""  # nothing of it is a draft any more
            self.close()

    def _say(self, sentence: str) -> None:
        self.trouble.setText(sentence)
        self.trouble.show()

    # ------------------------------------------------------------ leaving

    def done(self, code: int) -> None:
        """Esc, the window's cross and *Nanti* alike: what was typed is written down before the window goes."""
        self._think_timer.stop()
        self._draft_timer.stop()
        self.place.stop()
        if self._id and not self.empty and not self._busy:
            self.desk.tasks.spawn(_written(self.desk, self.drafts, self.draft), name="entry.keep")
        super().done(code)


async def _written(desk: Desk, drafts: Drafts, draft: Draft) -> None:
    try:
        await desk.errands.run(drafts.save, draft)
    except DeskError as problem:
        desk.notify.error(problem)
        return
    desk.notify.say(tr("entry.draft.laid", key=desk.commands.shown_key("entry.new")), replaces=SLOT)


def _topics(desk: Desk, text: str) -> Sequence[Topic]:
    """What the words speak for, on a reader's thread: the first call reads the knowledge."""
    from smartcity_desk import knowledge

    known = knowledge.load(desk.paths.profile_dir / knowledge.FOLDER, desk.store.routing())
    return known.reader.read(text).topics


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def _qt_time(at: int) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(at, _ZONE)
