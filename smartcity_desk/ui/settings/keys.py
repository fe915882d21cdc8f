"""All keys, and other ones for those who want them. A key that is taken already is refused with its owner's name."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QKeySequenceEdit, QLineEdit, QTreeWidget, QTreeWidgetItem

from smartcity_desk import config
from smartcity_desk.i18n import tr
from smartcity_desk.ui.commands import CommandRegistry, Group, key_label
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.section import Section
from smartcity_desk.ui.widgets import basic


class KeysSection(Section):
    """A tree by group; the chosen command's key can be changed below it."""

    title_key = "settings.keys.title"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.tree = QTreeWidget()
        self.tree.setColumnCount(2)
        self.tree.setMinimumHeight(desk.theme.pixels(380))
        self.tree.setUniformRowHeights(True)
        self.tree.header().setObjectName("plain")
        self.texts.name("settings.keys.title", self.tree)
        self.tree.currentItemChanged.connect(lambda *_: self._chosen())
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.texts.name("settings.keys.new", self.edit)
        self.set_key = basic.button()
        self.texts.bind("settings.keys.set", self.set_key.setText)
        self.set_key.clicked.connect(self._set)
        self.standard = basic.button()
        self.texts.bind("settings.keys.standard", self.standard.setText)
        self.standard.clicked.connect(self._standard)
        self.outcome = basic.label(wrap=True)
        self.card(
            self.note("settings.keys.note"),
            self.tree,
            self.field("settings.keys.new", self.edit),
            basic.row(self.edit, self.set_key, self.standard),
            self.outcome,
        )
        self._fill()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        line = self.edit.findChild(QLineEdit)
        if line is not None:  # Qt asks for this text only once
            line.setPlaceholderText(tr("qt.press_keys"))
        self._fill()

    def _fill(self) -> None:
        chosen = self.chosen
        commands = self.desk.commands
        self.tree.clear()
        self.tree.setHeaderLabels([tr("command.column.what"), tr("command.column.keys")])
        for group in Group:
            head = QTreeWidgetItem([tr(f"command.group.{group.value}"), ""])
            head.setSizeHint(0, QSize(0, self.desk.theme.row_height))
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            self.tree.addTopLevelItem(head)
            for command in commands:
                if command.group is group:
                    keys = "  ".join(dict.fromkeys(key_label(key) for key in commands.keys(command.id)))
                    item = QTreeWidgetItem([commands.title(command.id), keys])
                    item.setData(0, Qt.ItemDataRole.UserRole, command.id)
                    head.addChild(item)
                    if command.id == chosen:
                        self.tree.setCurrentItem(item)
            head.setExpanded(True)
        self.tree.resizeColumnToContents(0)
        self._chosen()

    @property
    def chosen(self) -> str:
        """The id of the command under the cursor, or nothing."""
        item = self.tree.currentItem()
        return "" if item is None else str(item.data(0, Qt.ItemDataRole.UserRole) or "")

    def _chosen(self) -> None:
        for part in (self.edit, self.set_key, self.standard):
            part.setEnabled(bool(self.chosen))
        self.outcome.clear()

    def _set(self) -> None:
        key = self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if self.chosen and key:
            self._try([key])

    def _standard(self) -> None:
        if self.chosen:
            self._try(None)

    def _try(self, keys: list[str] | None) -> None:
        """Take the keys over unless they would run two commands at once."""
        desk, chosen = self.desk, self.chosen
        stored: dict[str, config.Json] = desk.settings.get(config.KEYMAP)
        keymap = dict(stored)
        keymap.pop(chosen, None)
        if keys is not None:
            keymap[chosen] = list(keys)
        before = set(CommandRegistry(keymap=stored).clashes())
        clash = [found for found in CommandRegistry(keymap=keymap).clashes() if found not in before]
        if clash:
            key, first, second = clash[0]
            other = desk.commands.title(second if first == chosen else first)
            self.outcome.setText(tr("settings.keys.taken", key=key_label(key), command=other))
            basic.set_tone(self.outcome, "overdue")
            return
        desk.settings.set(config.KEYMAP, keymap)
        desk.errands.post(desk.settings.save)
        desk.commands.set_keymap(keymap)
        desk.bridge.settings_changed.emit(config.KEYMAP.name)
        self.edit.clear()
        self._fill()
        self.outcome.setText(tr("settings.saved"))
        basic.set_tone(self.outcome, "in_time")
