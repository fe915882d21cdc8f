"""Kesehatan: a card for the central server and one for each channel. Nothing here blocks; a silent source is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.times import DAY, JAKARTA, MINUTE
from smartcity_desk.i18n import tr, trn
from smartcity_desk.store.rows import ChannelState
from smartcity_desk.ui import channels, errors_text, formats
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.bridge import Link
from smartcity_desk.ui.health import layers, words
from smartcity_desk.ui.health.card import Card
from smartcity_desk.ui.health.condition import WORST_FIRST, Condition, of_channel
from smartcity_desk.ui.health.layers import LayerLine, LayersCard
from smartcity_desk.ui.health.pulse import spoken
from smartcity_desk.ui.health.quarantine import QuarantineWindow
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.services import Desk
from smartcity_desk.ui.widgets import basic
from smartcity_desk.ui.widgets.screen import Screen

if TYPE_CHECKING:
    from smartcity_desk.store.health import ChannelHealth, DayCount
    from smartcity_desk.sync.channel import Manifest, TestResult

CENTRAL = "central"
_SETTLE_MS = 400
_TICK_MS = 1_000
_WIDE = 1_120
"""From this width on (pixels at 100 % text) a source's numbers stand beside its name."""
_ZONE = int(JAKARTA.utcoffset(None).total_seconds()) * 1000

_OF_LINK = {
    Link.NONE: Condition.OFF,
    Link.STARTING: Condition.WAITING,
    Link.ONLINE: Condition.RUNNING,
    Link.OFFLINE: Condition.OFFLINE,
    Link.SIGNED_OUT: Condition.STOPPED,
    Link.TROUBLE: Condition.TROUBLE,
}


