"""The service as it runs: under granian, over a socket."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from hook_calls import CONDITION, PATIENT, bundle

START_WITHIN = 30


@pytest.fixture(scope="module")
def address():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", f"from cds_service.web.server import run; run(port={port})"]
    environment = os.environ | {"CART_CDS_MAX_BODY_BYTES": "100000"}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        try:
            wait_for(port, server)
            yield "127.0.0.1", port
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=20)
    assert server.returncode in (0, -signal.SIGTERM)


def wait_for(port, server):
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not start")


def ask(address, method, path, body=None, headers=None, *, chunked=False):
    connection = http.client.HTTPConnection(*address, timeout=20)
    try:
        connection.request(method, path, body, headers or {}, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


CHART = json.dumps(bundle(PATIENT, CONDITION)).encode()


def test_it_is_ready_with_its_rules(address):
    status, said = ask(address, "GET", "/readyz")
    assert (status, said["trials"]) == (200, 5)


def test_curl_d_works(address):
    status, said = ask(
        address, "POST", "/match", CHART, {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert (status, len(said["trials"])) == (200, 5)


def test_a_chunked_chart_is_read_whole_and_a_long_one_refused(address):
    headers = {"Transfer-Encoding": "chunked"}
    pieces = (CHART[start : start + 50] for start in range(0, len(CHART), 50))
    assert ask(address, "POST", "/match", pieces, headers, chunked=True)[0] == 200
    long = iter([b" " * 60_000] * 2)
    assert ask(address, "POST", "/match", long, headers, chunked=True)[0] == 413


def test_a_client_that_sends_on_and_on_still_reads_why_it_is_refused(address):
    connection = http.client.HTTPConnection(*address, timeout=20)
    for path, kind, status in [
        ("/cds-services/cart-trial-match", "application/json", 413),
        ("/cds-services/cart-trial-match", "text/plain", 415),
        ("/nothing", "application/json", 404),
    ]:
        connection.request("POST", path, b" " * 20_000_000, {"Content-Type": kind})
        answer = connection.getresponse()
        assert answer.status == status
        assert json.loads(answer.read())["resourceType"] == "OperationOutcome"
    connection.close()


def test_a_long_body_that_is_only_announced_is_refused_at_once(address):
    with socket.create_connection(address, 5) as caller:
        caller.sendall(b"POST /match HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n")
        assert caller.recv(100).startswith(b"HTTP/1.1 413")


def test_a_body_that_breaks_off_is_refused(address):
    with socket.create_connection(address, 20) as caller:
        caller.sendall(b"POST /match HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + CHART)
        caller.shutdown(socket.SHUT_WR)
        assert caller.recv(100).startswith(b"HTTP/1.1 400")
