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
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from cds_service.concepts.labs import LabConcept
from cds_service.features.question import Evidence, Need, Reading, Reason, unknown
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.record import Result
from cds_service.fhir.resources import CodeableConcept, Quantity
from cds_service.fhir.systems import normal_code

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

_COUNTS = ("final", "amended", "corrected")
_PASSED_OVER = ("entered-in-error", "cancelled", "unknown")


@dataclass(frozen=True, slots=True)
class Latest:
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
    return any(
        part is not None
        for part in (
            value.value_quantity,
            value.value_codeable_concept,
            value.value_string,
            value.value_integer,
            value.value_boolean,
            value.value_range,
            value.value_ratio,
        )
    )


def latest(chart: Chart, concept: LabConcept, *, filled: Callable[[Result], bool] = has_value) -> Latest:
    """The newest results of ``concept``. ``filled`` says what counts as a value."""
    found = list(chart.record.results(concept.codes))
    results = [result for result in found if _passed_over(result, filled) is None]
    newest = newest_of(results)
    notes = _notes_of_passed_over(found, newest, filled)
    if not newest:
        return Latest(why_not=_nothing(chart, concept, notes))
    newest = _without_superseded(newest)
    kept = {id(result) for result in newest}
    older = [result for result in results if id(result) not in kept]
    undated = "has no readable date" if all(date_of(result) is None for result in newest) else None
    for result in newest:
        fault = fault_of(result) or _two_tests(chart, result) or undated
        if fault is not None:
            said = f"{concept.name} {value_said(result) or 'result'}{on_date(result)} {fault}"
            before = [f"Before it: {_short(result)}" for result in newest_of(older)]
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
    return tuple(
        result
        for result in chart.record.results(concept.codes)
        if _passed_over(result, has_value) is None
        and fault_of(result) is None
        and all(each.is_later_than(date_of(result)) for each in after)
    )


def newest_of(results: Iterable[Result]) -> tuple[Result, ...]:
    """The results that no other is known to be later than. One without a date may be the newest."""
    all_of_them = tuple(results)
    frontier = Frontier(all_of_them)
    # Odd time zones beside bare dates can each come "before" the next in a ring: then none is the newest.
    return tuple(each for each in all_of_them if not frontier.is_later_than(date_of(each))) or all_of_them


def earlier(one: PartialDate | None, other: PartialDate | None) -> bool:
    """Whether ``one`` is certainly before ``other``: by the moment where both have one, else by the day."""
    if one is None or other is None:
        return False
    zoned = _zoned(one)
    if one.moment is not None and other.moment is not None and zoned is _zoned(other):
        return one.moment < other.moment
    return one.last < other.first


class Frontier:
    """The latest dates of some results: in one step, whether a date is :func:`earlier` than any of them."""

    def __init__(self, results: Iterable[Result]) -> None:
        self._days: dict[bool | None, date] = {}  # by whether the time has a zone; None for no time
        self._moments: dict[bool, datetime] = {}
        for result in results:
            when = date_of(result)
            if when is None:
                continue
            zoned = _zoned(when)
            self._days[zoned] = max(when.first, self._days.get(zoned, when.first))
            if when.moment is not None and zoned is not None:
                self._moments[zoned] = max(when.moment, self._moments.get(zoned, when.moment))

    def is_later_than(self, when: PartialDate | None) -> bool:
        """Whether one is certainly later: by the moment where both have one of a kind, else by the day."""
        if when is None:
            return False
        zoned = _zoned(when)
        if when.moment is not None and zoned in self._moments and when.moment < self._moments[zoned]:
            return True
        return any(
            when.last < day for other, day in self._days.items() if zoned is None or other is not zoned
        )


def _zoned(when: PartialDate) -> bool | None:
    return None if when.moment is None else when.moment.tzinfo is not None


def date_of(result: Result) -> PartialDate | None:
    """When it was measured; the time of issue where nothing else is recorded."""
    observation = result.observation
    period = observation.effective_period
    if observation.effective_date_time or observation.effective_instant:
        return partial_date.parse(observation.effective_date_time or observation.effective_instant)
    if period is not None:
        return partial_date.between(period.start, period.end)
    return partial_date.parse(observation.issued)


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


