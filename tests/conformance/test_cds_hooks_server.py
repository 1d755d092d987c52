"""CDS Hooks over a socket: what the web server in front of the application adds or spoils."""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from cds_hooks_calls import DISCOVERY, SERVICES, prepared

URL = SERVICES["patient-view"]
BODY = json.dumps(prepared("patient-view")).encode()
JSON = {"Content-Type": "application/json"}
LISTED = "https://sandbox.example.org"
START_WITHIN = 30


@pytest.fixture(scope="module")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", f"from cds_service.web.server import run; run(port={port})"]
    environment = os.environ | {
        "CART_CDS_CORS_ORIGINS": f'["{LISTED}"]',
        "CART_CDS_MAX_BODY_BYTES": "1000000",
    }
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as server:
        end = time.monotonic() + START_WITHIN
        while time.monotonic() < end and server.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield "127.0.0.1", port
        server.send_signal(signal.SIGTERM)


@pytest.fixture
def connection(address):
    opened = http.client.HTTPConnection(*address, timeout=20)
    yield opened
    opened.close()


def ask(connection, method, path, body=None, headers=None):
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer, answer.read()


def sent_raw(address, request):
    with socket.create_connection(address, 20) as caller:
        caller.sendall(request)
        return b"".join(iter(lambda: caller.recv(65536), b""))


def test_discovery_and_calls_on_one_connection(connection):
    for _ in range(3):
        answer, body = ask(connection, "GET", DISCOVERY)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert int(answer.headers["Content-Length"]) == len(body)
        assert len(json.loads(body)["services"]) == 2
        answer, body = ask(connection, "POST", URL, BODY, JSON)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert json.loads(body)["cards"]
        assert connection.sock is not None, "the connection stays open"


def test_an_error_does_not_spoil_the_connection(connection):
    for body, headers, status in [
        (b"{", JSON, 400),
        (b"", JSON, 400),
        (BODY, {"Content-Type": "text/plain"}, 415),
        (gzip.compress(BODY), JSON | {"Content-Encoding": "gzip"}, 415),
        (b" " * 3_000_000, JSON, 413),
        (BODY, JSON, 200),
    ]:
        answer, told = ask(connection, "POST", URL, body, headers)
        assert answer.status == status
        assert ("resourceType" in json.loads(told)) == (status != 200)


def test_head_has_the_headers_and_no_body(connection):
    answer, body = ask(connection, "HEAD", DISCOVERY)
    assert (answer.status, body) == (200, b"")
    assert answer.headers["Content-Type"] == "application/json"
    assert int(answer.headers["Content-Length"]) > 1000


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
def test_other_methods_are_405(connection, method):
    for path in (DISCOVERY, URL, f"{URL}/feedback"):
        answer, body = ask(connection, method, path)
        assert answer.status == 405
        assert "OPTIONS" in answer.headers["Allow"]
        assert json.loads(body)["resourceType"] == "OperationOutcome"


def test_a_preflight_over_the_wire(connection):
    asked = {
        "Origin": LISTED,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    answer, body = ask(connection, "OPTIONS", URL, headers=asked)
    assert (answer.status, body) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED
    assert answer.headers["Content-Type"] is None


def test_a_chunked_call_is_read_whole(connection):
    pieces = (BODY[start : start + 1000] for start in range(0, len(BODY), 1000))
    connection.request("POST", URL, pieces, JSON | {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 200
    assert json.loads(answer.read())["cards"]


def test_a_client_that_asks_before_it_sends(address):
    head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
    with socket.create_connection(address, 20) as caller:
        caller.sendall(f"{head}Content-Length: {len(BODY)}\r\n\r\n".encode())
        assert caller.recv(100).startswith(b"HTTP/1.1 100")
        caller.sendall(BODY)
        assert caller.recv(100).startswith(b"HTTP/1.1 200")
    with socket.create_connection(address, 20) as caller:
        caller.sendall(f"{head}Content-Length: 3000000\r\n\r\n".encode())
        assert caller.recv(100).startswith(b"HTTP/1.1 413")


def test_an_old_client_is_answered(address):
    told = sent_raw(address, f"GET {DISCOVERY} HTTP/1.0\r\n\r\n".encode())
    assert told.split(b" ")[1] == b"200"
    assert told.rpartition(b"\r\n\r\n")[2].startswith(b'{"services"')


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n{}",
        (
            b"POST %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ),
        b"POST %b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 100_000),
    ],
    ids=["garbage", "two lengths", "a negative length", "length and chunks", "a bad chunk", "a long address"],
)
def test_broken_http_is_of_the_400s(address, request_bytes):
    request_bytes = request_bytes.replace(b"%b", URL.encode())
    assert sent_raw(address, request_bytes).split(b" ")[1][:1] == b"4"
