"""Bodies for the hook, as an EHR sends them."""

PATIENT = {"resourceType": "Patient", "id": "123", "gender": "female", "birthDate": "1990-01-01"}
CONDITION = {
    "resourceType": "Condition",
    "id": "c1",
    "subject": {"reference": "Patient/123"},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "55464009"}]},
}


def searchset(*resources):
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources]}


def bundle(*resources):
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": r} for r in resources]}


def call(**more):
    body = {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/example", "patientId": "123"},
        "prefetch": {"patient": PATIENT, "conditions": searchset(CONDITION)},
    } | more
    return {name: value for name, value in body.items() if value is not ...}
