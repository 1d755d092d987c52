"""What of a patient's own resources may count on the evaluation date.

Entered in error never counts. A result or an event dated after the evaluation date does not count either:
on that day nobody knew it. Plans (ServiceRequest, Appointment, ResearchSubject) may lie in the future. A
partial date that may lie on or before the day stays.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import Enum
from typing import Any

from cds_service.fhir import partial_date
from cds_service.fhir.resources import (
    AllergyIntolerance,
    CodeableConcept,
    Condition,
    DiagnosticReport,
    Immunization,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Period,
    Procedure,
    Resource,
)
from cds_service.kleene import Truth

ENTERED_IN_ERROR = "entered-in-error"


class When(Enum):
    KNOWN = "on or before the evaluation date, or maybe so"
    UNDATED = "no date"
    UNREADABLE = "a date that is no FHIR date"
    AFTER = "after the evaluation date"


def entered_in_error(resource: Any) -> bool:
    """Whether the sender withdrew the resource."""
    if type(resource) in _BY_VERIFICATION:
        return _withdrawn(resource.verification_status)
    status: str | None = getattr(resource, "status", None)
    return status is not None and status not in USUAL and status.strip().lower() == ENTERED_IN_ERROR


_BY_VERIFICATION = frozenset({Condition, AllergyIntolerance})
USUAL = {"final", "active", "completed", "amended", "corrected", "stopped"}  # spares the closer look


_USUALLY_VERIFIED = {"confirmed", "unconfirmed", "provisional", "differential", "refuted"}


def _withdrawn(verification: CodeableConcept | None) -> bool:
    if verification is None:
        return False
    if len(verification.coding) == 1 and verification.coding[0].code in _USUALLY_VERIFIED:
        return False
    words = [coding.code for coding in verification.coding] or [verification.text]
    return any((word or "").strip().lower().replace(" ", "-") == ENTERED_IN_ERROR for word in words)


def _start(period: Period | None) -> str | None:
    return (period.start or period.end) if period else None


# The date of what happened; only without one, the date on which it was written down.
_DATES: dict[type[Resource], Callable[[Any], str | None]] = {
    Observation: lambda it: (
        it.effective_date_time or it.effective_instant or _start(it.effective_period) or it.issued
    ),
    Condition: lambda it: it.onset_date_time or _start(it.onset_period) or it.recorded_date,
    MedicationRequest: lambda it: it.authored_on,
    MedicationStatement: lambda it: it.effective_date_time or _start(it.effective_period) or it.date_asserted,
    MedicationAdministration: lambda it: it.effective_date_time or _start(it.effective_period),
    MedicationDispense: lambda it: it.when_handed_over or it.when_prepared,
    Procedure: lambda it: it.performed_date_time or _start(it.performed_period),
    Immunization: lambda it: it.occurrence_date_time,
    AllergyIntolerance: lambda it: it.onset_date_time or it.recorded_date,
    DiagnosticReport: lambda it: it.effective_date_time or _start(it.effective_period) or it.issued,
}


class Calendar:
    """Compares dates with one evaluation date, each calendar day once."""

    def __init__(self, as_of: date) -> None:
        self._as_of = as_of
        self._days: dict[str, When] = {}
        self.dates: set[str] = set()
        """Dates, as written, that were found to count."""

    def when(self, resource: Resource) -> When:
        dated = _DATES.get(type(resource))
        text = dated(resource) if dated else None
        if not text:
            return When.UNDATED
        return self._day(text)

    def counts(self, text: str) -> bool:
        """Whether what has that date counts, and nothing need be said about it."""
        if self._day(text) is not When.KNOWN:
            return False
        self.dates.add(text)
        return True

    def _day(self, text: str) -> When:
        day = text[:10] if "T" in text else text
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = self._of(day)
        return known

    def _of(self, text: str) -> When:
        if len(text) == 10 and text[4] == text[7] == "-":
            try:
                return When.AFTER if date.fromisoformat(text) > self._as_of else When.KNOWN
            except ValueError:
                pass
        read = partial_date.parse(text)
        if read is None:
            return When.UNREADABLE
        return When.AFTER if read.on_or_before(self._as_of) is Truth.FALSE else When.KNOWN
