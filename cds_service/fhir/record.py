"""One patient's chart as the features see it: typed resources, indexed by code.

A record holds only what may count: resources of this patient, readable, not entered in error, not dated
after the evaluation date. What was left out, and why, is in ``issues``. Nothing here interprets a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, KeysView, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

import msgspec

from cds_service.fhir.partial_date import PartialDate, between, parse
from cds_service.fhir.resources import (
    AllergyIntolerance,
    Appointment,
    CodeableConcept,
    Component,
    Condition,
    DiagnosticReport,
    Immunization,
    Medication,
    MedicationAdministration,
    MedicationDispense,
    MedicationRequest,
    MedicationStatement,
    Observation,
    Patient,
    Procedure,
    Reference,
    ResearchStudy,
    ResearchSubject,
    Resource,
    ServiceRequest,
)
from cds_service.fhir.systems import normal_code


class Asked(StrEnum):
    """What became of asking for one resource type. Only ANSWERED supports "nothing on record"."""

    ANSWERED = "answered"
    PARTIAL = "partial"  # answered, but more pages exist that were not read
    FAILED = "failed"  # the query failed (OperationOutcome, time-out)
    NOT_ASKED = "not-asked"  # nobody asked, or the answer never came


class Issue(msgspec.Struct, frozen=True, gc=False):
    """Something about the input that the answer must mention. Never carries a value from the chart."""

    severity: str  # "error", "warning" or "information", as in OperationOutcome
    text: str
    reference: str | None = None


Days = dict[str, PartialDate | None]
"""The dates of one chart already read, by their text: many results share one."""


class Result(msgspec.Struct, frozen=True, gc=False):
    """One measured value: an Observation, or one component of it (which shares its date and status).

    ``when`` is when it was measured; the time of issue where nothing else is recorded. ``codes`` are its
    codes as ``system|code``.
    """

    observation: Observation
    value: Observation | Component
    when: PartialDate | None = field(compare=False)
    codes: tuple[str, ...] = field(compare=False)

    @classmethod
    def of(cls, observation: Observation) -> Result:
        """The value of the Observation itself."""
        return cls(observation, observation, _measured(observation, {}), _codes(observation.code))

    @property
    def code(self) -> CodeableConcept | None:
        return self.value.code


def _codes(code: CodeableConcept | None) -> tuple[str, ...]:
    coding = code.coding if code else ()
    return tuple([normal_code(each.system, each.code) for each in coding if each.code])


def _measured(observation: Observation, days: Days) -> PartialDate | None:
    text = observation.effective_date_time or observation.effective_instant
    if not text:
        if observation.effective_period is not None:
            return between(observation.effective_period.start, observation.effective_period.end)
        text = observation.issued or ""
    if text in days:
        return days[text]
    found = days[text] = parse(text)
    return found


MedicationRecord = MedicationRequest | MedicationStatement | MedicationAdministration | MedicationDispense


@dataclass(frozen=True)
class Record:
    """The chart of one patient."""

    patient: Patient
    observations: tuple[Observation, ...] = ()
    conditions: tuple[Condition, ...] = ()
    medication_requests: tuple[MedicationRequest, ...] = ()
    medication_statements: tuple[MedicationStatement, ...] = ()
    medication_administrations: tuple[MedicationAdministration, ...] = ()
    medication_dispenses: tuple[MedicationDispense, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    immunizations: tuple[Immunization, ...] = ()
    allergies: tuple[AllergyIntolerance, ...] = ()
    reports: tuple[DiagnosticReport, ...] = ()
    service_requests: tuple[ServiceRequest, ...] = ()
    appointments: tuple[Appointment, ...] = ()
    research_subjects: tuple[ResearchSubject, ...] = ()
    # These three by every reference that names one: "Medication/1", its fullUrl, and a contained Medication
    # as the reference of what contains it and its own ("MedicationRequest/7#drug"). See look_up.
    medications: Mapping[str, Medication] = field(default_factory=dict)
    studies: Mapping[str, ResearchStudy] = field(default_factory=dict)
    conditions_by_reference: Mapping[str, Condition] = field(default_factory=dict)
    asked: Mapping[str, Asked] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()

    def medication_of(self, entry: MedicationRecord) -> list[CodeableConcept]:
        """What to match to know which drug an order, a dispense, a dose or a statement is about.

        The ``medicationCodeableConcept``; else the code of the Medication it refers to (contained in it, or
        anywhere in the record) and the codes of its ingredients; else the words of a reference that leads
        nowhere. Empty where nothing says which drug it is: an unknown drug, never "no drug".
        """
        found = [entry.medication_codeable_concept] if entry.medication_codeable_concept else []
        references = [entry.medication_reference] if entry.medication_reference else []
        seen: set[str] = set()
        while references:
            reference = references.pop(0)
            named = self.medication_named(reference, entry.reference)
            if named is None:
                found += [CodeableConcept(text=reference.display)] if reference.display else []
            elif named.reference not in seen:
                seen.add(named.reference)
                found += [named.code] if named.code else []
                for part in named.ingredient[:MOST_INGREDIENTS]:
                    found += [part.item_codeable_concept] if part.item_codeable_concept else []
                    references += [part.item_reference] if part.item_reference else []
            if len(found) > MOST_INGREDIENTS or len(seen) > MOST_INGREDIENTS:
                break
        return found

    def medication_named(self, reference: Reference, container: str) -> Medication | None:
        """The Medication that a reference names, contained in ``container`` (a reference) or outside it."""
        text = (reference.reference or "").strip()
        return look_up(self.medications, f"{container}{text}" if text.startswith("#") else text)

    def condition_of(self, reference: Reference) -> Condition | None:
        """The Condition that a reason reference names, where the record holds it."""
        return look_up(self.conditions_by_reference, reference.reference)

    def study_of(self, subject: ResearchSubject) -> ResearchStudy | None:
        """The study that a research subject takes part in, where the record holds it."""
        return look_up(self.studies, subject.study.reference if subject.study else None)

    def was_asked(self, *resource_types: str) -> Asked:
        """What became of asking for these together, which say the same thing in several ways.

        A failure or unread pages anywhere leave it open; else one answer is an answer.
        """
        states = {self.asked.get(kind, Asked.NOT_ASKED) for kind in resource_types}
        return next(state for state in _TELLING if state in states)

    @cached_property
    def _results(self) -> dict[str, list[Result]]:
        index: dict[str, list[Result]] = {}
        days: Days = {}
        places: dict[int, tuple[tuple[str, ...], list[list[Result]]]] = {}  # by the element that many share
        for observation in self.observations:
            when = _measured(observation, days)
            components = observation.component
            parts: Iterable[Observation | Component] = (
                (observation, *components) if components else (observation,)
            )
            for value in parts:
                place = places.get(id(value.code))
                if place is None:
                    codes = _codes(value.code)
                    lists = [index.setdefault(code, []) for code in dict.fromkeys(codes)]
                    place = places[id(value.code)] = codes, lists
                result = Result(observation, value, when, place[0])
                for held in place[1]:
                    held.append(result)
        return index

    @property
    def result_codes(self) -> KeysView[str]:
        """Every code under which there is a result, as ``system|code``."""
        return self._results.keys()

    def results(self, codes: Iterable[str]) -> Iterator[Result]:
        """Every result whose code is one of ``codes``, each once; ``system|code`` with the system as
        :func:`.systems.normal_system` names it.
        """
        index = self._results
        found = [index[code] for code in codes if code in index]
        if len(found) == 1:
            return iter(found[0])  # as for nearly every test
        return iter({id(result): result for held in found for result in held}.values())

    @property
    def medication_records(self) -> tuple[MedicationRecord, ...]:
        """Everything that says a drug was ordered, handed over, given or taken."""
        return (
            *self.medication_administrations,
            *self.medication_dispenses,
            *self.medication_statements,
            *self.medication_requests,
        )


_TELLING = (Asked.FAILED, Asked.PARTIAL, Asked.ANSWERED, Asked.NOT_ASKED)

MOST_INGREDIENTS = 100
"""No drug has so many; a Medication with more is damaged (decided where the record is put together)."""

_TAIL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+/[^/?#|]+?)(?:/_history/[^/]*)?(?:\|.*)?", re.DOTALL)

Named = TypeVar("Named", bound=Resource)


def look_up(named: Mapping[str, Named], reference: str | None) -> Named | None:
    """What a reference names: as it stands, else by its ``Type/id`` (absolute and versioned references)."""
    text = (reference or "").strip()
    if text in named:
        return named[text]
    tail = _TAIL.fullmatch(text)
    return named.get(tail[1]) if tail else None
