import json
from datetime import date

import pytest

from cds_service.errors import BadRequest, NotFhir, TooLarge
from cds_service.fhir.decode import read_bundle, read_resources
from cds_service.fhir.record import Asked

AS_OF = date(2026, 11, 1)
PATIENT = b'{"resourceType": "Patient", "id": "1", "birthDate": "1990-01-01"}'


@pytest.mark.parametrize(
    "kind", ["collection", "searchset", "transaction", "batch", "document", "history", "message"]
)
def test_any_type_of_bundle_in_any_order(read, observation, kind):
    record = read(observation(), {"resourceType": "Patient", "id": "1"}, patient=None, kind=kind)
    assert record.patient.id == "1"
    assert [it.reference for it in record.observations] == ["Observation/o"]


def test_types_present_were_answered_and_others_not_asked(read, observation):
    record = read(observation())
    assert record.was_asked("Observation") is Asked.ANSWERED
    assert record.was_asked("Condition") is Asked.NOT_ASKED


def test_a_resource_that_cannot_be_read_leaves_its_type_partial(read):
    record = read({"resource": {"resourceType": "Condition", "id": "c", "$reference": 5}})
    assert record.was_asked("Condition") is Asked.ANSWERED  # what only the service sets is no fault
    broken = b'{"resourceType":"Bundle","entry":[{"resource":' + PATIENT + b'},{"resource":{"x":1,'
    broken += b'"resourceType":"Condition","subject":"\\x"}}]}'
    with pytest.raises(BadRequest):
        read_bundle(broken, AS_OF)


def test_evidence_names_the_id_else_the_fullurl_else_the_place(read, observation):
    named = observation(id="plt-7")
    by_url = {"fullUrl": "urn:uuid:11111111-2222-4333-8444-555555555555", "resource": observation(id=None)}
    by_place = observation(id=None, effectiveDateTime="2026-10-21")
    record = read(named, by_url, by_place)
    assert [it.reference for it in record.observations] == [
        "Observation/plt-7",
        "urn:uuid:11111111-2222-4333-8444-555555555555",
        "Bundle.entry[3]",
    ]


def test_the_sender_cannot_name_evidence_or_damage(read, observation):
    record = read(observation(**{"$reference": "Observation/forged", "$damaged": ["code"]}))
    assert record.observations[0].reference == "Observation/o"
    assert record.observations[0].damaged == ()


def test_entries_that_hold_nothing_are_said(read, observation):
    record = read(None, {"resource": None}, {"resource": 5}, {"resource": []}, observation())
    assert len(record.observations) == 1
    assert [issue.reference for issue in record.issues] == [
        "Bundle.entry[1]",
        "Bundle.entry[2]",
        "Bundle.entry[3]",
        "Bundle.entry[4]",
    ]


def test_a_bad_envelope_element_costs_nothing(observation):
    body = {
        "resourceType": "Bundle",
        "type": ["collection"],
        "link": 5,
        "entry": [{"resource": json.loads(PATIENT)}, "x", {"fullUrl": 7, "resource": observation()}],
    }
    record = read_bundle(json.dumps(body).encode(), AS_OF)
    assert [it.reference for it in record.observations] == ["Observation/o"]


def test_resource_type_need_not_come_first(read, observation):
    late = observation()
    late["resourceType"] = late.pop("resourceType")
    assert list(late)[-1] == "resourceType"
    assert len(read(late).observations) == 1


def test_a_byte_order_mark_is_accepted(observation):
    body = {
        "resourceType": "Bundle",
        "entry": [{"resource": json.loads(PATIENT)}, {"resource": observation()}],
    }
    assert read_bundle(b"\xef\xbb\xbf" + json.dumps(body).encode(), AS_OF).observations


def test_bundles_inside_entries_are_read_too(read, observation):
    inner = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": observation(id=None)}]}
    record = read(inner, kind="batch-response")
    assert [it.reference for it in record.observations] == ["Bundle.entry[1].resource.entry[0]"]


SELF = [{"relation": "self", "url": "https://ehr.example/fhir/Condition?patient=1"}]


def test_an_empty_searchset_inside_says_that_its_type_was_asked(read):
    record = read({"resourceType": "Bundle", "type": "searchset", "link": SELF}, kind="batch-response")
    assert record.was_asked("Condition") is Asked.ANSWERED


def test_a_next_page_leaves_the_searched_type_partial(read, condition):
    more = [*SELF, {"relation": "next", "url": "https://ehr.example/fhir?page=2"}]
    inner = {
        "resourceType": "Bundle",
        "type": "searchset",
        "link": more,
        "entry": [{"resource": condition()}],
    }
    record = read(inner, kind="batch-response")
    assert len(record.conditions) == 1
    assert record.was_asked("Condition") is Asked.PARTIAL


FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
REMARK = {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "informational"}]}


@pytest.mark.parametrize(("outcome", "asked"), [(FAILED, Asked.FAILED), (REMARK, Asked.ANSWERED)])
def test_an_operation_outcome_among_the_results(read, condition, outcome, asked):
    inner = {"resourceType": "Bundle", "type": "searchset", "link": SELF}
    inner["entry"] = [{"resource": condition()}, {"resource": outcome, "search": {"mode": "outcome"}}]
    record = read(inner, kind="batch-response")
    assert record.was_asked("Condition") is asked
    assert len(record.issues) >= 1


