import pytest

PATIENT = {
    "resourceType": "Patient",
    "id": "1",
    "birthDate": "1990-01-01",
    "gender": "female",
    "identifier": [{"system": "urn:mrn", "value": "A1"}],
}
URN = "urn:uuid:0e4c1c3f-6cb0-4d2a-9f7e-aaaaaaaaaaaa"
OURS, TRUSTED, LEFT_OUT = "ours", "information", "warning"


def contained(**patient):
    return [{"resourceType": "Patient", "id": "p", **patient}]


@pytest.mark.parametrize(
    ("subject", "outcome"),
    [
        ({"reference": "Patient/1"}, OURS),
        ({"reference": "Patient/1/_history/2"}, OURS),
        ({"reference": " Patient/1 "}, OURS),
        ({"reference": "https://ehr.example/fhir/Patient/1"}, OURS),
        ({"reference": "https://ehr.example/fhir/Patient/1/_history/3"}, OURS),
        ({"reference": URN}, OURS),
        ({"reference": URN.upper().replace("URN:UUID", "urn:uuid")}, OURS),
        ({"reference": "Patient?identifier=urn:mrn|A1"}, OURS),
        ({"reference": "Patient?identifier=urn%3Amrn%7CA1"}, OURS),
        ({"reference": "Patient?identifier=A1"}, OURS),
        ({"reference": "Patient?identifier=urn:mrn|B2"}, LEFT_OUT),
        ({"reference": "Patient?identifier=B2"}, LEFT_OUT),
        ({"reference": "Patient?identifier=urn:other|B2"}, TRUSTED),
        ({"reference": "Patient?name=x"}, TRUSTED),
        ({"identifier": {"system": "urn:mrn", "value": "A1"}}, OURS),
        ({"identifier": {"system": "urn:mrn", "value": "B2"}}, LEFT_OUT),
        ({"identifier": {"system": "urn:other", "value": "B2"}}, TRUSTED),
        ({"type": "Group", "identifier": {"value": "A1"}}, LEFT_OUT),
        ({"display": "Test Lupus-One"}, TRUSTED),
        (None, TRUSTED),
        ({"reference": "Patient/2"}, LEFT_OUT),
        ({"reference": "Patient/11"}, LEFT_OUT),
        ({"reference": "https://ehr.example/fhir/Patient/2"}, LEFT_OUT),
        ({"reference": "urn:uuid:0e4c1c3f-6cb0-4d2a-9f7e-bbbbbbbbbbbb"}, LEFT_OUT),
        ({"reference": "Group/1"}, LEFT_OUT),
        ({"reference": "Device/1"}, LEFT_OUT),
        ({"reference": "RelatedPerson/1"}, LEFT_OUT),
        ({"reference": "1"}, LEFT_OUT),
    ],
)
def test_whose_is_it(read, observation, subject, outcome):
    record = read(observation(subject=subject), patient={"fullUrl": URN, "resource": PATIENT})
    assert len(record.observations) == (outcome != LEFT_OUT)
    assert [(it.severity, it.reference) for it in record.issues] == (
        [] if outcome == OURS else [(outcome, "Observation/o")]
    )


@pytest.mark.parametrize(
    ("inside", "outcome"),
    [
        (contained(identifier=[{"system": "urn:mrn", "value": "A1"}]), OURS),
        (contained(identifier=[{"system": "urn:mrn", "value": "B2"}]), LEFT_OUT),
        (contained(birthDate="1990-01-01"), TRUSTED),
        (contained(birthDate="1950-01-01"), LEFT_OUT),
        (contained(gender="male"), LEFT_OUT),
        ([{"resourceType": "Group", "id": "p"}], LEFT_OUT),
        (None, LEFT_OUT),
    ],
)
def test_a_contained_patient(read, observation, inside, outcome):
    record = read(observation(subject={"reference": "#p"}, contained=inside), patient=PATIENT)
    assert len(record.observations) == (outcome != LEFT_OUT)
    assert [it.severity for it in record.issues] == ([] if outcome == OURS else [outcome])


@pytest.mark.parametrize(
    ("base", "kept"), [("http://ehr.example/fhir", 1), ("https://other.example/fhir", 0)]
)
def test_the_same_id_on_another_server_is_another_patient(read, observation, base, kept):
    patient = {"fullUrl": "https://ehr.example/fhir/Patient/1", "resource": PATIENT}
    record = read(observation(subject={"reference": f"{base}/Patient/1"}), patient=patient)
    assert len(record.observations) == kept


def test_left_out_types_do_not_count_as_answered(read, observation):
    record = read(observation(subject={"reference": "Patient/2"}))
    assert "Observation" not in record.asked


@pytest.mark.parametrize(("focus", "kept"), [("Patient/1", 1), ("Patient/2", 0), ("RelatedPerson/donor", 0)])
def test_a_result_about_someone_else_is_left_out(read, observation, focus, kept):
    assert len(read(observation(focus=[{"reference": focus}])).observations) == kept


@pytest.mark.parametrize(
    ("actors", "kept"),
    [(["Practitioner/1", "Patient/1"], 1), (["Patient/2"], 0), (["Practitioner/1"], 1), ([], 1)],
)
def test_an_appointment_is_its_participants(read, actors, kept):
    participants = [{"actor": {"reference": actor}} for actor in actors]
    record = read({"resourceType": "Appointment", "id": "a", "status": "booked", "participant": participants})
    assert len(record.appointments) == kept


@pytest.mark.parametrize(
    ("kind", "element", "field"),
    [
        ("Immunization", "patient", "immunizations"),
        ("AllergyIntolerance", "patient", "allergies"),
        ("ResearchSubject", "individual", "research_subjects"),
        ("Procedure", "subject", "procedures"),
        ("ServiceRequest", "subject", "service_requests"),
        ("DiagnosticReport", "subject", "reports"),
    ],
)
def test_each_type_names_its_patient_in_its_own_element(read, kind, element, field):
    mine = {"resourceType": kind, "id": "m", element: {"reference": "Patient/1"}}
    theirs = {"resourceType": kind, "id": "t", element: {"reference": "Patient/2"}}
    record = read(mine, theirs)
    assert [it.reference for it in getattr(record, field)] == [f"{kind}/m"]
    assert [(it.severity, it.reference) for it in record.issues] == [("warning", f"{kind}/t")]
