"""Which FHIR servers a client may name: its own registered ones, in plain spellings, and no other."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from key_server import key_server
from keys_and_tokens import ISSUER, bearer
from trusted_calls import call

from cds_service.trust.addresses import base_address, is_loopback, is_public_name, origin
from cds_service.trust.client import Client
from cds_service.trust.key_ring import KeyRing

BASE = "https://fhir.example.org/r4"
PATH = "/cds-services/cart-trial-match"


def client(*bases):
    return Client("our-ehr", ISSUER, KeyRing(lambda: None), fhir_bases=bases)


@pytest.mark.parametrize(
    "spelling",
    [
        BASE,
        f"{BASE}/",
        "HTTPS://fhir.example.org/r4",
        "https://FHIR.Example.ORG/r4",
        "https://fhir.example.org:443/r4",
        "https://fhir.example.org:0443/r4",
        "https://fhir.example.org:/r4",
    ],
)
def test_the_same_address_in_another_spelling_is_the_registered_one(spelling):
    assert client(BASE).fhir_base(spelling) == BASE


OTHERS = [
    "http://fhir.example.org/r4",
    "https://fhir.example.org",
    "https://fhir.example.org/R4",
    "https://fhir.example.org/r4/other",
    "https://fhir.example.org/r45",
    "https://fhir.example.org//r4",
    "https://fhir.example.org/r4//",
    "https://fhir.example.org/./r4",
    "https://fhir.example.org/r4/.",
    "https://fhir.example.org/x/../r4",
    "https://fhir.example.org/r4/..",
    "https://fhir.example.org/%2e%2e/r4",
    "https://fhir.example.org/r%34",
    "https://fhir.example.org%2fr4",
    "https://fhir.example.org:8443/r4",
    "https://fhir.example.org:80/r4",
    "https://fhir.example.org:0/r4",
    "https://fhir.example.org:65979/r4",
    "https://fhir.example.org:443:443/r4",
    "https://fhir.example.org:٤٤٣/r4",
    "https://fhir.example.org./r4",
    "https://fhir.example.org../r4",
    "https://user@fhir.example.org/r4",
    "https://user:secret@fhir.example.org/r4",
    "https://fhir.example.org@evil.example/r4",
    "https://fhir.example.org:443@evil.example/r4",
    "https://evil.example#@fhir.example.org/r4",
    "https://evil.example\\@fhir.example.org/r4",
    "https://fhir.example.org\\@evil.example/r4",
    "https://evil.example?https://fhir.example.org/r4",
    "https:\\\\fhir.example.org\\r4",
    "https:/fhir.example.org/r4",
    "https:fhir.example.org/r4",
    "https:///fhir.example.org/r4",
    "//fhir.example.org/r4",
    "fhir.example.org/r4",
    "https://fhir.example.org/r4?x=1",
    "https://fhir.example.org/r4?",
    "https://fhir.example.org/r4#x",
    "https://fhir.example.org/r4#",
    "https://fhir.example.org/r4;x",
    "https://fhir.example.org.evil.example/r4",
    "https://evil-fhir.example.org/r4",
    "https://xfhir.example.org/r4",
    "https://example.org/r4",
    "https://fhir。example。org/r4",
    "https://fhir．example．org/r4",
    "https://fhir｡example｡org/r4",
    "https://ｆｈｉｒ.example.org/r4",
    "https://fhir.exampleⅼe.org/r4",
    "https://fhïr.example.org/r4",
    "https://fhir.examp\u00adle.org/r4",
    "https://fhir.example.org/r4\u200b",
    "https://fhir.example.org\u2044r4",
    " https://fhir.example.org/r4",
    "https://fhir.example.org/r4 ",
    "https://fhir.example.org/r4\n",
    "https://fhir.example.org/r4\r\nX-Header: y",
    "https://fhir.example.org\t/r4",
    "ht\ntps://fhir.example.org/r4",
    "https://fhir.example.org\x00.evil.example/r4",
    "ftp://fhir.example.org/r4",
    "file:///r4",
    "javascript:alert(1)",
    "data:application/json,{}",
    "https://[fhir.example.org]/r4",
    "https://fhir.example.org]/r4",
    "https://[::1/r4",
    "https://",
    "https:///",
    "",
    "https://" + "a" * 3000,
]


@pytest.mark.parametrize("spelling", OTHERS, ids=ascii)
def test_an_address_that_leads_or_might_lead_elsewhere_is_not_registered(spelling):
    assert client(BASE).fhir_base(spelling) is None


LOOPBACK = "http://127.0.0.1:8090/fhir"


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.1",
        "127.0.1",
        "127.0.0.01",
        "0127.0.0.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.0.0.1.",
        "127.0.0.1%00",
        "127.0.0.2",
        "0.0.0.0",  # noqa: S104
        "0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[::1%25lo]",
        "[v1.127]",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "127.0.0.1.nip.example",
        "user@127.0.0.1",
        "169.254.169.254",
    ],
    ids=ascii,
)
def test_this_machine_in_another_spelling_is_not_registered(host):
    assert client(LOOPBACK).fhir_base(f"http://{host}:8090/fhir") is None


@pytest.mark.parametrize("host", ["[0:0:0:0:0:0:0:1]", "[0::1]", "[::0001]"])
def test_an_ipv6_address_is_registered_in_the_spelling_it_was_written_in(host):
    assert client("http://[::1]:8090/fhir").fhir_base("http://[::1]:8090/fhir/")
    assert client("http://[::1]:8090/fhir").fhir_base(f"http://{host}:8090/fhir") is None


@settings(derandomize=True, deadline=None, max_examples=400)
@given(st.text(alphabet="htps:/\\@.#?%[]1270 fir-exampleog\u3002\n", max_size=60))
def test_no_text_is_more_than_the_registered_address(text):
    for spelling in (
        text,
        f"{BASE}{text}",
        f"https://{text}fhir.example.org/r4",
        f"https://fhir{text}.example.org/r4",
    ):
        assert client(BASE).fhir_base(spelling) in (None, BASE)
        plain = base_address(spelling)
        assert plain is None or base_address(plain) == plain


@pytest.mark.parametrize(
    "url",
    ["https://fhir.example.org:0/r4", "https://fhir.example.org:99999/r4", "https://:443/r4", "https://[/r4"],
)
def test_an_address_that_nothing_can_have_cannot_be_registered(url):
    assert base_address(url) is None


@pytest.mark.parametrize("value", [None, 5, b"https://fhir.example.org/r4", [BASE], {"url": BASE}])
def test_what_is_no_text_is_no_address(value):
    assert base_address(value) is None
    assert origin(value) is None


@pytest.mark.parametrize(
    ("host", "right"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("[::1]", True), ("::ffff:127.0.0.1", True)]
    + [(host, False) for host in ("127.1", "localhost.", "", "0", "::", "127.0.0.1.example.org", "x", "٠")],
)
def test_what_is_this_machine_and_what_might_not_be(host, right):
    assert is_loopback(host) is right


def test_a_name_without_a_dot_is_of_no_public_dns():
    assert not is_public_name("workstation:8080")
    assert is_public_name("evil.example.org:8080")


# Over HTTP, with a server that counts who calls it.


def nothing(out):
    out.send(json.dumps({"resourceType": "OperationOutcome", "issue": []}).encode(), b"HTTP/1.1 404 No\r\n")


def ask(service, server, issuer=ISSUER):
    authorization = {"access_token": "a-token-for-tests", "token_type": "Bearer", "expires_in": 300}
    body = call(fhirServer=server, fhirAuthorization=authorization)
    return service.post(PATH, json=body, headers=bearer(iss=issuer))


@pytest.fixture
def two_clients(service):
    """The service with two clients, each with its own FHIR server."""

    def make(one, two):
        rest = f'[two]\nissuer = "{ISSUER}/two"\nkey_set_file = "keys.json"\nfhir_bases = ["{two}"]\n'
        return service(rest=rest, fhir_bases=f'["{one}"]')

    return make


def test_a_client_may_have_its_own_server_called_and_not_anothers(two_clients):
    with key_server(nothing) as one, key_server(nothing) as two:
        client = two_clients(one.url, two.url)
        assert ask(client, two.url).status_code == 200
        assert ask(client, one.url, f"{ISSUER}/two").status_code == 200
        assert one.asked == two.asked == []
        assert ask(client, one.url).status_code == 200
        assert one.asked
        assert two.asked == []
        assert all("Authorization: Bearer a-token-for-tests" in each for each in one.asked)


@pytest.mark.parametrize(
    "spelling",
    [
        "http://localhost:{port}/jwks",
        "http://127.1:{port}/jwks",
        "http://2130706433:{port}/jwks",
        "http://[::ffff:127.0.0.1]:{port}/jwks",
        "http://127.0.0.1:{port}",
        "http://127.0.0.1:{port}/jwks/../jwks",
        "http://user@127.0.0.1:{port}/jwks",
        "http://127.0.0.1:{port}/jwks?x",
        "http://127.0.0.1:{port}\\jwks",
    ],
)
def test_an_unregistered_spelling_is_never_called(two_clients, spelling):
    with key_server(nothing) as server:
        client = two_clients(server.url, "https://fhir.example.org/r4")
        answer = ask(client, spelling.format(port=server.server_address[1]))
        assert answer.status_code == 200
        assert server.asked == []


def test_a_client_without_registered_servers_has_none_called(service):
    with key_server(nothing) as server:
        answer = ask(service(), server.url)
        assert answer.status_code == 200
        assert server.asked == []


def test_the_servers_of_a_service_without_clients_are_not_for_clients(tmp_path):
    from cds_service.errors import SettingError
    from cds_service.settings import read_settings

    with pytest.raises(SettingError, match="CART_CDS_FHIR_BASES is for a service without clients"):
        read_settings(
            clients=tmp_path / "x.toml",
            public_base_url="https://x.example",
            fhir_bases=("https://f.example",),
        )
