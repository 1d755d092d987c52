"""A key set, kept and renewed, by a clock that is an argument."""

import threading
import time

import pytest
from keys_and_tokens import KID, ec, key_set

from cds_service.trust import key_ring
from cds_service.trust.key_ring import FRESH, PAUSE, STALE, KeyRing
from cds_service.trust.keys import KeySetError, read_key_set

FIRST = read_key_set(key_set(ec()))
SECOND = read_key_set(key_set(ec(), ec("new")))
NEW = read_key_set(key_set(ec("new")))


class Server:
    """Loads what it holds; ``None`` is a server that fails."""

    def __init__(self, held=FIRST):
        self.held = held
        self.loads = 0

    def __call__(self):
        self.loads += 1
        if self.held is None:
            raise KeySetError("no")
        if isinstance(self.held, Exception):
            raise self.held
        return self.held


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def ring(server, clock, held=None, wait=5.0):
    return KeyRing(server, held, clock=clock, wait=wait)


def settle(server, loads):
    """Until a load that nobody waits for has begun and ended."""
    end = time.monotonic() + 5
    while time.monotonic() < end and (server.loads < loads or _loading()):
        time.sleep(0.005)
    assert server.loads == loads


def _loading():
    return any(thread.name == "key-set" for thread in threading.enumerate())


def test_it_is_loaded_once_and_kept(clock):
    server = Server()
    keys = ring(server, clock)
    assert server.loads == 0
    for _ in range(5):
        assert keys.find(KID, "ES384")
    clock.now += FRESH
    assert keys.find(KID, "ES384")
    assert server.loads == 1


def test_an_unknown_key_loads_it_anew_at_once_and_then_not_before_a_pause(clock):
    server = Server()
    keys = ring(server, clock)
    keys.find(KID, "ES384")
    server.held = SECOND
    assert keys.find("new", "ES384")
    assert server.loads == 2
    for _ in range(5):
        assert keys.find("made-up", "ES384") is None
    assert server.loads == 2
    clock.now += PAUSE - 0.1
    assert keys.find("made-up", "ES384") is None
    assert server.loads == 2
    clock.now += 0.2
    assert keys.find("made-up", "ES384") is None
    assert server.loads == 3


def test_made_up_ids_do_not_keep_a_withdrawn_key(clock):
    server = Server(SECOND)
    keys = ring(server, clock)
    assert keys.find(KID, "ES384")
    server.held = NEW
    assert keys.find("made-up", "ES384") is None
    assert keys.find(KID, "ES384") is None


def test_after_an_hour_it_is_loaded_while_the_old_one_serves(clock):
    server = Server(SECOND)
    keys = ring(server, clock)
    keys.find(KID, "ES384")
    server.held = NEW
    clock.now += FRESH + 1
    assert keys.find(KID, "ES384")
    settle(server, 2)
    assert keys.find(KID, "ES384") is None


def test_a_server_that_fails_leaves_the_keys_for_a_day(clock):
    server = Server()
    keys = ring(server, clock)
    keys.find(KID, "ES384")
    server.held = None
    for _ in range(23):
        clock.now += FRESH
        assert keys.find(KID, "ES384")
    clock.now = 1000 + STALE
    assert keys.find(KID, "ES384")
    clock.now += 1
    with pytest.raises(KeySetError):
        keys.find(KID, "ES384")
    server.held = FIRST
    clock.now += PAUSE
    assert keys.find(KID, "ES384")


def test_a_server_that_fails_is_not_asked_by_every_call(clock):
    server = Server(None)
    keys = ring(server, clock)
    for _ in range(5):
        with pytest.raises(KeySetError):
            keys.find(KID, "ES384")
    assert server.loads == 1
    clock.now += PAUSE
    server.held = FIRST
    assert keys.find(KID, "ES384")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [TypeError("x"), MemoryError(), ValueError("y")], ids=repr)
def test_a_load_that_breaks_in_its_own_way_is_a_load_that_failed(clock, error):
    server = Server(error)
    keys = ring(server, clock, FIRST)
    began = time.monotonic()
    assert keys.find("new", "ES384") is None
    assert time.monotonic() - began < 2
    assert keys.find(KID, "ES384")
    server.held = SECOND
    clock.now += PAUSE
    assert keys.find("new", "ES384")


def test_a_machine_without_threads_answers_and_tries_again(clock, monkeypatch):
    class NoThread:
        def __init__(self, **_):
            pass

        def start(self):
            raise RuntimeError("can't start new thread")

    server = Server(SECOND)
    keys = ring(server, clock, FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(key_ring, "Thread", NoThread)
        assert keys.find("new", "ES384") is None
        assert keys.find(KID, "ES384")
    clock.now += PAUSE
    assert keys.find("new", "ES384")


def test_callers_wait_so_long_and_no_longer_and_for_one_load(clock):
    leave = threading.Event()
    loads = []

    def load():
        loads.append(1)
        leave.wait(10)
        return SECOND

    keys = ring(load, clock, FIRST, wait=0.1)
    began = time.monotonic()
    callers = [threading.Thread(target=keys.find, args=("new", "ES384")) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert time.monotonic() - began < 2
    assert keys.find(KID, "ES384")
    assert loads == [1]
    leave.set()
    end = time.monotonic() + 5
    while _loading() and time.monotonic() < end:
        time.sleep(0.005)
    assert keys.find("new", "ES384")
