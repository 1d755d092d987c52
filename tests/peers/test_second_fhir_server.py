"""Another FHIR server than HAPI, with other habits: what is fetched from it gives the same cards.

It has the total on each page, pages by offset, and takes no notice of the search parameter ``patient`` of
ResearchSubject: it sends everyone's. Nobody else's record may then count, nor be read further.
"""

from __future__ import annotations

import re

import pytest
import requests
from charts_for_hapi import LONG, SLUGS, chart, prefetch_of, transaction

PATH = "cds-services/cart-trial-match"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
UNREAD = re.compile(r"\\n- [^\\]*(?:sent data of another patient|query failed at the EHR)[^\\]*?(?=\\n|\")")
FAILED = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


@pytest.fixture(scope="session")
def loaded(fhir_server):
    for slug in (*SLUGS, LONG):
        answer = requests.post(
            fhir_server,
            json=transaction(chart(slug)),
            headers={"Content-Type": "application/fhir+json"},
            timeout=60,
        )
        assert answer.status_code == 200, answer.text[:300]
    return fhir_server


def cards(service, patient_id, **members):
    body = {
        "hook": "patient-view",
        "hookInstance": "00000000-0000-4000-8000-000000000001",
        "context": {"userId": "Practitioner/test-clinician-one", "patientId": patient_id},
        **members,
    }
    answer = requests.post(f"{service}/{PATH}", json=body, timeout=60)
    assert answer.status_code == 200, answer.text[:500]
    return UUID.sub("uuid", answer.text)


@pytest.mark.parametrize("slug", [*SLUGS, LONG])
def test_fetched_is_as_good_as_prefetched(loaded, service, queries, slug):
    prefetch = prefetch_of(chart(slug), queries) | {"researchSubjects": FAILED}
    own, fetched = cards(service, slug, prefetch=prefetch), cards(service, slug, fhirServer=loaded)
    assert ("another patient (asked for ResearchSubject)" in fetched) == ("summary" in own)
    assert UNREAD.sub("", fetched) == UNREAD.sub("", own)


def test_a_patient_that_is_not_there_is_412(loaded, service):
    body = {
        "hook": "patient-view",
        "hookInstance": "00000000-0000-4000-8000-000000000001",
        "context": {"userId": "Practitioner/test-clinician-one", "patientId": "nobody"},
        "fhirServer": loaded,
    }
    assert requests.post(f"{service}/{PATH}", json=body, timeout=60).status_code == 412
