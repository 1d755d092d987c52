"""Who may call: signed tokens on every address of CDS Hooks (https://cds-hooks.hl7.org/2.0/#trusting-cds-clients).

Each fault of a token alone is in ``tests/trust/``; here it is that every address asks for one.
"""

import base64
import json
from itertools import count

import pytest
from cds_hooks_calls import ADDRESSES, DISCOVERY, SERVICES, issue, prepared
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

BASE = "https://cds.example.org"
ISSUER = "https://ehr.example.org"
LISTED = "https://sandbox.example.org"
NOW = 1_800_000_000
EC = ECKey.generate_key("P-384", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
FEEDBACK = {"feedback": [{"card": "c1", "outcome": "overridden", "outcomeTimestamp": "2026-11-01T10:00:00Z"}]}
numbers = count(1)

by_address = pytest.mark.parametrize("path", ADDRESSES)


@pytest.fixture(scope="module")
def ehr(serve, tmp_path_factory):
    place = tmp_path_factory.mktemp("clients")
    keys = {"keys": [EC.as_dict(private=False), RSA.as_dict(private=False)]}
    (place / "keys.json").write_text(json.dumps(keys))
    (place / "clients.toml").write_text(
        f'[our-ehr]\nissuer = "{ISSUER}"\nkey_set_file = "keys.json"\ncors_origins = ["{LISTED}"]\n'
        f'[other-ehr]\nissuer = "{ISSUER}/other"\nkey_set_file = "keys.json"\n'
    )
    return serve(
        now=lambda: NOW, clients=place / "clients.toml", public_base_url=BASE, data_dir=place / "data"
    )


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(path, *, alg="ES384", key=EC, head=None, **claims):
    """Signed for the address of ``path``; ``...`` leaves a claim out."""
    header = {"alg": alg, "kid": key.kid, "typ": "JWT"} | (head or {})
    body = {"iss": ISSUER, "aud": f"{BASE}{path}", "iat": NOW, "exp": NOW + 300, "jti": f"id-{next(numbers)}"}
    body = {name: value for name, value in (body | claims).items() if value is not ...}
    signed = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(body).encode())}"
    return f"{signed}.{b64(jws.JWSRegistry.algorithms[alg].sign(signed.encode(), key))}"


def ask(ehr, path, authorization=None, **headers):
    headers |= {"Authorization": authorization} if authorization else {}
    if path == DISCOVERY:
        return ehr.get(path, headers=headers)
    if path.endswith("/feedback"):
        return ehr.post(path, json=FEEDBACK, headers=headers)
    hook = next(hook for hook, url in SERVICES.items() if url == path)
    return ehr.post(path, json=prepared(hook), headers=headers)


def bearer(path, **more):
    return f"Bearer {token(path, **more)}"


@by_address
@pytest.mark.parametrize(("alg", "key"), [("ES384", EC), ("RS384", RSA)])
def test_a_signed_token_is_let_in(ehr, path, alg, key):
    assert ask(ehr, path, bearer(path, alg=alg, key=key)).status_code == 200


@by_address
def test_without_a_token_it_is_401(ehr, path):
    answer = ask(ehr, path)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert issue(answer)["code"] == "login"


def unsigned(path):
    head, body, _ = token(path).split(".")
    head = b64(json.dumps({"alg": "none", "kid": "ec", "typ": "JWT"}).encode())
    return f"Bearer {head}.{body}."


