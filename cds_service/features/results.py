"""Which result counts: the newest one, and what stands in its way.

For every feature that reads Observations, whatever kind of value it wants::

    newest = latest(chart, concept)
    if newest.why_not is not None:       # nothing usable: the reading to answer with
        return newest.why_not
    for result in newest.group:          # one result, or several that no date can put in order
        ...

The rules (criteria inventory, section 0, "Labs"): final, amended and corrected results count. Results entered
in error, cancelled, of unknown status or without a value are passed over, and said to be where they are the
newest. A newest result that is preliminary, damaged or contradictory is *unusable* and is not skipped for an
older one. Results that cannot be put in order are all "the newest": the caller must allow for each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from cds_service.concepts.labs import LabConcept
from cds_service.features.question import Need, Reading, Reason, unknown
from cds_service.features.recorded import (
    concept_said,
    decimal_said,
    evidence_of,
    on_date,
    quantity_said,
    value_said,
)
from cds_service.features.result_order import (
    Frontier,
    date_of,
    day_of,
    earlier,
    in_order,
    newest_of,
    newest_that,
    since,
    surely_after,
)
from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.record import Result

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

__all__ = [
    "Frontier",
    "Latest",
    "concept_said",
    "date_of",
    "day_of",
    "decimal_said",
    "earlier",
    "earlier_ones",
    "evidence_of",
    "fault_of",
    "has_value",
    "latest",
    "need",
    "newest_of",
    "newest_that",
    "on_date",
    "quantity_said",
    "usable_ones",
    "value_said",
]

_COUNTS = ("final", "amended", "corrected")
_PASSED_OVER = ("entered-in-error", "cancelled", "unknown")


class Latest(msgspec.Struct, frozen=True):
    """The newest results of a concept; ``why_not`` is set exactly where ``group`` is empty.

    ``refused`` are the newest results where they may not be used, for asking whether they are the later ones.
    """

    group: tuple[Result, ...] = ()
    refused: tuple[Result, ...] = ()
    why_not: Reading | None = None
    notes: tuple[str, ...] = ()


def has_value(result: Result) -> bool:
    """Whether the result carries any value."""
    value = result.value
    return (
        value.value_quantity is not None
        or value.value_codeable_concept is not None
        or value.value_string is not None
        or value.value_integer is not None
        or value.value_boolean is not None
        or value.value_range is not None
        or value.value_ratio is not None
    )


def latest(chart: Chart, concept: LabConcept, *, filled: Callable[[Result], bool] = has_value) -> Latest:
    """The newest results of ``concept``. ``filled`` says what counts as a value."""
    place = ("latest", concept.name, concept.codes, filled)
    held: Latest | None = chart.kept.get(place)
    if held is None:
        held = chart.kept[place] = _latest(chart, concept, filled)
    return held


def _latest(chart: Chart, concept: LabConcept, filled: Callable[[Result], bool]) -> Latest:
    found = list(chart.record.results(concept.codes))
    newest = newest_that(found, lambda result: _passed_over(result, filled) is None)
    notes = _notes_of_passed_over(found, newest, filled)
    if not newest:
        return Latest(why_not=_nothing(chart, concept, notes))
    newest = without_superseded(newest)
    kept = {id(result) for result in newest}
    undated = "has no readable date" if all(date_of(result) is None for result in newest) else None
    for result in newest:
        fault = fault_of(result) or two_tests(chart, result) or undated
        if fault is not None:
            said = f"{concept.name} {value_said(result) or 'result'}{on_date(result)} {fault}"
            older = newest_that(
                found, lambda each: id(each) not in kept and _passed_over(each, filled) is None
            )
            before = [f"Before it: {_short(each)}" for each in older]
            shown = [evidence_of(each, concept) for each in newest]
            why = unknown(
                Reason.UNUSABLE, said, evidence=shown, needs=(need(concept),), notes=(*notes, *before)
            )
            return Latest(refused=newest, why_not=why)
    if len(newest) > 1 and len({value_said(result) for result in newest}) > 1:
        together = ", ".join(sorted(_short(result) for result in newest))
        notes = (*notes, f"Several results cannot be put in order, all are allowed for: {together}")
    return Latest(group=newest, notes=notes)


def earlier_ones(chart: Chart, concept: LabConcept, newest: Iterable[Result]) -> tuple[Result, ...]:
    """The dated results that count and are certainly before all of ``newest``."""
    after = [Frontier((each,)) for each in newest]
    return in_order(
        result
        for result in chart.record.results(concept.codes)
        if _passed_over(result, has_value) is None
        and fault_of(result) is None
        and all(each.is_later_than(date_of(result)) for each in after)
    )


def usable_ones(
    chart: Chart, concept: LabConcept, *, filled: Callable[[Result], bool] = has_value
) -> tuple[Result, ...]:
    """Every dated result that may decide something, whatever its age; what was corrected is left out."""
    place = ("usable", concept.name, concept.codes, filled)
    held: tuple[Result, ...] | None = chart.kept.get(place)
    if held is None:
        held = chart.kept[place] = _usable_ones(chart, concept, filled)
    return held


def _usable_ones(chart: Chart, concept: LabConcept, filled: Callable[[Result], bool]) -> tuple[Result, ...]:
    counting = [
        result
        for result in chart.record.results(concept.codes)
        if result.when is not None and _passed_over(result, filled) is None
    ]
    return in_order(
        result
        for result in without_superseded(tuple(counting))
        if fault_of(result) is None and two_tests(chart, result) is None
    )


def fault_of(result: Result) -> str | None:
    """Why a result may not decide anything ("is preliminary"), or None."""
    if result.observation.damaged:
        return "could not be read completely"
    status = result.observation.status
    if status not in _COUNTS:
        return f"is {status}" if status in ("preliminary", "registered") else "has no recognised status"
    if has_value(result) and result.value.data_absent_reason is not None:
        return "has a value and says that it has none"
    return None


def need(concept: LabConcept) -> Need:
    """What to order where the result is missing."""
    loinc, name = concept.order
    return Need(name or concept.name, loinc)


def _passed_over(result: Result, filled: Callable[[Result], bool]) -> str | None:
    status = result.observation.status
    if status in _PASSED_OVER:
        return "of unknown status" if status == "unknown" else status.replace("-", " ")
    if result.observation.damaged or filled(result):
        return None
    absent = result.value.data_absent_reason
    why = concept_said(absent) if absent else None
    return f"without a value ({why})" if why else "without a value"


def _notes_of_passed_over(
    found: list[Result], newest: tuple[Result, ...], filled: Callable[[Result], bool]
) -> tuple[str, ...]:
    found = [
        result for result in since(surely_after(newest), found) if _passed_over(result, filled) is not None
    ]
    if not found:
        return ()
    frontier = Frontier(newest)
    passed_over = newest_of(found)
    return tuple(
        dict.fromkeys(
            f"A result{on_date(result)} is not counted: {_passed_over(result, filled)}"
            for result in passed_over
            if not frontier.is_later_than(date_of(result))
        )
    )


def _nothing(chart: Chart, concept: LabConcept, notes: tuple[str, ...]) -> Reading:
    """No result: the test is needed. One under a code of uncertain meaning is for a clinician to read."""
    for result in newest_of(
        result for result in chart.record.results(concept.review_codes) if fault_of(result) is None
    ):
        shown = evidence_of(result, concept)
        said = f"{value_said(result) or 'a result'}{on_date(result)} under code {shown.code}"
        return unknown(
            Reason.NEEDS_CLINICIAN,
            f"{concept.name}: {said}, which may be this test but need not be",
            evidence=(shown,),
            needs=(need(concept),),
            notes=notes,
        )
    nothing = chart.nothing(concept.name, "Observation", needs=(need(concept),))
    return replace(nothing, reason=Reason.MISSING_DATA, notes=notes)


_RANK = {"final": 1, "amended": 2, "corrected": 2}


def without_superseded(newest: tuple[Result, ...]) -> tuple[Result, ...]:
    """A correction replaces the final result of the same code and moment, a final result the preliminary."""
    if len({_RANK.get(result.observation.status or "", 0) for result in newest}) < 2:
        return newest
    best: dict[tuple[PartialDate | None, str], int] = {}
    for result in newest:
        for code in result.codes:
            place = (result.when, code)
            best[place] = max(_rank(result), best.get(place, 0))
    return tuple(
        result
        for result in newest
        if result.when is None or all(best[result.when, code] <= _rank(result) for code in result.codes)
    )


def _rank(result: Result) -> int:
    return _RANK.get(result.observation.status or "", 0)


def two_tests(chart: Chart, result: Result) -> str | None:
    """A result whose codes name two different tests is neither."""
    if len(result.codes) < 2:
        return None
    by_code = chart.concepts.labs.by_code
    named = {by_code[code] for code in result.codes if code in by_code}
    return "is coded as two different tests" if len(named) > 1 else None


def _short(result: Result) -> str:
    return f"{value_said(result) or 'no value'}{on_date(result)}"
