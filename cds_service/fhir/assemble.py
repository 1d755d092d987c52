"""Entries become one patient's Record: decode, know the patient, leave out what may not count."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec

from cds_service.errors import BadRequest, NotFhir, PreconditionFailed
from cds_service.fhir import partial_date
from cds_service.fhir.admit import USUAL, Calendar, When, entered_in_error
from cds_service.fhir.belonging import SUBJECT, is_ours
from cds_service.fhir.copies import merge, once
from cds_service.fhir.envelope import Batch, Entry, Opened, one_by_one, worse
from cds_service.fhir.order import newest_first
from cds_service.fhir.reading import read_all
from cds_service.fhir.record import MOST_INGREDIENTS, Asked, Issue, Record
from cds_service.fhir.references import Subject, identity
from cds_service.fhir.resources import Medication, Observation, Patient, Resource

FIELDS = {
    "Observation": "observations",
    "Condition": "conditions",
    "MedicationRequest": "medication_requests",
    "MedicationStatement": "medication_statements",
    "MedicationAdministration": "medication_administrations",
    "MedicationDispense": "medication_dispenses",
    "Procedure": "procedures",
    "Immunization": "immunizations",
    "AllergyIntolerance": "allergies",
    "DiagnosticReport": "reports",
    "ServiceRequest": "service_requests",
    "Appointment": "appointments",
    "ResearchSubject": "research_subjects",
}
"""Which field of a Record holds the resources of a type."""

_INDEXED = {"Medication": "medications", "ResearchStudy": "studies", "Condition": "conditions_by_reference"}
_PLAIN = {
    *("MedicationRequest", "MedicationStatement", "MedicationAdministration", "MedicationDispense"),
    *("Procedure", "Immunization", "DiagnosticReport"),
}
"""Types of which the patient, the status and the date are all that matters here."""

MOST_ISSUES = 1000


def assemble(opened: Opened, as_of: date, *, patient_id: str | None = None) -> Record:
    """The Record of the one patient of these entries; of ``patient_id`` where the caller says who it is."""
    issues = opened.issues
    entries, lost = read_all(opened)
    entries = once(entries, opened)
    people = one_by_one(each for each in entries if each.kind == "Patient")
    patient, subject = _patient(people, issues, patient_id)
    calendar = Calendar(as_of)
    asked = dict.fromkeys(lost, Asked.PARTIAL) | {"Patient": Asked.ANSWERED}
    kept: dict[str, list[Resource]] = {}
    indexes: dict[str, dict[str, Any]] = {name: {} for name in _INDEXED.values()}

    def keep(entry: Entry) -> bool:
        """Whether the resource is the patient's and counts; what is to be said of it is said."""
        kind, resource = entry.kind, entry.resource
        if resource is None or kind == "Patient" or not is_ours(entry, subject, issues):
            return False
        asked.setdefault(kind, Asked.ANSWERED)
        if not _counts(resource, calendar, issues):
            return False
        if kind in _INDEXED:
            _index(indexes[_INDEXED[kind]], resource, entry.full_url)
        return True

    for each in entries:
        if isinstance(each, Batch):
            found = _kept(each, subject, calendar, keep)
            if found:
                asked.setdefault(each.kind, Asked.ANSWERED)
                kept.setdefault(each.kind, []).extend(found)
        elif isinstance(each.resource, Observation) and _usual(each.resource, subject.named, calendar):
            asked.setdefault(each.kind, Asked.ANSWERED)
            kept.setdefault(each.kind, []).append(each.resource)
        elif each.resource and keep(each):
            kept.setdefault(each.kind, []).append(each.resource)
    for kind, became in opened.searched.items():
        asked[kind] = worse(asked.get(kind, became), became)
    if opened.unsure:
        asked |= {kind: worse(became, Asked.PARTIAL) for kind, became in asked.items() if kind != "Patient"}
    fields: dict[str, Any] = {name: _ordered(kind, kept) for kind, name in FIELDS.items()} | indexes
    record = Record(patient=patient, **fields, asked=asked)
    _tie_medications(record, indexes["medications"], issues)
    return replace(record, issues=_most(issues))


def _usual(result: Observation, ours: AbstractSet[str], calendar: Calendar) -> bool:
    """Whether a result is the patient's by a known name, of a usual status, and of a day that counts."""
    whose, text = result.subject, result.effective_date_time
    return (
        whose is not None
        and whose.reference in ours
        and not result.focus
        and result.status in USUAL
        and text is not None
        and (text in calendar.dates or calendar.counts(text))
    )