def evidence_of(result: Result, concept: LabConcept | None = None) -> Evidence:
    """The result as recorded, cited under the code that made it count."""
    wanted = (*concept.codes, *concept.review_codes) if concept else ()
    codings = [coding for coding in (result.code.coding if result.code else ()) if coding.code]
    codes = [coding.code for coding in codings if normal_code(coding.system, coding.code or "") in wanted]
    when = date_of(result)
    return Evidence(
        reference=result.observation.reference,
        code=next(iter([*codes, *(coding.code for coding in codings)]), None),
        value=value_said(result),
        date=when.text if when else None,
    )


def need(concept: LabConcept) -> Need:
    """What to order where the result is missing."""
    loinc, name = concept.order
    return Need(name or concept.name, loinc)


def on_date(result: Result) -> str:
    """`` on 2026-11-02``, or nothing where the date is not known."""
    when = date_of(result)
    if when is None:
        return ""
    return f" on {when.text.partition('T')[0] if '/' not in when.text else when.text}"


def value_said(result: Result) -> str | None:
    """The value and unit as sent: ``118 10*3/uL``, ``<20 IU/mL``, ``Positive``, ``1:80``."""
    value = result.value
    if value.value_quantity is not None:
        return quantity_said(value.value_quantity)
    if value.value_codeable_concept is not None:
        return concept_said(value.value_codeable_concept)
    if value.value_string is not None:
        return value.value_string
    if value.value_integer is not None:
        return str(value.value_integer)
    if value.value_boolean is not None:
        return "true" if value.value_boolean else "false"
    if value.value_range is not None:
        low, high = value.value_range.low, value.value_range.high
        return f"{quantity_said(low) if low else '?'} to {quantity_said(high) if high else '?'}"
    if value.value_ratio is not None:
        top, bottom = value.value_ratio.numerator, value.value_ratio.denominator
        return f"{quantity_said(top) if top else '?'}:{quantity_said(bottom) if bottom else '?'}"
    return None


def quantity_said(quantity: Quantity) -> str:
    """A quantity as sent."""
    number = "" if quantity.value is None else decimal_said(quantity.value)
    return f"{quantity.comparator or ''}{number} {quantity.unit or quantity.code or ''}".strip()


def decimal_said(value: Decimal) -> str:
    """A number as written, without an exponent where it can be read without one."""
    return format(value, "f") if -20 < value.adjusted() < 20 else str(value)


def concept_said(concept: CodeableConcept) -> str | None:
    """The words of a coded value: its text, else its display, else its code."""
    for coding in concept.coding:
        if not concept.text and (coding.display or coding.code):
            return coding.display or coding.code
    return concept.text


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
    frontier = Frontier(newest)
    passed_over = newest_of(result for result in found if _passed_over(result, filled) is not None)
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


def _without_superseded(newest: tuple[Result, ...]) -> tuple[Result, ...]:
    """A correction replaces the final result of the same code and moment, a final result the preliminary."""
    best: dict[tuple[PartialDate | None, str], int] = {}
    for result in newest:
        for code in _codes(result):
            place = (date_of(result), code)
            best[place] = max(_rank(result), best.get(place, 0))
    return tuple(
        result
        for result in newest
        if date_of(result) is None
        or all(best[date_of(result), code] <= _rank(result) for code in _codes(result))
    )


def _rank(result: Result) -> int:
    return _RANK.get(result.observation.status or "", 0)


def _two_tests(chart: Chart, result: Result) -> str | None:
    """A result whose codes name two different tests is neither."""
    by_code = chart.concepts.labs.by_code
    named = {by_code[code] for code in _codes(result) if code in by_code}
    return "is coded as two different tests" if len(named) > 1 else None


def _codes(result: Result) -> set[str]:
    return {
        normal_code(coding.system, coding.code)
        for coding in (result.code.coding if result.code else ())
        if coding.code
    }


def _short(result: Result) -> str:
    return f"{value_said(result) or 'no value'}{on_date(result)}"
