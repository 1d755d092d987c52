"""Callers of the running service, over a socket: what the HTTP server could get wrong."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from keys_and_tokens import BASE, ISSUER, ec, key_set, token
from trusted_calls import call

START_WITHIN = 30


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    place = tmp_path_factory.mktemp("live")
    (place / "keys.json").write_bytes(key_set(ec()))
    (place / "clients.toml").write_text(f'[our-ehr]\nissuer = "{ISSUER}"\nkey_set_file = "keys.json"\n')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    environment = os.environ | {
        "CART_CDS_CLIENTS": str(place / "clients.toml"),
        "CART_CDS_PUBLIC_BASE_URL": BASE,
        "CART_CDS_DATA_DIR": str(place / "data"),
    }
    command = [sys.executable, "-c", f"from cds_service.web.server import run; run(port={number})"]
    with (
        (place / "log").open("wb") as log,
        subprocess.Popen(command, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            _wait_for(number, server)
            yield number
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)
    text = (place / "log").read_text()
    assert "eyJ" not in text, "a token is in the log"


def _wait_for(number, server):
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", number), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start")


def fresh(path="/feedback"):
    now = int(time.time())
    return token(iat=now, exp=now + 300, aud=f"{BASE}{path}", jti=os.urandom(16).hex()).encode()


def send(port, raw):
    """Status and body of the answer to these bytes."""
    with socket.create_connection(("127.0.0.1", port), 15) as caller:
        caller.sendall(raw)
        said = b""
        try:
            while piece := caller.recv(65536):
                said += piece
        except (ConnectionResetError, TimeoutError):
            pass
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]) if head else None, head, body


def get(port, *headers, target=b"/feedback"):
    lines = b"\r\n".join([b"GET %b HTTP/1.1" % target, b"Host: localhost", b"Connection: close", *headers])
    return send(port, lines + b"\r\n\r\n")


def test_a_right_token_is_taken_and_once(port):
    once = b"Authorization: Bearer " + fresh()
    assert get(port, once)[0] == 200
    status, head, body = get(port, once)
    assert status == 401
    assert b"www-authenticate: bearer" in head.lower()
    assert json.loads(body)["issue"][0]["details"]["text"] == "A valid Bearer token is needed."


def test_a_call_with_a_body_is_taken(port):
    body = json.dumps(call()).encode()
    path = "/cds-services/cart-trial-match"
    head = (
        b"POST %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\nAuthorization: Bearer %b\r\n\r\n" % (path.encode(), len(body), fresh(path))
    )
    assert send(port, head + body)[0] == 200


@pytest.mark.parametrize("name", [b"authorization", b"AUTHORIZATION", b"aUTHORIZATION"])
def test_the_headers_name_in_any_case(port, name):
    assert get(port, name + b": Bearer " + fresh())[0] == 200


@pytest.mark.parametrize("second", ["the same", "another", "none", "basic"])
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_two_headers_are_not_one_token(port, second, first):
    right = b"Authorization: Bearer " + fresh()
    other = {
        "the same": right,
        "another": b"Authorization: Bearer " + fresh(),
        "none": b"Authorization: Bearer a.b.c",
        "basic": b"Authorization: Basic dXNlcjpwYXNz",
    }[second]
    assert get(port, *([right, other] if first else [other, right]))[0] in (400, 401)


@pytest.mark.parametrize(
    "line",
    [
        b"Authorization : Bearer %b",
        b" Authorization: Bearer %b",
        b"Authorization_: Bearer %b",
        b"Authorization: Bearer %b\xc3\xa9",
        b"Authorization: Bearer\xc2\xa0%b",
        b"Authorization: Bearer \x00%b",
        b"Authorization: Bearer %b\x7f",
        b"Authorization: Bearer\r\n %b",
        b"X-Authorization: Bearer %b",
        b"Authorization: Bearer \xff\xfe%b",
    ],
    ids=repr,
)
def test_a_header_that_is_spelled_oddly_is_none(port, line):
    assert get(port, line % fresh())[0] in (400, 401, None)


@pytest.mark.parametrize("size", [9_000, 60_000, 500_000])
def test_a_huge_header_is_refused(port, size):
    assert get(port, b"Authorization: Bearer " + b"a" * size + b".b.c")[0] in (400, 401, 431, None)


@pytest.mark.parametrize(
    "target",
    [
        b"//feedback",
        b"/livez/../feedback",
        b"/./feedback",
        b"/feedback/",
        b"/feedback?x=/livez",
        b"/%66eedback",
        b"/feedback%00",
        b"/feedback#/livez",
        b"/feedback;/livez",
        b"http://localhost/feedback",
        b"http://evil.example.org/feedback",
        b"/livez%2f..%2ffeedback",
        b"*",
    ],
)
def test_another_spelling_of_the_address_needs_a_token_too(port, target):
    status, _, body = get(port, target=target)
    assert status in (400, 401, 404, None)
    assert b"trials" not in body


def test_the_service_is_there_afterwards(port):
    assert get(port, target=b"/livez")[0] == 200
    assert get(port, b"Authorization: Bearer " + fresh())[0] == 200
