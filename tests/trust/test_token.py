"""Tokens, right and wrong, as hostile and as real clients send them."""

import hmac
import json

import pytest
from keys_and_tokens import (
    ISSUER,
    KID,
    NOW,
    SERVICE,
    b64,
    claims,
    ec,
    header,
    key_set,
    public,
    rsa,
    sign,
    token,
)

from cds_service.trust.client import Client, Clients
from cds_service.trust.key_ring import KeyRing
from cds_service.trust.keys import KeySetError, read_key_set
from cds_service.trust.token import LONGEST, Refusal, Refused, bearer_token, check_token

KEYS = read_key_set(key_set(ec(), rsa(), ec("p256", "P-256")))


def no_load():
    raise KeySetError("there is nothing newer")


def client(**more):
    return Client(**{"name": "our-ehr", "issuer": ISSUER, "keys": KeyRing(no_load, KEYS)} | more)


def check(text, **more):
    return check_token(text, Clients([client(**more)]), {SERVICE}, NOW)


def refusal(text, **more):
    with pytest.raises(Refused) as refused:
        check(text, **more)
    return refused.value.reason


def test_a_right_token_names_its_client():
    whose, said = check(token(tenant="north"))
    assert (whose.name, said.tenant) == ("our-ehr", "north")


@pytest.mark.parametrize(("alg", "key"), [("ES384", ec()), ("RS384", rsa())])
def test_the_recommended_algorithms_are_taken(alg, key):
    check(token(key, header(alg=alg, kid=key.kid)))


@pytest.mark.parametrize(("alg", "key"), [("ES256", ec("p256", "P-256")), ("RS256", rsa())])
def test_two_more_are_taken_only_where_they_are_allowed(alg, key):
    head = header(alg=alg, kid=key.kid)
    assert refusal(token(key, head)) is Refusal.HEADER
    check(token(key, head), algorithms=(alg,))


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "", "ES384 ", "es384", "ES512", "PS384", "HS384"]
)
def test_another_algorithm_is_refused_whoever_signed(alg):
    assert refusal(sign(header(alg=alg), json.dumps(claims()).encode(), ec(), alg="ES384")) is Refusal.HEADER


def test_an_unsigned_token_is_refused():
    text = f"{b64(json.dumps(header(alg='none')).encode())}.{b64(json.dumps(claims()).encode())}."
    assert refusal(text) is Refusal.HEADER
    with pytest.raises(Refused):
        bearer_token(f"Bearer {text}")


@pytest.mark.parametrize(
    "secret",
    [rsa().as_pem(private=False), json.dumps(public(rsa())["keys"][0]).encode(), rsa().as_der(private=False)],
    ids=["PEM", "JWK", "DER"],
)
@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_the_public_key_as_a_shared_secret_is_refused(alg, secret):
    head = json.dumps(header(alg=alg, kid=rsa().kid)).encode()
    signing_input = f"{b64(head)}.{b64(json.dumps(claims()).encode())}"
    # by hand, since joserfc itself refuses to take a public key for a secret
    signature = hmac.digest(secret, signing_input.encode(), alg.replace("HS", "sha"))
    assert refusal(f"{signing_input}.{b64(signature)}") is Refusal.HEADER


def test_a_key_of_another_curve_or_kind_does_not_fit():
    every = ("ES384", "ES256", "RS384")
    assert refusal(token(ec("p256", "P-256"), header(kid="p256")), algorithms=every) is Refusal.KEY
    assert refusal(token(head=header(kid="rsa-1")), algorithms=every) is Refusal.KEY
    assert refusal(token(rsa(), header(alg="RS384")), algorithms=every) is Refusal.KEY


def test_a_signature_of_another_key_of_that_id_is_wrong():
    assert refusal(token(ec("other"), header())) is Refusal.SIGNATURE


def test_a_changed_claim_spoils_the_signature():
    head, _, signature = token().split(".")
    body = b64(json.dumps(claims(tenant="south")).encode())
    assert refusal(f"{head}.{body}.{signature}") is Refusal.SIGNATURE


