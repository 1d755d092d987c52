"""A call of a service: what is taken, what is refused and how (https://cds-hooks.hl7.org/2.0/#http-request_1)."""

import gzip
import json
import statistics
import time
from copy import deepcopy

import pytest
from cds_hooks_calls import (
    FAILED,
    SERVICES,
    changed,
    for_hook,
    issue,
    prepared,
    said,
    searchset,
    without,
)

HOOKS = pytest.mark.parametrize("hook", SERVICES)
URL = SERVICES["patient-view"]
CALL = prepared("patient-view")
AUTHORIZATION = {
    "access_token": "a-token-for-tests",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/Patient.read patient/Observation.read",
    "subject": "cart-cds",
}


@pytest.fixture(scope="module")
def right(ehr):
    """What the whole call is answered with."""
    return said(ehr.post(URL, json=CALL))


def refused(ehr, body, hook="patient-view", **more):
    """The issue of a 400."""
    answer = ehr.post(SERVICES[hook], json=body, **more)
    assert answer.status_code == 400
    return issue(answer)


@HOOKS
def test_a_call_is_answered_200_with_cards_as_json(ehr, hook, right):
    answer = ehr.post(SERVICES[hook], json=prepared(hook))
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert said(answer) == right
    assert len(right) == 2


# --- who asks, and what for ---


@HOOKS
@pytest.mark.parametrize(
    "wrong", ["order-sign", "order-select", "medication-prescribe", "Patient-View", "patient-view "]
)
def test_another_hook_is_refused(ehr, hook, wrong):
    assert refused(ehr, changed(prepared(hook), hook=wrong), hook)["expression"] == ["hook"]


def test_the_hook_of_the_other_service_is_refused(ehr):
    assert refused(ehr, for_hook(CALL, "encounter-start"))["expression"] == ["hook"]
    assert refused(ehr, CALL, "encounter-start")["expression"] == ["hook"]


@HOOKS
@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
@pytest.mark.parametrize("value", [..., None, "", 5, [], True])
def test_what_every_call_must_have(ehr, hook, name, value):
    answer = ehr.post(SERVICES[hook], json=changed(prepared(hook), **{name: value}))
    assert answer.status_code == 400
    assert name in issue(answer)["details"]["text"]


@HOOKS
@pytest.mark.parametrize("value", [..., None, "", 5, [], {}, "a b", "Patient/", "1/2", "x" * 65, "../1"])
def test_the_patient_must_be_named_by_an_id(ehr, hook, value):
    call = prepared(hook)
    call["context"] = changed(call["context"], patientId=value)
    call["prefetch"]["patient"]["id"] = value if isinstance(value, str) else "patient"
    assert "patientId" in refused(ehr, call, hook)["details"]["text"]


@pytest.mark.parametrize("name", ["userId", "encounterId"])
def test_encounter_start_needs_its_user_and_encounter(ehr, name):
    call = prepared("encounter-start")
    call["context"] = changed(call["context"], **{name: ...})
    assert refused(ehr, call, "encounter-start")["expression"] == [f"context.{name}"]


@pytest.mark.parametrize(
    "user", ["Practitioner/1", "PractitionerRole/A2340113", "Patient/patient", "RelatedPerson/1", ...]
)
def test_any_kind_of_user_may_open_a_chart(ehr, right, user):
    call = changed(CALL, context=changed(CALL["context"], userId=user))
    assert said(ehr.post(URL, json=call)) == right


@pytest.mark.parametrize(
    "instance",
    [
        "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "D1577C69-DFBE-44AD-BA6D-3E05E953B2EA",
        "urn:uuid:d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "c9a0cd52-4d3c-11ee-be56-0242ac120002",
        "018f3b1e-7c5a-7000-8000-000000000001",
    ],
)
def test_any_form_of_the_calls_id_is_taken_and_more_than_once(ehr, right, instance):
    for _ in range(2):
        assert said(ehr.post(URL, json=changed(CALL, hookInstance=instance))) == right


def test_members_that_are_not_known_are_ignored(ehr, right):
    call = deepcopy(CALL)
    call |= {
        "vendorField": [1, None],
        "extension": {"com.example.x": {"deep": [{}]}},
        "user": "Practitioner/1",
    }
    call["context"] |= {"locale": "de", "extension": {"com.example.y": 1}}
    call["prefetch"]["patient"] |= {"extension": [{"url": "https://example.org/x", "valueString": "y"}]}
    assert said(ehr.post(URL, json=call)) == right


