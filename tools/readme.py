"""Write the table of keys into the README: ``python -m tools.readme``. The command registry is its only source."""

from __future__ import annotations

import sys
from pathlib import Path

from smartcity_desk.ui.commands import CommandRegistry, key_table

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- keys: python -m tools.readme -->", "<!-- /keys -->"


def with_keys(text: str) -> str:
    """Return `text` with the standard keys between the two marks. Raises ValueError when a mark is missing."""
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise ValueError("the README has lost the marks around its table of keys")
    return f"{before}{BEGIN}\n{key_table(CommandRegistry(), 'en')}{END}{after}"


def main() -> int:
    """Rewrite the README if its table is not the registry's."""
    text = README.read_text(encoding="utf-8")
    wanted = with_keys(text)
    if wanted != text:
        README.write_text(wanted, encoding="utf-8")
        print("README.md: keys written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
