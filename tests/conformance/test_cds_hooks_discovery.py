"""Discovery: ``GET {baseUrl}/cds-services`` (https://cds-hooks.hl7.org/2.0/#discovery)."""

import json
import re

import pytest
from cds_hooks_calls import DISCOVERY, SERVICES, empties, prepared

CONTEXT = {
    # root members of the context that a token may name, by hook
    "patient-view": {"userId", "patientId", "encounterId"},
    "encounter-start": {"userId", "patientId", "encounterId"},
}
REQUIRED_OF_THE_CLIENT = {
    "patient-view": {"userId", "patientId"},
    "encounter-start": {"userId", "patientId", "encounterId"},
}
USERS = {"userPractitionerId", "userPractitionerRoleId", "userPatientId", "userRelatedPersonId"}
PREFIXES = r"(?:eq|lt|gt|ge|le)?\d"


@pytest.fixture(scope="module")
def services(ehr):
    return ehr.get(DISCOVERY).get_json()["services"]


def templates_of(service):
    return [(service["hook"], key, template) for key, template in service["prefetch"].items()]


@pytest.fixture(scope="module")
def templates(services):
    return [each for service in services for each in templates_of(service)]


def test_it_is_at_the_fixed_address_and_answers_200_with_json(ehr):
    answer = ehr.get(DISCOVERY)
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert isinstance(json.loads(answer.data), dict)


def test_it_is_an_object_with_a_list_of_services(ehr):
    told = ehr.get(DISCOVERY).get_json()
    assert list(told) == ["services"]
    assert isinstance(told["services"], list)
    assert told["services"]


@pytest.mark.parametrize("name", ["hook", "id", "description", "title"])
def test_each_service_has_its_attributes_as_text(services, name):
    assert all(isinstance(service[name], str) and service[name].strip() for service in services)


def test_the_hooks_are_published_ones(services):
    assert [service["hook"] for service in services] == list(SERVICES)


def test_ids_differ_and_need_no_escaping_in_an_address(services):
    found = [service["id"] for service in services]
    assert len(set(found)) == len(found)
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]+", id) for id in found)


def test_each_id_is_the_last_part_of_the_services_address(ehr, services):
    for service in services:
        answer = ehr.post(f"{DISCOVERY}/{service['id']}", json=prepared(service["hook"]))
        assert answer.status_code == 200


def test_no_attribute_is_null_or_empty(ehr):
    assert list(empties(ehr.get(DISCOVERY).get_json())) == []


def test_the_version_is_that_of_the_specification(services):
    assert {service["version"] for service in services} == {"2.0.1"}


def test_nothing_is_offered_that_an_earlier_client_would_not_know(services):
    known = {"hook", "id", "title", "description", "prefetch", "usageRequirements", "version"}
    assert all(set(service) <= known for service in services)


def test_the_preconditions_are_in_words(services):
    for service in services:
        assert "FHIR R4" in service["usageRequirements"]
        assert "412" in service["usageRequirements"]
        assert "context.patientId" in service["usageRequirements"]


def test_each_prefetch_key_has_a_query_as_text(services):
    for service in services:
        assert {"patient", "conditions"} <= set(service["prefetch"])
        for key, template in service["prefetch"].items():
            assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", key)
            assert isinstance(template, str)
            assert re.match(r"[A-Z][A-Za-z]+[/?]", template)


def test_a_token_names_a_root_member_of_the_hooks_context_or_a_user(templates):
    for hook, _, template in templates:
        tokens = re.findall(r"{{(.*?)}}", template)
        assert tokens
        assert "{" not in re.sub(r"{{[A-Za-z.]+}}", "", template)
        for token in tokens:
            assert token in USERS or token.removeprefix("context.") in CONTEXT[hook]
            assert token in USERS or token.startswith("context.")


def test_no_key_hangs_on_a_member_that_the_client_may_leave_out(templates):
    for hook, _, template in templates:
        for token in re.findall(r"{{context\.(\w+)}}", template):
            assert token in REQUIRED_OF_THE_CLIENT[hook]


def test_a_query_is_a_read_or_a_search_in_the_portable_part(templates):
    for _, key, template in templates:
        if "?" not in template:
            assert template == "Patient/{{context.patientId}}"
            continue
        kind, _, query = template.partition("?")
        assert re.fullmatch(r"[A-Z][A-Za-z]+", kind), key
        for name, _, value in (pair.partition("=") for pair in query.split("&")):
            assert re.fullmatch(r"_sort|_count|[a-z-]+(:in)?", name), f"{key}: {name}"
            if name == "_count":
                assert 0 < int(value) <= 1000
            elif "date" in name:
                assert re.match(PREFIXES, value), f"{key}: {value}"


def test_no_parameter_stands_twice(templates):
    for _, _, template in templates:
        names = [pair.split("=")[0] for pair in template.partition("?")[2].split("&")]
        assert len(names) == len(set(names))


def test_every_search_is_of_the_patient_and_bounded(templates):
    for _, key, template in templates:
        if "?" in template:
            assert "patient={{context.patientId}}" in template, key
            assert "_count=" in template, key
        if template.startswith("Observation?"):
            assert "&code=" in template, "never every observation"


def test_no_query_is_longer_than_servers_take(templates):
    assert max(len(template) for _, _, template in templates) < 2000


def test_sorting_is_written_as_r4_writes_it(templates):
    for _, _, template in templates:
        assert "_sort:" not in template
        assert all(re.fullmatch(r"-?[a-z-]+", by) for by in re.findall(r"_sort=([^&]*)", template))


def test_head_tells_the_same_without_the_body(ehr):
    head, get = ehr.head(DISCOVERY), ehr.get(DISCOVERY)
    assert head.status_code == 200
    assert head.data == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize(
    "path", [f"{DISCOVERY}/", f"{DISCOVERY}?hook=patient-view", f"{DISCOVERY}?_format=xml"]
)
def test_a_closing_slash_or_a_query_changes_nothing(ehr, path):
    assert ehr.get(path).data == ehr.get(DISCOVERY).data


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "text/html", "application/fhir+json", "", "junk"]
)
def test_it_is_json_whatever_is_asked_for(ehr, accept):
    answer = ehr.get(DISCOVERY, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.content_type == "application/json"


def test_it_is_the_same_each_time(ehr):
    assert ehr.get(DISCOVERY).data == ehr.get(DISCOVERY).data


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_another_method_is_405_and_told_which_are_taken(ehr, method):
    answer = ehr.open(DISCOVERY, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert answer.get_json()["issue"][0]["code"] == "not-supported"


def test_options_says_what_is_taken(ehr):
    answer = ehr.options(DISCOVERY)
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "Content-Type" not in answer.headers