@pytest.mark.parametrize("extension", [{}, {"a": 1}, {"com.example.a": {"b": []}}, [], "text", None, 5])
def test_no_extension_of_a_request_is_an_error(ehr, right, extension):
    assert said(ehr.post(URL, json=changed(CALL, extension=extension))) == right


def test_prefetch_keys_that_were_not_asked_for_are_no_error(ehr, right):
    prefetch = CALL["prefetch"] | {"vendorKey": searchset(), "another": None}
    assert said(ehr.post(URL, json=changed(CALL, prefetch=prefetch))) == right


# --- the FHIR server that a call names ---


@pytest.mark.parametrize(
    "members",
    [
        {"fhirServer": "https://fhir.example.org/r4"},
        {"fhirServer": "http://fhir.example.org/r4", "fhirAuthorization": AUTHORIZATION},
        {"fhirAuthorization": AUTHORIZATION},
        {
            "fhirServer": "https://fhir.example.org/r4",
            "fhirAuthorization": AUTHORIZATION | {"patient": "patient"},
        },
        {"fhirServer": "not a url", "fhirAuthorization": {}},
        {"fhirServer": None, "fhirAuthorization": None},
    ],
)
def test_a_whole_prefetch_needs_no_server_whatever_the_call_says_of_one(ehr, right, members):
    call = deepcopy(CALL)
    call["prefetch"] |= {f"observations{n}": None for n in range(1, 20)}
    assert said(ehr.post(URL, json=call | members)) == right


def test_an_access_token_is_in_no_answer(ehr):
    call = without(CALL, "conditions") | {
        "fhirServer": "https://x.example",
        "fhirAuthorization": AUTHORIZATION,
    }
    answer = ehr.post(URL, json=call)
    assert answer.status_code == 412
    assert AUTHORIZATION["access_token"] not in answer.text
    assert "x.example" not in answer.text


# --- the states of a prefetch key ---


@HOOKS
@pytest.mark.parametrize("prefetch", [..., None, {}])
def test_no_prefetch_and_no_server_is_412(ehr, hook, prefetch):
    answer = ehr.post(SERVICES[hook], json=changed(prepared(hook), prefetch=prefetch))
    assert answer.status_code == 412
    assert issue(answer)["code"] == "required"


@HOOKS
@pytest.mark.parametrize("key", ["patient", "conditions"])
def test_without_the_patient_or_the_diagnoses_it_is_412(ehr, hook, key):
    answer = ehr.post(SERVICES[hook], json=without(prepared(hook), key))
    assert answer.status_code == 412
    assert issue(answer)["code"] == "required"


STATES = {
    "absent": ...,
    "null": None,
    "empty": searchset(),
    "failed": FAILED,
    "failed in part": searchset(FAILED),
    "no resource": {},
    "junk": "junk",
}


@pytest.mark.parametrize("key", [key for key in CALL["prefetch"] if key not in ("patient", "conditions")])
@pytest.mark.parametrize("state", STATES)
def test_any_other_key_may_be_in_any_state(ehr, key, state):
    prefetch = changed(CALL["prefetch"], **{key: STATES[state]})
    assert ehr.post(URL, json=changed(CALL, prefetch=prefetch)).status_code == 200


@pytest.mark.parametrize("key", ["procedures", "immunizations", "allergies", "researchSubjects"])
def test_null_and_an_empty_bundle_say_the_same(ehr, key):
    answers = [
        said(ehr.post(URL, json=changed(CALL, prefetch=CALL["prefetch"] | {key: nothing})))
        for nothing in (None, searchset(), {"resourceType": "Bundle", "type": "searchset", "total": 0})
    ]
    assert answers[0] == answers[1] == answers[2]


def test_a_query_that_failed_is_told_and_is_not_an_empty_chart(ehr):
    """What the outcome itself says is for the EHR's log; the card says what it costs."""
    (_, empty, _, _), *_ = said(
        ehr.post(URL, json=changed(CALL, prefetch=CALL["prefetch"] | {"procedures": None}))
    )
    for state in (FAILED, searchset(FAILED)):
        sent = changed(CALL, prefetch=CALL["prefetch"] | {"procedures": state})
        (_, detail, _, _), *_ = said(ehr.post(URL, json=sent))
        assert detail != empty
        assert "prefetch.procedures" in detail


