"""What a layer holds, in sentences: before it is taken in, and after."""

from __future__ import annotations

from smartcity_desk.domain.text import one_line
from smartcity_desk.i18n import format_number, tr
from smartcity_desk.place.layers.making import Made


def report_lines(title: str, made: Made) -> list[str]:
    """What a file or an answer holds, for a person."""
    new = made.new
    kind = tr(f"layer.draw.{new.draw.value}")
    lines = [tr("layer.report.head", layer=title, n=format_number(new.count), kind=kind)]
    if made.samples:
        lines.append(tr("layer.report.samples", names=", ".join(one_line(one, 60) for one in made.samples)))
    said = {"source": new.source or "—", "as_of": new.as_of or "—", "licence": new.licence or "—"}
    lines.append(tr("layer.report.about", **said))
    lines += [tr(f"layer.note.{key}", n=format_number(n)) for key, n in made.notes.items()]
    return lines
