"""Whether the patient is breastfeeding now: the status observation, or an active condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from cds_service.concepts.qualitative import Meaning, ResultMeanings
from cds_service.features.age import age_on
from cds_service.features.childbearing import BEFORE_MENARCHE
from cds_service.features.documented import conditions_of
from cds_service.features.qualitative import settle
from cds_service.features.question import Question, Reading, Reason, known, unknown
from cds_service.features.result_call import NO, YES, Call, judged, said_by, unusable
from cds_service.features.sex import recorded_sex, sex_evidence
from cds_service.fhir.record import Result
from cds_service.kleene import Truth

if TYPE_CHECKING:
    from cds_service.features.chart import Chart


class Breastfeeding(Question, frozen=True, kw_only=True):
    """``{breastfeeding: current}``"""

    keyword: ClassVar[str] = "breastfeeding"
    label: ClassVar[str] = "Breastfeeding"

    breastfeeding: str = "current"

    def read(self, chart: Chart) -> Reading:
        sex = recorded_sex(chart)
        years = age_on(chart, chart.as_of)
        if sex == "male":
            return known(Truth.FALSE, "Male", evidence=(sex_evidence(chart),), not_applicable=True)
        if sex == "female" and years is not None and years[1] < BEFORE_MENARCHE:
            said = f"Female, age {years[1]} years"
            return known(Truth.FALSE, said, evidence=(sex_evidence(chart),), not_applicable=True)
        concept = chart.concepts.labs.concept("breastfeeding_status")
        status = settle(chart, concept, is_breastfeeding, ("breastfeeding", "not breastfeeding"))
        recorded = [found for found in conditions_of(chart, "breastfeeding") if found.current is not False]
        sure = [found for found in recorded if found.certain and found.current]
        if sure and status.truth is Truth.FALSE:
            evidence = (*status.evidence, *sure[0].evidence)
            return unknown(Reason.CONFLICTING, f"{status.said}; {sure[0].said}, active", evidence=evidence)
        if status.truth is not Truth.UNKNOWN or (status.evidence and not sure):
            return status
        if sure:
            return known(Truth.TRUE, f"{sure[0].said}, active", evidence=sure[0].evidence)
        if recorded:
            said = f"{recorded[0].said}: whether she is breastfeeding now is not certain"
            return unknown(Reason.NEEDS_CLINICIAN, said, evidence=recorded[0].evidence)
        return status

    def check(self, concepts: Any) -> Iterable[str]:  # noqa: ARG002
        if self.breastfeeding != "current":
            yield f'"breastfeeding: {self.breastfeeding}" is not known. Write "breastfeeding: current".'


def is_breastfeeding(result: Result, meanings: ResultMeanings) -> Call:
    """A breastfeeding status: a coded answer, or true and false as KBV and other profiles send it."""
    if result.value.value_boolean is not None:
        return YES if result.value.value_boolean else NO
    told = said_by(result, meanings).value
    if told == {Meaning.BREASTFEEDING}:
        return YES
    if told == {Meaning.NOT_BREASTFEEDING}:
        return NO
    return (
        judged("does not say")
        if told == {Meaning.UNKNOWN}
        else unusable("has a value that is not understood")
    )
