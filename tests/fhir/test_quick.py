"""The usual answer to a search, decoded in one go, gives the same record as the careful way."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import fields
from datetime import date
from pathlib import Path

import msgspec
import pytest

from cds_service.errors import CartCdsError
from cds_service.fhir import prefetch as prefetch_module
from cds_service.fhir import quick
from cds_service.fhir.prefetch import read_prefetch
from cds_service.fhir.quick import searchset
from cds_service.fhir.resources import Observation

REQUESTS = Path(__file__).parents[2] / "fhir_fixtures" / "requests"
FULL = json.loads((REQUESTS / "patient-view-full-prefetch.json").read_bytes())["prefetch"]
AS_OF = date(2026, 11, 20)
KINDS = {
    "patient": ("Patient",),
    "conditions": ("Condition",),
    "observations": ("Observation",),
    "medicationRequests": ("MedicationRequest",),
    "medicationStatements": ("MedicationStatement",),
    "medicationAdministrations": ("MedicationAdministration",),
    "procedures": ("Procedure",),
    "immunizations": ("Immunization",),
    "allergies": ("AllergyIntolerance",),
    "diagnosticReports": ("DiagnosticReport",),
    "serviceRequests": ("ServiceRequest",),
}


def read(prefetch, monkeypatch, *, quickly: bool, sharing_from: int = 0):
    """The record, or in what words it is refused."""
    raws = {
        key: msgspec.Raw(value if isinstance(value, bytes) else json.dumps(value).encode())
        for key, value in prefetch.items()
    }
    with monkeypatch.context() as patched:
        patched.setattr(quick, "LONG", sharing_from)
        if not quickly:
            patched.setattr(prefetch_module, "open_searchset", lambda *_: None)
        try:
            record = read_prefetch(raws, KINDS, "patient", AS_OF)
        except CartCdsError as error:
            return repr(error)
    return {each.name: getattr(record, each.name) for each in fields(record)}


def same(prefetch, monkeypatch):
    """Whether it is read alike in all three ways."""
    with_care = read(prefetch, monkeypatch, quickly=False)
    return all(
        read(prefetch, monkeypatch, quickly=True, sharing_from=size) == with_care for size in (0, 10**9)
    )


def test_the_whole_prefetch(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "cds_service.fhir.envelope.searchset", lambda raw, kind: seen.append(searchset(raw, kind)) or seen[-1]
    )
    assert same(FULL, monkeypatch)
    assert sum(each is not None for each in seen) >= 8


RESULT = (
    b'"id":"o","status":"final","subject":{"reference":"Patient/patient"},"effectiveDateTime":"2026-11-01",'
    b'"code":{"coding":[{"system":"http://loinc.org","code":"777-3"}]},"valueQuantity":{"value":4}'
)


@pytest.mark.parametrize(
    "entry",
    [
        b'{"resource":{"resourceTyp\\u0065":"Observation",%s}}',
        b'{"resource":{"resourceType":"Observ\\u0061tion",%s}}',
        b'{"resource":{"resourceType":"Patient","resourceType":"Observation",%s}}',
        b'{"resource":{"resourceType":"Observation",%s,"resourceType":"Observation"}}',
        b'{"resource":{"resourceType":"Patient"},"resource":{"resourceType":"Observation",%s}}',
        b'{"resource":{"resourceType":"Observation",%s,"code":{"text":"resourceType"}}}',
        b'{"resource":{"resourceType":"Observation",%s,"code":{"text":5},"code":{"text":"last"}}}',
        b'{"resource":{"resourceType":"Observation",%s,"code":{"text":"last"},"code":{"text":5}}}',
        b'{"resource":{"resourceType":"Observation",%s,"code":null}}',
        b'{"resource":{"resourceType":"Observation",%s,"interpretation":null}}',
        b'{"resource":{"resourceType":"Observation",%s,"contained":[{"resourceType":"Patient","id":"p"}]}}',
    ],
)
def test_one_entry_written_in_a_strange_way(entry, monkeypatch):
    usual = b'{"resource":{"resourceType":"Observation",%s}}' % RESULT.replace(b'"o"', b'"p"')
    odd = entry % RESULT
    for entries in (odd, odd + b"," + usual, usual + b"," + odd):
        bundle = b'{"resourceType":"Bundle","type":"searchset","entry":[' + entries + b"]}"
        assert same(FULL | {"observations": bundle}, monkeypatch)


def test_resources_that_say_the_same_share_it_and_others_do_not(monkeypatch):
    monkeypatch.setattr(quick, "LONG", 0)
    made = [{"resourceType": "Observation", "code": {"text": text}} for text in ("A", "A", "B", "A")]
    made[2]["category"] = [{"text": "C"}]
    raw = json.dumps({"resourceType": "Bundle", "entry": [{"resource": each} for each in made]}).encode()
    first, second, other, last = searchset(raw, "Observation").resources
    assert first.code is second.code is last.code
    assert [each.code.text for each in (first, other, last)] == ["A", "B", "A"]
    assert [len(each.category) for each in (first, other, last)] == [0, 1, 0]
    assert {type(each) for each in (first, other)} == {Observation}


CONTAINED = {"contained": [{"resourceType": "Patient", "id": "p"}], "subject": {"reference": "#p"}}
ODD = {
    "another patient": {"subject": {"reference": "Patient/other"}},
    "nobody": {"subject": None},
    "a contained patient": CONTAINED,
    "another contained patient": {
        **CONTAINED,
        "contained": [{**CONTAINED["contained"][0], "gender": "male"}],
    },
    "another type": {"resourceType": "Condition"},
    "no type": {"resourceType": None},
    "a status that withdraws it": {"status": "entered-in-error"},
    "a damaged element": {"valueQuantity": {"value": "much"}},
    "a number of no size": {"valueQuantity": {"value": "NaN"}},
    "a modifier": {"modifierExtension": [{"url": "urn:x"}]},
    "what only the service may set": {"$damaged": ["status"], "$reference": "Patient/x"},
    "a future date": {"effectiveDateTime": "2027-01-01"},
    "no date": {"effectiveDateTime": "soon"},
    "a number as id": {"id": 5},
    "half a letter": {"note": [{"text": "\ud800"}], "code": {"text": "\ud800"}},
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("place", [0, -1])
def test_one_odd_result_among_the_usual(odd, place, monkeypatch):
    changed = copy.deepcopy(FULL)
    changed["observations"]["entry"][place]["resource"].update(ODD[odd])
    assert same(changed, monkeypatch)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        {},
        5,
        {"resource": None},
        {"resource": {}},
        {"fullUrl": 5, "resource": {"resourceType": "Observation", "id": "x"}},
        {"resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "error"}]}},
        {"resource": {"resourceType": "Patient", "id": "other"}},
        {"resource": {"resourceType": "Bundle", "entry": []}},
        {"request": {"method": "DELETE", "url": "Observation/observation-1"}},
        {"response": {"status": "404"}},
    ],
    ids=str,
)
def test_one_odd_entry_among_the_usual(entry, monkeypatch):
    changed = copy.deepcopy(FULL)
    changed["observations"]["entry"].insert(1, entry)
    assert same(changed, monkeypatch)


@pytest.mark.parametrize(
    "of_the_bundle",
    [
        {"total": 9999},
        {"total": "many"},
        {"link": [{"relation": "next", "url": "x"}]},
        {"link": [{"relation": "self", "url": "https://ehr/Condition?patient=1"}]},
        {"link": 5},
        {"type": 5},
        {"type": None},
        {"entry": None},
        {"entry": []},
        {"entry": {}},
        {"resourceType": "Observation"},
        {"resourceType": None},
    ],
    ids=str,
)
def test_what_a_bundle_says_of_itself(of_the_bundle, monkeypatch):
    changed = copy.deepcopy(FULL)
    changed["observations"].update(of_the_bundle)
    assert same(changed, monkeypatch)


@pytest.mark.parametrize(
    "contained",
    [
        {"resourceType": "Medication", "id": "d", "code": {"text": "prednisone"}},
        {"resourceType": "Medication", "id": "d", "modifierExtension": [{"url": "urn:x"}]},
        {"resourceType": "Patient", "id": "d", "gender": "male"},
        {"resourceType": "Patient", "id": "d", "status": 5},
    ],
    ids=str,
)
def test_what_an_order_contains(contained, monkeypatch):
    changed = copy.deepcopy(FULL)
    order = changed["medicationRequests"]["entry"][0]["resource"]
    del order["medicationCodeableConcept"]
    order |= {"contained": [contained], "medicationReference": {"reference": "#d"}}
    assert same(changed, monkeypatch)


def test_copies_with_and_without_their_versions(monkeypatch):
    rng = random.Random(5)
    for meta in ({}, {"lastUpdated": "2026-10-31T00:00:00Z"}, {"versionId": "2"}):
        changed = copy.deepcopy(FULL)
        entries = changed["observations"]["entry"]
        again = copy.deepcopy(rng.choice(entries))
        again["resource"] |= {"status": "amended", "meta": meta}
        entries += [again, copy.deepcopy(entries[0])]
        assert same(changed, monkeypatch)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","resourceType":"Observation"}}]}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceTyp\\u0065":"Patient","resourceType":"Observation"}}]}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"},"resource":{}}]}',
        b'{"resourceType":"Patient","entry":[],"resourceType":"Bundle"}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","code":[]}}]}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","category":null}}]}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"}}]} x',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation"}}',
        b'{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Observation","id":"\xff"}}]}',
    ],
)
@pytest.mark.parametrize("sharing_from", [0, 10**9])
def test_what_is_written_in_a_strange_way_is_read_with_care(raw, sharing_from, monkeypatch):
    monkeypatch.setattr(quick, "LONG", sharing_from)
    assert searchset(raw, "Observation") is None
