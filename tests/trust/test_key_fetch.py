"""A key set from its registered address, and servers there that do not behave. All on the loopback."""

import gzip
import threading
import time

import pytest
from key_server import OK, certificate, key_server, serving
from keys_and_tokens import ISSUER, KID, ec, header, key_set, public, token

from cds_service.errors import Unauthorized
from cds_service.trust.client_file import read_clients
from cds_service.trust.gate import Gate
from cds_service.trust.key_fetch import MOST_BYTES, fetch_key_set
from cds_service.trust.key_ring import PAUSE
from cds_service.trust.keys import KeySetError, read_key_set

SET = key_set(ec())
SECONDS = 0.6
PATH = "/cds-services/cart-trial-match"
BASE = "https://cds.example.org"


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def fetch(behave, seconds=SECONDS):
    """What came, or why nothing did; and within which time."""
    with key_server(behave) as server:
        began = time.monotonic()
        try:
            return read_key_set(fetch_key_set(server.url, seconds)), server
        except KeySetError as error:
            return str(error), server
        finally:
            assert time.monotonic() - began < seconds + 1.5


def test_a_set_is_fetched_without_credentials(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1\nlogin cart\npassword secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    keys, server = fetch(serving(SET))
    assert keys.find(KID, "ES384")
    (asked,) = server.asked
    assert asked.startswith("GET /jwks HTTP/1.1\r\n")
    assert "authorization" not in asked.lower()
    assert "cookie" not in asked.lower()
    assert "accept-encoding: identity" in asked.lower()


def test_a_set_without_a_length_is_read_to_its_end():
    keys, _ = fetch(lambda out: out.wfile.write(OK + b"\r\n" + SET))
    assert keys.find(KID, "ES384")


def test_a_chunked_set_is_read():
    def chunked(out):
        out.wfile.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(SET), 50):
            piece = SET[start : start + 50]
            out.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        out.wfile.write(b"0\r\n\r\n")

    keys, _ = fetch(chunked)
    assert keys.find(KID, "ES384")


def resets(out):
    out.wfile.write(OK + b"Content-Length: 5000\r\n\r\n{")
    out.connection.shutdown(2)


def endless(out):
    out.wfile.write(OK + b"\r\n")
    while not out.server.stopped.is_set():
        out.wfile.write(b" " * 65536)


def endless_chunks(out):
    out.wfile.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while not out.server.stopped.is_set():
        out.wfile.write(b"1000\r\n" + b" " * 0x1000 + b"\r\n")


def zipped(out):
    out.send(gzip.compress(b" " * 20_000_000, 1), OK + b"Content-Encoding: gzip\r\n")