@pytest.mark.parametrize(
    "signature", ["", "AA", b64(bytes(96)), b64(b"\xff" * 96), b64(bytes(512)), "A" * 1300]
)
def test_a_signature_that_is_none_is_refused(signature):
    text = token().rpartition(".")[0]
    assert refusal(f"{text}.{signature}") in (Refusal.SIGNATURE, Refusal.UNREADABLE)


@pytest.mark.parametrize(
    "more",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"crit": None},
        {"crit": ["b64"], "b64": False},
        {"b64": True},
        {"kid": ...},
        {"kid": ""},
        {"kid": 5},
        {"kid": None},
        {"kid": ["key+1/a="]},
        {"typ": ...},
        {"typ": "at+jwt"},
        {"typ": 5},
        {"jku": 5},
        {"alg": ["ES384"]},
        {"alg": 5},
    ],
    ids=repr,
)
def test_a_header_that_lacks_something_or_asks_for_more_is_refused(more):
    head = header(**more)
    body = json.dumps(claims()).encode()
    assert refusal(sign(head, body, ec(), alg="ES384")) in (Refusal.HEADER, Refusal.UNREADABLE)


def test_members_of_the_header_that_are_not_known_are_ignored():
    check(
        token(head=header(nonce="x", x5t="y", jwk=public(ec("evil"))["keys"][0], x5u="https://evil.example"))
    )


def test_a_key_in_the_header_is_never_used():
    head = header(jwk=public(ec("evil"))["keys"][0])
    assert refusal(token(ec("evil"), head)) is Refusal.SIGNATURE


def test_an_unknown_key_is_refused():
    assert refusal(token(head=header(kid="../../dev/null"))) is Refusal.KEY


@pytest.mark.parametrize(
    "jku", ["https://evil.example.org/keys", "http://ehr.example.org/keys", "file:///etc", "x"]
)
def test_an_address_of_keys_that_is_not_registered_is_refused(jku):
    assert refusal(token(head=header(jku=jku))) is Refusal.HEADER
    assert refusal(token(head=header(jku=jku)), jku=("https://keys.example.org/jwks",)) is Refusal.HEADER


def test_a_registered_address_of_keys_is_taken():
    check(token(head=header(jku="https://keys.example.org/jwks")), jku=("https://keys.example.org/jwks",))
    assert (
        refusal(token(head=header(jku=f"{ISSUER}/jwks")), jku=("https://keys.example.org/jwks",))
        is Refusal.HEADER
    )


def test_without_a_registered_address_the_issuers_own_server_may_be_named():
    check(token(head=header(jku=f"{ISSUER}/.well-known/jwks.json")))


@pytest.mark.parametrize("issuer", ["https://evil.example.org", f"{ISSUER}/", ISSUER.upper(), "x"])
def test_another_issuer_is_refused(issuer):
    assert refusal(token(iss=issuer)) is Refusal.ISSUER


WRONG = [..., None, 5, 1.5, True, "", [], {}, {"a": 1}, [None], [5], [""], "\x00", "a\ud800"]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize("claim", ["iss", "aud", "jti", "exp", "iat"])
def test_a_claim_that_is_missing_or_of_a_wrong_type_is_refused(claim, wrong):
    if claim in ("exp", "iat") and wrong in (5, 1.5, True) and wrong is not True:
        assert refusal(token(**{claim: wrong})) is Refusal.TIME
    else:
        refused = (Refusal.CLAIMS, Refusal.ISSUER, Refusal.AUDIENCE)
        assert refusal(token(**{claim: wrong})) in refused


@pytest.mark.parametrize("wrong", ["1800000000", -1, 2**64, 10**400, 1e300, True, [NOW], {}], ids=str)
@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
def test_a_time_that_is_no_number_of_seconds_is_refused(claim, wrong):
    assert refusal(token(**{claim: wrong})) is Refusal.CLAIMS


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999", "-0.1e5"])
def test_a_number_that_is_none_is_refused(text):
    body = json.dumps(claims()).replace(f'"exp": {NOW + 300}', f'"exp": {text}').encode()
    assert text.encode() in body
    assert refusal(token(body=body)) is Refusal.CLAIMS


