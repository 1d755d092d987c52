"""Whether one result is positive: its code, its words, its number and the laboratory's interpretation.

All that a result says is put together. Two parts that contradict each other make it *unusable*; weakly
positive, equivocal and indeterminate are a clinician's to judge; the flags "high" and "abnormal" alone never
make an antibody positive, nor does "normal" make it negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from cds_service.concepts.qualitative import Meaning, ResultMeanings, Trait
from cds_service.features.bounds import exactly
from cds_service.features.question import Reason
from cds_service.features.result_words import Titre, Words, read_words
from cds_service.fhir.record import Result
from cds_service.fhir.resources import CodeableConcept, Quantity
from cds_service.kleene import Truth

_JUDGED = frozenset({Meaning.EQUIVOCAL, Meaning.INDETERMINATE})
_NO_RESULT = frozenset({Meaning.INVALID, Meaning.UNKNOWN})
_FLAGS = frozenset({Meaning.ABNORMAL, Meaning.NORMAL, Meaning.HIGH, Meaning.LOW})

# A screening titre that stays below these dilutions is what laboratories report for "not found" in
# immunofluorescence (screens start at 1:40 or 1:80; 1:80 is the entry criterion of EULAR/ACR 2019).
_HIGHEST_SCREENING_DILUTION = 80


@dataclass(frozen=True, slots=True)
class Call:
    """One result as an answer to "is it positive?", and why it is none."""

    truth: Truth = Truth.UNKNOWN
    reason: Reason | None = None
    why: str = ""
    flag_only: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """The parts of one result."""

    value: frozenset[Meaning]
    lab: frozenset[Meaning]
    quantity: Quantity | None
    titre: Titre | None
    understood: bool


YES = Call(Truth.TRUE)
NO = Call(Truth.FALSE)
_EITHER_SIDE = "does not say on which side of its range it is"


def unusable(why: str) -> Call:
    return Call(reason=Reason.UNUSABLE, why=why)


def judged(why: str) -> Call:
    return Call(reason=Reason.NEEDS_CLINICIAN, why=why)


def said_by(result: Result, meanings: ResultMeanings) -> Said:
    """Take a result apart."""
    value = result.value
    concept = value.value_codeable_concept
    words = read_words(value.value_string if concept is None else concept.text, meanings)
    told = set(meanings.of_concept(concept))
    if words.meaning is not None:
        told.add(words.meaning)
    quantity = value.value_quantity or words.quantity
    if value.value_integer is not None and quantity is None:
        quantity = Quantity(value=Decimal(value.value_integer))
    titre = words.titre or _ratio_titre(result)
    if titre is None and quantity is not None and meanings.has(result.code, Trait.TITRE):
        titre = _number_titre(quantity)
        quantity = None if titre else quantity
    lab: set[Meaning] = set()
    for interpretation in value.interpretation:
        lab |= meanings.of_concept(interpretation)
    sent = concept is not None or value.value_string is not None
    understood = not sent or bool(told) or words != Words()
    return Said(frozenset(told), frozenset(lab), quantity, titre, understood)


def is_positive(result: Result, meanings: ResultMeanings) -> Call:
    """Whether a qualitative result, a titre or an antibody concentration is positive."""
    said = said_by(result, meanings)
    by_words = call_of_words(said)
    by_number = _by_number(result, said, meanings)
    return together(by_words, by_number)


def call_of_words(said: Said) -> Call | None:
    """What codes and words say, the value's and the laboratory's; None where they say nothing."""
    told = said.value | said.lab
    if told & _NO_RESULT:
        return unusable("gives no result")
    decided = told & {Meaning.POSITIVE, Meaning.NEGATIVE}
    if len(decided) == 2:
        return unusable("says both positive and negative")
    if told & _JUDGED:
        return judged(f"is {' and '.join(sorted(told & _JUDGED))}")
    if decided:
        return YES if Meaning.POSITIVE in decided else NO
    if told & _FLAGS:
        flags = " and ".join(sorted(told & _FLAGS))
        return Call(reason=Reason.NEEDS_CLINICIAN, why=f"is only flagged {flags}", flag_only=True)
    if told:
        return unusable("has a value that does not answer this test")
    return None if said.understood else unusable("has a value that is not understood")


def together(words: Call | None, number: Call | None) -> Call:
    """One answer of what the words and what the number say."""
    if words is None or number is None:
        return words or number or unusable("has a value that does not say positive or negative")
    if words.truth is Truth.UNKNOWN:
        return number if words.flag_only and number.truth is not Truth.UNKNOWN else words
    if number.truth not in (Truth.UNKNOWN, words.truth):
        return unusable("has a number and an interpretation that contradict each other")
    return words


def _by_number(result: Result, said: Said, meanings: ResultMeanings) -> Call | None:
    if said.titre is not None:
        return _by_titre(result, said.titre)
    if said.quantity is None:
        return None
    number = exactly(said.quantity.value)
    if number is None or number < 0:
        return unusable("has no usable number")
    if meanings.has(result.code, Trait.PRESENCE):
        return unusable("is a bare number of a test for presence")
    high = range_high(result)
    if isinstance(high, str):
        return unusable(high)
    if not same_unit(said.quantity, high):
        return unusable("has another unit than its reference range")
    return _above(said.quantity, high)


def _above(quantity: Quantity, high: Quantity) -> Call:
    """Strictly above the upper limit; a comparator bounds the value."""
    value, limit = quantity.value, high.value
    if value is None or limit is None:
        return unusable("has no usable number")
    match quantity.comparator:
        case None:
            return YES if value > limit else NO
        case "<" | "<=":
            return NO if value <= limit else unusable(_EITHER_SIDE)
        case ">":
            return YES if value >= limit else unusable(_EITHER_SIDE)
        case ">=":
            return YES if value > limit else unusable(_EITHER_SIDE)
        case _:
            return unusable("has a comparator that FHIR does not know")


def _by_titre(result: Result, titre: Titre) -> Call:
    """A titre needs the laboratory's word or range; below the first screening dilution is negative."""
    high = range_high(result)
    if isinstance(high, Quantity) and high.value is not None and titre.comparator in (None, ">", ">="):
        if titre.dilution > high.value:
            return YES
        if titre.dilution < high.value and titre.comparator is None:
            return NO
    if titre.comparator == "<" and titre.dilution <= _HIGHEST_SCREENING_DILUTION:
        return NO
    return judged(f"is a titre of {titre} without the laboratory's interpretation")


