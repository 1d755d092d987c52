"""Qualitative results and viral loads: serology, autoantibodies, screening for infection.

The newest result of each concept decides. Two different tests of one concept on one day that disagree (an
immunoassay and its immunoblot) are *conflicting*. A result under a code whose meaning could not be verified
is held for a clinician: it decides nothing, but a negative beside it is not final either.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec.structs import replace

from cds_service.concepts.labs import LabConcept
from cds_service.concepts.qualitative import ResultMeanings, Trait
from cds_service.features import traces
from cds_service.features.bounds import Unusable
from cds_service.features.event_window import faults
from cds_service.features.question import Question, Reading, Reason, known, unknown
from cds_service.features.reference_ranges import applicable
from cds_service.features.result_call import Call, is_positive
from cds_service.features.results import (
    date_of,
    day_of,
    earlier,
    evidence_of,
    fault_of,
    has_value,
    latest,
    need,
    newest_of,
    newest_that,
    on_date,
    usable_ones,
    value_said,
)
from cds_service.features.traces import Traces
from cds_service.features.viral_load import is_above_range, is_detected
from cds_service.features.weigh import any_reading
from cds_service.features.window import still_fresh
from cds_service.fhir.record import Result
from cds_service.fhir.resources import CodeableConcept, ReferenceRange
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

Caller = Callable[[Result, ResultMeanings], Call]

_CALLERS: dict[str, Caller] = {
    "positive": is_positive,
    "negative": is_positive,
    "detected": is_detected,
    "above_range": is_above_range,
}
_WORDS = {
    "positive": ("positive", "negative"),
    "negative": ("positive", "negative"),
    "detected": ("detected", "not detected"),
    "above_range": ("above its reference range", "not above its reference range"),
}

# An anti-SSA result that is not split says nothing of 52 against 60 kDa (criteria inventory, JDM-I4): where
# it is positive and the named antibody was not tested, a clinician must look.
_NOT_SPLIT = {"anti_ro52": "anti_ssa_ro", "anti_ro60": "anti_ssa_ro"}


class QualitativeResult(Question, frozen=True, kw_only=True):
    """``{result: hbsag, is: positive}``; of a list TRUE if any is, FALSE when all are known not to be.

    ``take: any``: one such result suffices whenever it was, for a criterion that asks whether it ever was so.
    """

    keyword: ClassVar[str] = "result"
    label: ClassVar[str] = "Result"

    result: tuple[str, ...]
    is_: str = msgspec.field(name="is")
    within: str | None = None
    take: str | None = None

    def read(self, chart: Chart) -> Reading:
        return any_reading([self._one(chart, key) for key in self.result])

    def _one(self, chart: Chart, key: str) -> Reading:
        concept = chart.concepts.labs.concept(key)
        reading = settle(chart, concept, _CALLERS[self.is_], _WORDS[self.is_])
        if self.take is not None and reading.truth is not Truth.TRUE:
            reading = _ever(chart, concept, _CALLERS[self.is_], _WORDS[self.is_]) or reading
        broader = _NOT_SPLIT.get(key)
        if broader and reading.reason is Reason.MISSING_DATA and self.is_ in ("positive", "negative"):
            reading = _not_split(chart, concept, chart.concepts.labs.concept(broader), reading)
        if self.is_ == "negative" and reading.truth is not Truth.UNKNOWN:
            reading = replace(reading, truth=~reading.truth)
        reading = still_fresh(reading, self.within, chart.as_of)
        return replace(reading, needs=(need(concept),)) if reading.reason is Reason.STALE else reading

    def traces(self, concepts: Any) -> Traces | None:  # noqa: ARG002
        keys = (*self.result, *(_NOT_SPLIT[key] for key in self.result if key in _NOT_SPLIT))
        return frozenset(map(traces.lab, keys))

    def check(self, concepts: Any) -> Iterable[str]:
        if self.is_ not in _CALLERS:
            yield f'"is: {self.is_}" is not known. Write one of: {", ".join(_CALLERS)}.'
        yield from faults("within", self.within)
        if self.take not in (None, "any"):
            yield f'take: "{self.take}" is not known here. Write take: any, or leave it out for the newest.'
        if self.take is not None and (self.is_ == "negative" or self.within is not None):
            yield "take: any is for a result that was ever so: it does not go with negative or within."
        if not self.result:
            yield "The list of results is empty. Name at least one."
        for key in self.result:
            wrong = concepts.labs.unknown(key)
            if wrong is not None:
                yield wrong


def settle(chart: Chart, concept: LabConcept, caller: Caller, words: tuple[str, str]) -> Reading:
    """Whether the newest result of a concept is what ``caller`` asks; ``words`` say yes and no."""
    newest = latest(chart, concept, filled=_says_something)
    if newest.why_not is not None:
        return newest.why_not
    counted = (*newest.group, *_other_tests_that_day(chart, concept, newest.group))
    calls = [(result, call_of(chart, result, caller)) for result in counted]
    shown = tuple(evidence_of(result, concept) for result in counted)
    said = "; ".join(
        dict.fromkeys(f"{concept.name} {told_of(result)}{on_date(result)}" for result in counted)
    )
    truths = {call.truth for _, call in calls} - {Truth.UNKNOWN}
    if len(truths) == 2:
        why = f"{said}: results of one day that contradict each other"
        return unknown(Reason.CONFLICTING, why, evidence=shown, needs=(need(concept),), notes=newest.notes)
    for _, call in calls:
        if call.truth is Truth.UNKNOWN:
            why = f"{said}: {call.why}"
            needs = (need(concept),) if call.reason is Reason.UNUSABLE else ()
            return unknown(
                call.reason or Reason.UNUSABLE, why, evidence=shown, needs=needs, notes=newest.notes
            )
    truth = truths.pop()
    if truth is Truth.TRUE and caller is is_positive and not _confirmed(chart, concept, counted):
        why = f"{said}: a combined antigen and antibody test, reactive and not confirmed by an antibody test"
        return unknown(Reason.NEEDS_CLINICIAN, why, evidence=shown, notes=newest.notes)
    if truth is Truth.FALSE and (held := _held(chart, concept, caller, counted)) is not None:
        shown = (*shown, evidence_of(held, concept))
        uncertain = f"{told_of(held)}{on_date(held)} under a code whose meaning is not certain"
        why = f"{said}; {uncertain}: held for review"
        return unknown(Reason.NEEDS_CLINICIAN, why, evidence=shown, notes=newest.notes)
    notes = (*newest.notes, *_earlier_otherwise(chart, concept, caller, counted, truth))
    word = words[truth is Truth.FALSE]
    if any(told_of(result).lower() != word for result in counted):
        said = f"{said} ({word})"
    return known(truth, said, evidence=shown, notes=notes)


def _ever(chart: Chart, concept: LabConcept, caller: Caller, words: tuple[str, str]) -> Reading | None:
    """The newest result that says yes, whatever came after it; None where none does."""
    yes = [
        result
        for result in usable_ones(chart, concept, filled=_says_something)
        if call_of(chart, result, caller).truth is Truth.TRUE
    ]
    if not yes or (caller is is_positive and not _confirmed(chart, concept, tuple(yes))):
        return None
    newest = newest_of(yes)
    said = "; ".join(dict.fromkeys(f"{concept.name} {told_of(each)}{on_date(each)}" for each in newest))
    shown = tuple(evidence_of(each, concept) for each in newest)
    return known(Truth.TRUE, f"{said} ({words[0]})", evidence=shown, notes=("A later result differs",))


def call_of(chart: Chart, result: Result, caller: Caller) -> Call:
    """What the caller says of a result, beside the reference ranges that concern the patient."""
    if any(each.applies_to or each.age is not None for each in result.value.reference_range):
        return caller(_for_this_patient(chart, result), chart.concepts.qualitative)
    return _once(chart, ("call", caller), result, lambda: _for_this_patient(chart, result), caller)


def _call_of_any(chart: Chart, result: Result, caller: Caller) -> Call:
    """The same beside every reference range that was sent."""
    return _once(chart, ("call beside every range", caller), result, lambda: result, caller)


def _once(
    chart: Chart, place: tuple[str, Caller], result: Result, asked: Callable[[], Result], caller: Caller
) -> Call:
    """The call of one value, which a chart may hold many times: nothing but what is told here decides it."""
    value = result.value
    told = (
        value.code,
        value.value_quantity,
        value.value_codeable_concept,
        value.value_string,
        value.value_integer,
        value.value_boolean,
        value.value_range,
        value.value_ratio,
        value.interpretation,
        value.reference_range,
        value.data_absent_reason,
    )
    known_calls: dict[Hashable, Call] = chart.kept.setdefault(place, {})
    call = known_calls.get(told)
    if call is None:
        call = known_calls[told] = caller(asked(), chart.concepts.qualitative)
    return call


def _for_this_patient(chart: Chart, result: Result) -> Result:
    """The result with no other reference ranges than those that concern the patient."""
    if not result.value.reference_range:
        return result
    ranges = applicable(chart, result)
    kept = () if isinstance(ranges, Unusable) else tuple(ReferenceRange(high=each.high) for each in ranges)
    return replace(result, value=msgspec.structs.replace(result.value, reference_range=kept))


def _says_something(result: Result) -> bool:
    """A value, or an interpretation that stands alone."""
    return has_value(result) or (
        bool(result.value.interpretation) and result.value.data_absent_reason is None
    )


def told_of(result: Result) -> str:
    """The value, and the laboratory's interpretation of it, as sent."""
    parts = [value_said(result), *(_label(each) for each in result.value.interpretation)]
    told = list(dict.fromkeys(part for part in parts if part))
    if not told:
        return "result"
    return told[0] if len(told) == 1 else f"{told[0]} [{', '.join(told[1:])}]"


