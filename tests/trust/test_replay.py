"""Used tokens, remembered for exactly as long as they would otherwise be good."""

import pytest
from keys_and_tokens import ISSUER, NOW, token

from cds_service.errors import Unauthorized, Unavailable
from cds_service.trust.client_file import read_clients
from cds_service.trust.gate import Gate
from cds_service.trust.replay import MemoryReplayStore

PATH = "/cds-services/cart-trial-match"


class Clock:
    now = NOW

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_token_cannot_be_used_again_in_the_leeway_after_it_expired(clients_file, clock):
    gate = Gate(
        read_clients(clients_file()), "https://cds.example.org", MemoryReplayStore(now=clock), now=clock
    )
    used = f"Bearer {token(exp=NOW + 300)}"
    gate.admit(used, PATH)
    for moment, reason in ((0, "used-before"), (300, "used-before"), (359.9, "used-before"), (360, "time")):
        clock.now = NOW + moment
        with pytest.raises(Unauthorized) as refused:
            gate.admit(used, PATH)
        assert refused.value.reason == reason


def test_an_id_is_forgotten_when_its_token_has_expired(clock):
    store = MemoryReplayStore(most=2, now=clock)
    assert store.first_use("a", "1", NOW + 10)
    assert store.first_use("a", "2", NOW + 20)
    assert not store.first_use("a", "1", NOW + 10)
    clock.now = NOW + 10
    assert store.first_use("a", "3", NOW + 30)
    assert store.first_use("b", "2", NOW + 30)


def test_where_there_is_no_room_no_token_is_taken_and_no_other_issuer_suffers(clock):
    store = MemoryReplayStore(most=2, now=clock)
    for number in "12":
        assert store.first_use(ISSUER, number, NOW + 10)
    with pytest.raises(Unavailable):
        store.first_use(ISSUER, "3", NOW + 10)
    assert not store.first_use(ISSUER, "1", NOW + 10)
    assert store.first_use("another", "3", NOW + 10)
    clock.now = NOW + 11
    assert store.first_use(ISSUER, "3", NOW + 20)
