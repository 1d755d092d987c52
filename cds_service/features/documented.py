"""Conditions and procedures that settle who a question about pregnancy concerns.

Not a diagnosis criterion: only what the small questions of childbearing, pregnancy and breastfeeding need.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cds_service.concepts.codes import Role
from cds_service.features.diagnoses import conditions
from cds_service.features.question import Evidence
from cds_service.fhir import partial_date
from cds_service.fhir.partial_date import PartialDate
from cds_service.fhir.resources import CodeableConcept, Condition, Procedure

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

_DENIED = frozenset({"refuted", "entered-in-error"})
_SUSPECTED = frozenset({"unconfirmed", "provisional", "differential"})
_CURRENT = frozenset({"active", "recurrence", "relapse"})


@dataclass(frozen=True, slots=True)
class Documented:
    """One record of a concept: whether its code proves it, whether it is current, and since when."""

    certain: bool
    current: bool | None
    when: PartialDate | None
    said: str
    evidence: tuple[Evidence, ...]


def documented(chart: Chart, key: str) -> Documented | None:
    """The most certain record of a concept among conditions and completed procedures."""
    found = [*conditions_of(chart, key), *_procedures_of(chart, key)]
    return max(found, key=lambda each: each.certain, default=None)


def conditions_of(chart: Chart, key: str) -> Iterator[Documented]:
    """Every Condition that names the concept; refuted ones and look-alikes are left out."""
    for condition, found in conditions(chart).of(key):
        verification = _codes(condition.verification_status)
        if verification & _DENIED:
            continue
        clinical = _codes(condition.clinical_status)
        when = _began(condition)
        certain = found.role is not Role.REVIEW and not verification & _SUSPECTED and not condition.damaged
        yield Documented(
            certain=certain,
            current=bool(clinical & _CURRENT) if clinical else None,
            when=when,
            said=f"{_capital(found.words)} on record{f' ({when.text})' if when else ''}",
            evidence=(Evidence(condition.reference, found.code, found.words, when.text if when else None),),
        )


def _procedures_of(chart: Chart, key: str) -> Iterator[Documented]:
    for procedure in chart.record.procedures:
        found = chart.find((key,), procedure.code)
        if found is None or found.role is Role.NOT_MATCH or procedure.status != "completed":
            continue
        when = _performed(procedure)
        yield Documented(
            certain=found.role is not Role.REVIEW and not procedure.damaged,
            current=None,
            when=when,
            said=f"{_capital(found.words)} on record{f' ({when.text})' if when else ''}",
            evidence=(Evidence(procedure.reference, found.code, found.words, when.text if when else None),),
        )


def _began(condition: Condition) -> PartialDate | None:
    period = condition.onset_period
    onset = partial_date.parse(condition.onset_date_time or (period.start if period else None))
    return onset or partial_date.parse(condition.recorded_date)


def _performed(procedure: Procedure) -> PartialDate | None:
    period = procedure.performed_period
    if procedure.performed_date_time or period is None:
        return partial_date.parse(procedure.performed_date_time)
    return partial_date.between(period.start, period.end)


def _codes(concept: CodeableConcept | None) -> set[str]:
    return {coding.code.strip().lower() for coding in (concept.coding if concept else ()) if coding.code}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
