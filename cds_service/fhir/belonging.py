"""Which of the entries are the patient's own: subject, patient, individual, participants, focus."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec

from cds_service.fhir.envelope import Entry
from cds_service.fhir.record import Issue
from cds_service.fhir.references import ACCEPTED, Subject, Whose
from cds_service.fhir.resources import READ, Appointment, Observation, Reference

_WITHOUT = {"Medication", "ResearchStudy"}  # about no patient: used only by what refers to them
_ELEMENT = dict.fromkeys(READ, "subject") | {
    "Immunization": "patient",
    "AllergyIntolerance": "patient",
    "ResearchSubject": "individual",
    "Appointment": "participant",
}
SUBJECT: dict[str, Callable[[Any], Any]] = {kind: attrgetter(name) for kind, name in _ELEMENT.items()}
"""Where each type says whose it is."""


def is_ours(entry: Entry, subject: Subject, issues: list[Issue]) -> bool:
    """Whether the resource is the patient's; what is left out, or taken on trust, is said."""
    kind, resource = entry.kind, entry.resource
    if resource is None or kind in _WITHOUT:
        return resource is not None
    if isinstance(resource, Appointment):
        whose = _attending(resource, subject, entry.raw)
    else:
        named: Reference | None = SUBJECT[kind](resource)
        if named is not None and named.reference in subject.named:
            focused = isinstance(resource, Observation) and resource.focus
            if not focused:
                return True  # as nearly every resource
        inside = named is not None and (named.reference or "").startswith("#")
        whose = subject.whose(named, entry.raw if inside else b"")
    if whose in ACCEPTED and isinstance(resource, Observation) and resource.focus:
        return _in_focus(resource, subject, entry.raw, issues)
    if whose is Whose.OURS:
        return True
    if whose is Whose.UNNAMED and _ELEMENT[kind] in resource.damaged:
        return True  # its subject could not be read, which has been said; being damaged it decides nothing
    if whose in ACCEPTED:
        said = f"It {whose.value}; taken as the patient of this call."
        issues.append(Issue("information", said, resource.reference))
        return True
    issues.append(Issue("warning", f"It {whose.value}; left out.", resource.reference))
    return False


def _attending(appointment: Appointment, subject: Subject, raw: msgspec.Raw) -> Whose:
    """Of all participants: ours when one is the patient, another's when only other patients take part."""
    found = {subject.whose(one.actor, raw) for one in appointment.participant if one.actor}
    for whose in (Whose.OURS, Whose.OTHER, Whose.UNCHECKED):
        if whose in found:
            return whose
    return Whose.UNNAMED


def _in_focus(observation: Observation, subject: Subject, raw: msgspec.Raw, issues: list[Issue]) -> bool:
    """``focus`` is set where the result is not about the subject itself: a fetus, a donor, a device."""
    if all(subject.whose(one, raw) is Whose.OURS for one in observation.focus):
        return True
    said = "Its focus is someone or something other than the patient; left out."
    issues.append(Issue("warning", said, observation.reference))
    return False
