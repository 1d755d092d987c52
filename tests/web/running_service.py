"""The service as an operator runs it: ``cart-cds serve`` in a process of its own, on a free port."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from metric_reading import samples

ROOT = Path(__file__).parents[2]
CHART = (ROOT / "fhir_fixtures/patients/sle-woman-possible-match/bundle.json").read_bytes()
START_WITHIN = 60


class Running:
    def __init__(self, port, process, data_dir):
        self.port = port
        self.process = process
        self.data_dir = data_dir
        self.address = ("127.0.0.1", port)

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def get(self, path):
        return json.loads(self.ask("GET", path)[2])

    def metrics(self):
        return samples(self.ask("GET", "/metrics")[2].decode())

    def half_sent(self, body=CHART):
        """A connection on which all but the last byte of a chart was sent."""
        connection = socket.create_connection(self.address, 30)
        head = f"POST /match HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body[:-1])
        return connection

    def stop(self, within=60):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def log(self):
        return (self.data_dir / "log.txt").read_text()


def finish(connection, body=CHART):
    """The rest of a chart that was half sent, and the answer's status and body."""
    connection.sendall(body[-1:])
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.read()


def eventually(true, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def running(data_dir, **settings):
    """Start it and wait until it is ready; settings as in docs/settings.md."""
    with starting(data_dir, **settings) as service:
        process = service.process
        assert eventually(lambda: process.poll() is not None or _ready(service), START_WITHIN)
        assert process.poll() is None, service.log()
        yield service


@contextmanager
def starting(data_dir, **settings):
    """Start it, and stop it at the end where the test has not."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"CART_CDS_DATA_DIR": str(data_dir)}
    environment |= {f"CART_CDS_{name.upper()}": str(value) for name, value in settings.items()}
    command = [sys.executable, "-c", "from cds_service.cli import main; main()", "serve", "--port", str(port)]
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    service = Running(port, process, data_dir)
    try:
        yield service
    finally:
        if process.poll() is None:
            service.stop()


def _ready(service):
    try:
        return service.ask("GET", "/readyz")[0] == 200
    except OSError:
        return False
