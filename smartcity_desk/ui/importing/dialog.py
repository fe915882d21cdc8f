"""*Ambil dari berkas*: a file of reports, which of its columns is what, its first rows as they would come in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHeaderView,
    QProgressBar,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from smartcity_desk import config
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr, trn
from smartcity_desk.ui import channels, errors_text, formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.files import open_files
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.places import places_of
from smartcity_desk.ui.triage import words
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.over import lay_over

if TYPE_CHECKING:
    from smartcity_desk.sync.channel import Manifest
    from smartcity_desk.sync.tables.columns import Columns, Target
    from smartcity_desk.sync.tables.importing import Imported, Looked
    from smartcity_desk.sync.tables.mapping import Frame
    from smartcity_desk.sync.tables.reading import Table
    from smartcity_desk.ui.services import Desk

_REST_MS: Final = 200
_COLUMNS: Final = ("row", "trouble", "time", "text", "category", "status", "place")
_WIDTHS: Final = (50, 110, 130, 230, 110, 90)
"""The widest that each column may be, in pixels at 100 %; the last one takes what is left."""
_ENCODINGS: Final = ("", "utf-8", "utf-16", "cp1252")
_DELIMITERS: Final = (("", "auto"), (",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar"))
_DATES: Final = ("", "dmy", "mdy")


class ImportDialog(QDialog):
    """Not modal. Nothing is written before the button is pressed; a running import can be stopped, what came stays."""

    def __init__(self, desk: Desk, manifest: Manifest, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.manifest = manifest
        self.path: Path | None = None
        self.table: Table | None = None
        self.frame: Frame | None = None
        self.fields: dict[Target, QComboBox] = {}
        self.running = False
        self._stopped = False
        self._filling = False
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.setWindowTitle(tr("import.title", channel=channels.title(manifest.name)))
        self._build()
        self._rest = once(self, _REST_MS, lambda: desk.tasks.replace("import.look", self._look()))
        self.resize(desk.theme.pixels(1120), desk.theme.pixels(660))
        lay_over(self)
        self._show_state()

    # ------------------------------------------------------------ the form

    def _build(self) -> None:
        self.choose = basic.button()
        self.choose.setText(tr("import.choose"))
        self.choose.clicked.connect(lambda: self.desk.tasks.replace("import.choose", self._choose()))
        self.name = basic.ElidedLabel(tr("import.none"))
        self.encoding = self._box("import.encoding", [(one, one or tr("import.auto")) for one in _ENCODINGS])
        self.delimiter = self._box(
            "import.delimiter", [(mark, tr(f"import.delimiter.{name}")) for mark, name in _DELIMITERS]
        )
        self.sheet = self._box("import.sheet", [])
        self.dates = self._box("import.dates", [(one, tr(f"import.dates.{one or 'auto'}")) for one in _DATES])
        for box in (self.encoding, self.delimiter, self.sheet):
            box.activated.connect(lambda _: self.desk.tasks.replace("import.open", self._open()))
        self.dates.activated.connect(lambda _: self._rest.start())
        self.form = QFormLayout()
        self.form.setContentsMargins(0, 0, 8, 0)
        inside = basic.frame()
        inside.setLayout(self.form)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        area.setFixedWidth(self.desk.theme.pixels(330))
        self.rows = QTableWidget(0, len(_COLUMNS))
        self.rows.setHorizontalHeaderLabels([tr(f"import.column.{name}") for name in _COLUMNS])
        self.rows.setAccessibleName(tr("import.preview"))
        self.rows.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rows.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.rows.verticalHeader().hide()
        self.rows.verticalHeader().setDefaultSectionSize(self.desk.theme.row_height)
        self.rows.setWordWrap(False)
        head = self.rows.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        head.setStretchLastSection(True)
        columns_title = basic.label(tr("import.columns"), bold=True)
        self.preview_title = basic.label(tr("import.preview"), bold=True)
        middle = basic.row(
            basic.column(columns_title, area, spacing=6),
            basic.column(self.preview_title, self.rows, spacing=6),
            spacing=16,
        )
        middle.setStretch(1, 1)
        self.keep = QCheckBox(tr("import.keep"))
        self.keep.setChecked(True)
        self.said = basic.label(wrap=True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName(tr("import.progress"))
        self.bar.hide()
        self.stop = basic.button()
        self.stop.setText(tr("import.close"))
        self.stop.clicked.connect(self._leave)
        self.start = basic.button(kind="primary")
        self.start.setAutoDefault(False)
        self.start.clicked.connect(self.run)
        file = basic.row(self.choose, self.name, spacing=12)
        file.setStretch(1, 1)
        whole = basic.column(
            file,
            basic.row(
                *self._labelled("import.encoding", self.encoding),
                *self._labelled("import.delimiter", self.delimiter),
                *self._labelled("import.sheet", self.sheet),
                *self._labelled("import.dates", self.dates),
                0,
            ),
            middle,
            self.said,
            self.bar,
            basic.row(self.keep, 0, self.stop, self.start),
            spacing=10,
            margins=(20, 16, 20, 14),
        )
        whole.setStretch(2, 1)
        self.setLayout(whole)

    def _box(self, key: str, choices: list[tuple[str, str]]) -> QComboBox:
        made = QComboBox()
        made.setAccessibleName(tr(key))
        for value, text in choices:
            made.addItem(text, value)
        return made

    def _labelled(self, key: str, control: QWidget) -> tuple[QWidget, QWidget]:
        label = basic.label(tr(key), step=-1, tone="muted")
        label.setBuddy(control)
        return label, control

    def _show_state(self) -> None:
        """What can be pressed now."""
        ready = self.frame is not None and self.frame.columns.enough
        self.start.setEnabled(ready and not self.running)
        total = None if self.table is None else self.table.total
        self.start.setText(tr("import.start") if total is None else trn("import.start.rows", total))
        self.stop.setText(tr("import.stop") if self.running else tr("import.close"))
        for control in (self.choose, self.encoding, self.delimiter, self.sheet, self.dates, self.keep):
            control.setEnabled(not self.running)
        for box in self.fields.values():
            box.setEnabled(not self.running)
        book = self.table is not None and bool(self.table.sheets)
        self.sheet.setEnabled(book and not self.running)
        self.encoding.setEnabled(not book and not self.running)
        self.delimiter.setEnabled(not book and not self.running)

    # ------------------------------------------------------------ opening

    async def _choose(self) -> None:
        chosen = await open_files(
            self, tr("import.choose"), tr("import.kinds", kinds="*.csv *.txt *.tsv *.xlsx")
        )
        if alive(self) and chosen:
            self.take(chosen[0])

    def take(self, path: Path) -> None:
        """Look at a file."""
        self.path = path
        self.name.set_text(path.name)
        self.table = self.frame = None
        self.sheet.clear()
        self.desk.tasks.replace("import.open", self._open())

    async def _open(self) -> None:
        from smartcity_desk.sync.tables.reading import open_table

        path = self.path
        if path is None:
            return
        self._say(tr("import.opening"), "muted")
        try:
            table = await self.desk.errands.run(
                open_table,
                path,
                encoding=self.encoding.currentData(),
                delimiter=self.delimiter.currentData(),
                sheet=self.sheet.currentData() or "",
            )
        except DeskError as problem:
            if alive(self) and path == self.path:
                self.table = self.frame = None
                self.rows.setRowCount(0)
                self._say(errors_text.of_error(problem).whole, "overdue")
                self._show_state()
            return
        if alive(self) and path == self.path:
            self._opened(table)

    def _opened(self, table: Table) -> None:
        from smartcity_desk.sync.tables.columns import from_json, guess

        self.table = table
        kept: dict[str, config.Json] = self.desk.settings.get(config.IMPORT_COLUMNS)
        self._show_table(table, guess(table.headings, [from_json(kept.get(self.manifest.name))]))
        self.desk.tasks.replace("import.look", self._look())

    def _show_table(self, table: Table, columns: Columns) -> None:
        """Fill what the file lets choose: its sheets, and a list of its columns for each field."""
        from smartcity_desk.sync.tables.columns import Target

        self.sheet.clear()
        for name in table.sheets:
            self.sheet.addItem(formats.one_line(name, 40), name)
        self.sheet.setCurrentIndex(max(0, self.sheet.findData(table.sheet)))
        while self.form.rowCount():
            self.form.removeRow(0)
        self.fields = {}
        for target in Target:
            box = QComboBox()
            box.addItem(tr("import.no_column"), "")
            for heading in table.headings:
                box.addItem(formats.one_line(heading, 40), heading)
            box.setCurrentIndex(max(0, box.findData(columns.of.get(target, ""))))
            box.setAccessibleName(tr(f"import.field.{target.value}"))
            box.activated.connect(lambda _: self._rest.start())
            mark = " *" if target is Target.TIME else ""
            label = basic.label(tr(f"import.field.{target.value}") + mark)
            label.setBuddy(box)
            self.form.addRow(label, box)
            self.fields[target] = box

    @property
    def columns(self) -> Columns:
        """The mapping as it is chosen."""
        from smartcity_desk.sync.tables.columns import Columns
        from smartcity_desk.sync.tables.times import DateOrder

        of = {target: str(box.currentData()) for target, box in self.fields.items() if box.currentData()}
        order = self.dates.currentData()
        return Columns(of, DateOrder(order) if order else None)

    # ------------------------------------------------------------ looking

    async def _look(self) -> None:
        """The first rows as they would be imported."""
        table, columns = self.table, self.columns
        if table is None:
            return
        try:
            frame, found = await self.desk.errands.run(self._first_rows, table, columns)
        except DeskError as problem:
            if alive(self):
                self._say(errors_text.of_error(problem).whole, "overdue")
            return
        if not alive(self) or table is not self.table or self.running:
            return
        self.frame = frame
        self._fill(found)
        if not columns.enough:
            self._say(tr("import.not_enough"), "soon")
        else:
            bad = sum(1 for one in found if one.report is None)
            self._say(
                trn("import.looked.bad", bad, rows=len(found)) if bad else trn("import.looked", len(found)),
                "soon" if bad else "in_time",
            )
        self._show_state()

    def _first_rows(self, table: Table, columns: Columns) -> tuple[Frame, list[Looked]]:
        """Blocks: keyring and rows."""
        from smartcity_desk.domain.privacy import pseudonym
        from smartcity_desk.sync import registry
        from smartcity_desk.sync.tables import importing

        key, channel = registry.pseudonym_key(self.desk.secrets), self.manifest.name
        frame = importing.frame_for(
            table,
            self.manifest,
            columns,
            pseudonym=lambda source: pseudonym(key, channel, source),
            directory=self.desk.directory,
        )
        return frame, importing.look(table, frame)

    def _fill(self, found: list[Looked]) -> None:
        directory = self.desk.directory
        self.rows.setRowCount(len(found))
        for at, one in enumerate(found):
            report = one.report
            if report is None:
                raw = formats.one_line(" | ".join(cell for cell in one.cells if cell), 200)
                cells = [str(one.number), self._trouble(one.reason), "", raw, "", "", ""]
            else:
                where = report.place_hint
                if report.lat is not None and report.lon is not None:
                    where = f"{report.lat:.4f}, {report.lon:.4f}"
                cells = [
                    str(one.number),
                    "",
                    formats.date_time(report.reported_at).removesuffix(" WIB"),
                    f"{report.title} — {report.text}" if report.title else report.text,
                    words.category_name(directory, report.category)
                    if report.category
                    else report.category_raw,
                    words.status_name(report.source_status),
                    where,
                ]
            for column, text in enumerate(cells):
                item = QTableWidgetItem(formats.one_line(text, 200))
                item.setToolTip(formats.tip(text))
                if report is None:
                    item.setForeground(self.desk.theme.color("overdue"))
                self.rows.setItem(at, column, item)
        pixels = self.desk.theme.pixels
        for column, most in enumerate(_WIDTHS):
            self.rows.resizeColumnToContents(column)
            self.rows.setColumnWidth(column, min(self.rows.columnWidth(column), pixels(most)))

    def _trouble(self, reason: str) -> str:
        return tr("import.trouble", field=_named(reason))

    # ------------------------------------------------------------ taking in

    def run(self) -> None:
        """Take the file in."""
        if self.running or self.table is None or self.frame is None:
            return
        self.running, self._stopped = True, False
        self.bar.setRange(0, self.table.total or 0)
        self.bar.setValue(0)
        self.bar.show()
        self._show_state()
        self.desk.tasks.spawn(self._run(self.table, self.frame), name="import.run")

    async def _run(self, table: Table, frame: Frame) -> None:
        from smartcity_desk.sync.places import Places
        from smartcity_desk.sync.tables.importing import Run

        desk = self.desk
        run = Run(table, frame, Places(places_of(desk)).placed)
        try:
            if self.keep.isChecked():
                await desk.errands.run(self._keep_columns, frame.columns)
            # A batch is read on one thread and written on another; both are free in between for everything else.
            while not self._stopped and (batch := await desk.errands.run(run.next)) is not None:
                result = await desk.writer.run(
                    desk.store.add,
                    frame.channel,
                    batch.reports,
                    quarantined=batch.quarantined,
                    now=desk.clock(),
                )
                self._tell(run.took(batch, result))
        except DeskError as problem:
            desk.notify.error(problem)
        finally:
            self._over(run.total)

    def _keep_columns(self, columns: Columns) -> None:
        before: dict[str, config.Json] = self.desk.settings.get(config.IMPORT_COLUMNS)
        self.desk.settings.set(config.IMPORT_COLUMNS, {**before, self.manifest.name: columns.to_json()})
        self.desk.settings.save()

    def _tell(self, total: Imported) -> None:
        if alive(self):
            self.bar.setValue(total.rows)
            self._say(_counts(total), "")

    def _over(self, total: Imported) -> None:
        """Say what came of it, here and, if the window is gone, in the frame."""
        desk = self.desk
        changed = {"channel": self.manifest.name, "new": total.new, "changed": total.changed}
        desk.bridge.reports_changed.emit(changed)
        desk.nudge_sync()
        sentence = tr("import.stopped", counts=_counts(total)) if self._stopped else _counts(total)
        if not alive(self):
            desk.notify.say(sentence, Level.DONE, replaces="import")
            return
        self.running = False
        self.bar.hide()
        self._say(sentence, "soon" if total.unreadable or self._stopped else "in_time")
        self._show_state()

    def _leave(self) -> None:
        """Stop what runs; with nothing running, close."""
        if self.running:
            self._stopped = True
        else:
            self.close()

    def done(self, code: int) -> None:
        """The window goes: a running import stops behind the batch at hand."""
        self._stopped = self._stopped or self.running
        self._rest.stop()
        super().done(code)

    def _say(self, text: str, tone: Any) -> None:
        self.said.setText(text)
        basic.set_tone(self.said, tone)


def _counts(total: Imported) -> str:
    """New, changed, known already, and what could not be read with its commonest reason."""
    said = trn(
        "import.done",
        total.rows,
        new=formats.number(total.new),
        changed=formats.number(total.changed),
        known=formats.number(total.unchanged + total.repeated),
    )
    if not total.unreadable:
        return said
    reason = max(total.reasons, key=lambda key: total.reasons[key])
    return f"{said} {trn('import.unreadable', total.unreadable, field=_named(reason))}"


def _named(reason: str) -> str:
    """How a reason is called: a field by its name in the form, else in words of its own."""
    from smartcity_desk.sync.tables.columns import Target

    own = {"row", "cells", "repeated_id"}
    if reason in own:
        return tr(f"import.reason.{reason}")
    return tr(f"import.field.{reason}") if reason in set(Target) else formats.one_line(reason, 40)
