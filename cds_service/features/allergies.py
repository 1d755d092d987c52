"""A history of severe drug allergy."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.concepts.codes import Found, Role
from cds_service.features import condition_entry, traces
from cds_service.features.coded import evidence_of, status_code
from cds_service.features.diagnoses import conditions
from cds_service.features.question import Question, Reading, known
from cds_service.features.standing import Entry, Standing, settle
from cds_service.features.traces import Traces
from cds_service.fhir.resources import AllergyIntolerance
from cds_service.fhir.systems import ATC, RXNORM, normal_system
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart

_DRUG_SYSTEMS = (RXNORM, ATC)
_NOT_DRUGS = frozenset({"food", "environment"})


class DrugAllergy(Question, frozen=True, kw_only=True):
    """``{drug_allergy: severe}``: an allergy or intolerance to a drug, ever, that was or may be severe.

    Severe is: high criticality, a severe reaction, or anaphylaxis and its like. "No known drug allergies"
    denies it; an allergy to a food or to pollen is none.
    """

    keyword: ClassVar[str] = "drug_allergy"
    label: ClassVar[str] = "Drug allergy"

    drug_allergy: str = "severe"

    def read(self, chart: Chart) -> Reading:
        entries = [entry for allergy in chart.record.allergies if (entry := _entry(allergy, chart))]
        asked = condition_entry.Asked()
        entries += [
            entry
            for condition, found in conditions(chart).of("severe_drug_allergy")
            if (entry := condition_entry.entry_of(condition, found, asked, chart))
        ]
        note = "Every drug allergy on record is recorded as not severe"
        return settle(entries, partial(self._nothing, chart), past_note=note)

    def _nothing(self, chart: Chart) -> Reading:
        denied = [
            (allergy, found)
            for allergy in chart.record.allergies
            if not allergy.damaged
            and _counts(allergy)
            and (found := _none_known(allergy, chart))
            and found.role is Role.MATCH
        ]
        if denied:
            evidence = [evidence_of(allergy, found, allergy.recorded_date) for allergy, found in denied]
            when = next((f", recorded {item.date}" for item in evidence if item.date), "")
            return known(Truth.FALSE, f"No known drug allergies{when}", evidence=evidence)
        return chart.nothing("a severe drug allergy", "AllergyIntolerance")

    def traces(self, concepts: Any) -> Traces | None:
        key = "severe_drug_allergy"
        return frozenset({traces.ALLERGY, *map(traces.condition, concepts.codes.parts(key))})

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.drug_allergy != "severe":
            yield f'drug_allergy: "{self.drug_allergy}" is not known here. Write severe.'


def _entry(allergy: AllergyIntolerance, chart: Chart) -> Entry | None:
    about_drugs = _about_drugs(allergy)
    verified = status_code(allergy.verification_status)
    if about_drugs is Truth.FALSE or verified in ("refuted", "entered-in-error"):
        return None
    none_known = _none_known(allergy, chart)
    if none_known is not None and none_known.role is Role.MATCH:
        return None
    severe, why = _severity(allergy, chart)
    if none_known is not None:
        severe, why = Truth.UNKNOWN, "in words only, without a code that is known"
    said = f"{_substance(allergy)}{f' ({why})' if severe is Truth.TRUE else ''}"
    if allergy.recorded_date or allergy.onset_date_time:
        said += f", recorded {allergy.recorded_date or allergy.onset_date_time}"
    found = Found(Role.MATCH, "severe_drug_allergy", _code(allergy), _substance(allergy))
    evidence = evidence_of(allergy, found, allergy.onset_date_time or allergy.recorded_date)
    if allergy.damaged:
        return Entry(Standing.REVIEW, said, evidence, "part of this record could not be read", unusable=True)
    doubts = []
    if about_drugs is Truth.UNKNOWN:
        doubts.append("the record does not say whether this is a drug")
    if verified not in (None, "confirmed"):
        doubts.append(f"recorded as {verified}")
    if severe is Truth.UNKNOWN:
        doubts.append(why)
    if severe is Truth.FALSE:
        return Entry(Standing.LEFT_OUT if doubts else Standing.PAST, said, evidence, why)
    if doubts:
        return Entry(Standing.REVIEW, said, evidence, "; ".join(doubts))
    return Entry(Standing.PRESENT, said, evidence)


def _severity(allergy: AllergyIntolerance, chart: Chart) -> tuple[Truth, str]:
    """Whether it is severe, and the words of the record that say so."""
    find = chart.find
    kinds = [find(("severe_reaction",), shown) for part in allergy.reaction for shown in part.manifestation]
    by_code = find(("severe_reaction",), allergy.code)
    for found in (by_code, *kinds):
        if found is not None and found.role is Role.MATCH:
            return Truth.TRUE, found.words
    if any(part.severity == "severe" for part in allergy.reaction):
        return Truth.TRUE, "severe reaction"
    if allergy.criticality == "high":
        return Truth.TRUE, "high criticality"
    if any(found is not None and found.role is Role.REVIEW for found in (by_code, *kinds)):
        return Truth.UNKNOWN, "the reaction is named in words only"
    if allergy.criticality == "low" or any(part.severity for part in allergy.reaction):
        return Truth.FALSE, "not recorded as severe"
    return Truth.UNKNOWN, "how severe it was is not on record"


def _about_drugs(allergy: AllergyIntolerance) -> Truth:
    if "medication" in allergy.category:
        return Truth.TRUE
    codings = allergy.code.coding if allergy.code else ()
    if any(normal_system(coding.system) in _DRUG_SYSTEMS for coding in codings):
        return Truth.TRUE
    if allergy.category and _NOT_DRUGS.issuperset(allergy.category):
        return Truth.FALSE
    return Truth.UNKNOWN


def _none_known(allergy: AllergyIntolerance, chart: Chart) -> Found | None:
    """The code, or the plain words, of "no known (drug) allergies"."""
    return chart.find(("no_known_drug_allergy",), allergy.code)


def _counts(allergy: AllergyIntolerance) -> bool:
    verified = status_code(allergy.verification_status)
    active = status_code(allergy.clinical_status) in (None, "active")
    return active and verified in (None, "confirmed")


def _substance(allergy: AllergyIntolerance) -> str:
    recorded = allergy.code
    if recorded is None:
        return "An allergy"
    display = next((coding.display for coding in recorded.coding if coding.display), None)
    return " ".join((recorded.text or display or _code(allergy) or "An allergy").split())[:120]


def _code(allergy: AllergyIntolerance) -> str | None:
    return next((c.code for c in (allergy.code.coding if allergy.code else ()) if c.code), None)
