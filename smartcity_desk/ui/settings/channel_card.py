"""The page of one channel: on or off, address, options, secrets, what may be done with its rows, and a trial.

Secrets go to the keyring and nowhere else. Everything is made from the manifest: a new channel needs no line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QLayout, QLineEdit, QWidget

from smartcity_desk.config import ChannelSettings, Settings, check_url
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import has_text, tr
from smartcity_desk.secrets import SecretStore, channel_secret
from smartcity_desk.ui import channels, errors_text, formats
from smartcity_desk.ui.formats import clean
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.settings.channel_data import ChannelData
from smartcity_desk.ui.settings.channel_secret import SecretState
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.texts import Texts

if TYPE_CHECKING:
    from smartcity_desk.sync.channel import Manifest, OptionSpec, TestResult


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator filled in. A secret that is empty stays as it is; None is as the channel's terms say."""

    enabled: bool
    url: str
    options: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    export: bool | None = None
    retention_days: int | None = None


def keep_channel(manifest: Manifest, wanted: Wanted, settings: Settings, secrets: SecretStore) -> None:
    """Write a channel's settings; blocks (file, keyring). Raises ConfigProblem or StoreProblem."""
    from smartcity_desk.sync import registry

    check_url(wanted.url, manifest.schemes)
    options = {name: manifest.option(name).check(value) for name, value in wanted.options.items()}
    if wanted.enabled:
        manifest.check_leave(options)
    names = registry.secret_names(manifest)
    if wanted.url and wanted.url != manifest.default_url:
        registry.place_url(manifest.name, wanted.url, settings, secrets)
        url = settings.channel(manifest.name).url
    else:
        url = ""
    for secret, value in wanted.secrets.items():
        if value:
            secrets.set(names[secret], value)
    current = settings.channel(manifest.name)
    settings.set_channel(
        manifest.name,
        replace(
            current,
            enabled=wanted.enabled,
            url=url,
            options=options,
            export=wanted.export,
            retention_days=wanted.retention_days,
        ),
    )
    settings.save()


