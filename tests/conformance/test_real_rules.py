"""The service with the rules that ship with it: what it asks for, and what it answers."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from contract import ContractClient
from synthetic import DAY, ids

from cds_service.features.chart import Chart
from cds_service.fhir.record import Record
from cds_service.fhir.resources import Patient
from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch import OF_THE_PATIENT, concept_keys
from cds_service.rules import RuleSet, rules_directory
from cds_service.settings import Settings
from cds_service.trials.expression import leaves
from cds_service.web.app import create_app

SLE = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/123"},
    "clinicalStatus": {"coding": [{"code": "active"}]},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "55464009"}]},
}
PATIENT = {"resourceType": "Patient", "id": "123", "gender": "female", "birthDate": "1990-01-01"}


@pytest.fixture(scope="module")
def rules():
    return RuleSet.load(rules_directory())


@pytest.fixture(scope="module")
def client():
    app = create_app(
        Settings(), matcher=Matcher.load(), today=lambda: DAY, new_id=ids(), log_stream=StringIO()
    )
    app.test_client_class = ContractClient
    return app.test_client()


def test_ready_with_all_five_trials(client):
    assert client.get("/readyz").get_json()["trials"] == 5


def test_every_trial_is_told_as_the_contract_says(client):
    for trial in client.get("/trials").get_json()["trials"]:
        assert client.get(f"/trials/{trial['id']}").status_code == 200


def test_a_lupus_patient_gets_cards_for_what_was_prefetched(client):
    prefetch = client.get("/cds-services").get_json()["services"][0]["prefetch"]
    sent = dict.fromkeys(prefetch) | {
        "patient": PATIENT,
        "conditions": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": SLE}]},
    }
    body = {"hook": "patient-view", "hookInstance": "x", "context": {"patientId": "123"}, "prefetch": sent}
    cards = client.post("/cds-services/cart-trial-match", json=body).get_json()["cards"]
    assert {card["summary"].split(" ")[0] for card in cards} == {
        "NCT06513429",
        "NCT07193667",
        "zhejiang-ultrafast-sle",
    }


def test_the_match_answer_is_what_the_contract_says(client):
    chart = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": PATIENT}, {"resource": SLE}],
    }
    said = client.post("/match", json=chart).get_json()
    assert len(said["trials"]) == 5
    assert client.post("/match", json=chart, headers={"Accept": "application/fhir+json"}).status_code == 200


class Noting(dict):
    """The lab concepts, noting which are looked up."""

    def __init__(self, concepts):
        super().__init__(concepts)
        self.asked = set()

    def __getitem__(self, key):
        self.asked.add(key)
        return super().__getitem__(key)


@pytest.mark.parametrize("sex", ["female", "male", None])
@pytest.mark.parametrize("born", ["1990-01-01", "2016-01-01", None])
def test_every_test_that_a_criterion_reads_is_prefetched(rules, sex, born):
    """Each question of each trial is put to an empty chart, and what it looks for is noted."""
    labs = rules.concepts.labs
    noting = Noting(labs.by_key)
    concepts = replace(rules.concepts, labs=replace(labs, by_key=noting))
    chart = Chart(
        Record(patient=Patient(id="1", reference="Patient/1", gender=sex, birth_date=born)), DAY, concepts
    )
    for trial in rules.trials:
        for criterion in trial.criteria:
            for expression in filter(None, (criterion.when, criterion.only_if, criterion.unless)):
                for leaf in leaves(expression):
                    chart.answer(leaf.question)
    assert noting.asked, "nothing was looked up: this test no longer sees the look-ups"
    assert noting.asked - OF_THE_PATIENT <= concept_keys(rules.trials, labs)


def test_the_bundled_charts_are_answered_without_an_error(client):
    root = Path(__file__).parents[2] / "fhir_fixtures" / "patients"
    for bundle in sorted(root.glob("*/bundle.json")):
        answer = client.post("/match", data=bundle.read_bytes())
        assert answer.status_code == 200, f"{bundle.parent.name}: {answer.text[:300]}"
