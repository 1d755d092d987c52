"""Viral DNA and RNA: above the reference range, and detected at all.

The words of the criteria are "greater than the normal reference value range" (hepatitis B and C) and "test
positive" (cytomegalovirus). ``<20 IU/mL`` is below quantification: not above range, but it does not say
whether anything was detected. Copies and international units are never converted into each other: a value is
only compared with the range sent with it.
"""

from __future__ import annotations

from cds_service.concepts.qualitative import Meaning, ResultMeanings, Trait
from cds_service.features.bounds import exactly
from cds_service.features.question import Reason
from cds_service.features.result_call import (
    NO,
    YES,
    Call,
    Said,
    call_of_words,
    judged,
    range_high,
    said_by,
    same_unit,
    together,
    unusable,
)
from cds_service.fhir.record import Result
from cds_service.fhir.resources import Quantity
from cds_service.kleene import Truth

_COMPARATORS = (None, "<", "<=", ">", ">=")


def is_detected(result: Result, meanings: ResultMeanings) -> Call:
    """Whether any virus was detected, however little."""
    said = said_by(result, meanings)
    return together(_in_words(said), _number_detected(result, said, meanings))


def is_above_range(result: Result, meanings: ResultMeanings) -> Call:
    """Whether the load is strictly above the upper limit of the range sent with it."""
    said = said_by(result, meanings)
    words, number = _in_words(said), _number_above(result, said, meanings)
    detected = words is not None and words.truth is Truth.TRUE
    if number is None:
        return (
            judged("is detected, without a number to compare with the range")
            if detected
            else together(words, None)
        )
    flagged = said.lab & {Meaning.HIGH, Meaning.NORMAL}
    if number.truth is not Truth.UNKNOWN and len(flagged) == 1:
        if (Meaning.HIGH in flagged) is not (number.truth is Truth.TRUE):
            return unusable("has a number and an interpretation that contradict each other")
        return number
    if detected:
        return unusable("says positive and is zero") if _is_zero(said.quantity) else number
    if number.truth is Truth.UNKNOWN and words is not None:
        found = is_detected(result, meanings)  # "not detected" beside a number is a contradiction
        return found if found.reason is Reason.UNUSABLE else words
    return together(words, number)


def _in_words(said: Said) -> Call | None:
    """The words; flags say nothing of detection."""
    told = (said.value | said.lab) - {Meaning.HIGH, Meaning.LOW, Meaning.NORMAL, Meaning.ABNORMAL}
    if not told and said.quantity is not None:
        return None
    return call_of_words(said)


def _number_detected(result: Result, said: Said, meanings: ResultMeanings) -> Call | None:
    quantity = said.quantity
    if quantity is None:
        return None
    number = exactly(quantity.value)
    if number is None or number < 0 or quantity.comparator not in _COMPARATORS:
        return unusable("has no usable number")
    if quantity.comparator in ("<", "<="):
        return judged("is below quantification, which does not say whether anything was detected")
    if number > 0 or quantity.comparator == ">":
        return YES
    if quantity.comparator == ">=":
        return unusable("does not say whether anything was detected")
    return unusable("is a logarithm of 0") if meanings.has(result.code, Trait.LOGARITHM) else NO


def _number_above(result: Result, said: Said, meanings: ResultMeanings) -> Call | None:
    quantity = said.quantity
    if quantity is None:
        return None
    number = exactly(quantity.value)
    if number is None or number < 0 or quantity.comparator not in _COMPARATORS:
        return unusable("has no usable number")
    high = range_high(result)
    below_quantification = quantity.comparator in ("<", "<=")
    if isinstance(high, str):
        if _is_zero(quantity) and not meanings.has(result.code, Trait.LOGARITHM):
            return NO
        several = high == "has several reference ranges"
        return NO if below_quantification and not several else unusable(high)
    if not same_unit(quantity, high):
        return unusable("has another unit than its reference range")
    limit = exactly(high.value)
    if limit is None:
        return unusable("has no upper limit of a reference range")
    if below_quantification:
        return NO if number <= limit else judged("is below quantification above its range")
    if quantity.comparator in (">", ">=") and number <= limit:
        beyond = quantity.comparator == ">" and number == limit
        return YES if beyond else unusable("does not say on which side of its range it is")
    return YES if number > limit else NO


def _is_zero(quantity: Quantity | None) -> bool:
    return quantity is not None and quantity.value == 0 and quantity.comparator is None
