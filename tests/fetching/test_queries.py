"""The templates as URLs: none too long, no code lost, nothing outside the registered base."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest

from cds_service.fetching.queries import LONGEST_URL, next_page, queries_of
from cds_service.hooks.prefetch import templates

BASE = "https://fhir.example.org/r4"


@pytest.fixture(scope="module")
def asked():
    from cds_service.hooks.matcher import Matcher

    matcher = Matcher.load()
    return templates(matcher.trials, matcher.labs)


def codes_of(url):
    _, _, rest = unquote(url).partition("&code=")
    return rest.partition("&")[0].split(",") if rest else []


@pytest.mark.parametrize("base", [BASE, f"https://fhir.example.org/{'a' * 200}/r4"])
@pytest.mark.parametrize("patient_id", ["1", "a" * 64])
def test_every_code_is_asked_for_once_and_no_url_is_too_long(asked, base, patient_id):
    queries = list(queries_of(asked, base, patient_id))
    wanted = {code for template in asked.values() for code in codes_of(template)}
    found = [code for query in queries for code in codes_of(query.url)]
    assert set(found) == wanted
    assert len(found) == len(wanted)
    for query in queries:
        assert len(query.url) <= LONGEST_URL
        assert query.other is None or len(query.other) <= LONGEST_URL
        assert query.url.startswith(f"{base}/{query.kind}")


def test_lists_that_ask_alike_go_together(asked):
    queries = list(queries_of(asked, BASE, "1"))
    assert len(queries) < len(asked)
    assert {key for query in queries for key in query.keys} == set(asked)


def test_one_code_that_is_too_long_is_still_asked_for():
    long = "http://example.org|" + "x" * 3000
    queries = list(
        queries_of({"key": f"Observation?patient={{{{context.patientId}}}}&code={long},b"}, BASE, "1")
    )
    assert [codes_of(query.url) for query in queries] == [[long], ["b"]]


def test_the_patient_is_named_in_both_forms(asked):
    for query in queries_of(asked, BASE, "p1"):
        if query.kind == "Patient":
            assert query.url == f"{BASE}/Patient/p1"
            assert query.other is None
        else:
            assert "patient=p1&" in f"{query.url}&"
            assert query.other == query.url.replace("patient=p1", "patient=Patient/p1")


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        (f"{BASE}?_getpages=abc&_offset=50", f"{BASE}?_getpages=abc&_offset=50"),
        (f"{BASE}/Condition?page=2", f"{BASE}/Condition?page=2"),
        (f"{BASE}/Condition/_search?page=2", f"{BASE}/Condition/_search?page=2"),
        ("https://FHIR.example.org:443/r4/Condition?page=2", f"{BASE}/Condition?page=2"),
        ("?page=2", f"{BASE}/Condition?page=2"),
        ("Condition?page=2", f"{BASE}/Condition?page=2"),
        ("/r4/Condition?page=2", f"{BASE}/Condition?page=2"),
        ("/r5/Condition?page=2", None),
        ("/r4x/Condition?page=2", None),
        ("/r4/../secret", None),
        ("/r4/%2e%2e/secret", None),
        ("/r4/%252e%252e/secret", None),
        ("/r4/..%2fsecret", None),
        ("/r4/..%5csecret", None),
        ("http://fhir.example.org/r4/Condition?page=2", None),
        ("https://fhir.example.org:8443/r4/Condition?page=2", None),
        ("https://fhir.example.org.evil.example/r4/Condition?page=2", None),
        ("https://user@fhir.example.org/r4/Condition?page=2", None),
        ("https://fhir.example.org@evil.example/r4/Condition?page=2", None),
        ("//evil.example/r4/Condition?page=2", None),
        ("https:\\\\evil.example\\r4", None),
        ("https://fhir.example.org/r4/Condition?page=2\r\nX: y", None),
        ("https://fhir.example.org/r4/Condition?page=\u0662", None),
        ("https://[fhir.example.org/r4", None),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_a_next_page_is_below_the_registered_base_or_it_is_none(link, leads_to):
    found = next_page(link, f"{BASE}/Condition?patient=1", BASE)
    assert found == leads_to
    assert found is None or urlsplit(found).netloc == "fhir.example.org"
