"""``{intolerance: [glucocorticoid]}``: an allergy to or intolerance of these drugs, or a reason to stop."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from cds_service.concepts.drug_match import Members
from cds_service.features import traces
from cds_service.features.chart import Chart
from cds_service.features.drug_question import key_faults, to_confirm
from cds_service.features.medication_record import not_taken
from cds_service.features.medication_use import MEDICATION_TYPES, of_class
from cds_service.features.question import Evidence, Question, Reading, Reason, known, unknown
from cds_service.features.traces import Traces
from cds_service.fhir.resources import AllergyIntolerance, CodeableConcept
from cds_service.kleene import Truth


class Intolerance(Question, frozen=True, kw_only=True):
    """TRUE on a coded AllergyIntolerance to one of the drugs; a recorded reason for a stop is asked."""

    keyword: ClassVar[str] = "intolerance"
    label: ClassVar[str] = "Drug intolerance"
    intolerance: tuple[str, ...]

    def traces(self, concepts: Any) -> Traces | None:
        return traces.of_drugs(concepts.drugs, self.intolerance) | {traces.ALLERGY}

    def check(self, concepts: Any) -> Iterable[str]:
        return key_faults(self.intolerance, concepts)

    def read(self, chart: Chart) -> Reading:
        members = chart.concepts.drugs.members(self.intolerance)
        found = [(entry, _of(chart, entry, members)) for entry in chart.record.allergies]
        sure = [entry for entry, truth in found if truth is Truth.TRUE]
        if sure:
            said = "; ".join(_said(entry) for entry in sure)
            return known(Truth.TRUE, said, evidence=[_evidence(entry) for entry in sure])
        maybe = [entry for entry, truth in found if truth is Truth.UNKNOWN]
        if maybe:
            said = "; ".join(_said(entry) for entry in maybe)
            return unknown(
                Reason.NEEDS_CLINICIAN,
                f"{said}: whether it is confirmed, and of which drug, is for a clinician",
                evidence=[_evidence(entry) for entry in maybe],
            )
        denied = tuple(use for use in not_taken(chart) if use.matches(members))
        stopped = [use for use in (*of_class(chart, members), *denied) if use.reason_given]
        if stopped:
            reasons = "; ".join(dict.fromkeys(use.reason_given or "" for use in stopped))
            return to_confirm(stopped, f'reason recorded: "{reasons}"; is it intolerance?')
        return chart.nothing(f"intolerance of {members.label}", "AllergyIntolerance", *MEDICATION_TYPES)


def _of(chart: Chart, entry: AllergyIntolerance, members: Members) -> Truth:
    """Whether the entry is of one of the drugs; UNKNOWN where it is doubtful or known by name only."""
    verified = _code(entry.verification_status)
    if verified in ("entered-in-error", "refuted"):
        return Truth.FALSE
    named = [entry.code, *(reaction.substance for reaction in entry.reaction)]
    drug = chart.concepts.drugs.identify(each for each in named if each is not None)
    mine = [match for match in drug.matches if match.concept in members.certain | members.maybe]
    if not mine:
        return Truth.FALSE
    doubtful = entry.damaged or verified in ("unconfirmed", "presumed", "provisional", "differential")
    certain = any(match.certain and match.concept in members.certain for match in mine)
    return Truth.TRUE if certain and not doubtful else Truth.UNKNOWN


def _code(concept: CodeableConcept | None) -> str | None:
    return next((coding.code for coding in concept.coding if coding.code), None) if concept else None


def _said(entry: AllergyIntolerance) -> str:
    name = _name(entry.code) or next((n for r in entry.reaction if (n := _name(r.substance))), "a drug")
    when = entry.onset_date_time or entry.recorded_date
    return f"{(entry.type or 'allergy or intolerance').capitalize()}: {name}" + (f" ({when})" if when else "")


def _name(concept: CodeableConcept | None) -> str | None:
    if concept is None:
        return None
    words = (concept.text, *(each for coding in concept.coding for each in (coding.display, coding.code)))
    return next((word for word in words if word), None)


def _evidence(entry: AllergyIntolerance) -> Evidence:
    coding = entry.code.coding if entry.code else ()
    code = next((each.code for each in coding if each.code), None)
    return Evidence(entry.reference, code, _name(entry.code), entry.onset_date_time or entry.recorded_date)
