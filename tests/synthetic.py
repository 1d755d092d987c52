"""Trials, verdicts and answers made by hand, for tests of what is said about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import count

from cds_service.concepts.labs import LabConcept, LabConcepts
from cds_service.features.clinician import AskClinician
from cds_service.features.question import Evidence, Need, Reason
from cds_service.fhir.record import Asked
from cds_service.hooks.matcher import Matcher
from cds_service.matching import Counts, CriterionVerdict, MatchAnswer, Outcome, Result, TrialMatch
from cds_service.trials.expression import Leaf
from cds_service.trials.model import Cohort, Criterion, Source, Trial

DAY = date(2026, 11, 22)
ASK = Leaf(AskClinician(ask_clinician="Is it so?"))
ALT = Need("ALT", "1742-6")


def ids():
    """New UUIDs in order, the same each time."""
    numbers = count(1)
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012d}"


def criterion(id, kind="inclusion", **more):
    return Criterion(
        **{"id": id, "kind": kind, "text": f"text of {id}", "reading": f"reading of {id}", "when": ASK} | more
    )


def verdict(id, outcome=Outcome.SATISFIED, kind="inclusion", *, criterion_more=None, **more):
    return CriterionVerdict(
        **{
            "criterion": criterion(id, kind, **(criterion_more or {})),
            "outcome": outcome,
            "explanation": f"what is known of {id}",
        }
        | more
    )


def platelets(**more):
    return verdict(
        "E11f",
        kind="exclusion",
        explanation="Platelets 118 10*9/L on 2026-11-02; limit below 25",
        evidence=(Evidence("Observation/plt-7", "777-3", "118 10*3/uL", "2026-11-02"),),
        **more,
    )


def missing(id="E10a", **more):
    return verdict(
        id, Outcome.UNKNOWN, "exclusion", **{"reason": Reason.MISSING_DATA, "needs": (ALT,)} | more
    )


def to_confirm(id="I9", **more):
    return verdict(id, Outcome.UNKNOWN, **{"reason": Reason.NEEDS_CLINICIAN} | more)


def trial(id="NCT00000001", criteria=(), **more):
    registered = id.startswith("NCT")
    source = Source(
        registry="ClinicalTrials.gov",
        file="source.txt",
        text="the source",
        sha256="0" * 64,
        url=f"https://clinicaltrials.gov/study/{id}" if registered else None,
        updated="2026-01-01",
        updated_label="Last Updated",
    )
    return Trial(
        **{
            "id": id,
            "title": "Test CAR-T Cells in Test Lupus",
            "status": "recruiting",
            "source": source,
            "indication": ASK,
            "criteria": tuple(criteria),
            "registry_number": id if registered else None,
            "phase": "Phase 1",
            "sponsor": "Test Hospital",
            "contacts": ("Test Contact, study@example.org",),
            "conditions": ("Test Lupus",),
            "defects": ("Both lists start at item 2.",),
        }
        | more
    )


def matched(*verdicts, result=Result.POSSIBLE_MATCH, of=None, **more):
    study = replace(of or trial(), criteria=tuple(v.criterion for v in verdicts))
    outcomes = [v.outcome for v in verdicts if v.criterion.part_of is None]
    counts = Counts(*(outcomes.count(outcome) for outcome in Outcome))
    return TrialMatch(
        **{
            "trial": study,
            "result": result,
            "counts": counts,
            "verdicts": verdicts,
            "relevance": "Test lupus, active, since 2020",
        }
        | more
    )


def answer(*matches, **more):
    return MatchAnswer(
        **{"patient": "Patient/123", "as_of": DAY, "rules_version": "sha256:test", "matches": matches} | more
    )


def cohort(id):
    return Cohort(id, f"Cohort {id}", ASK)


LABS = LabConcepts(
    {
        key: LabConcept(key, key, codes=tuple(f"http://loinc.org|{code}" for code in codes))
        for key, codes in {
            "platelets": ("777-3", "26515-7"),
            "alt": ("1742-6",),
            "body_weight": ("29463-7",),
            "hcg_urine_ql": ("2106-3",),
        }.items()
    }
)

POSSIBLE = matched(platelets(), missing(), to_confirm())
RULED_OUT = matched(
    verdict("I1", Outcome.FAILED, explanation="70 years"),
    result=Result.RULED_OUT,
    of=trial("test-local-trial"),
)


def stub_matcher(*matches):
    """Answers the same for every patient with a Condition on record, and "not relevant" otherwise."""
    matches = matches or (POSSIBLE, RULED_OUT)

    def match(record, as_of, trial_ids):
        found = [m for m in matches if trial_ids is None or m.trial.id in trial_ids]
        if record.was_asked("Condition") is not Asked.ANSWERED:
            found = [
                replace(
                    m,
                    result=Result.NOT_RELEVANT,
                    counts=Counts(0, 0, len(m.verdicts)),
                    verdicts=tuple(
                        replace(v, outcome=Outcome.UNKNOWN, reason=Reason.MISSING_DATA) for v in m.verdicts
                    ),
                )
                for m in found
            ]
        return MatchAnswer(record.patient.reference, as_of, "sha256:test", tuple(found), record.issues)

    return Matcher(tuple(m.trial for m in matches), "sha256:test", LABS, match)
