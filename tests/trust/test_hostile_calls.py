"""Tokens over HTTP: whatever is wrong, the answer is the same, and the log never has the token."""

import json

import pytest
from keys_and_tokens import (
    BASE,
    ISSUER,
    NOW,
    SERVICE,
    b64,
    bearer,
    claims,
    ec,
    header,
    public,
    rsa,
    sign,
    token,
)
from trusted_calls import call

from cds_service.settings import Settings
from cds_service.store.kept import open_store

PATH = "/cds-services/cart-trial-match"


def unsigned(alg):
    return f"{b64(json.dumps(header(alg=alg)).encode())}.{b64(json.dumps(claims()).encode())}."


def by_the_public_key():
    import hmac

    head = json.dumps(header(alg="HS256", kid=rsa().kid)).encode()
    signing_input = f"{b64(head)}.{b64(json.dumps(claims()).encode())}"
    secret = rsa().as_pem(private=False)
    return f"{signing_input}.{b64(hmac.digest(secret, signing_input.encode(), 'sha256'))}"


def encrypted():
    from joserfc import jwe
    from joserfc.jwk import ECKey

    protected = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": header()["kid"], "typ": "JWT"}
    return jwe.encrypt_compact(protected, json.dumps(claims()), ECKey.generate_key("P-256"))


def nested():
    inner = token()
    return sign(header(cty="JWT"), inner.encode(), ec())


TOKENS = {
    "no token": lambda: None,
    "alg none": lambda: unsigned("none"),
    "alg nOnE": lambda: unsigned("nOnE"),
    "the public key as a secret": by_the_public_key,
    "another curve": lambda: token(ec("p256", "P-256"), header(alg="ES256", kid="p256")),
    "another key of that id": lambda: token(ec("other"), header()),
    "an unknown kid": lambda: token(head=header(kid="unknown")),
    "no kid": lambda: token(head=header(kid=...)),
    "its own key": lambda: token(ec("evil"), header(jwk=public(ec("evil"))["keys"][0])),
    "its own key set": lambda: token(ec("evil"), header(kid="evil", jku="https://evil.example.org/jwks")),
    "crit": lambda: token(head=header(crit=["exp"], exp=NOW)),
    "b64": lambda: token(head=header(crit=["b64"], b64=False)),
    "another typ": lambda: token(head=header(typ="at+jwt")),
    "another issuer": lambda: token(iss="https://evil.example.org"),
    "no issuer": lambda: token(iss=...),
    "another aud": lambda: token(aud="https://evil.example.org/cds-services/cart-trial-match"),
    "the aud of another service": lambda: token(aud=f"{BASE}/cds-services/cart-trial-match-encounter"),
    "the aud of discovery": lambda: token(aud=f"{BASE}/cds-services"),
    "the aud of feedback": lambda: token(aud=f"{SERVICE}/feedback"),
    "an aud with a slash": lambda: token(aud=f"{SERVICE}/"),
    "an aud with a query": lambda: token(aud=f"{SERVICE}?a=b"),
    "an aud in another case": lambda: token(aud=SERVICE.replace("https", "HTTPS")),
    "a list of other auds": lambda: token(aud=["https://a.example.org", f"{SERVICE}/"]),
    "an empty list of auds": lambda: token(aud=[]),
    "a list in a list": lambda: token(aud=[[SERVICE]]),
    "no aud": lambda: token(aud=...),
    "no exp": lambda: token(exp=...),
    "no iat": lambda: token(iat=...),
    "no jti": lambda: token(jti=...),
    "an empty jti": lambda: token(jti=""),
    "a jti of white space": lambda: token(jti="\t"),
    "a long jti": lambda: token(jti="x" * 257),
    "ten years": lambda: token(exp=NOW + 315_360_000),
    "ten years old, and as long": lambda: token(iat=NOW - 315_360_000),
    "expired": lambda: token(iat=NOW - 300, exp=NOW - 60),
    "from the future": lambda: token(iat=NOW + 61),
    "not yet": lambda: token(nbf=NOW + 61),
    "times as text": lambda: token(exp=str(NOW + 300)),
    "a huge token": lambda: token(extra="x" * 9000),
    "a megabyte": lambda: "a" * 1_000_000,
    "many dots": lambda: "." * 5000,
    "a JWE": encrypted,
    "a nested token": nested,
    "JSON serialization": lambda: json.dumps({"payload": "e30", "signatures": []}),
    "not base64": lambda: "a!b.c.d",
    "an API key": lambda: "0123456789abcdef",
}