FAULTS = {
    "an error": (lambda out: out.send(b"no", b"HTTP/1.1 500 No\r\n"), "its address answered 500"),
    "not found": (lambda out: out.send(SET, b"HTTP/1.1 404 No\r\n"), "its address answered 404"),
    "created": (lambda out: out.send(SET, b"HTTP/1.1 201 Yes\r\n"), "its address answered 201"),
    "an HTML page": (serving(b"<html><body>Sign in</body></html>"), "it is no JWK Set"),
    "nothing": (serving(b""), "it is no JWK Set"),
    "half a set": (serving(SET[:-20]), "it is no JWK Set"),
    "deep JSON": (serving(b"[" * 100_000), "it is no JWK Set"),
    "a list": (serving(b'[{"keys": []}]'), "it is no JWK Set"),
    "more bytes than keys need": (serving(b" " * (MOST_BYTES + 1)), "sends more than"),
    "an endless body": (endless, "sends more than"),
    "endless chunks": (endless_chunks, "sends more than"),
    "more keys than a client has": (
        serving(b'{"keys": [' + b",".join([b"{}"] * 101) + b"]}"),
        "it has more than 100 keys",
    ),
    "a compressed body": (zipped, "compressed, unasked"),
    "a connection that breaks": (resets, "does not answer"),
    "a body that drips": (lambda out: out.drip(OK + b"\r\n" + b" " * 10_000, 0.01), "in time|too slowly"),
    "a header that drips": (lambda out: out.drip(OK + b"X-Long: " + b"a" * 5000, 0.02), "in time|too slowly"),
    "headers without end": (
        lambda out: out.drip(OK + b"X: y\r\n" * 5000, 0.001),
        "in time|too slowly|does not answer",
    ),
    "silence": (lambda out: out.server.stopped.wait(10), "in time|too slowly"),
    "another protocol": (lambda out: out.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n"), "does not answer"),
    "a status that is none": (lambda out: out.send(SET, b"HTTP/1.1 abc OK\r\n"), "does not answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_does_not_behave_costs_little_time_and_says_what_it_did(fault):
    behave, words = FAULTS[fault]
    said, _ = fetch(behave)
    assert isinstance(said, str), "keys came"
    assert any(word in said for word in words.split("|")), said


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(code):
    with key_server(serving(SET)) as elsewhere:

        def leads_there(out):
            out.send(b"", f"HTTP/1.1 {code} There\r\nLocation: {elsewhere.url}\r\n".encode())

        said, _ = fetch(leads_there)
        assert said == f"its address answered {code}"
        assert elsewhere.asked == []


def test_a_server_that_is_not_there():
    with key_server(serving(SET)) as server:
        url = server.url
    with pytest.raises(KeySetError, match="does not answer"):
        fetch_key_set(url, SECONDS)


def test_nothing_is_left_running_when_it_is_over():
    fetch(serving(SET))
    fetch(lambda out: out.drip(OK + b"X: " + b"a" * 5000))
    end = time.monotonic() + 2
    while time.monotonic() < end and any(t.name == "key-set-deadline" for t in threading.enumerate()):
        time.sleep(0.01)
    assert not any(t.name == "key-set-deadline" for t in threading.enumerate())


# The whole way: clients file, https, gate.


@pytest.fixture
def gate_at(tmp_path, monkeypatch):
    """A gate for the client whose keys are at that address; the certificate is trusted."""

    def make(url, authority=None):
        if authority:
            monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority))
        file = tmp_path / "clients.toml"
        file.write_text(f'[our-ehr]\nissuer = "{ISSUER}"\nkey_set_url = "{url}"\n')
        from keys_and_tokens import NOW

        return Gate(read_clients(file), BASE, now=lambda: NOW)

    return make


def admitted(gate, *args, **more):
    try:
        return gate.admit(f"Bearer {token(*args, **more)}", PATH).client.name
    except Unauthorized as refused:
        return refused.reason


def test_keys_come_from_the_registered_https_address_once(tmp_path, gate_at):
    tls, authority = certificate(tmp_path)
    with key_server(serving(SET), tls) as server:
        gate = gate_at(server.url, authority)
        assert server.asked == []
        assert [admitted(gate) for _ in range(3)] == ["our-ehr"] * 3
        assert len(server.asked) == 1


def test_a_certificate_that_nobody_vouches_for_is_no_key_server(tmp_path, gate_at):
    tls, _ = certificate(tmp_path)
    with key_server(serving(SET), tls) as server:
        assert admitted(gate_at(server.url)) == "keys-unavailable"
        assert server.asked == []


def test_a_certificate_of_another_address_is_no_key_server(tmp_path, gate_at):
    tls, authority = certificate(tmp_path, "127.0.0.2")
    with key_server(serving(SET), tls) as server:
        assert admitted(gate_at(server.url, authority)) == "keys-unavailable"
        assert server.asked == []


def test_a_token_for_a_new_key_fetches_once_and_made_up_ones_do_not_fetch_again(tmp_path, gate_at):
    tls, authority = certificate(tmp_path)
    new = ec("new")
    with key_server(serving(SET), tls) as server:
        gate = gate_at(server.url, authority)
        assert admitted(gate) == "our-ehr"
        server.behave = serving(key_set(ec(), new))
        assert admitted(gate, new, header(kid="new")) == "our-ehr"
        for number in range(10):
            assert admitted(gate, new, header(kid=f"made-up-{number}")) == "key"
        assert len(server.asked) == 2
        assert PAUSE > 1
        server.behave = lambda out: out.send(b"no", b"HTTP/1.1 500 No\r\n")
        assert admitted(gate) == "our-ehr"


def test_no_address_in_a_token_is_ever_asked(tmp_path, gate_at):
    evil = ec("evil")
    with key_server(serving(key_set(evil))) as elsewhere, key_server(serving(SET)) as unregistered:
        tls, authority = certificate(tmp_path)
        with key_server(serving(SET), tls) as server:
            gate = gate_at(server.url, authority)
            for head in (
                {"jku": elsewhere.url},
                {"jku": server.url + "/../evil"},
                {"x5u": elsewhere.url},
                {"jwk": public(evil)["keys"][0], "x5u": elsewhere.url},
                {"x5c": ["AAAA"], "jku": server.url},
                {"kid": elsewhere.url},
                {"jku": unregistered.url, "x5u": elsewhere.url},
            ):
                assert admitted(gate, evil, header(**{"kid": "evil"} | head)) in ("header", "key")
                assert admitted(gate, evil, header(**head)) in ("header", "key", "signature")
            assert elsewhere.asked == unregistered.asked == []
            assert len(server.asked) <= 2
            assert admitted(gate, head=header(jku=server.url)) == "our-ehr"


def test_a_set_with_bad_keys_in_it_still_serves_its_good_one(tmp_path, gate_at):
    import json

    tls, authority = certificate(tmp_path)
    members = [
        {"alg": ["ES384"], "kid": "x", "kty": "EC"},
        None,
        ec("secret").as_dict(private=True),
        *public(ec("p256", "P-256"), ec())["keys"],
    ]
    with key_server(serving(json.dumps({"keys": members}).encode()), tls) as server:
        gate = gate_at(server.url, authority)
        assert admitted(gate) == "our-ehr"
        assert admitted(gate, ec("secret"), header(kid="secret")) == "key"
        assert admitted(gate, ec("p256", "P-256"), header(alg="ES256", kid="p256")) == "header"
