import re

import pytest
from hook_calls import CONDITION, PATIENT, call, searchset

URL = "/cds-services/cart-trial-match"
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


def empties(value, path="$"):
    """What CDS Hooks forbids outside FHIR resources: null, "", [] and {}, but for cards and services."""
    if isinstance(value, dict):
        if "resourceType" in value:
            return
        for key, item in value.items():
            if item in (None, "", [], {}) and key not in ("cards", "services"):
                yield f"{path}.{key}"
            yield from empties(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from empties(item, f"{path}[{number}]")


def test_discovery_offers_a_service_for_each_hook(client):
    services = client.get("/cds-services").get_json()["services"]
    assert {service["hook"]: service["id"] for service in services} == {
        "patient-view": "cart-trial-match",
        "encounter-start": "cart-trial-match-encounter-start",
    }
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", service["version"]) for service in services)
    assert services[0]["prefetch"] == services[1]["prefetch"]
    assert list(empties(services)) == []


def test_discovery_answers_with_a_closing_slash_too(client):
    assert client.get("/cds-services/").status_code == 200


def test_a_call_is_answered_with_cards(client):
    answer = client.post(URL, json=call())
    cards = answer.get_json()["cards"]
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert [card["summary"].split(" ")[0] for card in cards] == ["NCT00000001"]
    assert list(empties(cards)) == []


def test_card_ids_are_new_each_time(client):
    first, second = (client.post(URL, json=call()).get_json()["cards"][0] for _ in range(2))
    assert first["uuid"] != second["uuid"]
    assert first["uuid"] != first["suggestions"][0]["uuid"]


def test_members_that_are_not_known_are_ignored(client):
    body = call(extension={"com.example.x": 1}, vendorField=[1], fhirServer="https://ehr.example.org/fhir")
    body["context"]["encounterId"] = "e1"
    body["context"]["more"] = {"deep": []}
    assert len(client.post(URL, json=body).get_json()["cards"]) == 1


@pytest.mark.parametrize("nothing", [None, searchset(), {"resourceType": "Bundle", "type": "searchset"}])
def test_null_and_an_empty_bundle_mean_nothing_there(client, nothing):
    answer = client.post(URL, json=call(prefetch={"patient": PATIENT, "conditions": nothing}))
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "prefetch",
    [
        ...,
        None,
        {},
        {"patient": PATIENT},
        {"conditions": searchset(CONDITION)},
        {"patient": None, "conditions": searchset(CONDITION)},
        {"patient": FAILED, "conditions": searchset(CONDITION)},
        {"patient": PATIENT, "conditions": FAILED},
        {"patient": PATIENT, "conditions": searchset(FAILED)},
        {"patient": PATIENT, "conditions": "nonsense"},
    ],
)
def test_no_patient_or_no_conditions_is_412(client, prefetch):
    answer = client.post(URL, json=call(prefetch=prefetch))
    assert answer.status_code == 412
    assert answer.get_json()["issue"][0]["code"] == "required"


def test_conditions_under_a_key_of_the_sites_own_count(client):
    answer = client.post(URL, json=call(prefetch={"patient": PATIENT, "problems": searchset(CONDITION)}))
    assert answer.status_code == 200


def test_another_patients_chart_is_refused(client):
    body = call(prefetch={"patient": PATIENT | {"id": "456"}, "conditions": searchset(CONDITION)})
    answer = client.post(URL, json=body)
    assert answer.status_code == 400
    assert "456" not in answer.text


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"hook": ...}, "hook"),
        ({"hook": "order-sign"}, "hook"),
        ({"hookInstance": ...}, "hookInstance"),
        ({"hookInstance": ""}, "hookInstance"),
        ({"context": ...}, "context"),
        ({"context": {}}, "context.patientId"),
        ({"context": {"patientId": ""}}, "context.patientId"),
        ({"context": {"patientId": "a/b c"}}, "context.patientId"),
    ],
)
def test_a_call_without_what_it_needs_is_400_and_says_where(client, change, where):
    answer = client.post(URL, json=call(**change))
    assert answer.status_code == 400
    assert answer.get_json()["issue"][0]["expression"] == [where]


WRONG = [None, 5, 1.5, True, "text", [], [1], {}, {"a": {"b": [None]}}]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "member", ["hook", "hookInstance", "context", "prefetch", "fhirServer", "fhirAuthorization", "extension"]
)
def test_a_member_of_a_wrong_type_is_never_a_500(client, member, wrong):
    assert client.post(URL, json=call(**{member: wrong})).status_code in (200, 400, 412)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("member", ["patientId", "userId", "encounterId"])
def test_a_context_member_of_a_wrong_type_is_never_a_500(client, member, wrong):
    context = {"patientId": "123", "userId": "Practitioner/1"} | {member: wrong}
    assert client.post(URL, json=call(context=context)).status_code in (200, 400)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("key", ["patient", "conditions", "observations1", "immunizations", "other"])
def test_a_prefetch_value_of_a_wrong_type_is_never_a_500(client, key, wrong):
    prefetch = {"patient": PATIENT, "conditions": searchset(CONDITION)} | {key: wrong}
    assert client.post(URL, json=call(prefetch=prefetch)).status_code in (200, 400, 412)


def test_an_unknown_service_is_404_and_a_wrong_method_405(client):
    assert client.post("/cds-services/other", json=call()).status_code == 404
    assert client.post("/cds-services/other/feedback", json={"feedback": []}).status_code == 404
    answer = client.get(URL)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_the_callers_fhir_server_is_never_called(client, monkeypatch):
    import socket

    def refuse(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    body = call(
        prefetch={"patient": PATIENT},
        fhirServer="https://ehr.example.org/fhir",
        fhirAuthorization={"access_token": "secret", "token_type": "Bearer", "expires_in": 300},
    )
    assert client.post(URL, json=body).status_code == 412