def test_a_failed_patient_or_failed_diagnoses_are_412(ehr):
    for key in ("patient", "conditions"):
        call = changed(CALL, prefetch=CALL["prefetch"] | {key: FAILED})
        assert ehr.post(URL, json=call).status_code == 412


@pytest.mark.parametrize("kind", ["collection", "searchset", "batch-response"])
def test_a_bundle_of_another_type_is_read_too(ehr, right, kind):
    prefetch = {
        key: value | {"type": kind} if value.get("resourceType") == "Bundle" else value
        for key, value in CALL["prefetch"].items()
    }
    assert said(ehr.post(URL, json=changed(CALL, prefetch=prefetch))) == right


@pytest.mark.parametrize("junk", ["text", 5, [], {"resourceType": "Observation", "id": "o"}, searchset()])
def test_junk_in_place_of_the_patient_is_no_patient(ehr, junk):
    answer = ehr.post(URL, json=changed(CALL, prefetch=CALL["prefetch"] | {"patient": junk}))
    assert answer.status_code == 412


def test_the_chart_of_another_patient_is_refused_and_not_named(ehr):
    other = CALL["prefetch"]["patient"] | {"id": "somebody-else"}
    answer = ehr.post(URL, json=changed(CALL, prefetch=CALL["prefetch"] | {"patient": other}))
    assert answer.status_code == 400
    assert "somebody-else" not in answer.text


def test_resources_of_another_patient_or_of_another_type_do_not_count(ehr, right):
    call = deepcopy(CALL)
    conditions = call["prefetch"]["conditions"]["entry"]
    stray = conditions[0]["resource"] | {"id": "stray", "subject": {"reference": "Patient/somebody-else"}}
    conditions += [{"resource": stray}, {"resource": {"resourceType": "Device", "id": "d1"}}]
    assert [summary for summary, *_ in said(ehr.post(URL, json=call))] == [summary for summary, *_ in right]
    alone = changed(call, prefetch=call["prefetch"] | {"conditions": searchset(stray)})
    assert said(ehr.post(URL, json=alone)) == []


def test_resources_of_dstu2_are_no_failure(ehr):
    old = {
        "resourceType": "Condition",
        "id": "old",
        "patient": {"reference": "Patient/patient"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "55464009"}]},
        "clinicalStatus": "active",
        "verificationStatus": "confirmed",
    }
    call = changed(CALL, prefetch=CALL["prefetch"] | {"conditions": searchset(old)})
    assert ehr.post(URL, json=call).status_code == 200


# --- bytes ---


@HOOKS
@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"{", b"[]", b'"x"', b"null", b"5", b"{} {}", b"\xff", b'{"a":1,}', b"{'a':1}", b"// x\n{}"],
)
def test_what_is_no_json_object_is_400(ehr, hook, body):
    answer = ehr.post(SERVICES[hook], data=body, content_type="application/json")
    assert answer.status_code == 400
    assert issue(answer)["code"] == "invalid"


JSON_TYPES = [
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    'application/json; charset="utf-8"',
    "Application/JSON",
    "application/fhir+json",
    "text/json",
    "application/vnd.example+json",
]


@pytest.mark.parametrize("kind", JSON_TYPES)
def test_any_json_type_is_taken(ehr, right, kind):
    assert said(ehr.post(URL, data=json.dumps(CALL), content_type=kind)) == right


@HOOKS
@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/html",
        "text/xml",
        "application/xml",
        "application/fhir+xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "text/csv",
        "junk",
    ],
)
def test_another_type_is_415(ehr, hook, kind):
    answer = ehr.post(SERVICES[hook], data=json.dumps(prepared(hook)), content_type=kind)
    assert answer.status_code == 415
    assert issue(answer)["code"] == "not-supported"


def test_a_program_may_leave_the_type_out_and_a_browser_may_not(ehr, right):
    """A page could otherwise call without being asked for leave (CORS)."""
    body = json.dumps(CALL)
    assert said(ehr.post(URL, data=body)) == right
    assert ehr.post(URL, data=body, headers={"Origin": "https://page.example"}).status_code == 415