@pytest.mark.parametrize(("length", "right"), [(1, True), (256, True), (257, False)])
def test_a_token_id_has_at_most_256_characters(length, right):
    text = token(jti="x" * length)
    if right:
        check(text)
    else:
        assert refusal(text) is Refusal.CLAIMS


@pytest.mark.parametrize("aud", [SERVICE, [SERVICE], ["https://other.example.org", SERVICE]])
def test_the_address_called_may_be_one_of_several(aud):
    check(token(aud=aud))


@pytest.mark.parametrize(
    "aud",
    [
        "https://cds.example.org",
        "https://cds.example.org/cds-services",
        f"{SERVICE}/feedback",
        f"{SERVICE}?x=1",
        SERVICE.upper(),
        SERVICE.replace("https", "http"),
        ["https://other.example.org"],
        f" {SERVICE}",
    ],
    ids=str,
)
def test_another_address_is_refused(aud):
    assert refusal(token(aud=aud)) is Refusal.AUDIENCE


def test_a_client_may_be_registered_with_an_address_of_its_own():
    check(
        token(aud="https://example.org/savecdshooksrequest"),
        audiences=("https://example.org/savecdshooksrequest",),
    )


@pytest.mark.parametrize(
    ("times", "right"),
    [
        ({"exp": NOW + 300}, True),
        ({"exp": NOW - 59, "iat": NOW - 300}, True),
        ({"exp": NOW - 60, "iat": NOW - 300}, False),
        ({"iat": NOW + 1}, True),
        ({"iat": NOW + 60}, True),
        ({"iat": NOW + 61}, False),
        ({"iat": NOW + 0.5, "exp": NOW + 300.5}, True),
        ({"nbf": NOW - 300}, True),
        ({"nbf": NOW + 60}, True),
        ({"nbf": NOW + 61}, False),
        ({"exp": NOW + 900}, True),
        ({"exp": NOW + 901}, False),
        ({"exp": NOW + 315_360_000}, False),
        ({"exp": NOW, "iat": NOW}, False),
        ({"exp": NOW - 5, "iat": NOW}, False),
        ({"exp": NOW + 60, "iat": NOW - 10_000}, False),
    ],
    ids=str,
)
def test_times_are_taken_with_a_minutes_leeway_and_a_quarter_of_an_hours_life(times, right):
    if right:
        check(token(**times))
    else:
        assert refusal(token(**times)) is Refusal.TIME


def test_leeway_and_life_are_the_clients_own():
    assert refusal(token(iat=NOW + 1), leeway=0) is Refusal.TIME
    check(token(exp=NOW + 3600), longest_life=3600)


def test_only_agreed_tenants_may_call_where_tenants_are_agreed():
    check(token(tenant="north"), tenants=("north", "east"))
    assert refusal(token(tenant="south"), tenants=("north",)) is Refusal.TENANT
    assert refusal(token(), tenants=("north",)) is Refusal.TENANT
    assert refusal(token(tenant=["north"]), tenants=("north",)) is Refusal.CLAIMS
    check(token(tenant="anything"))


@pytest.mark.parametrize("tenant", ["a\x00b", "a\nb", "\x1b[2J", "a\u202eb", "", "x" * 2049])
def test_a_tenant_that_no_log_or_database_could_hold_is_refused(tenant):
    assert refusal(token(tenant=tenant)) is Refusal.CLAIMS


def test_an_epic_token_is_taken():
    body = claims(
        nbf=NOW - 300, iat=NOW, exp=NOW + 900, sub="2a9c7d4e-client-id", aud="https://example.org/hook"
    )
    head = header(alg="RS384", kid=rsa("q+vV/0lR2==").kid, jku=f"{ISSUER}/jwks")
    keys = KeyRing(no_load, read_key_set(key_set(rsa("q+vV/0lR2=="))))
    check(token(rsa("q+vV/0lR2=="), head, body), keys=keys, audiences=("https://example.org/hook",))


