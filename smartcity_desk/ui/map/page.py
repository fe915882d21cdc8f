"""The map's page, made once a style: folium's frame with every asset taken to our own scheme and nothing inline.

folium writes scripts and styles into its page. The content-security policy runs none of these, so they become files
of their own. What comes out is plain text of ours: no report, no name, nothing from outside is ever in a page.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from smartcity_desk import paths

if TYPE_CHECKING:
    from pathlib import Path

    from smartcity_desk.ui.theme import Tokens

HOST: Final = "map"
ORIGIN: Final = f"desk://{HOST}"
JAKARTA: Final = (-6.2, 106.83)
START_ZOOM: Final = 11
POLICY: Final = (
    f"default-src 'none'; script-src {ORIGIN}; style-src {ORIGIN}; img-src {ORIGIN} data:; connect-src {ORIGIN}; "
    "base-uri 'none'; form-action 'none'; frame-src 'none'; object-src 'none'; frame-ancestors 'none'"
)
"""Scripts, styles, pictures and answers from our own scheme only; nothing inline, no eval, no frame, no form."""

_SCRIPT: Final = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page as the scheme answers it."""

    body: bytes
    type: str


def kind_of(name: str) -> str:
    """The type that a file is answered with. Raises KeyError for a sort that the page has no use for."""
    return _TYPES[name[name.rindex(".") :]]


def leaflet() -> Path:
    """The folder of Leaflet's files, wherever the package manager has put them."""
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec("xstatic.pkg.leaflet")
    if found is None or found.origin is None:
        raise FileNotFoundError("XStatic-Leaflet")
    return Path(found.origin).parent / "data"


def assets() -> dict[str, Asset]:
    """The files that are the same in every style, by the path under which the page asks for them."""
    folder = leaflet()
    files = {"leaflet.js": folder / "leaflet.js", "leaflet.css": folder / "leaflet.css"}
    files |= {f"images/{picture.name}": picture for picture in sorted((folder / "images").glob("*.png"))}
    own = paths.resource("map")
    files |= {
        name: own / name for name in ("canvas.js", "desk.js", "layers.js", "marks.js", "tools.js", "desk.css")
    }
    return {f"/assets/{name}": Asset(path.read_bytes(), kind_of(name)) for name, path in files.items()}


def of_style(name: str, tokens: Tokens) -> dict[str, Asset]:
    """The page of one style with the files that only it has. Loads folium: half a second, away from the window."""
    markup, script, style = _frame(name)
    colors = "".join(f"--{key.replace('_', '-')}:{value};" for key, value in asdict(tokens).items())
    return {
        f"/{name}/page.html": Asset(markup.encode(), kind_of("page.html")),
        f"/{name}/page.js": Asset(script.encode(), kind_of("page.js")),
        f"/{name}/page.css": Asset(f":root{{{colors}}}\n{style}".encode(), kind_of("page.css")),
    }


def _frame(name: str) -> tuple[str, str, str]:
    """The page that folium makes, without anything inline, and the script and style that were."""
    import folium

    made = folium.Map(
        location=JAKARTA,
        zoom_start=START_ZOOM,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        attribution_control=False,
        zoom_animation=False,
        fade_animation=False,
        keyboard=False,
        box_zoom=False,
    )
    made._id = "desk"
    made.default_js = [("leaflet", f"{ORIGIN}/assets/leaflet.js")]
    made.default_css = [("leaflet_css", f"{ORIGIN}/assets/leaflet.css")]
    text = str(made.get_root().render())
    script = "\n".join(_SCRIPT.findall(text))
    style = "\n".join(_STYLE.findall(text))
    text = _STYLE.sub("", _SCRIPT.sub("", text))
    head = (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY.partition("; frame-ancestors")[0]}"/>\n'
    )
    # Ours come last: they have the last word over Leaflet's own.
    sheets = "".join(
        f'<link rel="stylesheet" href="{ORIGIN}{path}"/>\n'
        for path in (f"/{name}/page.css", "/assets/desk.css")
    )
    # The map of folium's script is a variable of that script; our own scripts know it by one name.
    script += "\nwindow.deskMap = map_desk;\n"
    tail = "".join(
        f'<script src="{ORIGIN}{path}"></script>\n'
        for path in (
            f"/{name}/page.js",
            *(f"/assets/{script}.js" for script in ("canvas", "layers", "marks", "tools", "desk")),
        )
    )
    text = text.replace("<head>", f"<head>\n{head}", 1).replace("</head>", f"{sheets}</head>", 1)
    text = text.replace("</body>", f"{tail}</body>", 1)
    return "\n".join(line for line in text.splitlines() if line.strip()) + "\n", script, style


class PageShelf:
    """Pages once made are kept on disk, so that only the very first opening of a style waits for folium."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._common: dict[str, Asset] = {}

    def files(self, name: str, tokens: Tokens) -> dict[str, Asset]:
        """All files of the page of a style. Blocks; raises OSError when Leaflet is not there."""
        if not self._common:
            self._common = assets()
        return {**self._common, **self.take(name, tokens)}

    def take(self, name: str, tokens: Tokens) -> dict[str, Asset]:
        """The files of a style, from the shelf or made now. Blocks. A shelf that cannot be written is done without."""
        import hashlib

        source = paths.resource("map").joinpath("desk.css").read_bytes() + _code()
        facts = json.dumps([name, asdict(tokens), version("folium"), POLICY])
        key = hashlib.sha256(facts.encode() + source).hexdigest()[:20]
        kept = self._folder / f"{name}-{key}.json"
        try:
            stored = json.loads(kept.read_text(encoding="utf-8"))
            return {path: Asset(body.encode(), kind_of(path)) for path, body in stored.items()}
        except (OSError, ValueError, AttributeError, KeyError):
            made = of_style(name, tokens)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in self._folder.glob(f"{name}-*.json"):
                old.unlink()
            text = json.dumps({path: asset.body.decode() for path, asset in made.items()})
            kept.write_text(text, encoding="utf-8")
        except OSError:
            pass
        return made


def _code() -> bytes:
    from pathlib import Path

    try:
        return Path(__file__).read_bytes()
    except OSError:  # a frozen build has no source; its own version names it
        from smartcity_desk import __version__

        return __version__.encode()
