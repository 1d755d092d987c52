"""Which of the reference ranges printed with a result concern this patient.

A range of another kind than "normal" (therapeutic, recommended), of the other sex or of another age does not.
Where a range names something that is not understood, no upper limit is taken from any of them.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from cds_service.features.age import age_on
from cds_service.features.bounds import Unusable, exactly
from cds_service.features.results import date_of
from cds_service.features.upper_limit import Applicable
from cds_service.fhir.record import Result
from cds_service.fhir.resources import CodeableConcept, Quantity, ReferenceRange
from cds_service.kleene import Truth, all_of

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

# The SNOMED CT findings of the HL7 examples of Observation.referenceRange.appliesTo, and what EHRs write.
_SEX = {
    "248153007": "male",
    "248152002": "female",
    "male": "male",
    "m": "male",
    "female": "female",
    "f": "female",
}
_YEARS = {"a": Fraction(1), "mo": Fraction(1, 12), "wk": Fraction(7, 365), "d": Fraction(1, 365)}
_AGE_UNITS = {
    "a": "a", "y": "a", "yr": "a", "yrs": "a", "year": "a", "years": "a",
    "mo": "mo", "month": "mo", "months": "mo", "wk": "wk", "week": "wk", "weeks": "wk",
    "d": "d", "day": "d", "days": "d",
}  # fmt: skip


def applicable(chart: Chart, result: Result) -> tuple[Applicable, ...] | Unusable:
    """The normal ranges for this patient; those that name the sex or age before those that name neither."""
    general: list[Applicable] = []
    specific: list[Applicable] = []
    for each in result.value.reference_range:
        if not _is_normal(each) or (each.high is None and not each.text):
            continue
        if not each.applies_to and each.age is None:
            general.append(Applicable(each.high, None if each.high else each.text))
            continue
        concerns = all_of((_of_this_sex(chart, each), _of_this_age(chart, result, each)))
        if concerns is Truth.UNKNOWN:
            return Unusable("comes with an upper limit of normal that may be for others than this patient")
        if concerns is Truth.TRUE:
            named = specific if each.applies_to or each.age is not None else general
            named.append(Applicable(each.high, None if each.high else each.text))
    return tuple(specific or general)


def _words(concept: CodeableConcept | None) -> set[str]:
    if concept is None:
        return set()
    codings = [word for coding in concept.coding for word in (coding.code, coding.display)]
    return {word.strip().lower() for word in (*codings, concept.text) if word}


def _is_normal(each: ReferenceRange) -> bool:
    """Type absent or normal (http://terminology.hl7.org/CodeSystem/referencerange-meaning)."""
    return each.type is None or not _words(each.type) or bool(_words(each.type) & {"normal", "normal range"})


def _of_this_sex(chart: Chart, each: ReferenceRange) -> Truth:
    truths = []
    for concept in each.applies_to:
        sexes = {_SEX[word] for word in _words(concept) if word in _SEX}
        if len(sexes) != 1 or chart.record.patient.gender not in ("male", "female"):
            truths.append(Truth.UNKNOWN)
        else:
            truths.append(Truth.TRUE if chart.record.patient.gender in sexes else Truth.FALSE)
    return all_of(truths)


def _of_this_age(chart: Chart, result: Result, each: ReferenceRange) -> Truth:
    if each.age is None:
        return Truth.TRUE
    when = date_of(result)
    years = age_on(chart, when.first) if when else None
    low, high = _in_years(each.age.low), _in_years(each.age.high)
    if years is None or low is Truth.UNKNOWN or high is Truth.UNKNOWN:
        return Truth.UNKNOWN
    # The exact age lies between the completed years and one more.
    youngest, oldest = Fraction(years[0]), Fraction(years[1] + 1)
    above = Truth.TRUE if low is None or youngest >= low else Truth.FALSE if oldest <= low else Truth.UNKNOWN
    whole = isinstance(high, Fraction) and high.denominator == 1  # "to 17 years": until the 18th birthday
    below = Truth.TRUE if high is None or oldest <= high + whole else Truth.UNKNOWN
    if high is not None and youngest > high:
        below = Truth.FALSE
    return all_of((above, below))


def _in_years(end: Quantity | None) -> Fraction | Truth | None:
    """One end of an age range in years; None where it has no such end, UNKNOWN where it cannot be read."""
    if end is None or end.value is None:
        return None
    unit = _AGE_UNITS.get((end.code or end.unit or "").strip().lower())
    number = exactly(end.value)
    if unit is None or number is None or end.comparator:
        return Truth.UNKNOWN
    return number * _YEARS[unit]