class HealthScreen(Screen):
    """Reads the channels' states when shown and whenever the sync child tells of one."""

    key: ClassVar[str] = "health"
    title_key: ClassVar[str] = "shell.screen.health"
    icon: ClassVar[str] = "health"

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(desk, parent)
        self._manifests: list[Manifest] = []
        self._found: dict[str, ChannelHealth] = {}
        self._order: list[str] = []
        self.cards: dict[str, Card] = {}
        title = basic.label(step=2, bold=True)
        self.texts.bind("shell.screen.health", title.setText)
        text = basic.label(tone="muted", wrap=True)
        self.texts.bind("health.text", text.setText)
        head = basic.row(title, 12, text)
        head.setStretch(2, 1)
        self._list = basic.column(spacing=4)
        inside = basic.frame()
        inside.setLayout(basic.column(head, 4, self._list, 0, spacing=4, margins=(20, 10, 20, 10)))
        # As high as its texts are at this width: the area would leave room for them at the narrowest one.
        inside.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inside)
        self.texts.bind("shell.screen.health", area.setAccessibleName)
        self.setLayout(basic.column(area, spacing=0))
        self._settle = once(self, _SETTLE_MS, self.reload)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self.show_all)
        self.layers = LayersCard()
        self.layers.settings_wanted.connect(lambda: desk.bridge.navigate.emit("settings"))
        self._layer_lines: tuple[LayerLine, ...] = ()
        self._list.addWidget(self.layers)
        self._card(CENTRAL)
        desk.bridge.layers_changed.connect(self._news)
        desk.bridge.channel_changed.connect(self._news)
        desk.bridge.settings_changed.connect(self._news)
        desk.bridge.connection_changed.connect(self._news)
        self.retranslate()

    def activate(self) -> None:
        """Fetch, and keep the relative times fresh while somebody looks."""
        self._tick.start()
        self.reload()

    def deactivate(self) -> None:
        """Nobody looks: no ticking."""
        self._tick.stop()

    def retranslate(self) -> None:
        """Say every text again."""
        super().retranslate()
        self.show_all()

    def restyle(self) -> None:
        """The new theme."""
        for card in self.cards.values():
            card.restyle(self.desk.theme)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Beside or below, as there is room."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        for card in self.cards.values():
            card.set_narrow(narrow=self._narrow)

    @property
    def _narrow(self) -> bool:
        return self.width() < self.desk.theme.pixels(_WIDE)

    def reload(self) -> None:
        """Read where each channel stands."""
        self.desk.tasks.replace("health.load", self._load())

    def _news(self, _what: object = None) -> None:
        if self.isVisible():
            self._settle.start()

    async def _load(self) -> None:
        desk = self.desk
        if not self._manifests:
            self._manifests = [one for one in await channels.manifests(desk) if one.polled]
        names = [manifest.name for manifest in self._manifests]
        found = await desk.readers.run(desk.store.health.look, names, desk.clock())
        layer_lines = await desk.errands.run(layers.read, desk, desk.clock())
        if not alive(self):
            return
        self._found = dict(zip(names, found, strict=True))
        self._layer_lines = layer_lines
        for manifest in self._manifests:
            if manifest.name not in self.cards:
                self._card(manifest.name)
        self.show_all()

    def _card(self, name: str) -> Card:
        card = Card(name, self.desk.theme)
        card.set_narrow(narrow=self._narrow)
        card.reread.connect(self._reread)
        card.retry.connect(self._retry)
        card.trial.connect(self._trial)
        card.quarantine.connect(self._open_quarantine)
        self.cards[name] = card
        self._list.addWidget(card)
        return card

    def show_all(self) -> None:
        """Show what is known; cheap enough for every second."""
        now = self.desk.clock()
        self._show_central(now)
        ranks: list[tuple[int, int, str]] = []
        for number, manifest in enumerate(self._manifests):
            if manifest.name in self.cards:
                condition = self._show_channel(manifest, now)
                ranks.append((WORST_FIRST.index(condition), number, manifest.name))
        self.layers.show_lines(self._layer_lines, now)
        self._arrange([CENTRAL, *(name for _, _, name in sorted(ranks))])

    def _arrange(self, names: list[str]) -> None:
        """Put the cards into this order; nothing moves while it is theirs already."""
        if names == self._order:
            return
        self._order = names
        for at, name in enumerate(names):
            self._list.insertWidget(at, self.cards[name])

    def _show_central(self, now: int) -> None:
        connection, card = self.desk.bridge.connection, self.cards[CENTRAL]
        title = tr("health.central")
        condition = _OF_LINK[connection.link]
        card.show_condition(title, condition)
        card.show_quarantine(title, 0)
        card.trial_button.setVisible(connection.link is not Link.NONE)
        card.show_numbers(
            ("last_ok", _ago(connection.data_at, now), _exact(connection.data_at)),
            ("next_try", _ahead(connection.next_try_at, now), _exact(connection.next_try_at)),
            ("waiting", formats.number(connection.waiting), ""),
            ("conflicts", formats.number(connection.conflicts), ""),
        )
        signed_out = connection.link is Link.SIGNED_OUT
        code = connection.code or ("auth_expired" if signed_out else None)
        card.show_trouble(code, dict(connection.params), None, now)
        card.retry_button.setText(tr("shell.user.login") if signed_out else tr("common.retry"))

    def _show_channel(self, manifest: Manifest, now: int) -> Condition:
        card, found = self.cards[manifest.name], self._found.get(manifest.name)
        enabled = self.desk.settings.channel(manifest.name).enabled
        title = channels.title(manifest.name)
        state = None if found is None else found.state
        condition = of_channel(
            state,
            enabled=enabled,
            interval_ms=manifest.poll_interval_ms,
            now=now,
            silent=found is not None and found.silent_since is not None,
        )
        card.show_condition(title, condition)
        known = state or ChannelState(manifest.name)
        quarantined = 0 if found is None else found.quarantined
        lag = None if known.last_ok_at is None else max(0, now - known.last_ok_at)
        hour, usual = _this_hour(found)
        today = None if found is None or not found.days else found.days[0]
        card.show_numbers(
            ("last_item", _ago(known.last_item_at, now), _exact(known.last_item_at)),
            ("lag", tr("health.no_lag") if lag is None else formats.duration(lag), _exact(known.last_ok_at)),
            ("next_try", _ahead(known.next_try_at, now), _exact(known.next_try_at)),
            ("hour", hour, usual),
            (
                "today",
                "" if today is None else _counts(today),
                "" if today is None else words.day_words(today),
            ),
            ("received", formats.number(known.fetched_total), ""),
        )
        card.show_health(title, found if enabled else None, now)
        card.show_quarantine(title, quarantined)
        shown = None if condition is Condition.OFF else known.last_error_code
        # The central server's card stands above and says what a cut line means; ten more times would hide the rest.
        cut = shown == "offline" and self.desk.bridge.connection.link is Link.OFFLINE
        params: dict[str, object] = {**known.last_error_params, "channel": title}
        card.show_trouble(shown, params, known.last_error_at, now, brief=cut)
        return condition

    def _reread(self, name: str) -> None:
        """Ask for the whole of today again, as far as the source still gives it."""
        desk, card = self.desk, self.cards[name]
        if desk.sync is None:
            card.show_outcome(tr("health.no_sync"))
            return
        desk.sync.start()
        since = desk.clock() - (desk.clock() + _ZONE) % DAY
        desk.sync.send({"cmd": "reread", "channel": name, "since": since})
        card.show_outcome(tr("health.asked"))

    def _retry(self, name: str) -> None:
        desk, card = self.desk, self.cards[name]
        if name == CENTRAL and desk.bridge.connection.link is Link.SIGNED_OUT:
            desk.commands.run("app.login")
            return
        if desk.sync is None:
            card.show_outcome(tr("health.no_sync"))
            return
        desk.sync.start()
        desk.sync.send({"cmd": "pull"} if name == CENTRAL else {"cmd": "pull", "channel": name})
        card.show_outcome(tr("health.asked"))

    def _trial(self, name: str) -> None:
        self.cards[name].show_outcome(tr("health.trying"))
        self.desk.tasks.replace(f"health.trial.{name}", self._try(name))

    async def _try(self, name: str) -> None:
        if name == CENTRAL:
            text = await self._try_central()
        else:
            tester = self.desk.tester
            assert tester is not None
            text = trial_sentence(await self.desk.errands.run(tester, name), self.desk.clock())
        if alive(self):
            self.cards[name].show_outcome(text)

    async def _try_central(self) -> str:
        session = self.desk.session
        assert session is not None
        try:
            skew = await session.probe(session.url)
        except DeskError as problem:
            return errors_text.of_error(problem).whole
        if abs(skew) > MINUTE:
            return tr("health.trial.skew", skew=formats.duration(skew))
        return tr("health.trial.central")

    def _open_quarantine(self, name: str) -> None:
        window = QuarantineWindow(self.desk, name, self)
        window.released.connect(self.reload)
        window.show()