REFUSED = {
    "no scheme": token,
    "another scheme": lambda path: f"Basic {token(path)}",
    "not a token": lambda _: "Bearer abc",
    "unsigned": unsigned,
    "a symmetric algorithm in the header": lambda path: bearer(path, head={"alg": "HS384"}),
    "an algorithm that is not agreed": lambda path: bearer(path, alg="RS256", key=RSA),
    "another key": lambda path: bearer(path, key=ECKey.generate_key("P-384", {"kid": "ec"})),
    "an unknown key": lambda path: bearer(path, head={"kid": "other"}),
    "no key named": lambda path: bearer(path, head={"kid": None}),
    "keys elsewhere": lambda path: bearer(path, head={"jku": "https://evil.example.org/jwks.json"}),
    "another issuer": lambda path: bearer(path, iss="https://evil.example.org"),
    "another address": lambda path: bearer(path, aud="https://other.example.org/cds-services"),
    "the base alone": lambda path: bearer(path, aud=BASE),
    "no address": lambda path: bearer(path, aud=...),
    "expired": lambda path: bearer(path, iat=NOW - 900, exp=NOW - 300),
    "not yet": lambda path: bearer(path, iat=NOW + 300, exp=NOW + 600),
    "for a year": lambda path: bearer(path, exp=NOW + 365 * 86400),
    "no end": lambda path: bearer(path, exp=...),
    "no beginning": lambda path: bearer(path, iat=...),
    "no id": lambda path: bearer(path, jti=...),
    "an empty id": lambda path: bearer(path, jti=""),
}


@by_address
@pytest.mark.parametrize("fault", REFUSED)
def test_a_wrong_token_is_401_and_not_told_why(ehr, path, fault):
    answer = ask(ehr, path, REFUSED[fault](path))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.data == ask(ehr, path).data


@by_address
def test_a_token_is_good_once(ehr, path):
    once = bearer(path)
    assert ask(ehr, path, once).status_code == 200
    assert ask(ehr, path, once).status_code == 401


@by_address
def test_an_id_that_another_issuer_used_is_not_used(ehr, path):
    assert ask(ehr, path, bearer(path, jti=f"same{path}")).status_code == 200
    assert ask(ehr, path, bearer(path, jti=f"same{path}", iss=f"{ISSUER}/other")).status_code == 200


@by_address
def test_the_address_may_be_one_of_several(ehr, path):
    several = ["https://other.example.org", f"{BASE}{path}"]
    assert ask(ehr, path, bearer(path, aud=several)).status_code == 200


@by_address
def test_a_token_for_another_address_of_this_service_is_refused(ehr, path):
    for other in ADDRESSES:
        answer = ask(ehr, path, bearer(other))
        same = other in (path, path.removesuffix("/feedback"))
        assert answer.status_code == (200 if same else 401), other


@by_address
def test_what_calls_the_service_by_another_name_changes_nothing(ehr, path):
    """The address is the configured one, and not what the Host header says."""
    elsewhere = {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"}
    forged = bearer(path, aud=f"https://evil.example.org{path}")
    assert ask(ehr, path, forged, **elsewhere).status_code == 401
    assert ask(ehr, path, bearer(path), **elsewhere).status_code == 200


@by_address
def test_a_page_reads_that_it_was_refused_and_its_preflight_needs_no_token(ehr, path):
    answer = ask(ehr, path, Origin=LISTED)
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED
    assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]
    preflight = ehr.options(path, headers={"Origin": LISTED, "Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == LISTED


def test_a_caller_without_a_token_learns_nothing_of_the_body(ehr):
    """The token is looked at before anything else: a wrong body and a right one are refused alike."""
    url = SERVICES["patient-view"]
    for body in (b"", b"{", b"x" * 100):
        assert ehr.post(url, data=body, content_type="text/plain").status_code == 401


def test_a_client_of_another_clients_origin_is_not_let_in(ehr):
    url = SERVICES["patient-view"]
    answer = ask(ehr, url, bearer(url, iss=f"{ISSUER}/other"), Origin=LISTED)
    assert answer.status_code == 200
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_health_needs_no_token_and_shows_no_patient(ehr):
    assert ehr.get("/livez").status_code == 200
    assert ehr.get("/readyz").status_code == 200


def test_too_many_calls_are_429_and_told_how_long_to_wait(serve, ehr, tmp_path):
    (tmp_path / "keys.json").write_text(json.dumps({"keys": [EC.as_dict(private=False)]}))
    (tmp_path / "clients.toml").write_text(
        f'[our-ehr]\nissuer = "{ISSUER}"\nkey_set_file = "keys.json"\nrate_per_minute = 2\n'
    )
    few = serve(now=lambda: NOW, clients=tmp_path / "clients.toml", public_base_url=BASE, data_dir=tmp_path)
    answers = [ask(few, DISCOVERY, bearer(DISCOVERY)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert issue(answers[2])["code"] == "throttled"
