"""The matcher's answer as FHIR: a searchset Bundle of R4 ResearchStudy, as trial-matching services do.

Only possible matches are entries with ``search.mode`` match. What was ruled out stands, with the issues of
the input, in one OperationOutcome, so that no reader takes a ruled-out trial for a match.
"""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from cds_service.matching import CriterionVerdict, MatchAnswer, Outcome, Result, TrialMatch
from cds_service.trials.model import Trial

STATUS = {
    # the registries' words -> http://hl7.org/fhir/research-study-status (R4)
    "recruiting": "active",
    "enrolling by invitation": "active",
    "not yet recruiting": "approved",
    "active, not recruiting": "closed-to-accrual",
    "completed": "completed",
    "suspended": "temporarily-closed-to-accrual",
    "terminated": "administratively-completed",
    "withdrawn": "withdrawn",
}
CLINICAL_TRIALS_GOV = "http://clinicaltrials.gov"  # the identifier system HL7 lists for that registry
NO_DATA = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"


def study_bundle(answer: MatchAnswer) -> str:
    """The Bundle as JSON, checked by the R4B types of ``fhir.resources``."""
    from fhir.resources.R4B.bundle import Bundle  # noqa: PLC0415  # slow to import, and wanted only here

    possible = [match for match in answer.matches if match.result is Result.POSSIBLE_MATCH]
    entries = [_entry(match, answer) for match in possible]
    entries += _outcome_entry(answer)
    bundle = Bundle.model_validate(
        {"resourceType": "Bundle", "type": "searchset", "total": len(possible), "entry": entries}
    )
    return str(bundle.model_dump_json())


def _entry(match: TrialMatch, answer: MatchAnswer) -> dict[str, Any]:
    score = round(match.counts.share, 2)
    return {
        "fullUrl": _full_url(match.trial.id),
        "resource": _study(match, answer),
        "search": {"mode": "match", "score": score},
    }


def _full_url(name: str) -> str:
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'urn:cart-cds:trial:{name}')}"


def _study(match: TrialMatch, answer: MatchAnswer) -> dict[str, Any]:
    trial = match.trial
    study: dict[str, Any] = {
        "resourceType": "ResearchStudy",
        "id": trial.id,
        "title": trial.title,
        **_status(trial),
        "note": [{"text": _note(match, answer)}],
    }
    if trial.registry_number and trial.registry_number.startswith("NCT"):
        study["identifier"] = [{"system": CLINICAL_TRIALS_GOV, "value": trial.registry_number}]
    if trial.phase:
        study["phase"] = {"text": trial.phase}
    if trial.conditions:
        study["condition"] = [{"text": condition} for condition in trial.conditions]
    if trial.locations:
        study["location"] = [{"text": location} for location in trial.locations]
    if trial.summary:
        study["description"] = trial.summary
    if trial.sponsor:
        study["sponsor"] = {"display": trial.sponsor}
    if trial.source.url:
        study["relatedArtifact"] = [{"type": "documentation", "url": trial.source.url}]
    return study


def _status(trial: Trial) -> dict[str, Any]:
    """A status that has no FHIR code is said to be unsupported rather than approximated."""
    if code := STATUS.get(trial.status.lower()):
        return {"status": code}
    return {"_status": {"extension": [{"url": NO_DATA, "valueCode": "unsupported"}]}}


def _note(match: TrialMatch, answer: MatchAnswer) -> str:
    counts = match.counts
    cohorts = f" Cohorts open: {', '.join(match.cohorts)}." if match.cohorts else ""
    incomplete = "" if match.trial.complete else " Some criteria of the source are not checked yet."
    defects = f" Source: {' '.join(match.trial.defects)}" if match.trial.defects else ""
    return (
        f"Possible match, not an eligibility decision: {counts.satisfied} criteria satisfied, none failed, "
        f"{counts.unknown} unknown on {answer.as_of}.{cohorts}{incomplete}{defects}"
    )


def _outcome_entry(answer: MatchAnswer) -> list[dict[str, Any]]:
    issues = [
        {"severity": issue.severity, "code": "incomplete", "details": {"text": issue.text}}
        | ({"diagnostics": issue.reference} if issue.reference else {})
        for issue in answer.issues
    ]
    issues += [
        {"severity": "information", "code": "informational", "details": {"text": _not_matched(match)}}
        for match in answer.matches
        if match.result is not Result.POSSIBLE_MATCH
    ]
    if not issues:
        return []
    return [
        {
            "fullUrl": _full_url("outcome"),
            "resource": {"resourceType": "OperationOutcome", "issue": issues},
            "search": {"mode": "outcome"},
        }
    ]


def _not_matched(match: TrialMatch) -> str:
    if match.result is Result.NOT_RELEVANT:
        return f"{match.trial.id}: not relevant. {match.relevance}".strip()
    failed = [_reason(verdict) for verdict in match.verdicts if verdict.outcome is Outcome.FAILED]
    return f"{match.trial.id}: ruled out. {'; '.join(failed)}".strip()


def _reason(verdict: CriterionVerdict) -> str:
    return f"{verdict.criterion.id} {verdict.explanation}".strip()
