import json

import pytest
from hook_calls import CONDITION, PATIENT, bundle, call, searchset

CHART = json.dumps(bundle(PATIENT, CONDITION)).encode()


def post(client, url="/match", data=CHART, **more):
    return client.post(url, data=data, **({"content_type": "application/json"} | more))


def test_a_bundle_is_matched(client):
    answer = post(client)
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    said = answer.get_json()
    assert said["patient"] == "Patient/123"
    assert said["asOf"] == "2026-11-22"
    assert [found["trial"] for found in said["trials"]] == ["NCT00000001", "test-local-trial"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded",
        "application/fhir+json",
        "text/plain",
        "application/octet-stream",
        None,
    ],
)
def test_any_type_that_can_carry_json_is_read_as_curl_sends_it(client, kind):
    assert post(client, content_type=kind).status_code == 200


@pytest.mark.parametrize("kind", ["text/html", "multipart/form-data; boundary=x", "application/fhir+xml"])
def test_a_type_that_cannot_be_json_is_415(client, kind):
    assert post(client, content_type=kind).status_code == 415


def test_prefetch_is_matched_with_and_without_a_context(client):
    prefetch = {"patient": PATIENT, "conditions": searchset(CONDITION)}
    for body in ({"prefetch": prefetch}, call(prefetch=prefetch)):
        answer = client.post("/match", json=body)
        assert answer.get_json()["patient"] == "Patient/123"
        assert answer.get_json()["trials"][0]["result"] == "possible-match"


def test_a_prefetch_without_a_patient_is_refused(client):
    answer = client.post("/match", json={"prefetch": {"conditions": searchset(CONDITION)}})
    assert answer.status_code == 422


def test_the_evaluation_date_can_be_given(client):
    assert post(client, "/match?asOf=2025-02-28").get_json()["asOf"] == "2025-02-28"


@pytest.mark.parametrize(
    "query",
    [
        "asOf=2025-02-30",
        "asOf=20250228",
        "asOf=2025-W10-1",
        "asOf=today",
        "asOf=",
        "asOf=0001-01-01",
        "asOf=9999-12-31",
        "asOf=٢٠٢٥-02-01",
        "asOf=2025-01-01&asOf=2025-01-02",
        "asof=2025-01-01",
    ],
)
def test_a_day_that_is_none_is_400_and_never_today(client, query):
    assert post(client, f"/match?{query}").status_code == 400


def test_trials_can_be_chosen(client):
    for query, trials in (
        ("trial=test-local-trial", ["test-local-trial"]),
        ("trial=test-local-trial&trial=NCT00000001", ["NCT00000001", "test-local-trial"]),
    ):
        assert [t["trial"] for t in post(client, f"/match?{query}").get_json()["trials"]] == trials


@pytest.mark.parametrize("name", ["NCT99999999", "", "<script>", "nct00000001"])
def test_a_trial_that_is_not_known_is_404_and_the_answer_names_those_that_are(client, name):
    answer = client.post("/match", query_string={"trial": ["NCT00000001", name]}, data=CHART)
    assert answer.status_code == 404
    text = answer.get_json()["issue"][0]["details"]["text"]
    assert "NCT00000001, test-local-trial" in text
    assert "<script>" not in text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("text/html", "application/json"),
        ("application/fhir+json", "application/fhir+json"),
        ("application/fhir+json; fhirVersion=4.0", "application/fhir+json"),
        ("application/json, application/fhir+json;q=0.5", "application/json"),
        ("application/json;q=0.5, application/fhir+json", "application/fhir+json"),
        ("application/fhir+json;q=0", "application/json"),
        ("nonsense;;q=x", "application/json"),
    ],
)
def test_the_accept_header_chooses_the_shape(client, accept, kind):
    answer = post(client, headers={"Accept": accept} if accept else {})
    assert answer.mimetype == kind


def test_the_fhir_answer_is_a_searchset_of_the_possible_matches(client):
    said = post(client, headers={"Accept": "application/fhir+json"}).get_json()
    assert [entry["search"]["mode"] for entry in said["entry"]] == ["match", "outcome"]
    assert said["entry"][0]["resource"]["id"] == "NCT00000001"


def test_no_patient_and_two_patients_are_422(client):
    for resources in ((CONDITION,), (PATIENT, PATIENT | {"id": "456"})):
        answer = client.post("/match", json=bundle(*resources))
        assert answer.status_code in (400, 422)
