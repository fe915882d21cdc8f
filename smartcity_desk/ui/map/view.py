"""The web view that holds the map's page: shut off from everything but our scheme, and back by itself after a crash."""

from __future__ import annotations

import json
import logging
import os
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtWebEngineCore import QWebEnginePage, QWebEngineProfile, QWebEngineSettings
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

from smartcity_desk.domain.times import MINUTE
from smartcity_desk.ui.beats import once
from smartcity_desk.ui.loop import alive
from smartcity_desk.ui.map import page as pages
from smartcity_desk.ui.map.scheme import DeskScheme, Guard, register
from smartcity_desk.ui.widgets import basic

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartcity_desk.ui.map.page import Asset
    from smartcity_desk.ui.map.scheme import Question
    from smartcity_desk.ui.services import Desk

_log = logging.getLogger(__name__)

CRASHES_MOST: Final = 3
CRASH_SPAN_MS: Final = 5 * MINUTE
_AGAIN_MS: Final = 250
_FLAGS: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--no-pings",
)
"""What a browser does behind its user's back and a map needs none of."""


def prepare(*, software: bool) -> None:
    """Choose how Chromium starts. Has an effect before the first view of a process only."""
    flags = [*_FLAGS, *(["--disable-gpu"] if software else [])]
    if software:
        os.environ["QT_QUICK_BACKEND"] = "software"  # what Qt lays the page's picture on
    before = os.environ.get("QTWEBENGINE_CHROMIUM_FLAGS", "").split()
    os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = " ".join(dict.fromkeys([*before, *flags]))
    register()


class _Page(QWebEnginePage):
    """Goes nowhere, opens nothing, asks for nothing."""

    def acceptNavigationRequest(
        self, url: QUrl | str, _kind: QWebEnginePage.NavigationType, main_frame: bool
    ) -> bool:
        """Our own page only, and only as the whole page."""
        wanted = url if isinstance(url, QUrl) else QUrl(url)
        own = wanted.scheme() == "desk" and wanted.host() == pages.HOST
        return main_frame and own and wanted.path().endswith("/page.html")

    def createWindow(self, _kind: QWebEnginePage.WebWindowType) -> QWebEnginePage:
        """No windows."""
        return None  # type: ignore[return-value]  # Qt's way to say no; its stubs do not know it

    def javaScriptConsoleMessage(
        self, _level: QWebEnginePage.JavaScriptConsoleMessageLevel, message: str, line: int, _source: str
    ) -> None:
        """What the page complains about, for the log: never a report's text, for the page writes none."""
        _log.debug("map page, line %d: %s", line, message[:300])

    def javaScriptAlert(self, _origin: QUrl | str, _text: str) -> None:
        """No dialogs."""

    def javaScriptConfirm(self, _origin: QUrl | str, _text: str) -> bool:
        """No dialogs."""
        return False


class MapView(QWidget):
    """One page of the map. `said` brings what the page tells: a word and its values, all text from outside."""

    said = Signal(str, object)
    opened = Signal()
    """The page is there, for the first time or again: it knows nothing yet."""
    gave_up = Signal()
    """The page's process died too often: there is no map any more in this sitting."""

    def __init__(
        self, desk: Desk, ask: Callable[[str, Question], Asset | None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._crashes: list[int] = []
        self._style = ""
        self.ready = False
        # The view comes first: children go in the order in which they came, and a page has to go before its profile.
        self.web = QWebEngineView(self)
        self._profile = QWebEngineProfile(self)
        self.guard = Guard(self._profile)
        self.scheme = DeskScheme(desk.tasks, desk.readers, ask, self._heard, self._profile)
        self._page = _Page(self._profile, self.web)
        self._shut()
        self.web.setPage(self._page)
        self.web.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._never_focus()
        self.setLayout(basic.column(self.web, spacing=0))
        self._page.renderProcessTerminated.connect(self._crashed)
        self._again = once(self, _AGAIN_MS, self._load)

    def _shut(self) -> None:
        profile, page = self._profile, self._page
        profile.setUrlRequestInterceptor(self.guard)
        profile.installUrlSchemeHandler(b"desk", self.scheme)
        profile.setPersistentCookiesPolicy(QWebEngineProfile.PersistentCookiesPolicy.NoPersistentCookies)
        profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.NoCache)
        profile.downloadRequested.connect(lambda item: item.cancel())
        page.permissionRequested.connect(lambda permission: permission.deny())
        page.setBackgroundColor(self._desk.theme.color("window"))
        attribute = QWebEngineSettings.WebAttribute
        settings = page.settings()
        for name in (
            attribute.JavascriptCanOpenWindows,
            attribute.JavascriptCanAccessClipboard,
            attribute.LocalStorageEnabled,
            attribute.LocalContentCanAccessRemoteUrls,
            attribute.LocalContentCanAccessFileUrls,
            attribute.HyperlinkAuditingEnabled,
            attribute.PluginsEnabled,
            attribute.FullScreenSupportEnabled,
            attribute.ScreenCaptureEnabled,
            attribute.WebGLEnabled,
            attribute.AutoLoadIconsForPage,
            attribute.ErrorPageEnabled,
            attribute.DnsPrefetchEnabled,
            attribute.PdfViewerEnabled,
            attribute.NavigateOnDropEnabled,
            attribute.FocusOnNavigationEnabled,
        ):
            settings.setAttribute(name, False)

    def _never_focus(self) -> None:
        """Keys are the desk's: they stay with the widget around the page."""
        self.web.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = self.web.focusProxy()
        if inner is not None:
            inner.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def open(self, style: str, files: dict[str, Asset]) -> None:
        """Show the page of a style; `files` are its own and the common ones."""
        self._style = style
        self.scheme.files = files
        self._page.setBackgroundColor(self._desk.theme.color("window"))
        self._load()

    def _load(self) -> None:
        self.ready = False
        self._page.load(QUrl(f"{pages.ORIGIN}/{self._style}/page.html"))

    def call(self, name: str, *values: object) -> None:
        """Call a function of the page with plain values; without a page it is not called."""
        if self.ready:
            arguments = ", ".join(json.dumps(value) for value in values)
            self._page.runJavaScript(f"desk.{name}({arguments})")

    def _heard(self, what: str, values: Question) -> None:
        if not alive(self):
            return  # the window goes, and a page that is still being taken down says its last word
        if what == "ready":
            self.ready = True
            self._never_focus()
            self.opened.emit()
        self.said.emit(what, values)

    def _crashed(self, status: QWebEnginePage.RenderProcessTerminationStatus, code: int) -> None:
        self.ready = False
        if status is QWebEnginePage.RenderProcessTerminationStatus.NormalTerminationStatus:
            return
        now = self._desk.clock()
        self._crashes = [at for at in self._crashes if now - at < CRASH_SPAN_MS] + [now]
        _log.warning(
            "the map's process ended (%s, %d), %d in five minutes", status.name, code, len(self._crashes)
        )
        if len(self._crashes) > CRASHES_MOST:
            self.gave_up.emit()
        else:
            self._again.start()
