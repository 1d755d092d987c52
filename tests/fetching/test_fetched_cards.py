"""A call with a FHIR server behind it: the same cards as with a prefetch, and what happens when it fails."""

from __future__ import annotations

import re
import time
from io import StringIO

import pytest
from ehr import AS_OF, FAULTS, SLOW, chart, found, searchset, status, well_behaved

from cds_service.hooks.prefetch import templates
from cds_service.settings import Settings
from cds_service.web.app import create_app

TOKEN = "a-token-for-tests"
PATH = "/cds-services/cart-trial-match"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
GRACE = 0.3
BUSY = 2  # seconds, for a machine with other work; benchmarks/faults.py measures


def body(**members):
    return {
        "hook": "patient-view",
        "hookInstance": "00000000-0000-4000-8000-000000000001",
        "context": {"userId": "Practitioner/test-clinician-one", "patientId": "p1"},
        **members,
    }


def access(server, **more):
    authorization = {
        "access_token": TOKEN,
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "cart-cds",
    }
    return {
        "fhirServer": server if isinstance(server, str) else server.base,
        "fhirAuthorization": authorization | more,
    }


def cards(client, **members):
    answer = client.post(PATH, json=body(**members))
    assert answer.status_code == 200, answer.text
    return UUID.sub("uuid", answer.text)


@pytest.fixture
def queries(matcher):
    return templates(matcher.trials, matcher.labs)


def prefetch(resources, queries):
    """What an EHR sends for these templates."""
    sent = {"patient": next(each for each in resources if each["resourceType"] == "Patient")}
    for key, template in queries.items():
        if key != "patient":
            sent[key] = searchset(found(resources, _Asked(template)))
    return sent


class _Asked:
    def __init__(self, template):
        self.kind, _, query = template.partition("?")
        self.query = dict(part.split("=", 1) for part in query.split("&") if part)


SLUGS = ("sle-woman-possible-match", "jdm-boy-possible-match", "ssc-diffuse-woman", "itp-woman-platelets-18")


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("page", [1000, 3])
def test_fetched_is_as_good_as_prefetched(ehr, service, queries, slug, page):
    resources = chart(slug)
    server = ehr(well_behaved(resources, page=page))
    client = service(server)
    own = cards(client, prefetch=prefetch(resources, queries))
    assert "possible" in own
    assert cards(client, **access(server)) == own
    assert server.tokens() == {f"Bearer {TOKEN}"}


def test_an_open_server_is_asked_without_a_token(ehr, service):
    server = ehr(well_behaved(chart()))
    assert "NCT06513429" in cards(service(server), fhirServer=server.base)
    assert server.tokens() == {None}


@pytest.mark.parametrize("slash", ["/", "//", ""])
@pytest.mark.parametrize("scheme", ["http", "HTTP"])
def test_the_registered_base_in_another_spelling(ehr, service, slash, scheme):
    server = ehr(well_behaved(chart()))
    spelled = server.base.replace("http", scheme, 1) + slash
    answer = service(server).post(PATH, json=body(fhirServer=spelled))
    assert answer.status_code == (200 if slash != "//" else 412)


def test_only_what_the_prefetch_lacks_is_asked_for(ehr, service, queries):
    resources = chart()
    server = ehr(well_behaved(resources))
    sent = prefetch(resources, queries)
    client = service(server)
    whole = cards(client, prefetch=sent)
    assert cards(client, prefetch=sent, **access(server)) == whole
    assert server.asked == []
    del sent["procedures"], sent["observations2"]
    assert cards(client, prefetch=sent, **access(server)) == whole
    assert sorted(each.kind for each in server.asked) == ["Observation", "Procedure"]


def test_null_and_empty_are_answers_and_are_not_asked_again(ehr, service, queries):
    resources = chart()
    server = ehr(well_behaved(resources))
    sent = prefetch(resources, queries) | {"procedures": None, "immunizations": searchset([])}
    cards(service(server), prefetch=sent, **access(server))
    assert server.asked == []


def test_a_query_that_failed_at_the_ehr_is_asked_again(ehr, service, queries):
    resources = chart()
    server = ehr(well_behaved(resources))
    client = service(server)
    sent = prefetch(resources, queries)
    failed = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}
    for broken in (failed, searchset([failed])):
        again = cards(client, prefetch=sent | {"conditions": broken}, **access(server))
        assert again == cards(client, prefetch=sent)


def test_the_pages_that_a_prefetch_left_out_are_fetched(ehr, service, queries):
    resources = chart()
    server = ehr(well_behaved(resources, page=1))
    client = service(server)
    sent = prefetch(resources, queries)
    first = [each for each in resources if each["resourceType"] == "Condition"]
    assert len(first) > 1
    paged = searchset(first[:1], next_url=f"{server.base}?_getpages=s-Condition-1")
    assert cards(client, prefetch=sent | {"conditions": paged}, **access(server)) == cards(
        client, prefetch=sent
    )
    assert {each.path for each in server.asked} == {""}


