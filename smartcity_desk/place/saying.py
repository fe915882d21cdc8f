"""What the check found and why a name fits, in sentences, for the command line and the desk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smartcity_desk.domain.text import displayable
from smartcity_desk.i18n import format_number, language, tr
from smartcity_desk.place.checking import Finding, Report
from smartcity_desk.place.names import NameCandidate, Reason


def finding_text(finding: Finding) -> str:
    """The sentence for a finding of the check."""
    params: Mapping[str, object] = {"n": _said(finding.n)} | {
        name: value if name in ("x", "y") else _said(value) for name, value in finding.params.items()
    }
    return tr(f"place.check.{finding.code}", **params)


def _said(value: object) -> object:
    """A number as the language spoken now writes it; anything else as it is."""
    if isinstance(value, float):
        whole, _, part = f"{value:.2f}".partition(".")
        return f"{format_number(int(whole))}{',' if language() == 'id' else '.'}{part}"
    return format_number(value) if isinstance(value, int) and not isinstance(value, bool) else value


def centimetres(millimetres: int) -> str:
    """A water level as people here say it: `762`, `749,5`. Exact, so that no level seems to stand on a threshold."""
    whole, part = divmod(abs(millimetres), 10)
    sign = "\u2212" if millimetres < 0 else ""
    return sign + format_number(whole) + (f"{',' if language() == 'id' else '.'}{part}" if part else "")


def report_lines(report: Report) -> Iterator[str]:
    """A whole report, line by line: the numbers first, then what was found, errors before warnings."""
    facts = {name: _said(value) for name, value in report.facts.items()}
    counts = {name: facts[name] for name in ("kelurahan", "kecamatan", "kota")}
    yield tr("place.facts.counts", **counts)
    if "gaps" in facts:
        yield tr("place.facts.area", km2=facts["area_km2"])
        measured = {name: facts[name] for name in ("overlaps", "overlap_m2", "gaps", "gap_m2")}
        yield tr("place.facts.topology", **measured)
    for name, count in facts.items():
        if name.startswith("layer:"):
            yield tr("place.facts.layer", path=name.partition(":")[2], n=count)
        if name.startswith("tiles:"):
            zooms = {"low": facts["tiles_low"], "high": facts["tiles_high"]}
            yield tr("place.facts.tiles", kind=name.partition(":")[2].upper(), n=count, **zooms)
    for finding in report.findings:
        yield f"{tr(f'place.level.{finding.level.value}')}: {finding_text(finding)}"
        for item in finding.items:
            yield f"  - {displayable(item, 160)}"


def reason_text(reason: Reason) -> str:
    """The sentence for one reason."""
    return tr(f"place.why.{reason.why.value}", **reason.params)


def candidate_text(candidate: NameCandidate) -> str:
    """All reasons of a candidate in one line."""
    return "; ".join(reason_text(reason) for reason in candidate.reasons)