def _label(concept: CodeableConcept) -> str | None:
    return concept.text or next((c.display or c.code for c in concept.coding if c.display or c.code), None)


def _accepted(chart: Chart, codes: tuple[str, ...]) -> list[Result]:
    """The results under those codes that may decide something, for every reader of them."""
    place = ("accepted", codes)
    held: list[Result] | None = chart.kept.get(place)
    if held is None:
        results = chart.record.results(codes)
        held = [result for result in results if fault_of(result) is None and _says_something(result)]
        chart.kept[place] = held
    return held


def _other_tests_that_day(chart: Chart, concept: LabConcept, group: tuple[Result, ...]) -> list[Result]:
    """Results under other codes of the concept on the day of the newest one."""
    days = {day for result in group if (day := day_of(result)) is not None}
    codes = _codes(group)
    return [
        result
        for result in _accepted(chart, concept.codes)
        if (day := day_of(result)) is not None
        and day in days
        and not _codes([result]) & codes
        and result not in group
    ]


def _codes(results: Iterable[Result]) -> set[str]:
    return {coding.code or "" for each in results for coding in (each.code.coding if each.code else ())}


def _confirmed(chart: Chart, concept: LabConcept, counted: tuple[Result, ...]) -> bool:
    """Whether more than a combined antigen and antibody test is positive (criteria inventory, JDM-E10c)."""
    meanings = chart.concepts.qualitative
    if not all(meanings.has(result.code, Trait.COMBINATION) for result in counted):
        return True
    return any(
        is_positive(result, meanings).truth is Truth.TRUE
        for result in _accepted(chart, concept.codes)
        if not meanings.has(result.code, Trait.COMBINATION)
    )


