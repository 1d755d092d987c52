import json
from datetime import date

import pytest

from cds_service.fhir.decode import read_bundle

AS_OF = date(2026, 11, 1)
PATIENT = {"resourceType": "Patient", "id": "1", "gender": "female", "birthDate": "1990-01-01"}


def as_bundle(*resources, kind="collection", **more):
    """A Bundle of resources; what already looks like an entry stays one."""
    entries = [it if it is None or "resource" in it else {"resource": it} for it in resources]
    return json.dumps({"resourceType": "Bundle", "type": kind, "entry": entries, **more}).encode()


@pytest.fixture
def read():
    """Read the patient and these resources (or entries) on 2026-11-01."""

    def read(*resources, patient=PATIENT, kind="collection", **more):
        people = () if patient is None else (patient,)
        return read_bundle(as_bundle(*people, *resources, kind=kind, **more), AS_OF)

    return read


@pytest.fixture
def observation():
    """A final Observation of Patient/1, changed as asked; None takes an element away."""

    def observation(id="o", **changes):
        whole = {
            "resourceType": "Observation",
            "id": id,
            "status": "final",
            "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]},
            "subject": {"reference": "Patient/1"},
            "effectiveDateTime": "2026-10-20",
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not None}

    return observation


@pytest.fixture
def condition():
    def condition(id="c", **changes):
        return {"resourceType": "Condition", "id": id, "subject": {"reference": "Patient/1"}, **changes}

    return condition
