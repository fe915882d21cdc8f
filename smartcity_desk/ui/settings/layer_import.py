"""A layer from a file: read beside the window, shown before it counts, taken in or left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QProgressBar, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.ui import errors_text, formats
from smartcity_desk.ui.layers import shelf_of, title_of
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.notify import Level
from smartcity_desk.ui.triage.popover import Popover
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from smartcity_desk.place.layers.known import Known
    from smartcity_desk.place.layers.making import Made
    from smartcity_desk.ui.services import Desk

_FIELDS = ("mapping", "source", "licence", "as_of")


class ImportDialog(Popover):
    """What the file holds, with what may be said of it. Esc leaves everything as it was, also while it reads."""

    def __init__(self, desk: Desk, about: Known, path: Path, parent: QWidget | None) -> None:
        title = tr("layer.import.title", layer=title_of(about.name))
        super().__init__(desk, title, formats.one_line(path.name, 120), parent)
        self._about = about
        self._path = path
        self.made: Made | None = None
        self.line = QProgressBar(self)
        self.line.setRange(0, 0)
        self.line.setTextVisible(False)
        self.line.setFixedHeight(3)
        self.body.addWidget(self.line)
        self.report = QPlainTextEdit(self)
        self.report.setReadOnly(True)
        self.report.setFixedHeight(desk.theme.pixels(130))
        self.report.setAccessibleName(title)
        self.body.addWidget(self.report)
        self.fields: dict[str, QLineEdit] = {}
        for name in _FIELDS:
            field = QLineEdit(self)
            field.setMaxLength(300)
            field.setAccessibleName(tr(f"layer.import.{name}"))
            self.field(tr(f"layer.import.{name}"), field)
            self.fields[name] = field
        self.fields["mapping"].setPlaceholderText(tr("layer.import.mapping_hint"))
        self.swap = QCheckBox(tr("layer.import.swap"), self)
        self.force = QCheckBox(tr("layer.import.force"), self)
        self.again = basic.button(parent=self)
        self.again.setAutoDefault(False)
        self.again.setText(tr("layer.import.again"))
        self.again.clicked.connect(self.read)
        self.body.addWidget(self.swap)
        self.body.addLayout(basic.row(self.force, 0, self.again))
        self.accept_button.setText(tr("layer.import.take"))
        self.submit = self._take
        self.resize(desk.theme.pixels(560), desk.theme.pixels(560))
        self.read()

    def read(self) -> None:
        """Read the file as the fields say now."""
        self.made = None
        self.accept_button.setEnabled(False)
        self.trouble.hide()
        self.line.show()
        self.report.setPlainText(tr("layer.import.reading", file=formats.one_line(self._path.name, 80)))
        self.desk.tasks.replace("layer.import", self._read())

    def done(self, result: int) -> None:
        """Closed, or left while it still reads: what comes afterwards is for nobody."""
        self.desk.tasks.cancel("layer.import")
        super().done(result)

    async def _read(self) -> None:
        desk, about, path = self.desk, self._about, self._path
        said = {name: field.text().strip() for name, field in self.fields.items()}
        swapped = self.swap.isChecked()

        def work() -> tuple[Made, str]:
            from smartcity_desk.place.layers.making import Said, make
            from smartcity_desk.place.layers.streets import lines
            from smartcity_desk.sync.layers import files, tables

            mapping = tables.ColumnMap.of(said["mapping"])
            brought = files.load(path, mapping)
            columns = ", ".join(tables.heads(brought.rows)[:24])
            made = make(
                about,
                brought,
                desk.directory,
                columns=mapping.areas(),
                said=Said(said["source"], said["licence"], said["as_of"], swapped=swapped),
                streets=lines(desk.paths.place) if brought.features is None else None,
            )
            return made, columns

        try:
            made, columns = await desk.errands.run(work)
        except DeskError as problem:
            if alive(self):
                self.line.hide()
                self.report.setPlainText("")
                self.complain(errors_text.of_error(problem).whole)
            return
        if not alive(self):
            return
        from smartcity_desk.place.layers.saying import report_lines

        self.made = made
        self.line.hide()
        self.accept_button.setEnabled(True)
        lines_of = [formats.one_line(line, 300) for line in report_lines(title_of(self._about.name), made)]
        if columns:
            lines_of.append(tr("layer.import.columns", columns=formats.one_line(columns, 300)))
        self.report.setPlainText("\n".join(lines_of))

    async def _take(self) -> str | None:
        desk, made = self.desk, self.made
        if made is None:
            return None
        name, force = self._about.name, self.force.isChecked()

        def put() -> bool:
            from smartcity_desk.place.layers.streets import base_bytes

            base = base_bytes(desk.paths.place)
            return shelf_of(desk).put(name, made.new, now=desk.clock(), base=base, force=force)

        try:
            await desk.errands.run(put)
        except DeskError as problem:
            return errors_text.of_error(problem).whole
        desk.bridge.layers_changed.emit({"layer": name, "ok": True})
        told = tr("layer.settings.taken", layer=title_of(name), n=formats.number(made.new.count))
        desk.notify.say(told, Level.DONE, replaces="layer")
        return None