def _held(chart: Chart, concept: LabConcept, caller: Caller, counted: tuple[Result, ...]) -> Result | None:
    """A result under an unverified code that would say otherwise and is not older."""
    for result in _accepted(chart, concept.review_codes):
        if any(earlier(date_of(result), date_of(each)) for each in counted):
            continue
        if _call_of_any(chart, result, caller).truth is not Truth.FALSE:
            return result
    return None


def _earlier_otherwise(
    chart: Chart, concept: LabConcept, caller: Caller, counted: tuple[Result, ...], truth: Truth
) -> tuple[str, ...]:
    """A note of the newest earlier result that said the opposite."""
    found = newest_that(
        _accepted(chart, concept.codes),
        lambda result: _call_of_any(chart, result, caller).truth is ~truth and result not in counted,
    )
    return tuple(f"An earlier result differs: {told_of(each)}{on_date(each)}" for each in found[:1])


def _not_split(chart: Chart, concept: LabConcept, broader: LabConcept, missing: Reading) -> Reading:
    reading = settle(chart, broader, is_positive, _WORDS["positive"])
    if reading.truth is Truth.FALSE or reading.reason is Reason.MISSING_DATA:
        return missing
    said = f"{reading.said}; it does not say which antibody: {concept.name} was not reported"
    return unknown(
        Reason.NEEDS_CLINICIAN, said, evidence=reading.evidence, needs=missing.needs, notes=reading.notes
    )
