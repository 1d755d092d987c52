"""A patient, a caller and tokens whose every word would be known again in a log: "zebra", and two numbers."""

import json
import re
from pathlib import Path

FIXTURES = Path(__file__).parents[2] / "fhir_fixtures"
PATIENT_ID = "zebra-id-4711"
BIRTH = "1949-03-07"
VALUE = "87654.321"
TOKEN = "zebra-token-0123456789abcdef0123456789abcdef"
EHR = "https://zebra-ehr.example.org/r4"
KNOWN = re.compile(f"zebra|{re.escape(BIRTH)}|{re.escape(VALUE)}", re.IGNORECASE)

HEADERS = {
    "User-Agent": "zebra-agent",
    "Referer": "https://zebra-ehr.example.org/Patient/zebra-id-4711",
    "X-Zebra": "zebra",
    "Cookie": "zebra=zebra",
}
"""What a caller may send along with anything."""


def charts():
    """Every synthetic patient and every hostile chart, with the canaries in it."""
    for file in sorted((FIXTURES / "patients").glob("*/bundle.json")):
        yield file.parent.name, json.dumps(_marked(json.loads(file.read_bytes()))).encode()
    for file in sorted((FIXTURES / "hostile").glob("*.json")):
        if file.name != "expected.json":
            yield file.stem, _marked_bytes(file.read_bytes())


def marked_chart(change=lambda bundle: None):
    """One of them, changed."""
    bundle = _marked(json.loads((FIXTURES / "patients/sle-woman-possible-match/bundle.json").read_bytes()))
    change(bundle)
    return json.dumps(bundle).encode()


def broken_charts():
    """Charts that are refused, or in which something cannot be used, with a canary in the very place."""

    def patient(**members):
        return lambda bundle: bundle["entry"][0]["resource"].update(members)

    yield marked_chart(patient(resourceType="Zebra"))
    yield marked_chart(patient(id={"zebra": PATIENT_ID}))
    yield marked_chart(patient(birthDate=f"zebra {BIRTH}"))
    yield marked_chart(patient(birthDate=[BIRTH]))
    yield marked_chart(patient(gender={"zebra": 1}))
    yield marked_chart(lambda bundle: bundle.update(type="zebra", resourceType="zebra"))
    yield marked_chart(lambda bundle: bundle.update({"zebra": "zebra", "entry": {"zebra": BIRTH}}))
    yield marked_chart(lambda bundle: bundle["entry"].append({"zebra": VALUE, "resource": "zebra"}))
    yield marked_chart()[:-20]
    yield b'{"zebra": zebra}'
    yield b'"zebra"'
    yield b"zebra \xff"
    yield b'["' + BIRTH.encode() + b'"]'


def hook_calls():
    """Hook calls with canaries in every member, right and wrong."""
    chart = json.loads(marked_chart())
    patient = chart["entry"][0]["resource"]
    prefetch = {"patient": patient, "conditions": chart | {"type": "searchset"}}
    right = {
        "hook": "patient-view",
        "hookInstance": "zebra-instance",
        "context": {"patientId": PATIENT_ID, "userId": "Practitioner/zebra", "encounterId": "zebra"},
        "prefetch": prefetch,
        "fhirServer": EHR,
        "fhirAuthorization": {
            "access_token": TOKEN,
            "token_type": "Bearer",
            "scope": "zebra",
            "subject": "zebra",
        },
        "zebra": "zebra",
    }
    yield right
    for wrong in (
        {"hook": "zebra"},
        {"hook": ["zebra"]},
        {"hookInstance": {"zebra": "zebra"}},
        {"context": "zebra"},
        {"context": {"patientId": "zebra id/4711"}},
        {"context": {"patientId": "another", "userId": "zebra", "encounterId": "zebra"}},
        {"prefetch": {"patient": patient}},
        {"prefetch": {"zebra": "zebra"}},
        {"prefetch": {"patient": "zebra", "conditions": "zebra"}},
        {
            "prefetch": {
                "patient": patient,
                "conditions": {"resourceType": "OperationOutcome", "zebra": VALUE},
            }
        },
        {"prefetch": None, "fhirServer": "zebra://zebra"},
        {"fhirAuthorization": {"access_token": "zebra\nzebra", "token_type": "zebra"}},
        {"fhirAuthorization": "zebra"},
    ):
        yield right | wrong


def feedback_calls():
    card = "00000000-0000-4000-8000-0000000000aa"
    right = {
        "card": card,
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-22T10:00:00Z",
        "overrideReason": {
            "reason": {"system": "https://zebra.example.org", "code": "zebra"},
            "userComment": f"Zebra Zebranelle, born {BIRTH}",
        },
    }
    yield right
    yield right | {"card": "zebra"}
    yield right | {"outcome": "zebra"}
    yield right | {"outcomeTimestamp": f"{BIRTH} zebra"}
    yield right | {"overrideReason": "zebra"}
    yield right | {"overrideReason": {"reason": {"zebra": VALUE}, "userComment": ["zebra"]}}


def _marked(bundle):
    text = json.dumps(bundle)
    resources = [entry["resource"] for entry in bundle["entry"]]
    patient = next(each for each in resources if each["resourceType"] == "Patient")
    marked = json.loads(
        text.replace(f'"{patient["id"]}"', f'"{PATIENT_ID}"').replace(
            f"Patient/{patient['id']}", f"Patient/{PATIENT_ID}"
        )
    )
    for entry in marked["entry"]:
        resource = entry["resource"]
        if resource["resourceType"] == "Patient":
            resource["name"] = [{"family": "Zebranelle", "given": ["Zebra"], "text": "Zebra Zebranelle"}]
            resource["birthDate"] = BIRTH
            resource["identifier"] = [{"value": "zebra-mrn"}]
        resource["text"] = {"status": "generated", "div": "<div>Zebra Zebranelle</div>"}
        if "valueQuantity" in resource:
            resource["note"] = [{"text": f"zebra {VALUE}"}]
    marked["entry"].append(
        {
            "resource": {
                "resourceType": "Observation",
                "id": "zebra-value",
                "status": "final",
                "subject": {"reference": f"Patient/{PATIENT_ID}"},
                "code": {"coding": [{"system": "http://loinc.org", "code": "777-3", "display": "zebra"}]},
                "effectiveDateTime": BIRTH,
                "valueQuantity": {"value": float(VALUE), "unit": "zebra", "code": "zebra"},
            }
        }
    )
    return marked


def _marked_bytes(body):
    """As far as a broken chart lets it be marked."""
    try:
        return json.dumps(_marked(json.loads(body))).encode()
    except (ValueError, KeyError, TypeError, StopIteration, AttributeError, RecursionError):
        return body.replace(b'"Patient/', b'"Patient/zebra').replace(b'"birthDate"', b'"zebra"')
