"""How one channel is reached: on or off, address, options, and secrets that go to the keyring and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QComboBox, QFrame, QLineEdit

from smartcity_desk.config import ChannelSettings, Settings, check_url
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.i18n import tr
from smartcity_desk.secrets import SecretStore
from smartcity_desk.ui import channels, errors_text
from smartcity_desk.ui.formats import clean
from smartcity_desk.ui.health.screen import trial_sentence
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.texts import Texts

if TYPE_CHECKING:
    from smartcity_desk.sync.channel import Manifest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator filled in. A secret that is empty stays as it is."""

    enabled: bool
    url: str
    options: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)


def keep_channel(manifest: Manifest, wanted: Wanted, settings: Settings, secrets: SecretStore) -> None:
    """Write a channel's settings; blocks (file, keyring). Raises ConfigProblem or StoreProblem."""
    from smartcity_desk.sync import registry

    check_url(wanted.url)
    options = {name: manifest.option(name).check(value) for name, value in wanted.options.items()}
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
    settings.set_channel(manifest.name, replace(current, enabled=wanted.enabled, url=url, options=options))
    settings.save()


class ChannelCard(QFrame):
    """Made from a manifest: a new channel needs no line here."""

    def __init__(self, desk: Desk, manifest: Manifest) -> None:
        super().__init__()
        self.desk = desk
        self.manifest = manifest
        self.texts = Texts()
        self.setProperty("ground", "card")
        present = desk.settings.channel(manifest.name)
        self.enabled = QCheckBox()
        self.enabled.setChecked(present.enabled)
        self.texts.bind("settings.channel.enabled", self.enabled.setText)
        title = basic.label(step=1, bold=True)
        self.texts.bind(manifest.title_key, title.setText)
        terms = basic.label(tone="muted", step=-1, wrap=True)
        self.texts.bind(manifest.terms_key, terms.setText)
        column = basic.column(spacing=6, margins=(20, 16, 20, 16))
        column.addLayout(basic.row(title, 0, self.enabled))
        column.addWidget(terms)
        self.url = QLineEdit()
        self.url.setMaxLength(500)
        self.url.setText(present.url)
        if manifest.default_url:
            self.url.setPlaceholderText(manifest.default_url)
        url_label = basic.label()
        url_label.setBuddy(self.url)
        self.texts.bind("settings.channel.url", url_label.setText)
        column.addWidget(url_label)
        column.addWidget(self.url)
        self.options: dict[str, QLineEdit | QComboBox] = {}
        self.secrets: dict[str, QLineEdit] = {}
        for spec in manifest.options:
            control = self._control(spec.name, spec.secret, spec.choices, spec.default, present)
            help_text = basic.label(wrap=True)
            help_text.setBuddy(control)
            self.texts.bind(spec.help_key, help_text.setText)
            self.texts.bind(spec.help_key, control.setAccessibleName)
            column.addWidget(help_text)
            column.addWidget(control)
        self.outcome = basic.label(wrap=True)
        self.outcome.hide()
        self.trial = basic.button()
        self.trial.clicked.connect(self._try)
        self.save = basic.button(kind="primary")
        self.save.setAutoDefault(False)
        self.save.clicked.connect(self._save)
        column.addWidget(self.outcome)
        column.addLayout(basic.row(0, self.trial, self.save))
        self.setLayout(column)
        self.retranslate()
        desk.tasks.replace(f"settings.secrets.{manifest.name}", self._look_for_secrets())

    def _control(
        self, name: str, secret: bool, choices: tuple[str, ...], default: str, present: ChannelSettings
    ) -> QLineEdit | QComboBox:
        if secret:
            hidden = QLineEdit()
            hidden.setEchoMode(QLineEdit.EchoMode.Password)
            hidden.setMaxLength(4000)
            self.secrets[name] = hidden
            return hidden
        value = clean(str(present.options.get(name, default)), 600)
        if choices:
            box = QComboBox()
            for choice in choices:
                box.addItem(choice or tr("settings.channel.any"), choice)
            box.setCurrentIndex(max(0, box.findData(value)))
            self.options[name] = box
            return box
        line = QLineEdit(value)
        line.setMaxLength(600)
        self.options[name] = line
        return line

    def retranslate(self) -> None:
        """Say every text again."""
        self.texts.retranslate()
        name = channels.title(self.manifest.name)
        self.url.setAccessibleName(tr("settings.channel.url.name", channel=name))
        self.enabled.setAccessibleName(tr("settings.channel.enabled.name", channel=name))
        for button, key in ((self.trial, "common.test"), (self.save, "common.save")):
            button.setText(tr(key))
            button.setAccessibleName(f"{tr(key)}: {name}")
        for control in self.options.values():
            if isinstance(control, QComboBox) and control.findData("") >= 0:
                control.setItemText(control.findData(""), tr("settings.channel.any"))
        self.outcome.hide()

    @property
    def wanted(self) -> Wanted:
        """What stands in the fields."""
        options = {
            name: str(control.currentData()) if isinstance(control, QComboBox) else control.text().strip()
            for name, control in self.options.items()
        }
        secrets = {name: control.text().strip() for name, control in self.secrets.items()}
        return Wanted(self.enabled.isChecked(), self.url.text().strip(), options, secrets)

    async def _look_for_secrets(self) -> None:
        """Show that a secret is there, never the secret."""
        from smartcity_desk.secrets import channel_secret

        names = [*self.secrets, *(["url"] if self.manifest.url_is_secret else [])]
        for name in names:
            kept = await self.desk.errands.run(
                self.desk.secrets.get, channel_secret(self.manifest.name, name)
            )
            if not alive(self):
                return
            control = self.secrets.get(name, self.url)
            if kept:
                control.setPlaceholderText(tr("settings.channel.secret.kept"))

    def _try(self) -> None:
        self._say(tr("health.trying"), "muted")
        self.desk.tasks.replace(f"settings.channel.{self.manifest.name}", self._keep(then_try=True))

    def _save(self) -> None:
        self.desk.tasks.replace(f"settings.channel.{self.manifest.name}", self._keep(then_try=False))

    async def _keep(self, *, then_try: bool) -> None:
        """Save, and try what was saved: a trial of something else would prove nothing."""
        desk, manifest = self.desk, self.manifest
        try:
            await desk.errands.run(keep_channel, manifest, self.wanted, desk.settings, desk.secrets)
        except DeskError as problem:
            if alive(self):
                self._say(errors_text.of_error(problem).whole, "overdue")
            return
        desk.bridge.settings_changed.emit(f"channel.{manifest.name}")
        if not then_try or desk.tester is None:
            if alive(self):
                kept = tr("settings.saved") if desk.secrets.persistent else tr("settings.saved.sitting")
                self._say(kept, "in_time")
                self._forget_typed()
            return
        result = await desk.errands.run(desk.tester, manifest.name)
        if alive(self):
            self._say(trial_sentence(result, desk.clock()), "in_time" if result.ok else "overdue")
            self._forget_typed()

    def _forget_typed(self) -> None:
        for control in self.secrets.values():
            if control.text():
                control.clear()
                control.setPlaceholderText(tr("settings.channel.secret.kept"))

    def _say(self, text: str, tone: basic.Tone) -> None:
        self.outcome.setText(text)
        basic.set_tone(self.outcome, tone)
        self.outcome.show()
