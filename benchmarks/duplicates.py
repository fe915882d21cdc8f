"""The labelled set of look-alikes: reports of six channels, of which 22 % tell of something that was told before.

A city with streets, RT and RW, and landmarks; incidents in it; and people who tell of them, each in his own words, with
the position that his channel gives and the accuracy that it states. `Set.truth` says which incident a report tells of.
It stays here: reports carry no trace of it.

Of the paper's set are the 22 % duplicates, the volumes of kelurahan, 8 % of reports without a position (the middle of a
kelurahan counts as none), 3 % in the wrong kelurahan, 4 % spam, three registers with typing errors, and photographs.
The streets of a kelurahan lie in it: were they drawn over its borders, a third of the texts would name a wrong one.
"""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Final

from benchmarks import lookalike_texts as words
from smartcity_desk.domain import ids
from smartcity_desk.domain.office import Directory, OfficeLevel
from smartcity_desk.domain.report import PlaceQuality, Report, ReportKind
from smartcity_desk.domain.times import DAY, HOUR, MINUTE

NOW: Final = 1_795_000_000_000
DUPLICATES: Final = 0.22
NEAR_CONFUSERS: Final = 0.06
"""Share of incidents that lie on the street of a recent one of the same category, up to 400 m away: beside those that
chance puts there. The paper knows only chance; this is for a harder city."""
SENT_ELSEWHERE: Final = 0.02
"""Share of points that are not of what is reported but of where it was sent from, 600 m to 2.5 km away. With those that
the error of a position carries over a border, "3 % in the wrong kelurahan" (the paper's set)."""
SENT_AGAIN: Final = 0.5
PASSED_ON: Final = 0.15
"""Share of photographs of who reports again that are the first one, and of other reporters that were passed on to them.
The paper's set has photographs ("simple scenes with controlled edits") and says of no share; these are assumptions, and
`bench_lookalikes` gives its figures without any photograph too."""
CUT: Final = 0.1
"""Share of copies that are cut so far that their hash is another one; the others differ in up to four bits."""
SPAM: Final = 0.04
OFFICIALS: Final = 0.02
METRE: Final = 1 / 111_195


@dataclass(frozen=True, slots=True)
class Channel:
    """How a channel gives positions: shares of (point, middle of a named place, nothing), its error and what it states.

    `error` in metres (median); `stated` is whether it states one.
    `typed` is the share of reports with a category, `pictured` of those with a photograph.
    """

    name: str
    weight: int
    point: float
    coarse: float
    error: tuple[float, float]
    stated: bool
    typed: float
    register: tuple[int, int, int]
    pictured: float


