"""What speaks for a report's asking nobody for work: it lies outside, is spam, is no complaint, or says too little."""

from __future__ import annotations

from typing import Final

from smartcity_desk.domain.courses import Case, Phrase
from smartcity_desk.domain.location import PlaceBadge

SURE_PERCENT: Final = 80
"""From which share of a text's topics a category is taken for sure."""
_MANY_REPEATS: Final = 8


def certain(case: Case) -> bool:
    """Whether the text tells of one category for sure, by more than one word."""
    topic = case.reading.topic
    return topic is not None and topic.percent >= SURE_PERCENT and len(topic.words) > 1


def stated(case: Case) -> bool:
    """Whether the report has a category that says something."""
    return case.category is not None and case.category != "lainnya"


def why_outside(case: Case) -> list[Phrase]:
    """What speaks for the report's lying outside the city; nothing where nothing does."""
    outside = case.reading.outside
    reasons = []
    if case.badge is PlaceBadge.OUTSIDE:
        reasons.append(Phrase("course.why.lies_outside", {}, 85))
    elif None in case.candidates:
        reasons.append(Phrase("course.why.border_outside", {}, 25))
    if outside:
        points = 75 if case.place is None else 40
        reasons.append(Phrase("course.why.names_outside", {"words": ", ".join(outside)}, points))
    if reasons and case.named:
        reasons.append(Phrase("course.why.names_inside", {"office": case.named[0]}, -30))
    return reasons


def why_spam(case: Case) -> list[Phrase]:
    """What speaks for spam."""
    reading = case.reading
    reasons = []
    if reading.spam:
        points = min(90, 50 + 14 * (len(reading.spam) - 1))
        reasons.append(Phrase("course.why.spam_words", {"words": ", ".join(reading.spam)}, points))
    if reading.link and not certain(case):
        reasons.append(Phrase("course.why.link", {}, 20))
    if case.repeats >= _MANY_REPEATS:
        reasons.append(Phrase("course.why.repeats", {"n": case.repeats}, 15))
    if not reasons and reading.content and not reading.known and not reading.placed and not case.media:
        reasons.append(Phrase("course.why.no_known_word", {}, 12))
    if reasons and not reading.known:
        reasons.append(Phrase("course.why.no_trouble", {}, 16))
    if reasons and certain(case):
        reasons.append(Phrase("course.why.trouble_told", _told(case), -45))
    return reasons


def why_no_complaint(case: Case) -> list[Phrase]:
    """What speaks for thanks, a question or a proposal."""
    reading = case.reading
    reasons = []
    if reading.thanks:
        reasons.append(Phrase("course.why.thanks", {"words": ", ".join(reading.thanks)}, 22))
    if reading.settled:
        reasons.append(Phrase("course.why.settled", {"words": ", ".join(reading.settled)}, 40))
    if reading.question:
        reasons.append(Phrase("course.why.question", {"words": ", ".join(reading.question)}, 60))
    if not reasons:
        return []
    if not reading.known:
        reasons.append(Phrase("course.why.no_trouble", {}, 26))
    elif len(reading.thanks) > 1:
        reasons.append(Phrase("course.why.praise", {}, 30))
    if not case.media and not reading.placed:
        reasons.append(Phrase("course.why.no_place_no_picture", {}, 10))
    elif reading.placed:
        reasons.append(Phrase("course.why.place_told", {}, -15))
    if stated(case) and certain(case) and not reading.settled:
        reasons.append(Phrase("course.why.trouble_told", _told(case), -30))
    return reasons


def why_vague(case: Case) -> list[Phrase]:
    """What speaks for closing it as too vague; asking comes first."""
    reading = case.reading
    reasons = [Phrase("course.why.can_be_closed", {}, 1)]
    if not reading.known:
        reasons.append(Phrase("course.why.no_trouble", {}, 14))
    if case.place is None and not case.named and not reading.placed:
        reasons.append(Phrase("course.why.no_place", {}, 10))
    if case.asked:
        reasons.append(Phrase("course.why.asked_before", {}, 40))
    if certain(case):
        reasons.append(Phrase("course.why.trouble_told", _told(case), -20))
    return reasons


def _told(case: Case) -> dict[str, str | int]:
    topic = case.reading.topic
    return {} if topic is None else {"category": topic.category, "words": ", ".join(topic.words)}