@pytest.mark.parametrize("kind", TOKENS)
def test_every_wrong_token_has_the_same_answer_and_none_is_in_the_log(service, log, kind):
    made = TOKENS[kind]()
    client = service()
    headers = {} if made is None else {"Authorization": f"Bearer {made}"}
    answer = client.post(PATH, json=call(), headers=headers)
    plain = client.post(PATH, json=call())
    assert (answer.status_code, answer.data) == (plain.status_code, plain.data)
    assert answer.status_code == 401
    ours = {"X-Request-Id", "Date"}
    assert {k: v for k, v in answer.headers if k not in ours} == {
        k: v for k, v in plain.headers if k not in ours
    }
    assert '"refused": "' in log.getvalue()
    for part in (made or "").split("."):
        assert len(part) < 10 or part not in log.getvalue()


HEADERS = [
    "bearer",
    "Bearer",
    "Bearer ",
    "Bearer  ",
    "Bearer {t} ",
    "Bearer {t}, Bearer {t}",
    "Bearer {t},Bearer {t}",
    "Bearer {t} {t}",
    "Bearer {t}; a=b",
    "Bearer\t{t}",
    "Bearer\u00a0{t}",
    "Bearer={t}",
    'Bearer token="{t}"',
    "BearerX {t}",
    "Bearer: {t}",
    "JWT {t}",
    "Basic {t}",
    "Digest {t}",
    "{t}",
    "Bearer {t}\u00e9",
    "Bearer \u00e9{t}",
    "Bearer \u2032{t}",
    "Bearer {t}=",
    "Bearer {t}.",
    "Bearer .{t}",
]


@pytest.mark.parametrize("written", HEADERS, ids=ascii)
def test_a_header_that_is_not_one_token_is_refused(service, written):
    text = written.format(t=token())
    environ = {"HTTP_AUTHORIZATION": text.encode().decode("latin-1")}
    assert service().post(PATH, json=call(), environ_overrides=environ).status_code == 401


@pytest.mark.parametrize("written", ["Bearer {t}", "bearer {t}", "BEARER {t}", "beARer   {t}"])
def test_the_scheme_in_any_case_and_any_spaces_after_it(service, written):
    answer = service().post(PATH, json=call(), headers={"Authorization": written.format(t=token())})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"query_string": "access_token={t}"},
        {"headers": {"Proxy-Authorization": "Bearer {t}"}},
        {"headers": {"X-Authorization": "Bearer {t}"}},
        {"headers": {"Cookie": "Authorization=Bearer {t}; token={t}"}},
    ],
    ids=str,
)
def test_a_token_elsewhere_than_in_its_header_is_none(service, elsewhere):
    made = token(aud=f"{BASE}/feedback")
    filled = {
        name: value.format(t=made)
        if isinstance(value, str)
        else {k: v.format(t=made) for k, v in value.items()}
        for name, value in elsewhere.items()
    }
    assert service().get("/feedback", **filled).status_code == 401


# What the address called may be.


@pytest.mark.parametrize(
    ("path", "aud", "right"),
    [
        ("/cds-services", f"{BASE}/cds-services", True),
        ("/cds-services/", f"{BASE}/cds-services/", True),
        ("/cds-services/", f"{BASE}/cds-services", True),
        ("/cds-services", f"{BASE}/cds-services/", False),
        ("/cds-services", SERVICE, False),
        ("/cds-services", BASE, False),
        ("/feedback", f"{BASE}/feedback", True),
        ("/feedback", BASE, False),
        ("/feedback", f"{BASE}/", False),
        ("/feedback?since=2026-01-01", f"{BASE}/feedback", True),
        ("/feedback?since=2026-01-01", f"{BASE}/feedback?since=2026-01-01", False),
    ],
)
def test_a_token_is_for_the_address_called(service, path, aud, right):
    client = service().application.test_client()
    assert client.get(path, headers=bearer(aud=aud)).status_code == (200 if right else 401)