def _kept(
    batch: Batch, subject: Subject, calendar: Calendar, keep: Callable[[Entry], bool]
) -> list[Resource]:
    """The resources that count. Most are usual in all that matters here: only the others are given to
    ``keep``, which looks at everything and says what is to be said.
    """
    resources: list[Any] = batch.resources
    ours = subject.named
    if batch.kind == "Observation":
        return [
            each
            for number, each in enumerate(resources)
            if _usual(each, ours, calendar) or keep(batch.entry(number))
        ]
    if batch.kind in _PLAIN:
        whose_of, when = SUBJECT[batch.kind], calendar.when
        return [
            each
            for number, each in enumerate(resources)
            if (
                (whose := whose_of(each)) is not None
                and whose.reference in ours
                and each.status in USUAL
                and when(each) is When.KNOWN
            )
            or keep(batch.entry(number))
        ]
    return [each for number, each in enumerate(resources) if keep(batch.entry(number))]


def _ordered(kind: str, kept: dict[str, list[Resource]]) -> tuple[Resource, ...]:
    found = kept.get(kind, [])
    return tuple(found if kind == "Observation" else newest_first(found))


def _most(issues: list[Issue]) -> tuple[Issue, ...]:
    if len(issues) <= MOST_ISSUES:
        return tuple(issues)
    more = len(issues) - MOST_ISSUES
    return (*issues[:MOST_ISSUES], Issue("warning", f"There are {more:,} more remarks like these."))


def _patient(
    entries: Iterable[Entry], issues: list[Issue], patient_id: str | None
) -> tuple[Patient, Subject]:
    people: dict[str, list[tuple[Patient, str | None]]] = {}
    for entry in entries:
        if isinstance(entry.resource, Patient):
            key = identity(entry.resource, entry.full_url, entry.where)
            people.setdefault(key, []).append((entry.resource, entry.full_url))
    if patient_id is not None:
        _expect(patient_id, set(people))
    elif not people:
        raise NotFhir("The Bundle holds no Patient. Add the Patient whose chart it is.", "Bundle.entry")
    elif len(people) > 1:
        raise NotFhir(
            f"The Bundle holds {len(people)} patients; verdicts are about one. Send one patient per call.",
            "Bundle.entry",
        )
    (copies,) = people.values()
    patient = merge([patient for patient, _ in copies]) if len(copies) > 1 else copies[0][0]
    if partial_date.parse(patient.birth_date) is None:
        issues.append(Issue("warning", "Patient.birthDate is missing or is no date.", patient.reference))
    if patient.deceased_boolean or patient.deceased_date_time:
        issues.append(Issue("information", "Patient is recorded as deceased.", patient.reference))
    return patient, Subject(copies)


def _expect(patient_id: str, people: set[str]) -> None:
    """CDS Hooks names the patient; matching someone else's chart is refused."""
    if not people:
        raise PreconditionFailed(
            "The Patient is neither in the prefetch nor can it be had otherwise. "
            "Send it under its prefetch key, or give access to the FHIR server.",
            "prefetch",
        )
    if people != {f"Patient/{patient_id}"}:
        raise BadRequest(
            "The Patient in the prefetch is not the one that context.patientId names. "
            "Send the prefetch of the patient whose chart is open.",
            "context.patientId",
        )


def _counts(resource: Resource, calendar: Calendar, issues: list[Issue]) -> bool:
    if entered_in_error(resource):
        return False
    when = calendar.when(resource)
    if when is When.AFTER:
        issues.append(Issue("warning", "Dated after the evaluation date; left out.", resource.reference))
        return False
    if when is When.UNREADABLE:
        issues.append(Issue("warning", "Its date is no FHIR date; read as undated.", resource.reference))
    return True


def _index(index: dict[str, Any], resource: Resource, full_url: str | None) -> None:
    for name in (resource.reference, full_url):
        if name:
            index.setdefault(name, resource)


def _tie_medications(record: Record, medications: dict[str, Medication], issues: list[Issue]) -> None:
    """File contained Medications, and let a drug that could not be read damage what refers to it."""
    entries = record.medication_records
    for entry in entries:
        for one in entry.contained:
            medications[one.reference] = one
    for entry in entries:
        reference = entry.medication_reference
        if reference is None:
            continue
        named = record.medication_named(reference, entry.reference)
        if named is not None and (named.damaged or len(named.ingredient) > MOST_INGREDIENTS):
            msgspec.structs.force_setattr(
                entry, "damaged", tuple(dict.fromkeys((*entry.damaged, "medicationReference")))
            )
        if not record.medication_of(entry):
            issues.append(
                Issue("warning", "Which drug it is about is not in what was sent.", entry.reference)
            )
