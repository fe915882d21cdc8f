"""The words for everything that can go wrong: what happened, what it means for the work, and the next step.

The only place where the interface turns a code into sentences (catalogues `errors` and `refusals`). A code that is
unknown here still gets a sentence; a test walks the whole vocabulary so that this stays the exception. No Qt here: the
command line says the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartcity_desk.documents.wording import short_date_time
from smartcity_desk.domain.errors import DeskError
from smartcity_desk.domain.text import one_line
from smartcity_desk.i18n import has_text, tr
from smartcity_desk.ui.durations import duration

if TYPE_CHECKING:
    from smartcity_desk.domain.decision import Contradicted, Refused


@dataclass(frozen=True, slots=True)
class Words:
    """Three sentences. `what` stands alone as a heading."""

    what: str
    means: str
    next: str

    @property
    def rest(self) -> str:
        """What it means and what to do, as one paragraph."""
        return f"{self.means} {self.next}".strip()

    @property
    def whole(self) -> str:
        """All three as one paragraph."""
        return f"{self.what} {self.rest}"


# What tells one trouble of a class from another, by class: the parameter that names it.
_SORT: Final = {
    "store_problem": "kind",
    "rejected": "reason",
    "config_problem": "reason",
    "bad_data": "key",
    "transient": "reason",
    "auth_expired": "reason",
    "forbidden": "place",
}
_SAID_BY_SOURCES: Final = frozenset({"rejected", "auth_expired", "forbidden"})
_SAID_BY_LAYERS: Final = frozenset({"layer", "arcgis"})
# A sentence may name any of these; a trouble that does not carry it shows a dash.
_BLANK: Final = dict.fromkeys(
    (
        *(
            "after",
            "base",
            "category",
            "channel",
            "code",
            "competent",
            "days",
            "field",
            "holder",
            "key",
            "kind",
        ),
        *("least", "mine", "minutes", "most", "name", "number", "office", "part", "path", "pid", "policy"),
        *("reason", "role", "status", "step", "theirs", "user", "value", "wait", "at"),
    ),
    "—",
)


def is_away(code: str | None, params: Mapping[str, object]) -> bool:
    """Whether a trouble means that the place cannot be reached, rather than that it is ill."""
    return code == "offline" or (code == "transient" and params.get("reason") in {"cut", "timeout"})


def is_of_source(code: str, params: Mapping[str, object]) -> bool:
    """Whether a channel's source said no: to a question and not to an action, to its own key and not to a log-in."""
    return code in _SAID_BY_SOURCES and has_text(f"channel.{params.get('place')}.title")


def is_of_layer(params: Mapping[str, object]) -> bool:
    """Whether a trouble is of a layer's server: no channel can be tested, and no report is to be decided again."""
    return params.get("place", params.get("channel")) in _SAID_BY_LAYERS


def of_error(problem: DeskError) -> Words:
    """Words for an error of the vocabulary."""
    return of_code(problem.code, problem.params)


def of_code(code: str, params: Mapping[str, object] | None = None) -> Words:
    """Words for a stored or sent code: an error's, or a refusal's (as an outbox row or a channel's state keeps it)."""
    known = dict(params or {})
    sort = str(known.get(_SORT.get(code, ""), ""))
    if code == "rejected" and has_text(f"refusals.{sort}.what"):
        return _words(f"refusals.{sort}", known)
    if has_text(f"refusals.{code}.what"):
        return _words(f"refusals.{code}", known)
    specific = f"errors.{code}.{sort}"
    named = bool(sort) and sort.isidentifier()
    if named and is_of_layer(known) and has_text(f"{specific}.layer.what"):
        return _words(f"{specific}.layer", known)
    if named and has_text(f"{specific}.what"):
        return _words(specific, known)
    if is_of_layer(known) and has_text(f"errors.{code}.layer.what"):
        return _words(f"errors.{code}.layer", known)
    if is_of_source(code, known):
        return _words(f"errors.{code}.source", known)
    if has_text(f"errors.{code}.what"):
        return _words(f"errors.{code}", known)
    return _words("errors.unknown", {**known, "code": code})


def of_decision(decision: Refused | Contradicted) -> Words:
    """Words for an action that the desk's own rules do not let happen."""
    from smartcity_desk.domain.decision import Refused

    if isinstance(decision, Refused):
        return _words(f"refusals.{decision.code}", decision.params)
    return _words(
        "errors.conflict",
        {"field": decision.field, "mine": decision.mine, "theirs": decision.theirs, "base": decision.base},
    )


def of_exception(problem: BaseException) -> Words:
    """Words for anything raised: the vocabulary's own, or the honest sentence for a fault of this program."""
    if isinstance(problem, DeskError):
        return of_error(problem)
    return _words("errors.unexpected", {"name": type(problem).__name__})


def _words(stem: str, params: Mapping[str, object]) -> Words:
    shown: dict[str, object] = dict(_BLANK)
    for name, value in params.items():
        if value is not None:
            shown[name] = _param(name, value)
    after = params.get("after")
    shown["wait"] = duration(after) if isinstance(after, int) else tr("errors.a_while")
    return Words(tr(f"{stem}.what", **shown), tr(f"{stem}.means", **shown), tr(f"{stem}.next", **shown))


def _param(name: str, value: object) -> str:
    """A parameter as the operator knows it: a role, status, step or field by its word, an instant as date and time."""
    if name == "at" and isinstance(value, int):
        return short_date_time(value)
    text = one_line(str(value), 80)
    if name in {"role", "status", "field", "channel", "step", "part"} and text.isidentifier():
        for key in (f"errors.name.{name}.{text}", f"state.status.{text}", f"paper.{name}.{text}"):
            if has_text(key):
                return tr(key)
    return text