CHANNELS: Final = (
    Channel("jaki", 34, 0.98, 0.0, (5, 20), True, 0.95, (3, 5, 2), 0.9),
    Channel("qlue", 20, 0.98, 0.0, (8, 40), True, 0.9, (1, 4, 5), 0.95),
    Channel("petabencana", 8, 0.98, 0.01, (10, 60), False, 1.0, (1, 4, 5), 0.6),
    Channel("x", 16, 0.72, 0.12, (10, 50), False, 0.0, (1, 3, 6), 0.4),
    Channel("lapor", 14, 0.88, 0.05, (25, 120), True, 0.85, (6, 3, 1), 0.5),
    Channel("call112", 8, 0.94, 0.03, (20, 100), True, 0.95, (2, 7, 1), 0.0),
)
_CHANNEL_SUMS: Final = list(accumulate(channel.weight for channel in CHANNELS))
_BY_NAME: Final = {channel.name: channel for channel in CHANNELS}
_CATEGORIES: Final = tuple(words.WEIGHTS)
_CATEGORY_SUMS: Final = list(accumulate(words.WEIGHTS.values()))
_LASTS_H: Final = {"kebakaran": 1.0, "banjir": 6.0, "genangan": 20.0, "pohon_tumbang": 8.0, "listrik": 5.0}
_LASTS_OTHER_H: Final = 110.0
"""Mean time after which another person reports the same."""
_EXTENT_M: Final = {"banjir": 110.0, "genangan": 30.0, "kebakaran": 40.0, "listrik": 90.0, "kesehatan": 60.0}
_EXTENT_OTHER_M: Final = 8.0
APART_M: Final = 60.0
"""Two incidents of one category lie at least so far apart, those that extend four times as far as they do: what is
nearer, in these few weeks, is one thing to whoever sends a crew."""
APART_MS: Final = 30 * DAY
_HALF_M: Final = 1_700.0
"""Half the side of the square around its centre in which a kelurahan's streets and landmarks are drawn."""
_LANDMARKS: Final = 143
"""Of such a square: twelve a square kilometre."""
_NEIGHBOURS: Final = 16
"""Centres around one that can cut its cell within the reach of its streets."""
_TRIES: Final = 20
"""A set that is drawn denser than any city is full at some time; then they lie as they fall."""
_CONFUSED: Final = {
    "genangan": "banjir",
    "banjir": "genangan",
    "saluran_tersumbat": "genangan",
    "pohon_rawan": "pohon_tumbang",
    "jalan_rusak": "trotoar_rusak",
    "trotoar_rusak": "jalan_rusak",
    "kabel": "listrik",
    "listrik": "kabel",
    "parkir_liar": "pkl",
    "pkl": "parkir_liar",
}
"""Which category a person takes instead."""


@dataclass(frozen=True, slots=True)
class _Street:
    name: str
    lat: float
    lon: float
    north: float
    east: float
    length: float

    def at(self, metres: float) -> tuple[float, float]:
        return _moved(self.lat, self.lon, self.north * metres, self.east * metres)


class _Cell:
    """What lies nearer to a kelurahan's centre than to any other: its area, as far as the program itself knows it."""

    def __init__(self, lat: float, lon: float, centres: Sequence[tuple[float, float]]) -> None:
        self.lat, self.lon = lat, lon
        others = [centre for centre in centres if centre != (lat, lon)]
        self._others = sorted(others, key=lambda other: _square(lat, lon, *other))[:_NEIGHBOURS]

    def holds(self, lat: float, lon: float) -> bool:
        own = _square(lat, lon, self.lat, self.lon)
        return all(own < _square(lat, lon, *other) for other in self._others)


