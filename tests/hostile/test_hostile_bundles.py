"""Bundles made to cost time, to hide something, or to get chart values into an error."""

import json
import time
from datetime import date

import pytest

from cds_service.errors import BadRequest, CartCdsError, TooLarge
from cds_service.fhir.decode import read_bundle
from cds_service.fhir.scan import MOST_ENTRIES

AS_OF = date(2026, 11, 1)
PATIENT = {"resourceType": "Patient", "id": "1", "birthDate": "1990-01-01"}


def bundle(resources, patient=PATIENT):
    entries = [{"resource": one} for one in (patient, *resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def observation(number, **changes):
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "status": "final",
        "subject": {"reference": "Patient/1"},
        "valueQuantity": {"value": 12.5, "unit": "g/dL"},
        **changes,
    }


@pytest.fixture
def in_seconds():
    """Read a body, and fail where it takes longer; generous, because the machine may be busy."""

    def in_seconds(body, seconds=10):
        started = time.perf_counter()
        try:
            return read_bundle(body, AS_OF)
        except CartCdsError as error:
            return error
        finally:
            assert time.perf_counter() - started < seconds

    return in_seconds


def test_a_hundred_thousand_entries_are_read_and_one_more_refused(in_seconds):
    record = in_seconds(bundle(observation(number) for number in range(MOST_ENTRIES - 1)))
    assert len(record.observations) == MOST_ENTRIES - 1
    assert isinstance(in_seconds(bundle([observation(1)] * MOST_ENTRIES)), TooLarge)


def test_entries_of_nested_bundles_count_too(in_seconds):
    inner = {"resourceType": "Bundle", "entry": [{}] * 60_000}
    assert isinstance(in_seconds(bundle([inner, inner])), TooLarge)


PART = {"itemReference": {"reference": "Medication/m"}}
CONTAINED = [{"resourceType": "Patient", "id": f"p{number}"} for number in range(20_000)]


@pytest.mark.parametrize(
    "body",
    [
        bundle(observation(1, issued=str(number)) for number in range(20_000)),
        bundle(
            observation(number, status=5, component=[{"valueQuantity": 5}] * 5) for number in range(20_000)
        ),
        bundle([observation(1, component=[{"valueQuantity": 5}] * 100_000)]),
        bundle(
            [
                {
                    "resourceType": "Appointment",
                    "contained": CONTAINED,
                    "participant": [{"actor": {"reference": f"#p{number}"}} for number in range(20_000)],
                }
            ]
        ),
        bundle(
            [
                observation(number, subject={"reference": f"Patient?identifier={number}"})
                for number in range(20_000)
            ],
            {**PATIENT, "identifier": [{"value": str(number)} for number in range(20_000)]},
        ),
        bundle([{"resourceType": "Medication", "id": "m", "ingredient": [PART] * 50_000}]),
        bundle([observation(1, subject={"reference": "Aa/" * 1_000_000})]),
        b'{"a":[[[' + b'\\"' * 5_000_000,
        b"[" * 5_000_000,
        b"[" + b"[]" * 5_000_000,
        b'{"x":' + (b"[" * 99 + b"]" * 99 + b",") * 20_000,
    ],
    ids=[
        "copies",
        "damaged",
        "one-long",
        "contained",
        "identifiers",
        "ingredients",
        "slashes",
        "quotes",
        "open",
        "pairs",
        "deep-and-wide",
    ],
)
def test_nothing_costs_more_than_its_length(in_seconds, body):
    in_seconds(body)


def test_a_thousand_remarks_are_enough():
    record = read_bundle(bundle(observation(number, status=5) for number in range(1500)), AS_OF)
    assert len(record.issues) == 1001
    assert record.issues[-1].text == "There are 500 more remarks like these."


SECRET = "Zebra-Secret-77"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": {SECRET: 1}},
        {"effectiveDateTime": SECRET},
        {"code": SECRET},
        {"code": {"coding": [{"code": [SECRET]}]}},
        {"valueQuantity": {"value": SECRET}},
        {"subject": {"reference": SECRET}},
        {"subject": {"reference": f"Patient/{SECRET}"}},
        {"subject": {"display": SECRET}},
        {"modifierExtension": [{"url": SECRET}]},
        {"id": f"{SECRET} "},
        {"component": {SECRET: [SECRET]}},
    ],
)
def test_no_chart_value_reaches_an_issue(changes):
    record = read_bundle(bundle([observation(1, **changes)]), AS_OF)
    assert SECRET not in repr(record.issues)


@pytest.mark.parametrize(
    "body",
    [
        SECRET.encode(),
        b'{"resourceType": "' + SECRET.replace("-", "").encode() + b'"}',
        bundle([{**PATIENT, "id": SECRET}]),
        b'{"resourceType": "Bundle", "entry": "' + SECRET.encode() + b'"}',
        b'{"resourceType": "Bundle", "' + SECRET.encode() + b'": tru}',
    ],
)
def test_no_chart_value_reaches_an_error(body):
    with pytest.raises(BadRequest) as refused:
        read_bundle(body, AS_OF)
    assert SECRET.replace("-", "") not in str(refused.value).replace("-", "")


def test_the_last_of_duplicate_keys_decides_and_nothing_breaks():
    text = bundle([observation(1)]).decode().replace('"status": "final"', '"status": 5, "status": "final"')
    record = read_bundle(text.encode(), AS_OF)
    assert record.observations[0].status == "final"