def trial_sentence(result: TestResult, now: int) -> str:
    """What a trial request found, as one sentence."""
    if result.error is not None:
        return errors_text.of_error(result.error).whole
    if not result.ok:
        return tr("health.trial.bad")
    found = trn("health.trial.items", result.items)
    if result.newest_at is None:
        return found
    return f"{found} {tr('health.trial.newest', ago=formats.ago(result.newest_at, now))}"


def _this_hour(found: ChannelHealth | None) -> tuple[str, str]:
    """What came in the hour that runs, beside what usually comes; and the same in words."""
    if found is None or not found.bars:
        return "", ""
    bar = found.bars[-1]
    said = formats.number(bar.n)
    if bar.low is None or bar.high is None:
        return said, spoken(found.bars)
    return tr("health.of_usual", n=said, usual=formats.number(round((bar.low + bar.high) / 2))), spoken(
        found.bars
    )


def _counts(today: DayCount) -> str:
    """Today's number here, and a sign where somebody counts otherwise."""
    return formats.number(today.desk) if today.agrees else tr("health.day.sign", n=formats.number(today.desk))


def _ago(instant: int | None, now: int) -> str:
    return tr("common.never") if instant is None else formats.ago(min(instant, now), now)


def _ahead(instant: int | None, now: int) -> str:
    if instant is None:
        return tr("health.no_next")
    return formats.ago(instant, now) if instant > now else tr("health.now")


def _exact(instant: int | None) -> str:
    return "" if instant is None else formats.date_time(instant)