def test_a_key_of_the_sites_own_stands_in_for_ours_of_that_type(ehr, service, queries):
    resources = chart()
    server = ehr(well_behaved(resources))
    sent = {key: value for key, value in prefetch(resources, queries).items() if "observations" not in key}
    sent["allLabs"] = searchset([each for each in resources if each["resourceType"] == "Observation"])
    cards(service(server), prefetch=sent, **access(server))
    assert server.asked == []


@pytest.mark.parametrize("form", ["", "Patient/"])
@pytest.mark.parametrize("refuse", [True, False])
def test_a_server_that_knows_one_form_of_the_patients_reference(ehr, service, queries, form, refuse):
    resources = chart()
    server = ehr(well_behaved(resources, patient_forms=(form,), refuse_other_form=refuse))
    client = service(server)
    assert cards(client, **access(server)) == cards(client, prefetch=prefetch(resources, queries))


@pytest.mark.parametrize("form", ["", "Patient/"])
@pytest.mark.parametrize("refuse", [True, False])
def test_a_chart_without_a_record_is_an_answer(ehr, service, form, refuse):
    """Asked in both forms, it holds nothing; that the other form is refused takes nothing back."""
    patient = [each for each in chart() if each["resourceType"] == "Patient"]
    server = ehr(well_behaved(patient, patient_forms=(form,), refuse_other_form=refuse))
    answer = service(server).post(PATH, json=body(**access(server)))
    assert (answer.status_code, answer.json) == (200, {"cards": []})
    assert len([each for each in server.asked if each.kind == "Patient"]) == 1


def test_nothing_in_one_form_and_no_answer_to_the_other_is_not_known(ehr, service):
    """It may be a server that knows the other form alone."""
    nobody = well_behaved([each for each in chart() if each["resourceType"] == "Patient"])

    def behave(request, out):
        (FAULTS["hangs"] if request.query.get("patient") == "Patient/p1" else nobody)(request, out)

    server = ehr(behave)
    answer = service(server, seconds=1).post(PATH, json=body(**access(server)))
    assert answer.status_code == 412


# What may not be asked.


@pytest.mark.parametrize(
    "spelling",
    [
        "http://[::1]:{port}/fhir/r4",
        "http://2130706433:{port}/fhir/r4",
        "http://0x7f000001:{port}/fhir/r4",
        "http://127.1:{port}/fhir/r4",
        "http://localhost:{port}/fhir/r4",
        "http://127.0.0.1.:{port}/fhir/r4",
        "http://user@127.0.0.1:{port}/fhir/r4",
        "http://127.0.0.1:{port}/fhir/r4/../r4",
        "http://127.0.0.1:{port}/fhir/r4?x=1",
        "http://127.0.0.1:{port}/fhir/r4#x",
        "http://127.0.0.1:{port}\\fhir\\r4",
        "http://127.0.0.1:{port}/fhir",
        "http://127.0.0.1:{port}/fhir/r4/tenant",
        "https://127.0.0.1:{port}/fhir/r4",
        "http://１２７.0.0.1:{port}/fhir/r4",
        "file:///etc/hostname",
        "",
    ],
)
def test_a_server_that_is_not_registered_is_not_called(ehr, service, queries, spelling):
    server = ehr(well_behaved(chart()))
    client = service(server)
    where = spelling.format(port=server.server_address[1])
    answer = client.post(PATH, json=body(**access(where)))
    assert answer.status_code == 412
    sent = prefetch(chart(), queries)
    del sent["procedures"]
    assert ("not one that is registered" in cards(client, prefetch=sent, **access(where))) == bool(spelling)
    assert server.asked == []


@pytest.mark.parametrize(
    "authorization",
    [
        {"access_token": "two\r\nX-Header: lines"},
        {"access_token": ""},
        {"access_token": None},
        {"access_token": "with space"},
        {"access_token": "naïve"},
        {"token_type": "mac"},
        {"patient": "p2"},
    ],
)
def test_a_token_that_is_not_for_this_is_not_sent(ehr, service, authorization):
    server = ehr(well_behaved(chart()))
    answer = service(server).post(PATH, json=body(**access(server, **authorization)))
    assert answer.status_code == 412
    assert "not called" in answer.json["issue"][0]["details"]["text"]
    assert server.asked == []


def test_a_token_for_this_patient_is_used(ehr, service):
    server = ehr(well_behaved(chart()))
    cards(service(server), **access(server, patient="Patient/p1", token_type="bearer"))
    assert server.asked