@dataclass(slots=True)
class _Quarter:
    """A kelurahan: its streets and landmarks; RT and RW lie on a grid."""

    name: str
    code: str
    lat: float
    lon: float
    streets: list[_Street]
    landmarks: list[tuple[str, float, float]]

    def rt_rw(self, lat: float, lon: float) -> tuple[int, int]:
        rows, columns = int((lat - self.lat) / METRE // 90), int((lon - self.lon) / METRE // 90)
        return (rows % 4) * 4 + columns % 4 + 1, ((rows // 4) % 5) * 4 + (columns // 4) % 4 + 1


@dataclass(slots=True)
class _Incident:
    number: int
    at: int
    category: str
    quarter: _Quarter
    street: _Street
    along: float
    lat: float
    lon: float
    house: int
    author: str
    channel: str
    aspect: int
    spam: bool


@dataclass(slots=True)
class Set:
    """Reports by time of arrival, and what only the judge may know: the incident of each report by its id."""

    reports: list[Report] = field(default_factory=list)
    truth: dict[str, int] = field(default_factory=dict)
    prints: dict[str, int] = field(default_factory=dict)
    """The hash of the photograph that came with a report, 128 bits."""

    def first_of(self) -> dict[int, str]:
        """The first report of each incident."""
        found: dict[int, str] = {}
        for report in self.reports:
            found.setdefault(self.truth[report.id], report.id)
        return found


def make(seed: int, directory: Directory, count: int, days: float, confusers: float = 0.0) -> Set:
    """Draw so many reports over so many days before `NOW`."""
    return _Writer(seed, directory, count, days, confusers).make()


def _square(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    return (lat - other_lat) ** 2 + (lon - other_lon) ** 2


def _apart(category: str) -> float:
    return max(APART_M, 4 * _EXTENT_M.get(category, 0.0))


def _moved(lat: float, lon: float, north: float, east: float) -> tuple[float, float]:
    return lat + north * METRE, lon + east * METRE / math.cos(math.radians(lat))


class _Writer:
    def __init__(self, seed: int, directory: Directory, count: int, days: float, confusers: float) -> None:
        self.rng = Random(seed)
        self.camera = Random(f"photographs {seed}")
        self.shots: dict[int, list[tuple[str, int]]] = {}
        self.count = count
        self.days = days
        self.confusers = confusers
        self.begin = NOW - int(days * DAY)
        offices = [
            office
            for code, office in sorted(directory.offices.items())
            if office.level is OfficeLevel.KELURAHAN and not code.startswith("31.01")
        ]
        self.centres = [(office.lat or 0.0, office.lon or 0.0) for office in offices]
        self.quarters = [
            self._quarter(office.name, office.code, office.lat or 0.0, office.lon or 0.0)
            for office in offices
        ]
        self.sums = list(accumulate(self.rng.gammavariate(1.2, 1.0) for _ in self.quarters))
        self.recent: dict[str, list[_Incident]] = {}
        self.taken: dict[tuple[str, int, int], list[tuple[int, float, float]]] = {}
        self.set = Set()
        self.written = 0

    def make(self) -> Set:
        rng = self.rng
        first_tellings = round(self.count * (1 - DUPLICATES))
        incidents: list[_Incident] = []
        for number in range(first_tellings):
            at = self.begin + int((number + rng.random()) / first_tellings * self.days * DAY)
            incidents.append(self._incident(number, at))
        told: list[tuple[int, _Incident, str, str]] = []
        told += [(incident.at, incident, incident.channel, incident.author) for incident in incidents]
        things = [incident for incident in incidents if not incident.spam]
        while len(told) < self.count:
            again = self._again(rng.choice(things) if rng.random() < 0.75 else self._popular(things))
            if again[0] < NOW:
                told.append(again)
        told.sort(key=lambda telling: (telling[0], telling[1].number))
        for at, incident, channel, author in told:
            self._tell(at, incident, _BY_NAME[channel], author)
        self.set.reports.sort(key=lambda report: (report.reported_at, report.id))
        return self.set

    # ------------------------------------------------------------ the city

    def _quarter(self, name: str, code: str, lat: float, lon: float) -> _Quarter:
        rng = self.rng
        names = rng.sample(words.STREET_NAMES, 14)
        cell = _Cell(lat, lon, self.centres)
        streets: list[_Street] = []
        for street in names:
            numbered = rng.random() < 0.5
            for number in range(1, rng.randrange(2, 6)) if numbered else (0,):
                full = f"{street} {self._number(number)}" if number else street
                streets.append(self._street(full, cell))
        landmarks: list[tuple[str, float, float]] = []
        for _ in range(_LANDMARKS):
            kind = rng.choice(words.LANDMARK_KINDS)
            full = f"{kind} {rng.choice(words.LANDMARK_NAMES)}" if rng.random() < 0.6 else kind
            if kind in {"SDN", "SMPN"}:
                full = f"{kind} {rng.randrange(1, 20):02}"
            landmarks.append(
                (full, *_moved(lat, lon, rng.uniform(-_HALF_M, _HALF_M), rng.uniform(-_HALF_M, _HALF_M)))
            )
        return _Quarter(name, code, lat, lon, streets, landmarks)

    def _street(self, name: str, cell: _Cell) -> _Street:
        """A street that begins and ends in its kelurahan; where none of its length fits, a shorter one."""
        rng = self.rng
        length = rng.uniform(150, 600)
        while True:
            angle = rng.random() * math.tau
            place = _moved(cell.lat, cell.lon, rng.uniform(-_HALF_M, _HALF_M), rng.uniform(-_HALF_M, _HALF_M))
            street = _Street(name, *place, math.sin(angle), math.cos(angle), length)
            if cell.holds(*place) and cell.holds(*street.at(length)):
                return street
            length *= 0.98

    def _number(self, number: int) -> str:
        return ("", "I", "II", "III", "IV", "V")[number] if self.rng.random() < 0.5 else str(number)

    def _incident(self, number: int, at: int) -> _Incident:
        rng = self.rng
        category = _CATEGORIES[bisect(_CATEGORY_SUMS, rng.random() * _CATEGORY_SUMS[-1])]
        channel = self._channel(category)
        author = self._author()
        earlier = self.recent.setdefault(category, [])
        for _ in range(_TRIES):
            if earlier and _apart(category) < 400 and rng.random() < self.confusers:
                model = earlier[-1 - int(rng.random() * min(len(earlier), 200))]
                along = model.along + rng.uniform(_apart(category), 400) * rng.choice((-1, 1))
                quarter, street = model.quarter, model.street
                author = model.author if rng.random() < 0.3 else author
            else:
                quarter = self.quarters[bisect(self.sums, rng.random() * self.sums[-1])]
                street = rng.choice(quarter.streets)
                along = rng.uniform(0, street.length)
            lat, lon = street.at(along)
            if not self._taken(at, lat, lon, category):
                break
        incident = _Incident(
            number=number,
            at=at,
            category=category,
            quarter=quarter,
            street=street,
            along=along,
            lat=lat,
            lon=lon,
            house=1 + int(abs(along) / 9),
            author=author,
            channel=channel,
            aspect=rng.randrange(len(words.PROBLEMS[category])),
            spam=rng.random() < SPAM / (1 - DUPLICATES),
        )
        earlier.append(incident)
        return incident

    def _taken(self, at: int, lat: float, lon: float, category: str) -> bool:
        """Whether an incident of the category lies too near, in these weeks; if not, the place is taken from now on."""
        apart = _apart(category) * METRE
        row, column = int(lat // apart), int(lon // apart)
        for cell in ((category, row + up, column + over) for up in (-1, 0, 1) for over in (-1, 0, 1)):
            for when, other_lat, other_lon in self.taken.get(cell, ()):
                near = abs(other_lat - lat) < apart and abs(other_lon - lon) < apart
                if near and at - when < APART_MS:
                    return True
        self.taken.setdefault((category, row, column), []).append((at, lat, lon))
        return False

    def _channel(self, category: str) -> str:
        while True:
            channel = CHANNELS[bisect(_CHANNEL_SUMS, self.rng.random() * _CHANNEL_SUMS[-1])].name
            if channel != "petabencana" or category in {"banjir", "genangan", "kebakaran", "pohon_tumbang"}:
                return channel

    def _author(self) -> str:
        """A few report much: the square of a uniform number favours the first ones."""
        return f"a{int(self.rng.random() ** 2.5 * self.count * 0.5)}"

    def _popular(self, incidents: Sequence[_Incident]) -> _Incident:
        """Floods and fires are told of many times."""
        for _ in range(12):
            incident = self.rng.choice(incidents)
            if incident.category in _LASTS_H:
                return incident
        return incident

    def _again(self, incident: _Incident) -> tuple[int, _Incident, str, str]:
        rng = self.rng
        how = rng.random()
        mean = _LASTS_H.get(incident.category, _LASTS_OTHER_H)
        if how < 0.3:
            channel, author = incident.channel, incident.author
            lag = rng.expovariate(1 / max(mean, 40.0)) * HOUR + 10 * MINUTE
        else:
            channel = incident.channel if how < 0.65 else self._channel(incident.category)
            author = self._author()
            lag = rng.expovariate(1 / mean) * HOUR
        return incident.at + int(lag) + 1, incident, channel, author

    # ------------------------------------------------------------ a telling

    def _tell(self, at: int, incident: _Incident, channel: Channel, author: str) -> None:
        rng = self.rng
        number = self.written
        self.written += 1
        lat: float | None
        lon: float | None
        lat, lon, accuracy, quality, hint = self._position(incident, channel)
        category: str | None = None
        if rng.random() < channel.typed:
            category = incident.category
            lot = rng.random()
            if lot < 0.08:
                category = _CONFUSED.get(category, category)
            elif lot < 0.11:
                category = rng.choice(_CATEGORIES)
        placed = quality is PlaceQuality.EXACT
        text = rng.choice(words.SPAM) if incident.spam else self._text(incident, channel, placed=placed)
        external = f"{number:07}"
        shot = self._photograph(incident, channel, author)
        report = Report(
            id=ids.report_id(channel.name, external),
            channel=channel.name,
            external_id=external,
            kind=ReportKind.COMPLAINT,
            reported_at=at,
            text=text,
            lat=lat,
            lon=lon,
            accuracy_m=accuracy,
            place_quality=quality,
            place_hint=hint,
            category=category,
            author=f"{author}-{channel.name}",
            media=() if shot is None else (f"https://photos.example/{number}.jpg",),
        )
        if shot is not None:
            self.set.prints[report.id] = shot
        self.set.reports.append(report)
        self.set.truth[report.id] = incident.number

    def _position(
        self, incident: _Incident, channel: Channel
    ) -> tuple[float | None, float | None, float | None, PlaceQuality, str]:
        rng = self.rng
        extent = _EXTENT_M.get(incident.category, _EXTENT_OTHER_M)
        lot = rng.random()
        hint = f"{incident.quarter.name}, Jakarta" if rng.random() < 0.3 else ""
        if lot >= channel.point + channel.coarse:
            return None, None, None, PlaceQuality.NONE, hint
        if lot >= channel.point:
            lat, lon = incident.quarter.lat, incident.quarter.lon
            return (
                round(lat, 5),
                round(lon, 5),
                None,
                PlaceQuality.COARSE,
                f"{incident.quarter.name}, Jakarta",
            )
        low, high = channel.error
        stated = math.exp(rng.uniform(math.log(low), math.log(high)))
        error = stated * math.exp(rng.gauss(0, 0.3)) * (rng.uniform(3, 6) if rng.random() < 0.04 else 1.0)
        # what is stated is the radius that holds some two thirds, so each direction has less
        each = 0.7 * math.hypot(error, extent, 12.0)
        lat, lon = _moved(incident.lat, incident.lon, rng.gauss(0, each), rng.gauss(0, each))
        if rng.random() < SENT_ELSEWHERE:
            angle, metres = rng.random() * math.tau, rng.uniform(600, 2_500)
            lat, lon = _moved(lat, lon, metres * math.sin(angle), metres * math.cos(angle))
        accuracy = float(round(stated)) if channel.stated else None
        return round(lat, 6), round(lon, 6), accuracy, PlaceQuality.EXACT, hint

    def _photograph(self, incident: _Incident, channel: Channel, author: str) -> int | None:
        """The hash of what a telling shows: mostly a new photograph, of which no hash tells that it is of one thing."""
        camera = self.camera
        if camera.random() >= channel.pictured:
            return None
        known = self.shots.setdefault(incident.number, [])
        own = [shot for who, shot in known if who == author]
        lot = camera.random()
        if own and lot < SENT_AGAIN:
            shot = self._copied(own[-1])
        elif known and not own and lot < PASSED_ON:
            shot = self._copied(camera.choice(known)[1])
        else:
            shot = camera.getrandbits(128)
        known.append((author, shot))
        return shot

    def _copied(self, shot: int) -> int:
        camera = self.camera
        if camera.random() < CUT:
            return camera.getrandbits(128)
        for _ in range(camera.randrange(5)):
            shot ^= 1 << camera.randrange(128)
        return shot

    def _text(self, incident: _Incident, channel: Channel, *, placed: bool) -> str:
        rng = self.rng
        register = rng.choices(("formal", "plain", "loose"), channel.register)[0]
        aspects = words.PROBLEMS[incident.category]
        aspect = incident.aspect if rng.random() < 0.8 else rng.randrange(len(aspects))
        problem = rng.choice(aspects[aspect])
        if rng.random() < OFFICIALS:
            return rng.choice(words.OFFICIAL).replace("{masalah}", problem)
        parts = [rng.choice(words.OPENINGS[register]), problem]
        where = self._where(incident, placed=placed)
        if where:
            parts.append(f"di {where}" if rng.random() < 0.8 else where)
        if rng.random() < 0.45:
            parts.append(rng.choice(words.SINCE))
        if rng.random() < 0.4:
            parts.append(", " + rng.choice(words.CONSEQUENCES))
        parts.append(rng.choice(words.CLOSINGS[register]))
        text = " ".join(part for part in parts if part).replace(" ,", ",")
        if register != "formal":
            text = " ".join(
                self._short(word, 0.6 if register == "loose" else 0.3) for word in text.split(" ")
            )
        if register == "loose":
            text = text.lower()
        for _ in range(2 if register == "loose" else 1):
            if rng.random() < 0.25:
                text = self._slip(text)
        return text

    def _where(self, incident: _Incident, *, placed: bool) -> str:
        """A place in words: the less the position says, the more people write."""
        rng = self.rng
        more = 1.0 if placed else 1.5
        parts: list[str] = []
        if rng.random() < 0.5 * more:
            name = incident.street.name
            parts.append(f"{rng.choice(('Jl.', 'Jl', 'Jalan', 'jln', 'Jl. '))} {name}".replace("  ", " "))
            if rng.random() < 0.15:
                parts[-1] += f" No. {incident.house + rng.randrange(0, 2)}"
        if rng.random() < 0.28 * more:
            rt, rw = incident.quarter.rt_rw(incident.lat, incident.lon)
            parts.append(
                rng.choice(
                    (
                        f"RT {rt:03}/RW {rw:02}",
                        f"RT {rt} RW {rw}",
                        f"rt{rt}/{rw}",
                        f"RT {rt:02}/{rw:02}",
                        f"RW {rw:02}",
                        f"RT.{rt:03}/{rw:03}",
                    )
                )
            )
        if rng.random() < 0.35 * more and (mark := self._landmark(incident)):
            parts.append(f"{rng.choice(words.BY)} {mark}")
        if rng.random() < (0.2 if placed else 0.55):
            parts.append(rng.choice((incident.quarter.name, f"Kel. {incident.quarter.name}")))
        return (", " if rng.random() < 0.5 else " ").join(parts)

    def _landmark(self, incident: _Incident) -> str:
        near = sorted(
            (math.hypot((lat - incident.lat) / METRE, (lon - incident.lon) / METRE), name)
            for name, lat, lon in incident.quarter.landmarks
        )[:2]
        near = [one for one in near if one[0] < 200]
        return self.rng.choice(near)[1] if near else ""

    def _short(self, word: str, chance: float) -> str:
        bare = word.strip(".,").lower()
        if bare in words.SHORTENED and self.rng.random() < chance:
            return word.lower().replace(bare, self.rng.choice(words.SHORTENED[bare]))
        return word

    def _slip(self, text: str) -> str:
        """Thumbs exchange two letters, leave one out, double one, or hit the one beside it."""
        rng = self.rng
        if len(text) < 10:
            return text
        at = rng.randrange(2, len(text) - 3)
        if not (text[at].isalpha() and text[at + 1].isalpha()):
            return text
        how = rng.randrange(4)
        if how == 0:
            return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        if how == 1:
            return text[:at] + text[at + 1 :]
        if how == 2:
            return text[:at] + text[at] + text[at:]
        rows = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
        row = next((row for row in rows if text[at].lower() in row), "as")
        spot = row.find(text[at].lower())
        return text[:at] + row[(spot + 1) % len(row)] + text[at + 1 :]
