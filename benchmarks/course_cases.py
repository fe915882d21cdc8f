"""Two thousand labelled cases for the decision courses: what the desk would know of a report, and what is right.

The right answers are made here, from what the generator decided before it wrote the text; nothing of the program is
asked for them, and the program never sees them. Whose work something is stands in a table of its own below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from benchmarks import course_texts as words
from smartcity_desk.domain.location import PlaceBadge
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.report import Status
from smartcity_desk.domain.times import DAY, HOUR

_KOTA: Final = {"31.01": "KS", "31.71": "JP", "31.72": "JU", "31.73": "JB", "31.74": "JS", "31.75": "JT"}
CREW, KELURAHAN = "crew", "kelurahan"
OWNER: Final[dict[str, str]] = {
    "jalan_rusak": "BM",
    "trotoar_rusak": "BM",
    "lampu_jalan": "BM",
    "fasum_rusak": CREW,
    "sampah": CREW,
    "sampah_liar": "LH",
    "polusi": "LH",
    "banjir": "SDA",
    "genangan": CREW,
    "saluran_tersumbat": CREW,
    "pompa_pintu_air": "SDA",
    "kali": "BBWSCC",
    "pohon_tumbang": "TAMHUT",
    "pohon_rawan": "TAMHUT",
    "taman": "TAMHUT",
    "kebakaran": "GULKARMAT",
    "hewan_berbahaya": "GULKARMAT",
    "kemacetan": "HUB",
    "kecelakaan": "HUB",
    "parkir_liar": "HUB",
    "rambu": "HUB",
    "pkl": "SATPOL",
    "reklame_liar": "SATPOL",
    "gangguan": KELURAHAN,
    "bangunan_liar": "CITATA",
    "sosial": "SOS",
    "kesehatan": "KES",
    "pelayanan": KELURAHAN,
    "listrik": "PLN",
    "kabel": "TELKOM",
    "air_bersih": "PAM",
    "lainnya": KELURAHAN,
}
"""Whose work a thing truly is: the kelurahan's crew, the kelurahan, a kind of sudin, or a company."""
COMPANIES: Final = frozenset({"PLN", "TELKOM", "PAM", "BBWSCC", "JASAMARGA", "PGN"})
OWN: Final = tuple(name for name, owner in OWNER.items() if owner in (CREW, KELURAHAN))
CITY: Final = tuple(name for name, owner in OWNER.items() if owner not in {CREW, KELURAHAN} | COMPANIES)
THIRD: Final = tuple(name for name, owner in OWNER.items() if owner in COMPANIES)
VOLUME: Final = {
    "sampah": 6,
    "saluran_tersumbat": 4,
    "jalan_rusak": 4,
    "parkir_liar": 3,
    "lampu_jalan": 3,
    "genangan": 3,
}
DANGER: Final = frozenset({"banjir", "pohon_tumbang", "kebakaran", "hewan_berbahaya", "kecelakaan"})
SITUATIONS: Final = (
    ("duplicate", 22),
    ("own", 19),
    ("city", 17),
    ("third", 8),
    ("returned", 5),
    ("held", 4),
    ("verify", 2),
    ("outside", 4),
    ("spam", 4),
    ("no_complaint", 3),
    ("vague", 4),
    ("unplaced", 4),
    ("wrong_place", 2),
    ("border", 2),
)


@dataclass(frozen=True, slots=True)
class Like:
    """A look-alike as the desk would list it."""

    report: str
    score: int
    metres: int