def test_authorization_without_a_server_asks_nobody(service):
    members = access("http://127.0.0.1:9")
    del members["fhirServer"]
    assert service().post(PATH, json=body(**members)).status_code == 412


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(ehr, service, code):
    elsewhere = ehr(well_behaved(chart()))
    server = ehr(status(code, Location=elsewhere.base))
    answer = service(server, elsewhere).post(PATH, json=body(**access(server)))
    assert answer.status_code == 412
    assert "redirect" in answer.json["issue"][0]["details"]["text"]
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "link",
    [
        "{other}/Condition?page=2",
        "{own}/../../secret",
        "{own}/%2e%2e/%2e%2e/secret",
        "//{other_host}/fhir/r4/Condition?page=2",
        "file:///etc/hostname",
        "http://user@{own_host}/fhir/r4/Condition?page=2",
        "{own}evil/Condition?page=2",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_next_page_elsewhere_is_not_asked_for(ehr, service, link):
    other = ehr(well_behaved(chart()))
    resources = chart()
    ordinary = well_behaved(resources)

    def behave(request, out):
        if request.kind != "Condition":
            ordinary(request, out)
            return
        own = out.server.base
        url = link.format(
            own=own, other=other.base, other_host=other.base.split("/")[2], own_host=own.split("/")[2]
        )
        conditions = [each for each in resources if each["resourceType"] == "Condition"]
        answer = searchset(conditions)
        answer["link"] = [{"relation": "next", "url": url}]
        out.send(answer)

    server = ehr(behave)
    told = cards(service(server), **access(server))
    assert "outside the registered base" in told
    assert "NCT06513429" in told
    assert other.asked == []
    assert all("secret" not in each.target and "evil" not in each.target for each in server.asked)
    assert len([each for each in server.asked if each.kind == "Condition"]) == 1


# What may go wrong: everything at once, then one type only.


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_wholly(ehr, service, fault):
    server = ehr(FAULTS[fault])
    seconds = 0.5 if fault in SLOW else 5
    client = service(server, seconds=seconds)
    begun = time.monotonic()
    answer = client.post(PATH, json=body(**access(server)))
    assert time.monotonic() - begun < seconds + GRACE + BUSY
    assert answer.status_code == 412
    assert answer.json["resourceType"] == "OperationOutcome"
    said = answer.json["issue"][0]["details"]["text"]
    assert "could not be" in said
    assert TOKEN not in answer.text
    assert "p1" not in said


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_fails_for_one_type_costs_that_type(ehr, service, queries, fault):
    resources = chart()
    ordinary = well_behaved(resources)

    def behave(request, out):
        (FAULTS[fault] if request.kind == "Procedure" else ordinary)(request, out)

    server = ehr(behave)
    seconds = 2 if fault in SLOW else 10
    client = service(server, seconds=seconds)
    begun = time.monotonic()
    told = cards(client, **access(server))
    assert time.monotonic() - begun < seconds + GRACE + BUSY
    assert "NCT06513429" in told
    assert "Part of the chart could not be read" in told
    assert "Procedure" in told
    whole = prefetch(resources, queries)
    assert told != cards(client, prefetch=whole)


def test_a_server_that_is_not_there(service):
    answer = service("http://127.0.0.1:9/fhir").post(PATH, json=body(**access("http://127.0.0.1:9/fhir")))
    assert answer.status_code == 412
    assert "could not be reached" in answer.json["issue"][0]["details"]["text"]


def test_with_the_diagnoses_in_the_prefetch_a_dead_server_costs_the_rest_alone(ehr, service, queries):
    server = ehr(FAULTS["hangs"])
    sent = prefetch(chart(), queries)
    part = {key: sent[key] for key in ("patient", "conditions")}
    told = cards(service(server, seconds=0.3), prefetch=part, **access(server))
    assert "did not answer in time" in told


def test_more_announced_than_sent(ehr, service):
    resources = chart()
    ordinary = well_behaved(resources)

    def behave(request, out):
        if request.kind == "Procedure":
            out.send(searchset(found(resources, request), total=400))
        else:
            ordinary(request, out)

    server = ehr(behave)
    assert "announced more records than it sent" in cards(service(server), **access(server))


def test_text_of_the_chart_is_inert_on_the_card(ehr, service):
    """Markdown and HTML of a chart are shown as they are written."""
    resources = chart()
    for resource in resources:
        if resource["resourceType"] == "Condition":
            resource["code"]["text"] = "[click](javascript:alert(1)) <img src=x onerror=alert(1)> **bold**"
            for coding in resource["code"].get("coding", ()):
                coding["display"] = resource["code"]["text"]
    server = ehr(well_behaved(resources))
    told = cards(service(server), **access(server))
    assert "[click](javascript" not in told
    assert "<img" not in told


def test_neither_token_nor_patient_reaches_the_log(ehr, matcher):
    log = StringIO()
    server = ehr(FAULTS["500"])
    app = create_app(
        Settings(fhir_bases=(server.base,), log_level="debug"),
        matcher=matcher,
        today=lambda: AS_OF,
        log_stream=log,
    )
    app.test_client().post(PATH, json=body(**access(server)))
    line = log.getvalue()
    assert '"fetch_keys"' in line
    assert '"fetch_failed": {"error"' in line
    assert TOKEN not in line
    assert '"p1"' not in line
    assert "Patient/" not in line
