"""Words that tell of danger to life: *banjir naik, kebakaran, kabel putus, pohon tumbang menimpa*, and their like.

They put a report on top and never decide anything (capabilities paper 22). Stems, so that any form of the word counts.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from smartcity_desk.domain.wording import Said, stem_of


class Alarm(StrEnum):
    """What danger the words tell of."""

    FLOOD = "flood"  # water that rises, or is in houses, or carries somebody away
    FIRE = "fire"
    WIRE = "wire"  # a torn cable, an electric shock
    TREE = "tree"  # fallen on somebody or something
    COLLAPSE = "collapse"
    PEOPLE = "people"  # hurt, trapped, missing


_SIGNS: Final[tuple[tuple[Alarm, str], ...]] = (
    (Alarm.FLOOD, "banjir naik"),
    (Alarm.FLOOD, "air naik"),
    (Alarm.FLOOD, "air masuk rumah"),
    (Alarm.FLOOD, "banjir masuk"),
    (Alarm.FLOOD, "arus deras"),
    (Alarm.FLOOD, "perahu"),
    (Alarm.FLOOD, "evakuasi"),
    (Alarm.FLOOD, "tanggul jebol"),
    (Alarm.FLOOD, "hanyut"),
    (Alarm.FLOOD, "tenggelam"),
    (Alarm.FIRE, "kebakaran rumah"),
    (Alarm.FIRE, "api besar"),
    (Alarm.FIRE, "api jalar"),
    (Alarm.FIRE, "damkar"),
    (Alarm.FIRE, "korsleting"),
    (Alarm.FIRE, "ledak"),
    (Alarm.FIRE, "gas bocor"),
    (Alarm.WIRE, "kabel putus"),
    (Alarm.WIRE, "setrum"),
    (Alarm.WIRE, "sengat"),
    (Alarm.TREE, "tumbang timpa"),
    (Alarm.TREE, "pohon timpa"),
    (Alarm.COLLAPSE, "longsor"),
    (Alarm.COLLAPSE, "runtuh"),
    (Alarm.COLLAPSE, "atap ambruk"),
    (Alarm.PEOPLE, "korban jiwa"),
    (Alarm.PEOPLE, "luka parah"),
    (Alarm.PEOPLE, "jebak"),
    (Alarm.PEOPLE, "tewas"),
    (Alarm.PEOPLE, "meninggal"),
)
_STEMS: Final = tuple((alarm, frozenset(stem_of(word) for word in words.split())) for alarm, words in _SIGNS)


def alarms(said: Said) -> frozenset[Alarm]:
    """The dangers that a text tells of; none for most."""
    found = {alarm for alarm, stems in _STEMS if stems <= said.words.keys()}
    # who burns his rubbish uses the same root
    if any(written.startswith("kebakar") for written in said.words.values()):
        found.add(Alarm.FIRE)
    return frozenset(found)
