"""A hook call that is answered, for tests of who may make it."""

PATIENT = {"resourceType": "Patient", "id": "123", "gender": "female", "birthDate": "1990-01-01"}
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/123"},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "55464009"}]},
}


def call(**more):
    conditions = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": CONDITION}]}
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": "123"},
        "prefetch": {"patient": PATIENT, "conditions": conditions},
    } | more
