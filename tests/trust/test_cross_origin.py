"""Which browsers' pages may call: by list, on errors and preflights too, and nobody by a likeness."""

import pytest
from contract import ContractClient
from keys_and_tokens import BASE, ISSUER, bearer
from pydantic import ValidationError
from synthetic import DAY, ids, stub_matcher
from trusted_calls import call

from cds_service.settings import Settings
from cds_service.web.app import create_app

PATH = "/cds-services/cart-trial-match"
EHR = "https://ehr.example.org"
APP = "https://app.example.org"
TWO = f'[two]\nissuer = "{ISSUER}/two"\nkey_set_file = "keys.json"\ncors_origins = ["https://two.example.org"]\n'
ASKS = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.fixture
def open_service():
    def make(**settings):
        app = create_app(Settings(**settings), matcher=stub_matcher(), today=lambda: DAY, new_id=ids())
        return ContractClient(app, app.response_class)

    return make


def allowed(answer):
    assert answer.headers.get("Access-Control-Allow-Credentials") is None
    assert answer.headers.get("Access-Control-Allow-Origin") != "*"
    return answer.headers.getlist("Access-Control-Allow-Origin")


def test_without_a_list_no_page_may_read_and_nothing_varies(open_service):
    client = open_service()
    for answer in (
        client.post(PATH, json=call(), headers={"Origin": EHR}),
        client.get("/trials", headers={"Origin": EHR}),
        client.options(PATH, headers={"Origin": EHR} | ASKS),
    ):
        assert answer.status_code == 200
        assert not [name for name in dict(answer.headers) if name.startswith("Access-Control")]


def test_a_listed_page_may_read_and_send(open_service):
    client = open_service(cors_origins=(EHR, APP))
    for origin in (EHR, APP):
        answer = client.post(PATH, json=call(), headers={"Origin": origin})
        assert allowed(answer) == [origin]
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]
        asked = client.options(PATH, headers={"Origin": origin} | ASKS)
        assert asked.status_code == 200
        assert allowed(asked) == [origin]
        assert asked.headers["Access-Control-Allow-Methods"] == "GET, POST, OPTIONS"
        assert asked.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
        assert "Access-Control-Allow-Private-Network" not in asked.headers


ATTACKS = [
    "null",
    "",
    "*",
    "https://evil.example.org",
    "https://ehr.example.org.evil.example",
    "https://evil-ehr.example.org",
    "https://evilehr.example.org",
    "https://ehr.example.org@evil.example",
    "https://ehr.example.org:8443",
    "https://ehr.example.org:443",
    "http://ehr.example.org",
    "HTTPS://ehr.example.org",
    "https://EHR.example.org",
    "https://ehr.example.org/",
    "https://ehr.example.org.",
    "https://ehr_example.org",
    "https://ehrXexample.org",
    "https://ehr.example.org https://evil.example.org",
    "https://ehr.example.org, https://evil.example.org",
    "https://xn--hr-bja.example.org",
    "ehr.example.org",
    "file://",
]


@pytest.mark.parametrize("origin", ATTACKS)
def test_a_likeness_of_a_listed_page_may_not(open_service, origin):
    client = open_service(cors_origins=(EHR,))
    for answer in (
        client.post(PATH, json=call(), headers={"Origin": origin}),
        client.options(
            PATH, headers={"Origin": origin, "Access-Control-Request-Private-Network": "true"} | ASKS
        ),
    ):
        assert allowed(answer) == []
        assert "Access-Control-Allow-Methods" not in answer.headers
        assert "Access-Control-Allow-Private-Network" not in answer.headers
        assert "Origin" in answer.vary


def test_two_origins_in_one_call_are_none(open_service):
    client = open_service(cors_origins=(EHR, APP))
    assert allowed(client.get("/trials", headers=[("Origin", EHR), ("Origin", APP)])) == []


@pytest.mark.parametrize(
    "wrong", ["*", "null", "https://EHR.example.org", f"{EHR}/", "https://a.org:443", "a.org"]
)
def test_a_list_that_would_match_nobody_or_everybody_is_refused_at_the_start(wrong):
    with pytest.raises(ValidationError, match="is no origin"):
        Settings(cors_origins=(wrong,))


def broken(*_args, **_more):
    raise RuntimeError("broken")


