"""The running service with HAPI as the EHR's server: the cards are the same whoever fetches the chart."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path

import pytest
import requests
from charts_for_hapi import AS_OF, LONG, SLUGS, chart, prefetch_of, transaction
from conftest import load
from werkzeug.serving import make_server

from cds_service.hooks.discovery import SERVICE_ID
from cds_service.settings import Settings
from cds_service.web.app import create_app

SYNTHEA = Path(__file__).parents[2] / "fhir_fixtures" / "synthea" / "bundle.json"
TOKEN = "{{context.patientId}}"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

of_each_patient = pytest.mark.parametrize("slug", [*SLUGS, LONG])


@pytest.fixture(scope="session")
def service(hapi, matcher, tmp_path_factory):
    """The service on a port of its own, on the day of the synthetic charts."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("data"), max_cards=10, fhir_bases=(hapi,))
    app = create_app(settings, matcher=matcher, today=lambda: AS_OF)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()


def call(service, patient_id, **members):
    """The cards, with each UUID written the same."""
    body = {
        "hook": "patient-view",
        "hookInstance": "00000000-0000-4000-8000-000000000001",
        "context": {"userId": "Practitioner/test-clinician-one", "patientId": patient_id},
        **members,
    }
    answer = requests.post(f"{service}/cds-services/{SERVICE_ID}", json=body, timeout=60)
    assert answer.status_code == 200, answer.text[:500]
    return json.loads(UUID.sub("uuid", answer.text))["cards"]


def access(base, patient_id):
    """HAPI does not look at the token."""
    authorization = {
        "access_token": "a-token-for-tests",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "cart-cds",
        "patient": patient_id,
    }
    return {"fhirServer": base, "fhirAuthorization": authorization}


def as_a_client_fetches(base, templates, patient_id):
    """The first page of each query, as an EHR or the public sandbox sends it."""
    prefetch = {}
    for key, template in templates.items():
        url = f"{base}/{template.replace(TOKEN, patient_id)}"
        prefetch[key] = requests.get(url, headers={"Cache-Control": "no-cache"}, timeout=60).json()
    return prefetch


@of_each_patient
def test_prefetched_from_hapi_or_from_the_chart(hapi, service, queries, slug):
    if slug == LONG:
        pytest.skip("its first pages are not the whole chart")
    own = call(service, slug, prefetch=prefetch_of(chart(slug), queries))
    assert call(service, slug, prefetch=as_a_client_fetches(hapi, queries, slug)) == own


def test_the_charts_bring_cards(hapi, service, queries):
    """Else sameness would mean little."""
    cards = [call(service, slug, prefetch=prefetch_of(chart(slug), queries)) for slug in SLUGS]
    assert sum(map(len, cards)) >= 10


@of_each_patient
def test_fetched_is_as_good_as_prefetched(hapi, service, queries, slug):
    own = call(service, slug, prefetch=prefetch_of(chart(slug), queries))
    assert call(service, slug, **access(hapi, slug)) == own


def test_what_the_prefetch_lacks_is_fetched(hapi, service, queries):
    slug = SLUGS[0]
    whole = prefetch_of(chart(slug), queries)
    part = {key: whole[key] for key in ("patient", "conditions")}
    assert call(service, slug, prefetch=part, **access(hapi, slug)) == call(service, slug, prefetch=whole)


def test_pages_that_the_client_left_are_fetched(hapi, service, queries):
    first_pages = as_a_client_fetches(hapi, queries, LONG)
    own = call(service, LONG, prefetch=prefetch_of(chart(LONG), queries))
    assert call(service, LONG, prefetch=first_pages, **access(hapi, LONG)) == own


def test_a_result_of_this_minute_is_seen(hapi, service, queries):
    """HAPI would answer a repeated search from its cache."""
    slug = "sle-platelets-20"
    before = call(service, slug, **access(hapi, slug))
    resources = chart(slug)
    newer = next(each for each in resources if _is_platelets(each)) | {
        "id": f"{slug}.newer",
        "effectiveDateTime": f"{AS_OF}T07:00:00+08:00",
    }
    newer["valueQuantity"] = newer["valueQuantity"] | {"value": 180}
    load(transaction([newer]))
    try:
        after = call(service, slug, **access(hapi, slug))
        assert after != before
        assert after == call(service, slug, prefetch=prefetch_of([*resources, newer], queries))
    finally:
        requests.delete(f"{hapi}/Observation/{newer['id']}", timeout=60)


def test_a_synthea_chart_that_the_server_gave_ids_of_its_own(hapi, service, queries):
    """A transaction with urn:uuid references, as Synthea writes it; lupus is added, or no card would come."""
    bundle = json.loads(SYNTHEA.read_text("utf-8"))
    patient = next(each for each in bundle["entry"] if each["resource"]["resourceType"] == "Patient")
    like = next(each for each in bundle["entry"] if each["resource"]["resourceType"] == "Condition")
    lupus = {
        "system": "http://snomed.info/sct",
        "code": "55464009",
        "display": "Systemic lupus erythematosus",
    }
    condition = like["resource"] | {"id": "lupus", "code": {"coding": [lupus]}}
    condition.pop("abatementDateTime", None)
    codes = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    condition["clinicalStatus"] = {"coding": [{"system": codes, "code": "active"}]}
    bundle["entry"].append({**like, "fullUrl": "urn:uuid:lupus", "resource": condition})
    answers = load(bundle)["entry"]
    new_id = answers[bundle["entry"].index(patient)]["response"]["location"].split("/")[1]
    fetched = call(service, new_id, **access(hapi, new_id))
    assert len(fetched) >= 2
    assert "| satisfied |" in fetched[0]["detail"]
    assert fetched == call(service, new_id, prefetch=whole_prefetch(hapi, queries, new_id))


def whole_prefetch(base, templates, patient_id):
    """Every page of each query."""
    prefetch = as_a_client_fetches(base, templates, patient_id)
    for page in prefetch.values():
        while link := next((each for each in page.get("link", ()) if each["relation"] == "next"), None):
            further = requests.get(link["url"], timeout=60).json()
            page["entry"] = page.get("entry", []) + further.get("entry", [])
            page["link"] = further["link"]
    return prefetch


def _is_platelets(resource):
    codings = resource.get("code", {}).get("coding", ()) if resource["resourceType"] == "Observation" else ()
    return any(each["code"] == "777-3" for each in codings)


def test_a_patient_that_hapi_does_not_know_is_412(hapi, service):
    body = {
        "hook": "patient-view",
        "hookInstance": "00000000-0000-4000-8000-000000000001",
        "context": {"userId": "Practitioner/test-clinician-one", "patientId": "nobody"},
        **access(hapi, "nobody"),
    }
    answer = requests.post(f"{service}/cds-services/{SERVICE_ID}", json=body, timeout=60)
    assert answer.status_code == 412
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_the_long_chart_within_the_deadline(hapi, service):
    begun = time.monotonic()
    assert call(service, LONG, **access(hapi, LONG))
    assert time.monotonic() - begun < 2.3 + 1  # the default deadline, its grace, and a busy machine