def test_a_failure_that_names_no_type_leaves_every_type_partial(read, condition, observation):
    record = read(condition(), observation(), FAILED, kind="searchset")
    assert record.was_asked("Condition") is Asked.PARTIAL
    assert record.was_asked("Observation") is Asked.PARTIAL


def test_patient_without_a_readable_birth_date_is_kept(read):
    record = read(patient={"resourceType": "Patient", "id": "1", "birthDate": "soon"})
    assert [(issue.severity, issue.reference) for issue in record.issues] == [("warning", "Patient/1")]
    assert "soon" not in record.issues[0].text


@pytest.mark.parametrize("said", [{"deceasedBoolean": True}, {"deceasedDateTime": "2026-01-01"}])
def test_a_deceased_patient_is_said(read, said):
    record = read(patient={"resourceType": "Patient", "id": "1", "birthDate": "1990-01-01", **said})
    assert [issue.text for issue in record.issues] == ["Patient is recorded as deceased."]


def patients(*ids):
    entries = [{"resource": {"resourceType": "Patient", "id": one}} for one in ids]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def test_no_patient_and_two_patients_are_refused():
    with pytest.raises(NotFhir, match="holds no Patient"):
        read_bundle(patients(), AS_OF)
    with pytest.raises(NotFhir, match=r"holds 2 patients.*Send one patient per call"):
        read_bundle(patients("1", "2"), AS_OF)


def test_the_same_patient_twice_is_one():
    assert read_bundle(patients("1", "1"), AS_OF).patient.id == "1"


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (b"", BadRequest, "empty"),
        (b"  \n", BadRequest, "empty"),
        (b"\xff\xfe", BadRequest, "not UTF-8"),
        (b"hello", BadRequest, "not JSON"),
        (b'{"resourceType": "Bundle"', BadRequest, "not JSON"),
        (b'{"resourceType": "Bundle", "total": NaN}', BadRequest, "not JSON"),
        (b'{"resourceType": "Bundle", "total": Infinity}', BadRequest, "not JSON"),
        (b'{"resourceType": "Bundle"} {}', BadRequest, "not JSON"),
        (b"[]", NotFhir, "no FHIR resource"),
        (b'"Bundle"', NotFhir, "no FHIR resource"),
        (b"{}", NotFhir, "no resourceType"),
        (PATIENT, NotFhir, "a Patient, not a Bundle"),
        (b'{"resourceType": "Parameters"}', NotFhir, "a Parameters, not a Bundle"),
        (b'{"resourceType": "Secretname"}', NotFhir, "another resource"),
        (b'{"resourceType": "Bundle", "entry": "x"}', NotFhir, "not a list"),
        (b'{"resourceType": "Bundle", "type": 5}', NotFhir, "holds no Patient"),
    ],
)
def test_what_is_no_bundle_is_refused_with_the_remedy(body, error, said):
    with pytest.raises(BadRequest, match=said) as refused:
        read_bundle(body, AS_OF)
    assert type(refused.value) is error
    assert "end" in refused.value.text or "Add" in refused.value.text  # it says what to send
    assert refused.value.expression
    assert "Secretname" not in refused.value.text


def nested(depth):
    filler = b"[" * (depth - 1) + b"]" * (depth - 1)
    return b'{"resourceType":"Bundle","x":' + filler + b',"entry":[{"resource":' + PATIENT + b"}]}"


def test_depth_100_is_read_and_101_refused():
    assert read_bundle(nested(100), AS_OF).patient.id == "1"
    with pytest.raises(TooLarge, match="100 levels"):
        read_bundle(nested(101), AS_OF)


def test_brackets_in_text_are_not_depth():
    body = b'{"resourceType":"Bundle","x":"' + b"[" * 500 + b'","entry":[{"resource":' + PATIENT + b"}]}"
    assert read_bundle(body, AS_OF).patient.id == "1"


def test_depth_hidden_behind_brackets_in_text_is_still_refused():
    hidden = b'["]",' * 2000 + b"1" + b"]" * 2000
    with pytest.raises(TooLarge):
        read_bundle(b'{"resourceType":"Bundle","x":' + hidden + b"}", AS_OF)


def test_bytes_and_entries_are_limited():
    with pytest.raises(TooLarge, match="bytes"):
        read_bundle(patients("1"), AS_OF, most_bytes=10)
    with pytest.raises(TooLarge, match="more than 2 entries"):
        read_bundle(patients("1", "1", "1"), AS_OF, most_entries=2)
    assert read_bundle(patients("1", "1"), AS_OF, most_entries=2)


def test_loose_resources_make_a_record(observation):
    lines = [json.dumps(observation()).encode(), PATIENT, b"{]", b'{"x": 1}']
    record = read_resources(lines, AS_OF)
    assert [it.reference for it in record.observations] == ["Observation/o"]
    assert [issue.reference for issue in record.issues] == ["resource[2]", "resource[3]"]
