"""The desk's own URL scheme, `desk://map/…`: the only thing that the map's page can ask, and all that it may.

GET only; asked by our own page only; everything of every other scheme is refused before it leaves the process. Files
are answered at once, questions about reports in a reader's thread: the interface thread never waits for them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QUrl
from PySide6.QtWebEngineCore import (
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineUrlRequestJob,
    QWebEngineUrlScheme,
    QWebEngineUrlSchemeHandler,
)

from smartcity_desk.domain.errors import DeskError
from smartcity_desk.ui.map.page import HOST, POLICY, Asset

if TYPE_CHECKING:
    from smartcity_desk.ui.executors import Lane
    from smartcity_desk.ui.loop import TaskSet

_log = logging.getLogger(__name__)

NAME: Final = b"desk"
_QUERY_MOST: Final = 60_000
_Error = QWebEngineUrlRequestJob.Error

Question = dict[str, str]


def register() -> None:
    """Make the scheme known. Once a process, before the first web profile; later calls do nothing."""
    if QWebEngineUrlScheme.schemeByName(QByteArray(NAME)).name() == QByteArray(NAME):
        return
    flag = QWebEngineUrlScheme.Flag
    scheme = QWebEngineUrlScheme(QByteArray(NAME))
    scheme.setSyntax(QWebEngineUrlScheme.Syntax.Host)
    scheme.setFlags(flag.SecureScheme | flag.CorsEnabled | flag.FetchApiAllowed)
    QWebEngineUrlScheme.registerScheme(scheme)


def may_ask(url: QUrl, initiator: QUrl) -> bool:
    """Whether a request is one of our page's own: from our origin, or the page itself, which nobody asked for."""
    if url.scheme() != NAME.decode() or url.host() != HOST or url.port() != -1 or url.userInfo():
        return False
    if initiator.isEmpty():
        return url.path().endswith("/page.html")
    return initiator.scheme() == NAME.decode() and initiator.host() == HOST


class Guard(QWebEngineUrlRequestInterceptor):
    """Refuses whatever is not of our scheme, and counts it: a page of ours asks for nothing else."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.refused = 0

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        """Called for every request of the profile, in the interface thread."""
        url = info.requestUrl()
        if url.scheme() == NAME.decode() and url.host() == HOST:
            return
        self.refused += 1
        info.block(True)
        _log.warning("the map's page asked for something of the scheme %r: refused", url.scheme()[:20])


class DeskScheme(QWebEngineUrlSchemeHandler):
    """Answers the page. `ask` runs in a reader's thread; `say` gets what the page tells, at once."""

    def __init__(
        self,
        tasks: TaskSet,
        lane: Lane,
        ask: Callable[[str, Question], Asset | None],
        say: Callable[[str, Question], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._lane = lane
        self._ask = ask
        self._say = say
        self.files: dict[str, Asset] = {}

    def requestStarted(self, job: QWebEngineUrlRequestJob) -> None:
        """One request of the page."""
        url = job.requestUrl()
        if bytes(job.requestMethod().data()) != b"GET" or not may_ask(url, job.initiator()):
            job.fail(_Error.RequestDenied)
            return
        path = url.path()
        found = self.files.get(path)
        if found is not None:
            _reply(job, found)
            return
        query = url.query(QUrl.ComponentFormattingOption.FullyEncoded)
        if len(query) > _QUERY_MOST:
            job.fail(_Error.RequestDenied)
            return
        question = dict(parse_qsl(query, keep_blank_values=True, max_num_fields=30))
        if path.startswith("/say/"):
            self._say(path[5:], question)
            _reply(job, Asset(b"", "text/plain"))
        elif path.startswith("/data/"):
            there = _There(job)
            self._tasks.spawn(self._answer(there, path[6:], question), name="map.answer")
        else:
            job.fail(_Error.UrlNotFound)

    async def _answer(self, there: _There, what: str, question: Question) -> None:
        try:
            found = await self._lane.run(self._ask, what, question)
        except (ValueError, KeyError) as problem:
            _log.warning("the map asked %s in a way that nobody does: %s", what, type(problem).__name__)
            found = None
        except DeskError as problem:
            _log.warning("the map asked %s: %s", what, problem.code)
            found = None
        if there.job is None:
            return
        if found is None:
            there.job.fail(_Error.UrlNotFound)
        else:
            _reply(there.job, found)


class _There:
    """A request for as long as its page waits for it: Chromium takes a job away when the page no longer wants it."""

    def __init__(self, job: QWebEngineUrlRequestJob) -> None:
        self.job: QWebEngineUrlRequestJob | None = job
        job.destroyed.connect(self._gone)

    def _gone(self) -> None:
        self.job = None


def _reply(job: QWebEngineUrlRequestJob, asset: Asset) -> None:
    buffer = QBuffer(job)
    buffer.setData(QByteArray(asset.body))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    job.setAdditionalResponseHeaders(_HEADERS)  # type: ignore[arg-type]  # a map of several values by name
    job.reply(QByteArray(asset.type.encode()), buffer)


_HEADERS: Final = {
    QByteArray(b"Content-Security-Policy"): [QByteArray(POLICY.encode())],
    QByteArray(b"X-Content-Type-Options"): [QByteArray(b"nosniff")],
    QByteArray(b"Cache-Control"): [QByteArray(b"no-store")],
}
