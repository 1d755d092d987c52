import pytest

URN = "urn:uuid:11111111-2222-4333-8444-555555555555"
MEDICATION = {"resourceType": "Medication", "id": "m", "code": {"text": "prednisone"}}


@pytest.fixture
def order():
    def order(**elements):
        whole = {"resourceType": "MedicationRequest", "id": "r", "subject": {"reference": "Patient/1"}}
        return {**whole, **elements}

    return order


def words(record):
    return [concept.text for concept in record.medication_of(record.medication_requests[0])]


@pytest.mark.parametrize(
    "reference",
    [
        "Medication/m",
        "Medication/m/_history/1",
        "https://ehr.example/fhir/Medication/m",
        "https://ehr.example/fhir/Medication/m|1",
        URN,
    ],
)
def test_a_referenced_medication_is_found(read, order, reference):
    record = read(
        order(medicationReference={"reference": reference}), {"fullUrl": URN, "resource": MEDICATION}
    )
    assert words(record) == ["prednisone"]
    assert record.issues == ()


def test_a_contained_medication_belongs_to_what_contains_it(read, order):
    def containing(id, drug):
        inside = [{"resourceType": "Practitioner", "id": "x"}, {**MEDICATION, "code": {"text": drug}}]
        return order(id=id, medicationReference={"reference": "#m"}, contained=inside)

    record = read(containing("a", "prednisone"), containing("b", "rituximab"), MEDICATION)
    assert [record.medication_of(it)[0].text for it in record.medication_requests] == [
        "prednisone",
        "rituximab",
    ]
    assert record.medications["MedicationRequest/b#m"].code.text == "rituximab"
    assert [len(it.contained) for it in record.medication_requests] == [1, 1]


def test_ingredients_are_named_too_and_circles_end(read, order):
    combined = {
        "resourceType": "Medication",
        "id": "m",
        "code": {"text": "combination"},
        "ingredient": [
            {"itemCodeableConcept": {"text": "a"}},
            {"itemReference": {"reference": "Medication/n"}},
            {"itemReference": {"reference": "Medication/m"}},
        ],
    }
    part = {"resourceType": "Medication", "id": "n", "code": {"text": "b"}}
    record = read(order(medicationReference={"reference": "Medication/m"}), combined, part)
    assert words(record) == ["combination", "a", "b"]


def test_a_concept_needs_no_medication(read, order):
    assert words(read(order(medicationCodeableConcept={"text": "prednisone"}))) == ["prednisone"]


def test_a_drug_that_nothing_names_is_unknown_and_said(read, order):
    record = read(order(medicationReference={"reference": "Medication/elsewhere"}))
    assert words(record) == []
    assert [it.reference for it in record.issues] == ["MedicationRequest/r"]
    named = read(order(medicationReference={"reference": "Medication/elsewhere", "display": "prednisone"}))
    assert words(named) == ["prednisone"]


def test_a_damaged_medication_damages_what_refers_to_it(read, order):
    record = read(order(medicationReference={"reference": "Medication/m"}), {**MEDICATION, "code": 5})
    assert record.medication_requests[0].damaged == ("medicationReference",)


def test_a_medication_of_absurdly_many_parts_decides_nothing(read, order):
    many = {**MEDICATION, "ingredient": [{"itemCodeableConcept": {"text": "x"}}] * 101}
    record = read(order(medicationReference={"reference": "Medication/m"}), many)
    assert record.medication_requests[0].damaged == ("medicationReference",)


def test_a_medication_entered_in_error_names_no_drug(read, order):
    wrong = {**MEDICATION, "status": "entered-in-error"}
    assert words(read(order(medicationReference={"reference": "Medication/m"}), wrong)) == []


def test_reasons_and_studies_are_found(read, order, condition):
    study = {"resourceType": "ResearchStudy", "id": "s", "title": "a study"}
    subject = {
        "resourceType": "ResearchSubject",
        "individual": {"reference": "Patient/1"},
        "study": {"reference": "ResearchStudy/s"},
    }
    reason = {"reference": "https://ehr.example/fhir/Condition/c/_history/4"}
    record = read(order(reasonReference=[reason]), condition(code={"text": "SLE"}), study, subject)
    assert record.condition_of(record.medication_requests[0].reason_reference[0]).code.text == "SLE"
    assert record.study_of(record.research_subjects[0]).title == "a study"
