"""What is not on record is read once for all patients: the same as reading every chart."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from cds_service.features.absence import MOST_EMPTY_CHARTS
from cds_service.features.chart import Chart
from cds_service.fhir.decode import read_bundle
from cds_service.fhir.record import Asked, Record
from cds_service.fhir.resources import Patient
from cds_service.rules import RuleSet, rules_directory
from cds_service.trials.model import questions

PATIENTS = Path(__file__).parents[2] / "fhir_fixtures" / "patients"
SLUGS = sorted(path.name for path in PATIENTS.iterdir() if path.is_dir())
AS_OF = date(2026, 11, 20)


@pytest.fixture(scope="module")
def rules():
    return RuleSet.load(rules_directory())


def differing(record, rules) -> list[str]:
    """The questions that the shared answers would answer otherwise than the chart."""
    with_sharing = Chart(record, AS_OF, rules.concepts, rules.absence)
    alone = Chart(record, AS_OF, rules.concepts)
    return [
        repr(question)
        for question in questions(rules.trials)
        if with_sharing.answer(question) != alone.answer(question)
    ]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_question_is_answered_as_from_the_chart_itself(slug, rules):
    bundle = json.loads((PATIENTS / slug / "bundle.json").read_bytes())
    entries = bundle["entry"]
    patient = [each for each in entries if each["resource"]["resourceType"] == "Patient"]
    kinds = {each["resource"]["resourceType"] for each in entries}
    few = kinds if SLUGS.index(slug) % 5 == 0 else ()
    charts = [entries, *([e for e in entries if e["resource"]["resourceType"] != kind] for kind in few)]
    charts += ([*patient, each] for each in entries[:: max(len(entries) // 3, 1)])
    for chart in charts:
        if not any(each["resource"]["resourceType"] == "Patient" for each in chart):
            continue
        record = read_bundle(json.dumps({**bundle, "entry": chart}).encode(), AS_OF)
        assert differing(record, rules) == []


@pytest.mark.parametrize(
    "key", ["platelets", "hbsag", "anti_ssa_ro", "ecg_report", "mrss", "fvc_abs", "hcv_ab", "cmv_dna"]
)
def test_one_result_of_a_test_is_seen(key, rules):
    concept = rules.concepts.labs.concept(key)
    for code in (*concept.codes, *concept.review_codes):
        system, _, bare = code.rpartition("|")
        observation = {
            "resourceType": "Observation",
            "id": "one",
            "status": "final",
            "code": {"coding": [{"system": system, "code": bare}]},
            "subject": {"reference": "Patient/p"},
            "effectiveDateTime": "2026-11-01",
            "valueQuantity": {"value": 3, "unit": concept.unit, "code": concept.unit},
        }
        assert differing(chart_of(observation), rules) == []


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "MedicationStatement", "status": "active"},
        {"resourceType": "MedicationRequest", "status": "active", "intent": "order"},
        {"resourceType": "Immunization", "status": "completed"},
        {"resourceType": "AllergyIntolerance", "code": {"text": "No known allergies"}},
        {"resourceType": "ResearchSubject", "status": "on-study"},
        {"resourceType": "Procedure", "status": "completed", "code": {"text": "Bone marrow biopsy"}},
        {"resourceType": "Procedure", "status": "completed", "code": {"text": "Something not known"}},
        {"resourceType": "Condition", "code": {"text": "lupus"}},
        {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": "ECG"}},
    ],
    ids=lambda resource: resource["resourceType"],
)
def test_one_record_that_says_little_is_seen(resource, rules):
    element = {"Immunization": "patient", "AllergyIntolerance": "patient", "ResearchSubject": "individual"}
    named = {element.get(resource["resourceType"], "subject"): {"reference": "Patient/p"}}
    assert differing(chart_of({**resource, **named, "id": "one"}), rules) == []


@pytest.mark.parametrize("state", list(Asked))
def test_what_was_not_had_is_not_taken_for_nothing(state, rules):
    kinds = ("Observation", "Condition", "MedicationStatement", "Procedure", "Immunization")
    for kind in kinds:
        record = Record(
            Patient(reference="Patient/p"), asked=dict.fromkeys(kinds, Asked.ANSWERED) | {kind: state}
        )
        assert differing(record, rules) == []


def test_a_question_that_names_no_traces_is_read_from_the_chart(rules):
    """Age and sex are of the patient, and there is no record of them to look for."""
    for question in questions(rules.trials):
        if question.keyword in ("age", "sex", "childbearing", "egfr", "pregnancy"):
            assert rules.absence.traces(question) is None


def test_empty_charts_do_not_pile_up(rules):
    for year in range(1900, 1900 + 3 * MOST_EMPTY_CHARTS):
        chart = Chart(Record(Patient(reference="Patient/p")), date(year, 1, 1), rules.concepts, rules.absence)
        chart.answer(next(iter(questions(rules.trials))))
        assert chart.empty.as_of == chart.as_of
    assert len(rules.absence._empty) <= MOST_EMPTY_CHARTS


def test_an_empty_chart_holds_nothing_of_a_patient(rules):
    bundle = (PATIENTS / SLUGS[0] / "bundle.json").read_bytes()
    chart = Chart(read_bundle(bundle, AS_OF), AS_OF, rules.concepts, rules.absence)
    assert chart.empty.record == Record(chart.empty.record.patient, asked=chart.record.asked)
    assert chart.empty.record.patient.id is None


def chart_of(resource):
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1990-01-01"}
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": patient}, {"resource": resource}],
    }
    return read_bundle(json.dumps(bundle).encode(), AS_OF)
