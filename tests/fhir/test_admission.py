import pytest

PERIOD_AFTER = {"start": "2026-11-02"}
PERIOD_ON = {"start": "2026-11-01", "end": "2026-12-01"}


@pytest.mark.parametrize(
    ("kind", "field", "after", "on_the_day"),
    [
        (
            "Observation",
            "observations",
            {"effectiveDateTime": "2026-11-02"},
            {"effectiveDateTime": "2026-11-01"},
        ),
        ("Observation", "observations", {"effectivePeriod": PERIOD_AFTER}, {"effectivePeriod": PERIOD_ON}),
        (
            "Observation",
            "observations",
            {"effectiveInstant": "2026-11-02T00:00:00Z"},
            {"effectiveInstant": "2026-11-01T23:59:59Z"},
        ),
        (
            "Observation",
            "observations",
            {"issued": "2026-11-02T00:00:00Z"},
            {"issued": "2026-11-01T00:00:00Z"},
        ),
        ("Observation", "observations", {"effectiveDateTime": "2026-12"}, {"effectiveDateTime": "2026-11"}),
        ("Observation", "observations", {"effectiveDateTime": "2027"}, {"effectiveDateTime": "2026"}),
        ("Condition", "conditions", {"onsetDateTime": "2026-11-02"}, {"onsetDateTime": "2026-11-01"}),
        ("Condition", "conditions", {"onsetPeriod": PERIOD_AFTER}, {"onsetPeriod": PERIOD_ON}),
        ("Condition", "conditions", {"recordedDate": "2026-11-02"}, {"recordedDate": "2026-11-01"}),
        (
            "MedicationRequest",
            "medication_requests",
            {"authoredOn": "2026-11-02"},
            {"authoredOn": "2026-11-01"},
        ),
        (
            "MedicationStatement",
            "medication_statements",
            {"effectivePeriod": PERIOD_AFTER},
            {"effectivePeriod": PERIOD_ON},
        ),
        (
            "MedicationAdministration",
            "medication_administrations",
            {"effectiveDateTime": "2026-11-02"},
            {"effectiveDateTime": "2026-11-01"},
        ),
        (
            "MedicationDispense",
            "medication_dispenses",
            {"whenHandedOver": "2026-11-02"},
            {"whenHandedOver": "2026-11-01"},
        ),
        ("Procedure", "procedures", {"performedDateTime": "2026-11-02"}, {"performedDateTime": "2026-11-01"}),
        ("Procedure", "procedures", {"performedPeriod": PERIOD_AFTER}, {"performedPeriod": PERIOD_ON}),
        (
            "DiagnosticReport",
            "reports",
            {"effectiveDateTime": "2026-11-02"},
            {"effectiveDateTime": "2026-11-01"},
        ),
    ],
)
def test_what_is_dated_after_the_evaluation_date_is_left_out(read, kind, field, after, on_the_day):
    subject = {"subject": {"reference": "Patient/1"}}
    medication = {"medicationCodeableConcept": {"text": "x"}} if kind.startswith("Medication") else {}
    late = {"resourceType": kind, "id": "late", **subject, **medication, **after}
    fine = {"resourceType": kind, "id": "fine", **subject, **medication, **on_the_day}
    record = read(late, fine)
    assert [it.reference for it in getattr(record, field)] == [f"{kind}/fine"]
    assert [(it.severity, it.reference) for it in record.issues] == [("warning", f"{kind}/late")]


def test_immunizations_and_allergies_too(read):
    patient = {"patient": {"reference": "Patient/1"}}
    record = read(
        {"resourceType": "Immunization", "id": "i", **patient, "occurrenceDateTime": "2026-11-02"},
        {"resourceType": "AllergyIntolerance", "id": "a", **patient, "onsetDateTime": "2026-11-02"},
    )
    assert record.immunizations == record.allergies == ()


def test_plans_may_lie_in_the_future(read):
    record = read(
        {
            "resourceType": "ServiceRequest",
            "subject": {"reference": "Patient/1"},
            "occurrenceDateTime": "2027",
        },
        {
            "resourceType": "Appointment",
            "start": "2027-01-01T10:00:00Z",
            "participant": [{"actor": {"reference": "Patient/1"}}],
        },
        {
            "resourceType": "ResearchSubject",
            "individual": {"reference": "Patient/1"},
            "period": {"start": "2027"},
        },
    )
    assert (len(record.service_requests), len(record.appointments), len(record.research_subjects)) == (
        1,
        1,
        1,
    )


def test_a_date_that_is_none_is_said_and_not_repeated(read, observation):
    record = read(observation(effectiveDateTime="2026-13-45"))
    assert len(record.observations) == 1
    assert [it.reference for it in record.issues] == ["Observation/o"]
    assert "2026-13" not in record.issues[0].text


VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"


@pytest.mark.parametrize(
    ("resource", "field"),
    [
        ({"resourceType": "Observation", "status": "entered-in-error"}, "observations"),
        ({"resourceType": "Observation", "status": " Entered-In-Error "}, "observations"),
        ({"resourceType": "Procedure", "status": "entered-in-error"}, "procedures"),
        (
            {
                "resourceType": "Condition",
                "verificationStatus": {"coding": [{"system": VERIFICATION, "code": "entered-in-error"}]},
            },
            "conditions",
        ),
        ({"resourceType": "Condition", "verificationStatus": {"text": "Entered in error"}}, "conditions"),
    ],
)
def test_entered_in_error_never_counts_and_needs_no_word(read, resource, field):
    record = read({**resource, "id": "x", "subject": {"reference": "Patient/1"}})
    assert getattr(record, field) == ()
    assert record.issues == ()
