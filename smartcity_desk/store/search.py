"""What an operator types, as a query that the search index understands. Nothing typed is an operator or an error."""

from __future__ import annotations

import re
from typing import Final

UNSWEPT: Final = "search.unswept"
"""Key of the small fact that an index still holds words whose texts are gone."""
MOST_TERMS: Final = 16
LONGEST_TERM: Final = 64
_LONGEST_TEXT: Final = 2_000
_BLANK: Final = {0: " ", ord("?"): " "}
"""A NUL would end the query; a question mark is also what half a surrogate pair becomes."""
_TERM: Final = re.compile(r'"([^"]*)"|(\S+)')


def match_query(text: str) -> str | None:
    """The FTS5 query for typed words: all of them, `"two words"` as a phrase, `banjir*` as a prefix.

    None when there is no letter or digit in the text: such a search finds nothing.
    """
    terms: list[str] = []
    typed = text[:_LONGEST_TEXT].encode("utf-8", "replace").decode().translate(_BLANK)
    for found in _TERM.finditer(typed):
        phrase, word = found.group(1), found.group(2)
        raw = (phrase if phrase is not None else word)[:LONGEST_TERM].replace('"', " ")
        if not any(character.isalnum() for character in raw):
            continue
        prefix = phrase is None and raw.endswith("*")
        body = raw.rstrip("*").strip()
        terms.append(f'"{body}"*' if prefix else f'"{body}"')
        if len(terms) == MOST_TERMS:
            break
    return " ".join(terms) if terms else None