def test_every_kind_of_error_can_be_read_by_a_listed_page(service, monkeypatch):
    client = service(settings={"max_body_bytes": 4096}, cors_origins=f'["{EHR}"]', rate_per_minute=5)
    own = {"Origin": EHR}
    answers = {
        401: client.post(PATH, json=call(), headers=own),
        404: client.get("/nothing", headers=own),
        405: client.get("/match", headers=own),
        413: client.post(PATH, json=call(more="x" * 5000), headers=own | bearer()),
        415: client.post(PATH, data=b"x", headers=own | bearer() | {"Content-Type": "text/plain"}),
        412: client.post(PATH, json=call(prefetch={}), headers=own | bearer()),
        400: client.post(PATH, json={}, headers=own | bearer()),
    }
    with monkeypatch.context() as patch:
        patch.setattr("cds_service.web.hook_views.cards_of", broken)
        answers[500] = client.post(PATH, json=call(), headers=own | bearer())
    answers[429] = client.post(PATH, json=call(), headers=own | bearer())
    for status, answer in answers.items():
        assert answer.status_code == status
        assert allowed(answer) == [EHR], status
        assert "Origin" in answer.vary, status
        assert answer.get_json(force=True)["resourceType"] == "OperationOutcome"
    assert "Retry-After" in answers[429].headers


@pytest.mark.parametrize("path", ["/cds-services", PATH, f"{PATH}/feedback", "/match", "/feedback"])
def test_a_preflight_needs_no_token(service, path):
    client = service(cors_origins=f'["{EHR}"]')
    answer = client.options(path, headers={"Origin": EHR} | ASKS)
    assert answer.status_code == 200
    assert allowed(answer) == [EHR]
    assert "Content-Type" not in answer.headers


def test_a_clients_pages_are_for_its_own_calls(service):
    client = service(rest=TWO, cors_origins=f'["{EHR}"]')
    one, two = bearer(), bearer(iss=f"{ISSUER}/two")
    assert allowed(client.post(PATH, json=call(), headers=one | {"Origin": EHR})) == [EHR]
    assert allowed(client.post(PATH, json=call(), headers=two | {"Origin": EHR})) == []
    two = bearer(iss=f"{ISSUER}/two")
    origin = "https://two.example.org"
    assert allowed(client.post(PATH, json=call(), headers=two | {"Origin": origin})) == [origin]
    assert allowed(client.post(PATH, json=call(), headers=bearer() | {"Origin": origin})) == []


def test_pages_of_the_settings_are_for_every_client(service):
    client = service(settings={"cors_origins": (APP,)}, rest=TWO)
    for issuer in (ISSUER, f"{ISSUER}/two"):
        answer = client.post(PATH, json=call(), headers=bearer(iss=issuer) | {"Origin": APP})
        assert allowed(answer) == [APP]


def test_before_the_caller_is_known_any_listed_page_reads_that_it_is_refused(service):
    client = service(rest=TWO, cors_origins=f'["{EHR}"]')
    for origin in (EHR, "https://two.example.org"):
        answer = client.post(PATH, json=call(), headers={"Origin": origin})
        assert answer.status_code == 401
        assert allowed(answer) == [origin]
    assert allowed(client.post(PATH, json=call(), headers={"Origin": APP})) == []


def test_a_page_from_the_internet_may_call_this_machine_where_it_is_listed(open_service):
    client = open_service(cors_origins=(EHR,))
    asked = client.options(
        PATH, headers={"Origin": EHR, "Access-Control-Request-Private-Network": "true"} | ASKS
    )
    assert asked.headers["Access-Control-Allow-Private-Network"] == "true"


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_what_a_browser_sends_without_asking_first_is_no_hook_call(open_service, kind):
    answer = open_service(cors_origins=(EHR,)).post(
        PATH, data=b"{}", headers={"Origin": "https://evil.example.org", "Content-Type": kind}
    )
    assert answer.status_code == 415
    assert allowed(answer) == []


# A page that calls under a name of its own which leads to this machine.


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8080", 200),
        ("LOCALHOST:8080", 200),
        ("cds.localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("127.0.0.2", 200),
        ("[::1]:8080", 200),
        ("workstation:8080", 200),
        ("evil.example.org", 403),
        ("evil.example.org:8080", 403),
        ("evil.example.org.", 403),
        ("127.0.0.1.evil.example", 403),
        ("127.0.0.1.evil.example:8080", 403),
        ("localhost.evil.example", 403),
        ("evillocalhost.example", 403),
        ("localhost:80@evil.example.org", 403),
        ("[::1", 403),
    ],
)
def test_without_clients_a_page_of_another_name_reads_nothing(open_service, host, status):
    client = open_service()
    assert client.get("/feedback", headers={"Host": host}).status_code == status
    assert client.post(PATH, json=call(), headers={"Host": host}).status_code == status


def test_in_open_mode_any_name_will_do(open_service):
    client = open_service(open_mode="anyone who can reach this port may read matches")
    assert client.get("/feedback", headers={"Host": "cds.example.org"}).status_code == 200


def test_with_clients_the_name_does_not_matter(service):
    headers = bearer(aud=f"{BASE}/feedback") | {"Host": "cds.example.org"}
    assert service().get("/feedback", headers=headers).status_code == 200