@pytest.mark.parametrize("aud", [f"{SERVICE}/feedback", SERVICE])
def test_feedback_takes_the_services_address_too(service, aud):
    answer = service().post(f"{PATH}/feedback", json={"feedback": []}, headers=bearer(aud=aud))
    assert answer.status_code != 401


def test_the_host_header_is_no_address(service):
    client = service()
    made = bearer(aud=f"https://evil.example.org{PATH}")
    headers = made | {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"}
    assert client.post(PATH, json=call(), headers=headers).status_code == 401
    assert client.post(PATH, json=call(), headers=bearer() | {"Host": "evil.example.org"}).status_code == 200


# Time, by a clock that is given.


@pytest.mark.parametrize(
    ("times", "status"),
    [
        ({"iat": NOW + 60, "exp": NOW + 360}, 200),
        ({"iat": NOW + 61, "exp": NOW + 361}, 401),
        ({"iat": NOW - 300, "exp": NOW - 59}, 200),
        ({"iat": NOW - 300, "exp": NOW - 60}, 401),
        ({"exp": NOW + 900}, 200),
        ({"exp": NOW + 901}, 401),
    ],
    ids=str,
)
def test_the_edges_of_the_leeway(service, times, status):
    assert service().post(PATH, json=call(), headers=bearer(**times)).status_code == status


# Used once.


def test_a_token_is_used_once_whatever_it_is_used_for(service):
    client = service()
    used = bearer(jti="one")
    assert client.post(PATH, json=call(), headers=used).status_code == 200
    assert client.post(PATH, json=call(), headers=used).status_code == 401
    again = bearer(jti="one", aud=f"{BASE}/cds-services")
    assert client.get("/cds-services", headers=again).status_code == 401


def test_a_call_that_failed_has_used_its_token_too(service):
    client = service()
    used = bearer(jti="one")
    assert client.post(PATH, data=b"not json", headers=used).status_code in (400, 415)
    assert client.post(PATH, json=call(), headers=used).status_code == 401


def test_a_token_that_was_refused_is_not_used(service):
    """Else whoever has seen an id could spoil the token that has it."""
    client = service()
    assert client.post(PATH, json=call(), headers=bearer(ec("other"), header(), jti="one")).status_code == 401
    assert client.post(PATH, json=call(), headers=bearer(jti="one")).status_code == 200


def test_a_token_that_one_service_took_no_other_takes(service):
    settings = Settings()
    one = service(replay=open_store(settings).used_tokens)
    two = service(replay=open_store(settings).used_tokens)
    used = bearer()
    assert one.post(PATH, json=call(), headers=used).status_code == 200
    assert two.post(PATH, json=call(), headers=used).status_code == 401
    assert two.post(PATH, json=call(), headers=bearer()).status_code == 200


def test_two_issuers_may_use_the_same_id(service, tmp_path):
    rest = f'[two]\nissuer = "{ISSUER}/two"\nkey_set_file = "keys.json"\n'
    client = service(rest=rest)
    assert client.post(PATH, json=call(), headers=bearer(jti="one")).status_code == 200
    assert client.post(PATH, json=call(), headers=bearer(jti="one", iss=f"{ISSUER}/two")).status_code == 200


def test_a_store_that_cannot_tell_takes_no_token(service):
    from cds_service.errors import Unavailable

    class Broken:
        def first_use(self, *_):
            raise Unavailable("The store cannot be had.")

    answer = service(replay=Broken()).post(PATH, json=call(), headers=bearer())
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.get_json()["resourceType"] == "OperationOutcome"