def range_high(result: Result) -> Quantity | str:
    """The upper limit of the normal range sent with the result, or why there is none to use."""
    highs = {}
    for each in result.value.reference_range:
        if each.high is not None and exactly(each.high.value) is not None and _is_normal(each.type):
            highs[(each.high.value, _unit(each.high))] = each.high
    if not highs:
        return "has no upper limit of a reference range"
    if len(highs) > 1:
        return "has several reference ranges"
    return next(iter(highs.values()))


def _is_normal(kind: CodeableConcept | None) -> bool:
    """A range without a type is the normal range (FHIR R4, Observation.referenceRange.type)."""
    codes = [coding.code for coding in kind.coding if coding.code] if kind else []
    return not codes or "normal" in codes


def same_unit(quantity: Quantity, high: Quantity) -> bool:
    """Whether value and range are in one unit: a range without a unit is in the value's (FHIR R4)."""
    return not _unit(high) or _unit(high) == _unit(quantity)


_NO_BRACKETS = str.maketrans("", "", "[]{} ")


def _unit(quantity: Quantity) -> str:
    return (quantity.unit or quantity.code or "").lower().translate(_NO_BRACKETS)


def _ratio_titre(result: Result) -> Titre | None:
    ratio = result.value.value_ratio
    if ratio is None or ratio.numerator is None or ratio.denominator is None or ratio.numerator.value != 1:
        return None
    return _number_titre(ratio.denominator, ratio.numerator.comparator)


def _number_titre(quantity: Quantity, comparator: str | None = None) -> Titre | None:
    value = exactly(quantity.value)
    if value is None or value < 1 or value.denominator != 1:
        return None
    return Titre(value.numerator, quantity.comparator or comparator)
