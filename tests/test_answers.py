import json
from datetime import date
from pathlib import Path

import pytest
from contract import check_schema
from fhir.resources.R4B.bundle import Bundle
from synthetic import (
    ALT,
    POSSIBLE,
    RULED_OUT,
    answer,
    cohort,
    matched,
    missing,
    platelets,
    trial,
    verdict,
)

from cds_service.answers import answer_json, trial_json, trials_json
from cds_service.features.question import Evidence
from cds_service.fhir.record import Issue
from cds_service.matching import Distance, Outcome, Result
from cds_service.research_studies import study_bundle


def test_the_answer_is_what_the_contract_says():
    said = answer_json(answer(POSSIBLE, RULED_OUT, issues=(Issue("warning", "left out", None),)))
    check_schema("/components/schemas/Match", json.loads(json.dumps(said)))
    assert said["patient"] == "Patient/123"
    assert said["asOf"] == "2026-11-22"
    assert said["rulesVersion"] == "sha256:test"
    assert said["issues"] == [{"severity": "warning", "reference": None, "text": "left out"}]


def test_a_criterion_is_told_with_every_field():
    match = matched(
        platelets(notes=("two results that day",), criterion_more={"part_of": "E11", "parts": ("E11f1",)}),
        relevance_unsure=True,
        relevance_evidence=(Evidence("Condition/1"),),
    )
    (told,) = answer_json(answer(match))["trials"]
    assert told["criteria"] == [
        {
            "id": "E11f",
            "kind": "exclusion",
            "outcome": "satisfied",
            "reason": None,
            "notApplicable": False,
            "text": "text of E11f",
            "reading": "reading of E11f",
            "explanation": "Platelets 118 10*9/L on 2026-11-02; limit below 25",
            "evidence": [
                {
                    "reference": "Observation/plt-7",
                    "code": "777-3",
                    "value": "118 10*3/uL",
                    "date": "2026-11-02",
                }
            ],
            "needs": [],
            "distance": None,
            "notes": ["two results that day"],
            "partOf": "E11",
            "parts": ["E11f1"],
        }
    ]
    assert told["relevance"] == {
        "text": "Test lupus, active, since 2020",
        "needsClinician": True,
        "evidence": [{"reference": "Condition/1", "code": None, "value": None, "date": None}],
    }


def test_distance_and_needs_are_told():
    distance = Distance("0.4 × ULN too high", "0.4", "× ULN", date(2026, 12, 1), (ALT,))
    match = matched(missing(distance=distance))
    (criterion,) = answer_json(answer(match))["trials"][0]["criteria"]
    assert criterion["needs"] == [{"name": "ALT", "loinc": "1742-6"}]
    assert criterion["distance"] == {
        "text": "0.4 × ULN too high",
        "amount": "0.4",
        "unit": "× ULN",
        "until": "2026-12-01",
        "tests": [{"name": "ALT", "loinc": "1742-6"}],
    }
    check_schema("/components/schemas/CriterionVerdict", criterion)


def test_an_item_missing_in_the_source_has_no_text():
    match = matched(missing("I1", criterion_more={"text": None}))
    assert answer_json(answer(match))["trials"][0]["criteria"][0]["text"] is None


def test_cohorts_are_null_without_cohorts_and_a_list_with_them():
    study = trial(cohorts=(cohort("SLE"),))
    shut = matched(verdict("SLE", Outcome.FAILED), of=study, result=Result.RULED_OUT)
    open_ = matched(missing("SLE"), of=study, cohorts=("SLE",))
    told = answer_json(answer(POSSIBLE, shut, open_))["trials"]
    assert [t["cohort"] for t in told] == [None, [], ["SLE"]]


def test_a_trial_is_told_whole():
    said = trial_json(trial(cohorts=(cohort("SLE"),), alternatives=((("I2", "I3"), ("I5",)),)))
    check_schema("/components/schemas/Trial", said)
    assert said["alternatives"] == [[["I2", "I3"], ["I5"]]]
    assert said["exclusionsInSource"] is False
    check_schema("/components/schemas/TrialList", trials_json([trial()], "v"))


def entries(*matches, **more):
    bundle = json.loads(study_bundle(answer(*matches, **more)))
    Bundle.model_validate(bundle)
    check_schema("/components/schemas/StudyBundle", bundle)
    return bundle.get("entry", [])


def test_possible_matches_are_research_studies():
    (entry,) = entries(POSSIBLE)
    assert entry["search"] == {"mode": "match", "score": 0.33}
    assert entry["fullUrl"].startswith("urn:uuid:")
    study = entry["resource"]
    assert study["id"] == "NCT00000001"
    assert study["status"] == "active"
    assert study["identifier"] == [{"system": "http://clinicaltrials.gov", "value": "NCT00000001"}]
    assert "not an eligibility decision" in study["note"][0]["text"]


def test_a_trial_without_a_number_gets_none():
    (entry,) = entries(matched(missing(), of=trial("test-local")))
    assert "identifier" not in entry["resource"]
    assert "relatedArtifact" not in entry["resource"]


@pytest.mark.parametrize(
    ("status", "code"), [("Recruiting", "active"), ("completed", "completed"), ("odd", None)]
)
def test_a_status_is_mapped_or_said_to_be_unsupported(status, code):
    (entry,) = entries(matched(missing(), of=trial(status=status)))
    assert entry["resource"].get("status") == code
    assert ("_status" in entry["resource"]) is (code is None)


def test_what_was_ruled_out_is_never_a_match():
    issue = Issue("warning", "Left out: another patient's", "Observation/9")
    match, outcome = entries(POSSIBLE, RULED_OUT, issues=(issue,))
    assert match["search"]["mode"] == "match"
    assert outcome["search"] == {"mode": "outcome"}
    texts = [issue["details"]["text"] for issue in outcome["resource"]["issue"]]
    assert texts == ["Left out: another patient's", "test-local-trial: ruled out. I1 70 years"]


def test_nobody_matches():
    not_relevant = matched(missing(), result=Result.NOT_RELEVANT)
    (outcome,) = entries(not_relevant)
    assert "not relevant" in outcome["resource"]["issue"][0]["details"]["text"]


def test_the_package_gives_the_application_without_importing_flask_first():
    import subprocess
    import sys

    code = "import sys, cds_service; assert 'flask' not in sys.modules; cds_service.create_app"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
