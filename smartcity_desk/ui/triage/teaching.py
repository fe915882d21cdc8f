"""What is typed into the search field as the store understands it, and what an empty list says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartcity_desk.domain.query import View
from smartcity_desk.i18n import tr
from smartcity_desk.ui import formats
from smartcity_desk.ui.triage.views import view_name

if TYPE_CHECKING:
    from smartcity_desk.ui.commands import CommandRegistry
    from smartcity_desk.ui.triage.center import Center


def teach(center: Center, view: View, typed: str, commands: CommandRegistry) -> None:
    """Say why there is nothing to see, and the key that changes it."""
    name = view_name(view)
    if typed:
        title = tr("triage.empty.search.title", text=formats.one_line(typed, 60))
        button = "" if view.key == "all" else tr("triage.empty.search.button")
        center.teach(title, tr("triage.empty.search.text", name=name), button)
    elif view.key == "all":
        key = commands.shown_key("app.health")
        center.teach(tr("triage.empty.all.title"), tr("triage.empty.all.text", key=key))
    else:
        words = tr(f"triage.empty.{view.key}") if view.builtin else tr("triage.empty.own")
        center.teach(tr("triage.empty.title", name=name), words)


def as_query(typed: str) -> str:
    """What was typed, as the store's words: the last word is a beginning while it is being typed."""
    text = " ".join(typed.split())
    if not text or typed.endswith((" ", '"', "*")):
        return text
    last = text.rsplit(" ", 1)[-1]
    return f"{text}*" if len(last) >= 2 and last.isalnum() else text
