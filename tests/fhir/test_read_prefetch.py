import json
from datetime import date

import msgspec
import pytest

from cds_service.errors import BadRequest, PreconditionFailed, TooLarge
from cds_service.fhir.decode import read_prefetch
from cds_service.fhir.record import Asked

AS_OF = date(2026, 11, 1)
KEYS = {
    "patient": ("Patient",),
    "problems": ("Condition",),
    "labs": ("Observation",),
    "vitals": ("Observation",),
}
PATIENT = {"resourceType": "Patient", "id": "1", "birthDate": "1990-01-01"}
PROBLEM = {"resourceType": "Condition", "id": "c", "subject": {"reference": "Patient/1"}}
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
NEXT = [{"relation": "next", "url": "https://ehr.example/fhir?page=2"}]


def searchset(*resources, **more):
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries, **more}


def prefetched(patient_id="1", **values):
    raw = {
        key: msgspec.Raw(json.dumps(value).encode()) for key, value in {"patient": PATIENT, **values}.items()
    }
    return read_prefetch(raw, KEYS, patient_id, AS_OF)


@pytest.mark.parametrize(
    ("value", "asked", "conditions", "issues"),
    [
        (None, Asked.ANSWERED, 0, 0),
        (searchset(), Asked.ANSWERED, 0, 0),
        ({"resourceType": "Bundle", "type": "searchset", "total": 0}, Asked.ANSWERED, 0, 0),
        (searchset(PROBLEM), Asked.ANSWERED, 1, 0),
        (PROBLEM, Asked.ANSWERED, 1, 0),
        (OUTCOME, Asked.FAILED, 0, 1),
        (searchset(OUTCOME), Asked.FAILED, 0, 1),
        (searchset(PROBLEM, OUTCOME), Asked.FAILED, 1, 1),
        (searchset(PROBLEM, link=NEXT), Asked.PARTIAL, 1, 1),
        (searchset(link=NEXT), Asked.PARTIAL, 0, 1),
        (searchset(PROBLEM, total=1), Asked.ANSWERED, 1, 0),
        (searchset(PROBLEM, total=40), Asked.PARTIAL, 1, 1),
        (searchset(PROBLEM, total="40"), Asked.ANSWERED, 1, 0),
        (searchset(searchset(OUTCOME)), Asked.FAILED, 0, 1),
        (searchset(searchset(PROBLEM, link=NEXT)), Asked.PARTIAL, 1, 1),
        (searchset({"resourceType": "Condition", "id": "x", "code": 5, "subject": 5}), Asked.ANSWERED, 1, 2),
        ({"resourceType": "Procedure", "subject": {"reference": "Patient/1"}}, Asked.NOT_ASKED, 0, 1),
        (
            searchset({"resourceType": "Procedure", "subject": {"reference": "Patient/1"}}),
            Asked.NOT_ASKED,
            0,
            1,
        ),
        ({"resourceType": "Bundle", "entry": "x"}, Asked.NOT_ASKED, 0, 1),
        ("Condition", Asked.NOT_ASKED, 0, 1),
        ([], Asked.NOT_ASKED, 0, 1),
        ({}, Asked.NOT_ASKED, 0, 1),
    ],
)
def test_what_a_key_holds_and_what_may_be_concluded(value, asked, conditions, issues):
    record = prefetched(problems=value)
    assert record.was_asked("Condition") is asked
    assert len(record.conditions) == conditions
    assert len(record.issues) == issues


def test_a_key_that_is_absent_was_not_asked():
    assert prefetched().was_asked("Condition") is Asked.NOT_ASKED


@pytest.mark.parametrize(
    ("labs", "vitals", "asked"),
    [
        ({"labs": None}, {"vitals": None}, Asked.ANSWERED),
        ({"labs": None}, {}, Asked.NOT_ASKED),
        ({"labs": None}, {"vitals": OUTCOME}, Asked.FAILED),
        ({"labs": searchset(link=NEXT)}, {"vitals": None}, Asked.PARTIAL),
        ({"labs": searchset(link=NEXT)}, {"vitals": OUTCOME}, Asked.FAILED),
    ],
)
def test_the_worst_of_several_keys_is_the_state_of_their_type(labs, vitals, asked):
    assert prefetched(**labs, **vitals).was_asked("Observation") is asked


def test_an_included_medication_is_used():
    order = {
        "resourceType": "MedicationRequest",
        "id": "r",
        "subject": {"reference": "Patient/1"},
        "medicationReference": {"reference": "Medication/m"},
    }
    drug = {"resourceType": "Medication", "id": "m", "code": {"text": "prednisone"}}
    raw = {
        "patient": msgspec.Raw(json.dumps(PATIENT).encode()),
        "drugs": msgspec.Raw(json.dumps(searchset(order, drug)).encode()),
    }
    record = read_prefetch(
        raw, {"patient": ("Patient",), "drugs": ("MedicationRequest",)}, "Patient/1", AS_OF
    )
    assert record.medication_of(record.medication_requests[0])[0].text == "prednisone"


def test_evidence_of_a_nameless_resource_is_its_key():
    nameless = {"resourceType": "Condition", "subject": {"reference": "Patient/1"}}
    assert prefetched(problems=nameless).conditions[0].reference == "prefetch.problems"
    assert prefetched(problems=searchset(nameless)).conditions[0].reference == "prefetch.problems.entry[0]"


def test_another_patients_condition_is_left_out():
    record = prefetched(problems=searchset({**PROBLEM, "subject": {"reference": "Patient/2"}}))
    assert record.conditions == ()


def test_keys_nobody_asked_for_are_not_read():
    record = prefetched(other=searchset(PROBLEM))
    assert record.conditions == ()
    assert [it.severity for it in record.issues] == ["information"]


@pytest.mark.parametrize("patient", [None, OUTCOME, searchset(), "x", {}])
def test_without_the_patient_there_is_no_match(patient):
    with pytest.raises(PreconditionFailed):
        prefetched(patient=patient)


@pytest.mark.parametrize("patient", [{**PATIENT, "id": "2"}, {"resourceType": "Patient"}])
def test_a_patient_other_than_the_open_chart_is_refused(patient):
    with pytest.raises(BadRequest, match=r"context\.patientId") as refused:
        prefetched(patient=patient)
    assert refused.value.status == 400
    assert refused.value.expression == "context.patientId"


def test_two_patients_are_refused_even_if_one_is_right():
    with pytest.raises(BadRequest):
        prefetched(problems=searchset({**PATIENT, "id": "2"}))


@pytest.mark.parametrize("raw", [b"", b"{", b'{"resourceType": "Bundle", x', b"nul", b"\xff"])
def test_a_value_that_is_no_json(raw):
    values = {"patient": msgspec.Raw(json.dumps(PATIENT).encode()), "problems": msgspec.Raw(raw)}
    try:
        record = read_prefetch(values, KEYS, "1", AS_OF)
    except BadRequest:
        return
    assert record.was_asked("Condition") is Asked.NOT_ASKED


def test_limits_hold_for_prefetch_too():
    deep = b'{"resourceType":"Bundle","x":' + b"[" * 200 + b"]" * 200 + b"}"
    with pytest.raises(TooLarge):
        read_prefetch({"problems": msgspec.Raw(deep)}, KEYS, "1", AS_OF)
    two = msgspec.Raw(json.dumps(searchset(PROBLEM, PROBLEM)).encode())
    with pytest.raises(TooLarge):
        read_prefetch({"problems": two}, KEYS, "1", AS_OF, most_entries=1)
