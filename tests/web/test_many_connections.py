"""Connections that do nothing, and more calls than are answered at once."""

import socket
import time

from running_service import CHART, eventually, finish, running


def test_a_good_call_among_idle_and_half_sent_ones_is_answered_within_a_second(tmp_path):
    with running(tmp_path) as service:
        idle = [socket.create_connection(service.address, 10) for _ in range(200)]
        half_bodies = [service.half_sent() for _ in range(32)]
        half_heads = [socket.create_connection(service.address, 10) for _ in range(32)]
        for connection in half_heads:
            connection.sendall(b"POST /match HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert eventually(lambda: service.metrics()["cart_cds_requests_in_progress"] == 33)
        took = []
        for _ in range(5):
            began = time.monotonic()
            assert service.ask("POST", "/match", CHART)[0] == 200
            took.append(time.monotonic() - began)
        assert max(took) < 1
        for connection in half_bodies:
            assert finish(connection)[0] == 200
        for connection in idle + half_bodies + half_heads:
            connection.close()


def test_calls_beyond_the_limit_are_turned_away_and_health_is_not(tmp_path):
    with running(tmp_path, calls_at_once=4) as service:
        held = [service.half_sent() for _ in range(4)]
        assert eventually(lambda: service.metrics()["cart_cds_requests_in_progress"] == 5)
        status, headers, _ = service.ask("POST", "/match", CHART)
        assert (status, headers["Retry-After"]) == (503, "1")
        assert service.ask("GET", "/livez")[0] == 200
        assert service.ask("GET", "/readyz")[0] == 200
        assert service.metrics()["cart_cds_turned_away_total"] == 1
        for connection in held:
            assert finish(connection)[0] == 200
            connection.close()
        assert eventually(lambda: service.ask("POST", "/match", CHART)[0] == 200, 2)


def test_a_connection_that_sends_nothing_is_closed(tmp_path):
    with running(tmp_path, idle_seconds=1) as service:
        silent, half = (socket.create_connection(service.address, 10) for _ in range(2))
        half.sendall(b"GET /livez HTT")
        for connection in (silent, half):
            with connection:
                assert connection.recv(1000)[:20] in (b"", b"HTTP/1.1 408 Request")
