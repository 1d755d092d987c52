import json

import pytest

from cds_service.errors import BadRequest, NotFhir
from cds_service.fhir.validate import validate_bundle


def faults(*resources, **more):
    entries = [{"resource": one} for one in resources]
    body = {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}
    return [issue.text for issue in validate_bundle(json.dumps(body).encode())]


GOOD = {"resourceType": "Observation", "status": "final", "code": {"text": "x"}}


def test_a_valid_bundle_has_no_faults():
    assert faults(GOOD, {"resourceType": "Patient", "birthDate": "1990"}) == []


@pytest.mark.parametrize(
    ("resource", "fault"),
    [
        ({"resourceType": "Observation", "status": "final"}, "Bundle.entry[1].resource.code is required"),
        (
            {**GOOD, "code": {"coding": [{"code": 5}]}},
            "Bundle.entry[1].resource.code.coding[0].code has to be text",
        ),
        ({**GOOD, "platelets": 5}, "Bundle.entry[1].resource.platelets is no element"),
        ({**GOOD, "Test Lupus-One": 5}, "Bundle.entry[1].resource.? is no element"),
        ({"resourceType": "Nonsense"}, "Bundle.entry[1].resource.resourceType is not the name"),
        ({"resourceType": 5}, "Bundle.entry[1].resource has no resourceType"),
        (5, "Bundle.entry[1].resource has no resourceType"),
        (
            {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": {}}]},
            "entry[0].resource has no",
        ),
    ],
)
def test_each_fault_is_named_by_its_path(resource, fault):
    said = faults(GOOD, resource)
    assert len(said) == 1
    assert fault in said[0]


def test_one_bad_entry_hides_no_other():
    bad = {"resourceType": "Observation", "status": "final"}
    assert [text.split(".resource")[0] for text in faults(bad, GOOD, bad)] == [
        "Bundle.entry[0]",
        "Bundle.entry[2]",
    ]


def test_nothing_that_was_sent_is_repeated():
    secret = {
        **GOOD,
        "status": "se cret ",
        "effectiveDateTime": "secret",
        "valueQuantity": {"value": "secret"},
    }
    said = faults({**secret, "subject": ["secret"], "secret value": 1}, {"resourceType": "secret"})
    assert said
    assert "secret" not in " ".join(said)
    assert "se cret" not in " ".join(said)


def test_the_envelope_is_checked_too():
    assert any(
        "Bundle.entry[1] is not an object" in text for text in faults(GOOD, entry=[{"resource": GOOD}, 5])
    )
    assert faults(type=5)


def test_what_is_no_bundle_is_refused():
    with pytest.raises(NotFhir):
        validate_bundle(b'{"resourceType": "Patient"}')
    with pytest.raises(BadRequest):
        validate_bundle(b"{")