class ChannelCard(QFrame):
    """One channel's page; its `footer` with the buttons stays in sight below it.

    `kept` says that it was saved, `told` that there is something to read at its top, `import_wanted` asks for a file.
    """

    kept = Signal()
    told = Signal()
    import_wanted = Signal(str)

    def __init__(self, desk: Desk, manifest: Manifest) -> None:
        super().__init__()
        self.desk = desk
        self.manifest = manifest
        self.texts = Texts()
        present = desk.settings.channel(manifest.name)
        self.options: dict[str, QLineEdit | QComboBox] = {}
        self.secrets: dict[str, QLineEdit] = {}
        self.states: dict[str, SecretState] = {}
        self.enabled = QCheckBox()
        self.enabled.setChecked(present.enabled)
        self.texts.bind("settings.channel.enabled", self.enabled.setText)
        self.url = QLineEdit()
        self.url.setMaxLength(500)
        self.url.setText(present.url)
        self.url.setCursorPosition(0)
        self.asked = basic.label(tone="muted", step=-1, wrap=True)
        column = basic.column(spacing=12)
        self.outcome = basic.label(wrap=True)
        self.said = _card(self.outcome)
        self.said.hide()
        column.addWidget(self._head())
        column.addWidget(self.said)
        if manifest.polled:
            column.addWidget(self._reach(present))
        self.data = ChannelData(manifest, present)
        data_title = basic.label(bold=True)
        self.texts.bind("settings.channel.data", data_title.setText)
        column.addWidget(_card(data_title, self.data))
        self.bring = basic.button()
        self.bring.clicked.connect(lambda: self.import_wanted.emit(manifest.name))
        self.bring.setVisible(manifest.polled)
        self.trial = basic.button()
        self.trial.clicked.connect(self._try)
        self.save = basic.button(kind="primary")
        self.save.setAutoDefault(False)
        self.save.clicked.connect(self._save)
        self.setLayout(column)
        self.footer = basic.frame()
        self.footer.setLayout(basic.row(self.bring, 0, self.trial, self.save, margins=(0, 8, 0, 0)))
        self.retranslate()
        desk.tasks.replace(f"settings.secrets.{manifest.name}", self._look_for_secrets())

    def _head(self) -> QFrame:
        """What the channel is, its terms, how often it is asked, and its switch."""
        manifest = self.manifest
        title = basic.label(step=1, bold=True)
        self.texts.bind(manifest.title_key, title.setText)
        terms = basic.label(wrap=True)
        self.texts.bind(manifest.terms_key, terms.setText)
        head: list[QWidget | QLayout] = [basic.row(title, 0, self.enabled), terms]
        self.enabled.setVisible(manifest.polled)
        where = f"channel.{manifest.name}.where"
        if has_text(where):
            found = basic.label(tone="muted", step=-1, wrap=True)
            self.texts.bind(where, found.setText)
            head.append(found)
        return _card(*head, self.asked)

    def _reach(self, present: ChannelSettings) -> QFrame:
        """Address, options and secrets, each with the sentence that says what it is."""
        manifest = self.manifest
        title = basic.label(bold=True)
        self.texts.bind("settings.channel.reach", title.setText)
        card = _card(title)
        column = card.layout()
        assert column is not None
        if manifest.default_url:
            self.url.setPlaceholderText(manifest.default_url)
        label = basic.label(step=-1, tone="muted")
        label.setBuddy(self.url)
        self.texts.bind("settings.channel.url", label.setText)
        column.addWidget(label)
        column.addWidget(self.url)
        if manifest.url_is_secret:
            column.addWidget(self._secret_state("url", self.url))
            self._show_url_state()
        for spec in manifest.options:
            control = self._control(spec, present)
            help_text = basic.label(step=-1, tone="muted", wrap=True)
            help_text.setBuddy(control)
            self.texts.bind(spec.help_key, help_text.setText)
            self.texts.bind(spec.help_key, control.setAccessibleName)
            column.addWidget(help_text)
            column.addWidget(control)
            if spec.secret and isinstance(control, QLineEdit):
                column.addWidget(self._secret_state(spec.name, control))
        return card

    def _secret_state(self, name: str, control: QLineEdit) -> SecretState:
        state = SecretState(self.desk, channel_secret(self.manifest.name, name), control)
        self.states[name] = state
        state.forgotten.connect(self._forgot)
        return state

    def _control(self, spec: OptionSpec, present: ChannelSettings) -> QLineEdit | QComboBox:
        if spec.secret:
            hidden = QLineEdit()
            hidden.setEchoMode(QLineEdit.EchoMode.Password)
            hidden.setMaxLength(4000)
            self.secrets[spec.name] = hidden
            return hidden
        value = clean(str(present.options.get(spec.name, spec.default)), 600)
        if spec.choices:
            box = QComboBox()
            for choice in spec.choices:
                box.addItem(choice or _nothing(spec), choice)
            box.setCurrentIndex(max(0, box.findData(value)))
            self.options[spec.name] = box
            return box
        line = QLineEdit(value)
        line.setMaxLength(600)
        line.setCursorPosition(0)
        self.options[spec.name] = line
        return line

    def retranslate(self) -> None:
        """Say every text again."""
        self.texts.retranslate()
        name = channels.title(self.manifest.name)
        self.url.setAccessibleName(tr("settings.channel.url.name", channel=name))
        self.enabled.setAccessibleName(tr("settings.channel.enabled.name", channel=name))
        for button, key in (
            (self.trial, "common.test"),
            (self.save, "common.save"),
            (self.bring, "settings.channel.import"),
        ):
            button.setText(tr(key))
            button.setAccessibleName(f"{tr(key)}: {name}")
        for option, control in self.options.items():
            if isinstance(control, QComboBox) and control.findData("") >= 0:
                control.setItemText(control.findData(""), _nothing(self.manifest.option(option)))
        rate = self.manifest.rate
        self.asked.setText(
            tr(
                "settings.channel.asked",
                every=formats.duration(self.manifest.poll_interval_ms),
                calls=formats.number(rate.calls),
                per=formats.duration(rate.per_ms),
            )
            if self.manifest.polled
            else tr("channel.trial.note")
        )
        for state in self.states.values():
            state.retranslate()
        self.data.retranslate()
        self.said.hide()

    @property
    def wanted(self) -> Wanted:
        """What stands in the fields."""
        options = {
            name: str(control.currentData()) if isinstance(control, QComboBox) else control.text().strip()
            for name, control in self.options.items()
        }
        secrets = {name: control.text().strip() for name, control in self.secrets.items()}
        return Wanted(
            self.enabled.isChecked(),
            self.url.text().strip(),
            options,
            secrets,
            self.data.chosen_export,
            self.data.chosen_days,
        )

    async def _look_for_secrets(self) -> None:
        """Show that a secret is there, never the secret."""
        for state in list(self.states.values()):
            if alive(state):
                await state.look()

    def _show_url_state(self) -> None:
        """An address that stands in its field is no secret that is or is not kept."""
        if "url" in self.states:
            self.states["url"].setVisible(not self.desk.settings.channel(self.manifest.name).url)

    def _forgot(self) -> None:
        self._say(tr("settings.channel.secret.forgotten"), "in_time")
        self.desk.bridge.settings_changed.emit(f"channel.{self.manifest.name}")

    def _try(self) -> None:
        self._say(tr("health.trying"), "muted")
        self.desk.tasks.replace(f"settings.channel.{self.manifest.name}", self._keep(then_try=True))

    def _save(self) -> None:
        self.desk.tasks.replace(f"settings.channel.{self.manifest.name}", self._keep(then_try=False))

    async def _keep(self, *, then_try: bool) -> None:
        """Save, and try what was saved: a trial of something else would prove nothing."""
        desk, manifest = self.desk, self.manifest
        missing = self.data.missing()
        if missing is not None:
            self._say(missing, "overdue")
            return
        try:
            await desk.errands.run(keep_channel, manifest, self.wanted, desk.settings, desk.secrets)
        except DeskError as problem:
            if alive(self):
                self._say(errors_text.of_error(problem).whole, "overdue")
            return
        desk.bridge.settings_changed.emit(f"channel.{manifest.name}")
        self.kept.emit()
        if not then_try or desk.tester is None:
            if alive(self):
                kept = tr("settings.saved") if desk.secrets.persistent else tr("settings.saved.sitting")
                self._say(kept, "in_time")
                self._forget_typed()
            return
        result = await desk.errands.run(desk.tester, manifest.name)
        if alive(self):
            self._say(self._trial_text(result), "" if result.ok else "overdue")
            self._forget_typed()

    def _trial_text(self, result: TestResult) -> str:
        if result.error is not None:
            return errors_text.of_error(result.error).whole
        if not result.ok:
            return tr("health.trial.bad")
        from smartcity_desk.sync import trial

        return "\n".join(trial.sentences(result, self.manifest, formats.date_time))

    def _forget_typed(self) -> None:
        """What went to the keyring is no longer on screen."""
        hidden = "url" in self.states and not self.desk.settings.channel(self.manifest.name).url
        if hidden and self.url.text():
            self.url.clear()
            self.states["url"].show_kept(True)
        self._show_url_state()
        for name, control in self.secrets.items():
            if control.text():
                control.clear()
                self.states[name].show_kept(True)

    def _say(self, text: str, tone: basic.Tone) -> None:
        self.outcome.setText(clean(text))
        basic.set_tone(self.outcome, tone)
        self.said.show()
        self.told.emit()


def _card(*parts: QWidget | QLayout) -> QFrame:
    made = basic.frame(ground="card")
    made.setLayout(basic.column(*parts, spacing=6, margins=(20, 14, 20, 14)))
    return made


def _nothing(spec: OptionSpec) -> str:
    """What the empty choice of an option says: that it is no choice, or what else it means there."""
    key = f"{spec.help_key}.none"
    return tr(key) if has_text(key) else tr("settings.channel.any")
