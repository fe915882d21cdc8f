"""Templates into pages: everything escaped, nothing loaded from elsewhere, nothing kept by a browser."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from smartcity_desk import i18n, paths
from smartcity_desk.central.pages import formats, words
from smartcity_desk.central.permissions import PREFIX
from smartcity_desk.domain.text import one_line

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        "base-uri 'none'"
    ),
    # With no referrer at all a browser calls the origin of its own forms `null`, and the door could not know them.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


@cache
def environment() -> Environment:
    """The templates of `resources/pages`. A name that is not given is an error, not an empty place."""
    made = Environment(
        loader=FileSystemLoader(paths.resource("pages")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        tr=i18n.tr,
        trn=i18n.trn,
        number_of=i18n.format_number,
        one_line=one_line,
        office_name=words.office_name,
        file_name=words.file_name,
        host_of=words.host,
        formats=formats,
        prefix=PREFIX,
    )
    return made


def page(name: str, values: dict[str, Any], status: int = 200) -> HTMLResponse:
    """A page from a template, in the language spoken now."""
    text = environment().get_template(name).render(values, language=i18n.language())
    return HTMLResponse(text, status, headers=HEADERS)
