"""The prefetch templates as HAPI answers them, and where HAPI is its own."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest
import requests
from charts_for_hapi import LONG, SLUGS, chart, prefetch_of, transaction

from cds_service.fetching.queries import next_page

TOKEN = "{{context.patientId}}"
USUAL_PAGE = 20
LARGEST_PAGE = 50
PATIENT_IN = ("subject", "patient", "individual")

of_each_patient = pytest.mark.parametrize("slug", [*SLUGS, LONG])


def get(url, **headers):
    answer = requests.get(url, headers={"Accept": "application/fhir+json", **headers}, timeout=60)
    assert answer.status_code == 200, answer.text[:300]
    return answer


def pages(url):
    while url:
        page = get(url, **{"Cache-Control": "no-cache"}).json()
        yield page
        url = next((each["url"] for each in page["link"] if each["relation"] == "next"), None)


def resources(url):
    return [entry["resource"] for page in pages(url) for entry in page.get("entry", ())]


@of_each_patient
def test_each_query_gives_what_the_chart_holds_and_that_patients_alone(hapi, queries, slug):
    expected = prefetch_of(chart(slug), queries)
    patient = get(f"{hapi}/{queries['patient'].replace(TOKEN, slug)}").json()
    assert (patient["resourceType"], patient["id"]) == ("Patient", slug)
    for key, template in queries.items():
        if key == "patient":
            continue
        found = resources(f"{hapi}/{template.replace(TOKEN, slug)}")
        named = {each[name]["reference"] for each in found for name in PATIENT_IN if name in each}
        assert named <= {f"Patient/{slug}"}, key
        wanted = sorted(entry["resource"]["id"] for entry in expected[key]["entry"])
        assert sorted(each["id"] for each in found) == wanted, key


def test_both_spellings_of_the_patient_are_understood(hapi, queries):
    for template in queries.values():
        bare = f"{hapi}/{template.replace(TOKEN, SLUGS[0])}"
        typed = bare.replace("patient=", "patient=Patient/")
        if typed != bare:
            assert [each["id"] for each in resources(bare)] == [each["id"] for each in resources(typed)]


@of_each_patient
def test_the_newest_result_comes_first(hapi, queries, slug):
    for key, template in queries.items():
        if key.startswith("observations"):
            found = resources(f"{hapi}/{template.replace(TOKEN, slug)}")
            dates = [date.fromisoformat(each["effectiveDateTime"][:10]) for each in found]
            assert dates == sorted(dates, reverse=True), key


def test_what_was_put_comes_back_but_for_meta(hapi):
    for resource in chart(SLUGS[0]):
        back = get(f"{hapi}/{resource['resourceType']}/{resource['id']}").json()
        back.pop("meta")
        assert back == {key: value for key, value in resource.items() if key != "meta"}


def test_a_page_holds_no_more_than_the_server_likes(hapi):
    search = f"{hapi}/Condition?patient={LONG}"
    assert [len(page["entry"]) for page in pages(f"{search}&_count=500")] == [50, 50, 22]
    assert {len(page["entry"]) for page in pages(search)} == {USUAL_PAGE, 2}


def test_the_total_is_left_out_until_the_last_page(hapi):
    totals = [page.get("total") for page in pages(f"{hapi}/Condition?patient={LONG}&_count=500")]
    assert totals[0] is None
    assert totals[-1] == 122


def test_the_next_page_is_at_the_base_itself(hapi):
    at = f"{hapi}/Condition?patient={LONG}&_count=500"
    first = next(pages(at))
    link = next(each["url"] for each in first["link"] if each["relation"] == "next")
    assert urlsplit(link).path == urlsplit(hapi).path
    assert urlsplit(link).query.startswith("_getpages=")
    assert next_page(link, at, hapi) == link


def test_a_repeated_search_is_answered_from_a_cache_unless_told_otherwise(hapi):
    """A record written within the last minute is not in it."""
    search = f"{hapi}/Immunization?patient={SLUGS[0]}"
    get(search)
    assert "X-Cache" in get(search).headers
    assert "X-Cache" not in get(search, **{"Cache-Control": "no-cache"}).headers


def test_an_unknown_parameter_is_refused_whatever_prefer_says(hapi):
    for prefer in ("handling=lenient", "handling=strict"):
        answer = requests.get(
            f"{hapi}/Condition?patient={LONG}&nonsense=1", headers={"Prefer": prefer}, timeout=60
        )
        assert answer.status_code == 400
        assert answer.json()["resourceType"] == "OperationOutcome"


def test_an_unknown_patient_is_404_to_a_read_and_empty_to_a_search(hapi):
    assert requests.get(f"{hapi}/Patient/nobody", timeout=60).status_code == 404
    assert get(f"{hapi}/Condition?patient=nobody").json()["total"] == 0


def test_an_empty_searchset_has_no_entry(hapi):
    assert "entry" not in get(f"{hapi}/Procedure?patient={LONG}&_count=200").json()


def test_a_transaction_may_be_sent_again(hapi):
    """``make test-hapi`` against a server that was left running."""
    again = requests.post(hapi, json=transaction(chart(SLUGS[0])), timeout=60)
    assert again.status_code == 200
