"""Pages in a browser as clients: CORS (https://cds-hooks.hl7.org/2.0/#cross-origin-resource-sharing)."""

import pytest
from cds_hooks_calls import ADDRESSES, DISCOVERY, SERVICES, prepared, without

LISTED = "https://sandbox.example.org"
UNLISTED = [
    "https://evil.example.org",
    "https://sandbox.example.org.evil.example",
    "null",
    "https://SANDBOX.example.org",
    "http://sandbox.example.org",
    "https://sandbox.example.org:8443",
    "",
]
URL = SERVICES["patient-view"]
CALL = prepared("patient-view")


@pytest.fixture(scope="module")
def ehr(serve):
    return serve(cors_origins=(LISTED,))


def preflight(client, path, origin, method="POST", **more):
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return client.options(path, headers=asked | more)


def allows(answer):
    return answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_preflight_is_answered_without_a_token(ehr, path):
    answer = preflight(ehr, path, LISTED, "GET" if path == DISCOVERY else "POST")
    assert 200 <= answer.status_code < 300
    assert allows(answer) == LISTED
    assert set(answer.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "POST", "OPTIONS"}
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert set(allowed.split(", ")) == {"authorization", "content-type"}
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert answer.data == b""


def test_a_page_of_the_internet_may_call_a_service_on_the_same_machine(ehr):
    private = {"Access-Control-Request-Private-Network": "true"}
    name = "Access-Control-Allow-Private-Network"
    assert preflight(ehr, URL, LISTED, **private).headers[name] == "true"
    assert name not in preflight(ehr, URL, LISTED).headers
    assert name not in preflight(ehr, URL, UNLISTED[0], **private).headers


ERRORS = {
    400: lambda ehr, origin: ehr.post(URL, data=b"{", content_type="application/json", headers=origin),
    404: lambda ehr, origin: ehr.post("/cds-services/nothing", json=CALL, headers=origin),
    405: lambda ehr, origin: ehr.get(URL, headers=origin),
    412: lambda ehr, origin: ehr.post(URL, json=without(CALL, "patient"), headers=origin),
    413: lambda ehr, origin: ehr.post(
        f"{URL}/feedback", data=b" " * 1_100_000, content_type="application/json", headers=origin
    ),
    415: lambda ehr, origin: ehr.post(URL, data=b"{}", content_type="text/plain", headers=origin),
    200: lambda ehr, origin: ehr.post(URL, json=CALL, headers=origin),
}


@pytest.mark.parametrize("status", ERRORS)
def test_a_listed_page_reads_every_answer(ehr, status):
    answer = ERRORS[status](ehr, {"Origin": LISTED})
    assert answer.status_code == status
    assert allows(answer) == LISTED
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("status", ERRORS)
def test_an_answer_without_an_origin_names_none_and_varies_by_it(ehr, status):
    answer = ERRORS[status](ehr, {})
    assert allows(answer) is None
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("origin", UNLISTED)
def test_another_page_is_not_let_in(ehr, origin):
    assert allows(preflight(ehr, URL, origin)) is None
    assert allows(ehr.post(URL, json=CALL, headers={"Origin": origin})) is None
    assert allows(ehr.get(DISCOVERY, headers={"Origin": origin})) is None


def test_nothing_is_allowed_to_everyone_and_no_cookies_are_wanted(ehr):
    for answer in (preflight(ehr, URL, LISTED), *(ask(ehr, {"Origin": LISTED}) for ask in ERRORS.values())):
        assert "*" not in (allows(answer), answer.headers.get("Access-Control-Allow-Headers"))
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_no_page_is_let_in_by_default(serve):
    closed = serve()
    for path in ADDRESSES:
        assert allows(preflight(closed, path, LISTED)) is None