def test_a_token_of_the_public_sandbox_is_taken():
    sandbox = "https://sandbox.cds-hooks.org"
    kid = "44823f3d-0b01-4a6c-a80e-b9d3e8a7226f"
    keys = KeyRing(no_load, read_key_set(key_set(ec(kid))))
    text = token(ec(kid), header(kid=kid, jku=f"{sandbox}/.well-known/jwks.json"), iss=sandbox, iat=NOW + 1)
    check(text, issuer=sandbox, keys=keys)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b",
        "Bearer a.b.c.d",
        "Bearer a.b.c, Bearer a.b.c",
        "Bearer a.b.c,Bearer a.b.c",
        "Bearer a.b.c a.b.c",
        "Bearer a.b.c=",
        "Bearer a+a.b.c",
        "Bearer a/a.b.c",
        "Bearer a.ü.c",
        "Bearer a.b.c\n",
        "Bearer\ta.b.c",
        "Basic dXNlcjpwYXNz",
        "a.b.c",
        "Token a.b.c",
        f"Bearer {'a' * LONGEST}.b.c",
    ],
    ids=lambda text: str(text)[:40],
)
def test_what_is_no_bearer_token_is_refused(authorization):
    with pytest.raises(Refused):
        bearer_token(authorization)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_read_in_any_case(scheme):
    """RFC 9110, 11.1: the name of an authentication scheme is case-insensitive."""
    assert bearer_token(f"{scheme} a.b.c") == "a.b.c"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"", b"{}"),
        (b"[]", b"{}"),
        (b"null", b"{}"),
        (b'"alg"', b"{}"),
        (b"\xff\xfe", b"{}"),
        (b"{" * 2000, b"{}"),
        (b'{"alg":' + b"[" * 1500 + b"]" * 1500 + b"}", b"{}"),
        (json.dumps(header()).encode(), b""),
        (json.dumps(header()).encode(), b"[]"),
        (json.dumps(header()).encode(), b"null"),
        (json.dumps(header()).encode(), b"\xff"),
        (json.dumps(header()).encode(), b"[" * 3000 + b"]" * 3000),
        (json.dumps(header()).encode(), b'{"iss":' + b"[" * 2500 + b"]" * 2500 + b"}"),
        (json.dumps(header()).encode(), b"not json"),
    ],
    ids=lambda part: part[:20],
)
def test_what_is_no_json_object_is_refused(head, body):
    assert refusal(sign(head, body, ec(), alg="ES384")) in (
        Refusal.UNREADABLE,
        Refusal.HEADER,
        Refusal.CLAIMS,
    )


@pytest.mark.parametrize("text", ["a.b.c", "....", "..", "a..c", "e30.e30.e30", "AAAA.AAAA.AAAA", "a" * 50])
def test_bad_base64_is_refused(text):
    assert refusal(text) in (Refusal.UNREADABLE, Refusal.HEADER)


def test_each_cut_and_each_changed_character_of_a_token_is_refused():
    text = token()
    for place in range(0, len(text), 7):
        changed = "A" if text[place] != "A" else "B"
        for wrong in (text[:place], text[:place] + changed + text[place + 1 :], text[place:]):
            if wrong != text:
                with pytest.raises(Refused):
                    check(wrong)


def test_a_set_with_two_keys_of_that_id_answers_with_neither():
    keys = KeyRing(
        no_load, read_key_set(key_set(ec(), ec("other")).replace(b'"other"', json.dumps(KID).encode()))
    )
    assert refusal(token(), keys=keys) is Refusal.KEY


def test_keys_that_cannot_be_had_are_told_apart_in_the_log():
    assert refusal(token(), keys=KeyRing(no_load)) is Refusal.KEYS_UNAVAILABLE
