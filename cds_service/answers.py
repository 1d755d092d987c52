"""The matcher's answer on the wire: our own stable JSON (:mod:`.research_studies` is the same as FHIR).

The fields are those of ``Match`` and ``Trial`` in ``openapi.yaml``. Nulls are kept: each field
is always there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cds_service.features.question import Evidence, Need
from cds_service.matching import CriterionVerdict, Distance, MatchAnswer, TrialMatch
from cds_service.trials.model import Criterion, Trial


def answer_json(answer: MatchAnswer) -> dict[str, Any]:
    """The answer of ``POST /match`` and of ``match --json``."""
    return {
        "patient": answer.patient,
        "asOf": answer.as_of.isoformat(),
        "rulesVersion": answer.rules_version,
        "trials": [_match(match) for match in answer.matches],
        "issues": [
            {"severity": issue.severity, "reference": issue.reference, "text": issue.text}
            for issue in answer.issues
        ],
    }


def _match(match: TrialMatch) -> dict[str, Any]:
    trial, counts = match.trial, match.counts
    return {
        "trial": trial.id,
        "title": trial.title,
        "result": match.result.value,
        "cohort": list(match.cohorts) if trial.cohorts else None,
        "complete": trial.complete,
        "relevance": {
            "text": match.relevance,
            "needsClinician": match.relevance_unsure,
            "evidence": _evidence(match.relevance_evidence),
        },
        "counts": {"satisfied": counts.satisfied, "failed": counts.failed, "unknown": counts.unknown},
        "defects": list(trial.defects),
        "criteria": [_verdict(verdict) for verdict in match.verdicts],
    }


def _verdict(verdict: CriterionVerdict) -> dict[str, Any]:
    criterion = verdict.criterion
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "outcome": str(verdict.outcome),
        "reason": str(verdict.reason) if verdict.reason else None,
        "notApplicable": verdict.not_applicable,
        "text": criterion.text,
        "reading": criterion.reading,
        "explanation": verdict.explanation,
        "evidence": _evidence(verdict.evidence),
        "needs": _needs(verdict.needs),
        "distance": _distance(verdict.distance),
        "notes": list(verdict.notes),
        "partOf": criterion.part_of,
        "parts": list(criterion.parts),
    }


def _evidence(records: Iterable[Evidence]) -> list[dict[str, str | None]]:
    return [
        {"reference": record.reference, "code": record.code, "value": record.value, "date": record.date}
        for record in records
    ]


def _needs(needs: Iterable[Need]) -> list[dict[str, str | None]]:
    return [{"name": need.name, "loinc": need.loinc} for need in needs]


def _distance(distance: Distance | None) -> dict[str, Any] | None:
    if distance is None:
        return None
    return {
        "text": distance.text,
        "amount": distance.amount,
        "unit": distance.unit,
        "until": distance.until.isoformat() if distance.until else None,
        "tests": _needs(distance.tests),
    }


def trials_json(trials: Iterable[Trial], rules_version: str) -> dict[str, Any]:
    """The answer of ``GET /trials``."""
    return {
        "rulesVersion": rules_version,
        "trials": [
            {
                "id": trial.id,
                "title": trial.title,
                "status": trial.status,
                "registryNumber": trial.registry_number,
                "complete": trial.complete,
            }
            for trial in trials
        ],
    }


def trial_json(trial: Trial) -> dict[str, Any]:
    """The answer of ``GET /trials/{id}``: everything known of a trial, the source's words and our reading."""
    source = trial.source
    return {
        "id": trial.id,
        "title": trial.title,
        "status": trial.status,
        "registryNumber": trial.registry_number,
        "phase": trial.phase,
        "sponsor": trial.sponsor,
        "summary": trial.summary,
        "conditions": list(trial.conditions),
        "locations": list(trial.locations),
        "contacts": list(trial.contacts),
        "facts": dict(trial.facts),
        "source": {
            "registry": source.registry,
            "url": source.url,
            "updated": source.updated,
            "updatedLabel": source.updated_label,
            "sha256": source.sha256,
            "text": source.text,
        },
        "defects": list(trial.defects),
        "complete": trial.complete,
        "exclusionsInSource": trial.has_exclusions_in_source,
        "alternatives": [[list(branch) for branch in branches] for branches in trial.alternatives],
        "cohorts": [{"id": cohort.id, "name": cohort.name} for cohort in trial.cohorts],
        "criteria": [_criterion(criterion) for criterion in trial.criteria],
    }


def _criterion(criterion: Criterion) -> dict[str, Any]:
    return {
        "id": criterion.id,
        "kind": criterion.kind,
        "text": criterion.text,
        "reading": criterion.reading,
        "partOf": criterion.part_of,
        "parts": list(criterion.parts),
        "notes": list(criterion.notes),
    }