@dataclass(frozen=True, slots=True)
class Given:
    """What the desk knows of a report."""

    text: str
    channel: str
    category: str | None
    place: str | None
    badge: PlaceBadge
    candidates: tuple[str | None, ...] = ()
    named: tuple[str, ...] = ()
    status: Status = Status.NEW
    holder: str | None = None
    returned: bool = False
    competent: str | None = None
    responded: bool = False
    left_ms: int | None = None
    life_safety: bool = False
    likes: tuple[Like, ...] = ()
    repeats: int = 0
    media: int = 0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A case with the right course: its kind and its target (empty where the kind says all)."""

    given: Given
    situation: str
    kind: str
    target: str
    category: str | None = None


def generate(
    seed: int, count: int, directory: Directory, work: Mapping[str, Sequence[str]] = words.WORK
) -> list[Labelled]:
    """The same cases for the same seed. `work` is how the troubles are worded."""
    draw = Random(seed)
    places = sorted(code for code, one in directory.offices.items() if one.level is OfficeLevel.KELURAHAN)
    names = [name for name, _ in SITUATIONS]
    weights = [weight for _, weight in SITUATIONS]
    return [_one(draw, draw.choices(names, weights)[0], n, places, directory, work) for n in range(count)]


def owner_of(category: str, place: str) -> tuple[str, str]:
    """The right course for a thing in a kelurahan: (kind, office)."""
    owner = OWNER[category]
    if owner == CREW:
        return "crew", place
    if owner == KELURAHAN:
        return "route", place
    if owner in COMPANIES:
        return "refer", owner
    return "route", f"SUDIN-{owner}-{_KOTA[place[:5]]}"


def _one(
    draw: Random,
    situation: str,
    n: int,
    places: list[str],
    directory: Directory,
    work: Mapping[str, Sequence[str]],
) -> Labelled:
    place = draw.choice(places)
    jaki = draw.random() < 0.6
    channel = "jaki" if jaki else draw.choice(("x", "email", "lapor", "qlue"))
    pool = (
        OWN
        if situation == "own"
        else THIRD
        if situation == "third"
        else CITY
        if situation == "city"
        else None
    )
    category = _category(draw, tuple(name for name in pool or (*OWN, *CITY, *THIRD) if name in work))
    text, kind, target = "", "", ""
    if situation == "spam":
        text, kind, category = draw.choice(words.SPAM), "spam", ""
    elif situation == "no_complaint":
        text, kind, category = draw.choice(words.NO_COMPLAINT), "not_complaint", ""
    elif situation == "vague":
        text, kind, category = draw.choice(words.VAGUE), "ask", ""
    elif situation == "outside":
        text = draw.choice(words.OUTSIDE).replace("{luar}", draw.choice(words.NEIGHBOURS))
        kind, category = "outside", ""
    elif situation == "third" and draw.random() < 0.25:
        toll = draw.random() < 0.6
        problem = draw.choice(words.TOLL if toll else words.GAS)
        text, kind, target = _framed(draw, problem, ""), "refer", "JASAMARGA" if toll else "PGN"
        category = ""
    says_place = situation == "wrong_place" or (bool(category) and draw.random() < 0.25)
    if not text:
        named = directory.offices[place].name if says_place else ""
        text = _framed(draw, draw.choice(work[category]), named, placed=situation != "unplaced")
        kind, target = owner_of(category, place)
    named_codes = tuple(
        code for code in places if directory.offices[code].name == directory.offices[place].name
    )
    given = Given(
        text=_noisy(draw, text),
        channel=channel,
        category=_told(draw, category, jaki),
        place=place,
        badge=PlaceBadge.SURE,
        named=named_codes if says_place and situation != "unplaced" else (),
        life_safety=category in DANGER and jaki,
        media=1 if draw.random() < 0.5 else 0,
        repeats=9 if situation == "spam" and draw.random() < 0.4 else int(draw.random() * 3),
        left_ms=int((draw.random() * 8 - 2) * HOUR),
        likes=_chance_likes(draw, n),
    )
    return _situated(draw, situation, given, kind, target, category or None, place, places, n)


def _situated(
    draw: Random,
    situation: str,
    given: Given,
    kind: str,
    target: str,
    category: str | None,
    place: str,
    places: list[str],
    n: int,
) -> Labelled:
    """The case with what its situation makes of it."""
    if situation == "duplicate":
        target, kind = f"asli-{n}", "join"
        if draw.random() < 0.82:
            like = Like(target, draw.randrange(80, 100), draw.randrange(3, 90))
            given = replace(given, likes=(like, *given.likes))
        elif draw.random() < 0.6:
            given = replace(
                given, likes=(Like(target, draw.randrange(45, 80), draw.randrange(40, 300)), *given.likes)
            )
    elif situation == "outside":
        given = replace(
            given, place=None, badge=PlaceBadge.OUTSIDE if draw.random() < 0.6 else PlaceBadge.NONE, named=()
        )
    elif situation in ("unplaced", "vague"):
        kind, target = "ask", ""
        where = PlaceBadge.NONE if situation == "unplaced" or draw.random() < 0.6 else PlaceBadge.SURE
        given = replace(given, place=None if where is PlaceBadge.NONE else place, badge=where, named=())
    elif situation in ("spam", "no_complaint"):
        if draw.random() < 0.7:
            given = replace(given, place=None, badge=PlaceBadge.NONE)
    elif situation == "wrong_place":
        given = replace(given, place=draw.choice([code for code in places if code != place]))
    elif situation == "border":
        other = draw.choice([code for code in places if code[:5] == place[:5] and code != place])
        pair = (place, other) if draw.random() < 0.7 else (other, place)
        given = replace(given, place=pair[0], badge=PlaceBadge.BORDER, candidates=pair)
    elif situation in ("held", "verify", "returned"):
        given, kind, target = _handled(draw, situation, given, kind, target, place)
    elif draw.random() < 0.06 and given.named:  # no position, but the text says where
        given = replace(given, place=None, badge=PlaceBadge.NONE)
    return Labelled(given, situation, kind, target, category)


def _handled(
    draw: Random, situation: str, given: Given, kind: str, target: str, place: str
) -> tuple[Given, str, str]:
    """A report that an office has had already, and what is right then."""
    if situation == "held":
        left = int(draw.random() * 5 * DAY) + HOUR
        given = replace(given, status=Status.IN_PROGRESS, holder=target, responded=True, left_ms=left)
        return given, "no_action", ""
    if situation == "verify":
        given = replace(
            given, status=Status.AWAITING_VERIFICATION, holder=target, responded=True, left_ms=None
        )
        return given, "verify", ""
    if draw.random() < 0.65:
        wrong = place if target != place else f"SUDIN-SOS-{_KOTA[place[:5]]}"
        names_it = target if draw.random() < 0.85 else None
        given = replace(given, status=Status.ROUTED, holder=wrong, returned=True, competent=names_it)
        return given, "route" if kind == "crew" else kind, target
    # It was with the right office all along, which would rather not.
    return replace(given, status=Status.ROUTED, holder=target, returned=True), "refuse_return", ""


def _category(draw: Random, pool: tuple[str, ...]) -> str:
    return draw.choices(pool, [VOLUME.get(name, 1) for name in pool])[0]


def _told(draw: Random, category: str, jaki: bool) -> str | None:
    """What the channel says: JAKI asks for a category, the others seldom have one."""
    lot = draw.random()
    if not jaki:
        return category if category and lot < 0.15 else None
    if not category:
        return draw.choice((*OWNER, "lainnya", "lainnya", "lainnya")) if lot < 0.7 else "lainnya"
    if lot < 0.80:
        return category
    return "lainnya" if lot < 0.90 else draw.choice(tuple(OWNER))


def _framed(draw: Random, problem: str, place: str, *, placed: bool = True) -> str:
    frame = draw.choice(words.FRAMES)
    spot = (
        draw.choice(words.SPOTS)
        .replace("{n}", str(draw.randrange(1, 30)))
        .replace("{m}", str(draw.randrange(1, 9)))
    )
    where = f"{spot} {place}".strip() if placed and (place or draw.random() < 0.7) else ""
    return " ".join(frame.replace("{apa}", problem).replace("{di}", where).split())


def _noisy(draw: Random, text: str) -> str:
    """Short forms and a slip of the thumb, as they come."""
    if draw.random() < 0.4:
        text = " ".join(words.SHORT.get(word, word) for word in text.split(" "))
    if draw.random() < 0.2 and len(text) > 14:
        at = draw.randrange(3, len(text) - 3)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text.upper() if draw.random() < 0.04 else text


def _chance_likes(draw: Random, n: int) -> tuple[Like, ...]:
    """Look-alikes that tell of something else: one in twenty of those that are suggested."""
    lot = draw.random()
    if lot < 0.0095:
        return (Like(f"lain-{n}", draw.randrange(80, 92), draw.randrange(5, 120)),)
    return (Like(f"lain-{n}", draw.randrange(45, 78), draw.randrange(40, 400)),) if lot < 0.07 else ()
