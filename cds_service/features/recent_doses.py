"""Whether a result was taken too soon after a drug to say anything of the patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cds_service.features.medication_use import MEDICATION_TYPES, doses_of
from cds_service.features.question import Evidence
from cds_service.features.results import date_of
from cds_service.fhir.partial_date import PartialDate, Span
from cds_service.fhir.record import Asked, Result
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


@dataclass(frozen=True, slots=True)
class RecentDose:
    """A dose that was, or may have been, too near before the sample."""

    said: str
    evidence: tuple[Evidence, ...]


def dose_before(chart: Chart, drugs: tuple[str, ...], within: str, result: Result) -> RecentDose | None:
    """The first dose of ``drugs`` that may have been within that time before the result; the day counts."""
    when = date_of(result)
    for dose, evidence in doses_of(chart, drugs):
        near = _near(dose, when, Span.parse(within))
        if near is not Truth.FALSE:
            was = "was" if near is Truth.TRUE else "may have been"
            drug = evidence.value or "a dose"
            name = chart.concepts.drugs.members(drugs).label
            said = f"{name} ({drug}, {dose.text}) {was} within {within} before the sample"
            return RecentDose(said, (evidence,))
    return None


def drug_records_lost(chart: Chart) -> bool:
    """Whether some drug record could not be had, so that a dose may have been missed."""
    return chart.record.was_asked(*MEDICATION_TYPES) in (Asked.FAILED, Asked.PARTIAL)


def _near(dose: PartialDate, when: PartialDate | None, within: Span) -> Truth:
    if when is None:
        return Truth.UNKNOWN
    if dose.first > when.last or dose.last < within.before(when.first):
        return Truth.FALSE
    surely = dose.last <= when.first and dose.first >= within.before(when.last)
    return Truth.TRUE if surely else Truth.UNKNOWN
