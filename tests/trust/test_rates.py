"""How often a client may call: each its own, told when to come again, and restored with time."""

import threading

import pytest
from keys_and_tokens import ISSUER, NOW, bearer, ec, header, token
from trusted_calls import call

from cds_service.errors import TooManyRequests, Unauthorized
from cds_service.trust.client_file import read_clients
from cds_service.trust.gate import Gate
from cds_service.trust.rate import MemoryRateLimit

PATH = "/cds-services/cart-trial-match"
TWO = f'[two]\nissuer = "{ISSUER}/two"\nkey_set_file = "keys.json"\nrate_per_minute = 2\n'


class Clock:
    now = 500.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_minutes_calls_may_come_at_once_and_then_one_by_one(clock):
    limit = MemoryRateLimit(clock)
    assert [limit.wait("a", 60) for _ in range(60)] == [0] * 60
    assert limit.wait("a", 60) == pytest.approx(1)
    clock.now += 0.4
    assert limit.wait("a", 60) == pytest.approx(0.6)
    clock.now += 0.7
    assert limit.wait("a", 60) == 0
    assert limit.wait("a", 60) > 0


def test_it_fills_to_one_minutes_calls_and_no_further(clock):
    limit = MemoryRateLimit(clock)
    limit.wait("a", 3)
    clock.now += 86_400
    assert [limit.wait("a", 3) for _ in range(3)] == [0] * 3
    assert limit.wait("a", 3) == pytest.approx(20)


def test_calls_that_wait_do_not_push_the_wait_back(clock):
    limit = MemoryRateLimit(clock)
    assert limit.wait("a", 1) == 0
    for _ in range(59):
        clock.now += 1
        assert limit.wait("a", 1) > 0
    clock.now += 1
    assert limit.wait("a", 1) == 0


def test_each_client_has_its_own(clock):
    limit = MemoryRateLimit(clock)
    assert limit.wait("a", 1) == 0
    assert limit.wait("a", 1) > 0
    assert limit.wait("b", 1) == 0


def test_callers_at_once_get_no_more_than_there_is(clock):
    limit = MemoryRateLimit(clock)
    waits = []
    callers = [
        threading.Thread(target=lambda: waits.extend(limit.wait("a", 50) for _ in range(25)))
        for _ in range(8)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert waits.count(0) == 50


# At the gate.


def gate(file, clock, **more):
    return Gate(
        read_clients(file),
        "https://cds.example.org",
        now=lambda: NOW,
        **{"rate": MemoryRateLimit(clock)} | more,
    )


def admit(gate, *args, **more):
    return gate.admit(f"Bearer {token(*args, **more)}", PATH).client.name


def test_a_client_that_called_too_often_is_let_in_again_when_it_was_told(clients_file, clock):
    entry = gate(clients_file(rate_per_minute=2), clock)
    assert [admit(entry) for _ in range(2)] == ["our-ehr"] * 2
    with pytest.raises(TooManyRequests) as refused:
        admit(entry)
    assert refused.value.retry_after == 30
    clock.now += 29
    with pytest.raises(TooManyRequests) as refused:
        admit(entry)
    assert refused.value.retry_after == 1
    clock.now += 1
    assert admit(entry) == "our-ehr"


def test_calls_that_are_no_clients_cost_the_client_nothing(clients_file, clock):
    """Else whoever knows an issuer's name could keep it out."""
    entry = gate(clients_file(rate_per_minute=1), clock)
    for _ in range(5):
        with pytest.raises(Unauthorized):
            admit(entry, ec("other"), header())
        with pytest.raises(Unauthorized):
            admit(entry, exp=NOW - 100, iat=NOW - 200)
    assert admit(entry) == "our-ehr"


def test_a_token_sent_again_costs_the_client_nothing(clients_file, clock):
    entry = gate(clients_file(rate_per_minute=2), clock)
    used = f"Bearer {token()}"
    entry.admit(used, PATH)
    for _ in range(5):
        with pytest.raises(Unauthorized):
            entry.admit(used, PATH)
    assert admit(entry) == "our-ehr"


def test_a_limit_that_fails_lets_calls_through_and_says_so(clients_file, clock):
    class Broken:
        def wait(self, *_):
            raise ConnectionError("the counter is away")

    said = {}
    entry = gate(clients_file(), clock, rate=Broken(), note=said.update)
    assert admit(entry) == "our-ehr"
    assert said["limiter"] == "failed: ConnectionError"


# Over HTTP.


def test_too_many_calls_are_told_when_to_come_again(service):
    client = service(rest=TWO, rate_per_minute=3)
    for _ in range(3):
        assert client.post(PATH, json=call(), headers=bearer()).status_code == 200
    answer = client.post(PATH, json=call(), headers=bearer())
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 20
    (issue,) = answer.get_json()["issue"]
    assert (issue["code"], issue["details"]["text"]) == (
        "throttled",
        "Too many calls. Wait as long as Retry-After says.",
    )
    for _ in range(2):
        answer = client.post(PATH, json=call(), headers=bearer(iss=f"{ISSUER}/two"))
        assert answer.status_code == 200
    assert client.post(PATH, json=call(), headers=bearer(iss=f"{ISSUER}/two")).status_code == 429
