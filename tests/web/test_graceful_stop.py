"""SIGTERM while calls are in flight, in a process of its own."""

import json
import os
import socket
import time

import pytest
from running_service import eventually, finish, running, starting

IN_FLIGHT = 20


def refused(address):
    try:
        socket.create_connection(address, 2).close()
    except OSError:
        return True
    return False


@pytest.mark.parametrize("workers", [1, 2])
def test_calls_in_flight_are_answered_before_it_stops(tmp_path, workers):
    with running(tmp_path, workers=workers) as service:
        calls = [service.half_sent() for _ in range(IN_FLIGHT)]
        # The one that asks for the metrics is in progress too.
        assert eventually(lambda: service.metrics()["cart_cds_requests_in_progress"] == IN_FLIGHT + 1)
        service.process.terminate()
        assert eventually(lambda: refused(service.address))
        assert service.process.poll() is None
        for call in calls:
            status, body = finish(call)
            assert status == 200
            assert len(json.loads(body)["trials"]) == 5
            call.close()
        assert service.process.wait(20) == 0
        lines = [json.loads(line) for line in service.log().splitlines()]
        assert sum(line.get("route") == "/match" and line["status"] == 200 for line in lines) == IN_FLIGHT
    assert not list(tmp_path.glob("*.sqlite-wal")), "the store was not closed"


def test_a_body_that_never_ends_is_cut_off_in_the_end(tmp_path):
    with running(tmp_path, stop_seconds=1) as service, service.half_sent() as call:
        assert eventually(lambda: service.metrics()["cart_cds_requests_in_progress"] == 2)
        assert service.stop(within=15) == 0
        assert call.recv(100) == b""


@pytest.mark.parametrize("after", [0, 0.4])
def test_it_stops_while_its_workers_start(tmp_path, after):
    with starting(tmp_path, workers=2) as service:
        assert eventually(lambda: "Spawning worker-2" in service.log(), 30)
        time.sleep(after)
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 10


def test_a_worker_that_is_killed_is_replaced(tmp_path):
    with running(tmp_path) as service:
        lines = [json.loads(line) for line in service.log().splitlines()]
        said = next(line["said"] for line in lines if line.get("said", "").startswith("Spawning worker"))
        os.kill(int(said.rpartition(" ")[2]), 9)

        def ready():
            try:
                return service.ask("GET", "/readyz")[0] == 200
            except OSError:
                return False

        assert eventually(lambda: not ready(), 5)
        assert eventually(ready, 30)
        assert service.stop() == 0
