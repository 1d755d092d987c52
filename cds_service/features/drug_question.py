"""What the questions about drugs share: the keys asked for, and what an incomplete record does not prove."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cds_service.concepts.drug_match import Members
from cds_service.features.chart import Chart
from cds_service.features.medication_use import MEDICATION_TYPES, MedicationUse, said_of, shown, unnamed
from cds_service.features.question import Reading, Reason, unknown
from cds_service.fhir.record import Asked
from cds_service.kleene import Truth

ORDER_IS_NOT_INTAKE = "Ordered; that it is taken is not on record"


def key_faults(keys: Iterable[str], concepts: Any) -> Iterable[str]:
    """Keys that are no drug and no class, each with its remedy."""
    keys = tuple(keys)
    if not keys:
        yield "name at least one drug or class"
    for key in keys:
        if not concepts.drugs.knows(key):
            yield (
                f'"{key}" is no drug or class that the service knows. '
                "Take a key of rules/concepts/drugs.csv or drug_classes.yaml, or add it there."
            )


def incomplete(chart: Chart, what: str) -> Reading | None:
    """The reading where part of the medication record was asked for and could not be had."""
    lost = chart.record.was_asked(*MEDICATION_TYPES) in (Asked.FAILED, Asked.PARTIAL)
    return chart.nothing(what, *MEDICATION_TYPES) if lost else None


def nothing(chart: Chart, members: Members) -> Reading:
    """No record of the class; records that name no drug are pointed out."""
    reading = chart.nothing(members.label, *MEDICATION_TYPES)
    return reading.with_notes(*_unnamed_notes(chart))


def _unnamed_notes(chart: Chart) -> tuple[str, ...]:
    count = len(unnamed(chart))
    if not count:
        return ()
    return (f"{count} medication record{'s do' if count > 1 else ' does'} not say which drug it is",)


def to_confirm(found: Iterable[MedicationUse], why: str) -> Reading:
    """A clinician must look: the records, and why they do not decide."""
    found = tuple(found)
    return unknown(Reason.NEEDS_CLINICIAN, f"{said_of(found)}: {why}", evidence=shown(found))


def why_unsure(use: MedicationUse, members: Members) -> str:
    """Why a record that may count does not decide."""
    if use.doubt is not None:
        return use.doubt
    if not use.drug.known:
        return "the record does not say which drug it is"
    if use.drug.strange:
        return f"whether it is {members.label} is not known: it has no code that is read here"
    if use.belongs(members) is not Truth.TRUE:
        return "the drug is known by its name only, or its code leaves open whether it counts"
    if use.current is Truth.UNKNOWN:
        return "whether it is still taken is not on record"
    return "ordered, and no administration is on record"
