"""The account of a paper, for machines: every printed number with its events, every file with its hash.

Four hashes hold one another (docs/decisions/0011-papers-typst.md):

* `content_sha256` is of what the paper says: numbers, origins, attachments, rule version, data snapshot. It stands in
  the foot of every page, so the paper names its manifest.
* `pdf.sha256` is of the PDF's bytes, so the manifest names its paper.
* `seal` is of the whole manifest but itself, so one changed byte of it is found with nothing else at hand.
* The hash of the manifest's file is what the log keeps and what the Governor's list prints: who would forge a paper
  and seal it again has to change those too.

Bytes are canonical JSON (sorted keys, no blanks, UTF-8, whole numbers only): the same snapshot gives the same manifest.
`numbers[].from` is a place in `origins`, whose `events` are places in `events`, the list of their ids.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from smartcity_desk.documents import typesetting
from smartcity_desk.documents.ledger import Ledger
from smartcity_desk.documents.model import Origin
from smartcity_desk.documents.printable import BREAK
from smartcity_desk.documents.wording import hex_groups
from smartcity_desk.domain.times import to_iso

FORMAT: Final = "smartcity-desk/manifest/1"
_CANONICAL: Final = msgspec.json.Encoder(order="sorted")
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper's two files. Equal models give equal bytes of both."""

    pdf: bytes
    manifest: bytes

    @property
    def pdf_sha256(self) -> str:
        """What the log keeps of the PDF."""
        return digest(self.pdf)

    @property
    def manifest_sha256(self) -> str:
        """What the log keeps of the manifest, and through it of everything."""
        return digest(self.manifest)


def digest(content: bytes) -> str:
    """SHA-256, in hex."""
    return hashlib.sha256(content).hexdigest()


def canonical(value: object) -> bytes:
    """The one way in which a value is written as JSON: sorted keys, no blanks, UTF-8."""
    return _CANONICAL.encode(value)


def content(
    about: Mapping[str, str], origin: Origin, ledger: Ledger, attachments: Sequence[Json] = ()
) -> Json:
    """What a paper says, and the hash of it. `about` names the paper."""
    said: Json = {
        "format": FORMAT,
        "paper": dict(about),
        "data": {
            "at": to_iso(origin.data_at),
            "snapshot_sha256": origin.snapshot_sha256,
            "policies": list(origin.policies),
            "rules_sha256": origin.rules_sha256,
            "directory": origin.directory,
        },
        "attachments": list(attachments),
        "events": msgspec.Raw(canonical(list(ledger.events))),
        "origins": msgspec.Raw(canonical(ledger.origins)),
        "numbers": msgspec.Raw(canonical(ledger.entries)),
    }  # the large parts are written once and hashed thrice
    return said | {"content_sha256": digest(canonical(said))}


def seal(pdf: bytes, said: Json) -> Paper:
    """The paper with its manifest."""
    about_pdf = {"sha256": digest(pdf), "bytes": len(pdf), "pages": typesetting.pages(pdf)}
    whole = said | {"pdf": about_pdf, "maker": typesetting.maker()}
    return Paper(pdf, canonical(whole | {"seal": digest(canonical(whole))}) + b"\n")


# ---------------------------------------------------------------- every number of the paper stands in the manifest

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")


def numbers_in(text: str) -> Counter[str]:
    """The numbers of a text, each with how often it stands there."""
    return Counter(_NUMBER.findall(text.replace(BREAK, " ")))


def unaccounted(text: str, manifest: Json) -> list[str]:
    """The numbers in a PDF's text that its manifest does not account for, as often as they stand there too many times.

    Each entry accounts for one printing of its numbers; furniture for one on each page; page numbers for themselves.
    So a number printed twice has to stand in the manifest twice.
    """
    count = int(manifest["pdf"]["pages"])
    allowed: Counter[str] = Counter()
    for entry in manifest["numbers"]:
        times = count if entry.get("repeats") else 1
        for found, often in numbers_in(entry["shown"]).items():
            allowed[found] += often * times
    hash_shown = numbers_in(hex_groups(manifest["content_sha256"], 2))
    for found, often in hash_shown.items():
        allowed[found] += often * count
    allowed.update(str(page) for page in range(1, count + 1))
    allowed[str(count)] += count
    return sorted((numbers_in(text) - allowed).elements())
