"""The few sentences and abbreviations of a dosage that can be read for certain."""

from __future__ import annotations

import re
from fractions import Fraction

# FHIR's timing abbreviations (hl7.org/fhir/R4/valueset-timing-abbreviation.html), and how people say it.
_TIMES: dict[Fraction, tuple[str, ...]] = {
    Fraction(1): (
        r"qd|once (?:a|per) day|once daily|one time daily|daily|every day|each day|every morning",
        r"each morning|in the morning|every evening|at bedtime|am|pm|bed|q24h|every 24 hours|1/day",
        r"每日一次|每日1次|每天一次",
    ),
    Fraction(2): (
        r"bid|twice (?:a|per) day|twice daily|two times (?:a|per) day|two times daily|q12h|every 12 hours",
        r"2/day|每日两次|每日2次|每天两次",
    ),
    Fraction(3): (
        r"tid|three times (?:a|per) day|three times daily|3 times (?:a|per) day|q8h|every 8 hours|3/day",
        r"每日三次|每日3次|每天三次",
    ),
    Fraction(4): (
        r"qid|four times (?:a|per) day|four times daily|4 times (?:a|per) day|q6h|every 6 hours|4/day",
    ),
    Fraction(6): (r"q4h|every 4 hours",),
    Fraction(1, 2): (r"qod|every other day|every 2 days|every second day|alternate days|隔日一次",),
    Fraction(1, 7): (r"wk|once weekly|once (?:a|per) week|weekly|every week|每周一次",),
}
_READ = tuple((times, re.compile("|".join(words), re.IGNORECASE)) for times, words in _TIMES.items())
_SENTENCE = re.compile(
    r"(?:take |give |使用 ?|口服 ?)?(?P<count>\d+(?:\.\d+)?|one|two|three) ?"
    r"(?P<unit>mg|g|tablets?|tabs?|capsules?|片|粒)"
    r"(?: tablets?| capsules?)?,? ?(?:\(?(?:by mouth|orally|oral|po|p\.o\.|口服)\)?,? ?)?(?P<times>.+?)"
    r"(?: (?:with|after|before) (?:food|meals?|breakfast)| by mouth| orally| po)?[.。]?",
    re.IGNORECASE,
)
_UNSETTLED = re.compile(
    r"\b(?:prn|as needed|if needed|when needed|taper\w*|wean\w*|reduc\w*|decreas\w*|increas\w*|titrat\w*|"
    r"then|up to|as directed|stop\w*|hold)\b|必要时|逐渐减量|减量",
    re.IGNORECASE,
)
_WORDS = {"one": "1", "two": "2", "three": "3"}


def per_day_said(words: str) -> Fraction | None:
    """How often a day an abbreviation or phrase says, and only that; None for anything more or else."""
    words = " ".join(words.replace(".", "").split())
    return next((times for times, pattern in _READ if pattern.fullmatch(words)), None)


def sentence(text: str) -> tuple[str, str, Fraction] | None:
    """``("10", "mg", 1)`` of "Take 10 mg by mouth daily"; None where the sentence says anything more."""
    found = _SENTENCE.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    times = per_day_said(found["times"])
    if times is None:
        return None
    count = found["count"].lower()
    return (
        _WORDS.get(count, count),
        {"片": "tablet", "粒": "capsule"}.get(found["unit"], found["unit"]),
        times,
    )


def unsettled(text: str) -> str | None:
    """The word of a dosage text by which the dose is not the same each day ("taper"), if any."""
    found = _UNSETTLED.search(text)
    return found[0] if found else None