def test_a_compressed_body_is_415_and_told_what_is_taken(ehr):
    body = gzip.compress(json.dumps(CALL).encode())
    answer = ehr.post(URL, data=body, content_type="application/json", headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 415
    assert answer.headers["Accept-Encoding"] == "identity"
    issue(answer)


def test_a_byte_order_mark_is_passed_over(ehr, right):
    body = b"\xef\xbb\xbf" + json.dumps(CALL).encode()
    assert said(ehr.post(URL, data=body, content_type="application/json")) == right


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "latin-1"])
def test_json_is_utf_8(ehr, encoding):
    call = changed(CALL, vendorField="é")
    body = json.dumps(call, ensure_ascii=False).encode(encoding)
    answer = ehr.post(URL, data=body, content_type=f"application/json; charset={encoding}")
    assert answer.status_code == 400


def test_of_a_member_that_stands_twice_the_last_counts(ehr, right):
    """As in every common JSON parser; the other patient's chart is still refused."""
    body = json.dumps(CALL)
    twice = body.replace('"hook": "patient-view"', '"hook": "order-sign", "hook": "patient-view"', 1)
    assert said(ehr.post(URL, data=twice, content_type="application/json")) == right
    other = body.replace('"patientId": "patient"', '"patientId": "patient", "patientId": "other"', 1)
    assert ehr.post(URL, data=other, content_type="application/json").status_code == 400


@pytest.mark.parametrize("text", ["Zoë 李", "\\ud83d\\ude00", "a\\u0000b"])
def test_any_text_is_read(ehr, text):
    body = json.dumps(CALL).replace('"Test', f'"{text} Test', 1)
    assert ehr.post(URL, data=body.encode(), content_type="application/json").status_code == 200


# --- addresses and methods ---


@pytest.mark.parametrize(
    "path", ["nothing", "cart-trial-match-2", "CART-TRIAL-MATCH", "cart-trial-match/x", "..", "%00"]
)
def test_an_unknown_service_is_404(ehr, path):
    for method in ("GET", "POST"):
        answer = ehr.open(f"/cds-services/{path}", method=method, json=CALL)
        assert answer.status_code == 404
        assert issue(answer)["code"] == "not-found"


@HOOKS
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE"])
def test_another_method_is_405_and_told_which_are_taken(ehr, hook, method):
    answer = ehr.open(SERVICES[hook], method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}
    if method != "HEAD":
        assert issue(answer)["code"] == "not-supported"


@HOOKS
def test_options_says_what_is_taken(ehr, hook):
    answer = ehr.options(SERVICES[hook])
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_a_closing_slash_changes_nothing(ehr, right):
    assert said(ehr.post(f"{URL}/", json=CALL)) == right


@pytest.mark.parametrize(
    "accept", ["application/json", "*/*", "text/html", "application/fhir+json", "", "junk"]
)
def test_the_answer_is_json_whatever_is_asked_for(ehr, accept):
    for call, kind in ((CALL, "application/json"), ({}, "application/fhir+json")):
        answer = ehr.post(URL, json=call, headers={"Accept": accept})
        assert answer.content_type == kind
        json.loads(answer.data)


def test_a_body_that_is_too_long_is_413(serve):
    small = serve(max_body_bytes=10_000)
    answer = small.post(URL, json=CALL)
    assert answer.status_code == 413
    assert issue(answer)["code"] == "too-long"


def test_every_error_says_what_to_do(ehr):
    for body in (b"{", b"{}", json.dumps(without(CALL, "patient")).encode()):
        words = issue(ehr.post(URL, data=body, content_type="application/json"))["details"]["text"]
        assert "Send" in words


# --- time ---


def test_a_chart_of_500_results_is_answered_well_within_half_a_second(ehr):
    call = deepcopy(CALL)
    results = call["prefetch"]["observations"]["entry"]
    call["prefetch"]["observations"]["entry"] = [
        {"resource": results[n % len(results)]["resource"] | {"id": f"o{n}"}} for n in range(500)
    ]
    body = json.dumps(call)
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        assert ehr.post(URL, data=body, content_type="application/json").status_code == 200
        took.append(time.perf_counter() - begun)
    assert statistics.median(took) < 0.5
