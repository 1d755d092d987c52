"""Whose turn it is to compute."""

import threading
import time

import pytest

from cds_service.pausing import pause
from cds_service.web.turns import LONG, STEPS_BACK, Turns

SHORT = 30_000


class Crowd:
    """Calls that come one after the other while the first holds the turn; who went when."""

    def __init__(self):
        self.clock = 0.0
        self.turns = Turns(lambda: self.clock)
        self.went = []
        self._threads = []

    def comes(self, name, length, at):
        self.clock = at
        waiting = len(self.turns._waiting)

        def call():
            with self.turns.turn(length):
                self.went.append(name)

        thread = threading.Thread(target=call)
        thread.start()
        self._threads.append(thread)
        for _ in range(1000):
            if len(self.turns._waiting) > waiting:
                return
            time.sleep(0.001)
        raise AssertionError(f"{name} does not wait")

    def go(self):
        for thread in self._threads:
            thread.join(10)
        return self.went


def test_who_comes_first_goes_first():
    crowd = Crowd()
    with crowd.turns.turn(SHORT):
        for number in range(5):
            crowd.comes(number, SHORT, at=number / 100)
    assert crowd.go() == [0, 1, 2, 3, 4]


def test_a_long_chart_lets_those_pass_who_come_soon_after_it_and_nobody_later():
    crowd = Crowd()
    with crowd.turns.turn(SHORT):
        crowd.comes("long", LONG, at=0)
        crowd.comes("soon", SHORT, at=STEPS_BACK / 2)
        crowd.comes("late", SHORT, at=STEPS_BACK * 2)
    assert crowd.go() == ["soon", "long", "late"]


def test_a_long_chart_that_has_begun_pauses_for_a_short_one():
    crowd = Crowd()
    with crowd.turns.turn(LONG):
        pause()
        crowd.comes("soon", SHORT, at=STEPS_BACK / 2)
        pause()
        assert crowd.went == ["soon"]
        crowd.comes("late", SHORT, at=STEPS_BACK * 2)
        pause()
        assert crowd.went == ["soon"]
    assert crowd.go() == ["soon", "late"]


def test_a_short_chart_does_not_pause():
    crowd = Crowd()
    with crowd.turns.turn(SHORT):
        crowd.comes("next", SHORT, at=1)
        pause()
        assert crowd.went == []
    assert crowd.go() == ["next"]


def test_how_long_it_was_waited_for_is_told():
    crowd, waited = Crowd(), []

    def call():
        with crowd.turns.turn(SHORT) as seconds:
            waited.append(seconds)

    with crowd.turns.turn(SHORT) as seconds:
        waited.append(seconds)
        thread = threading.Thread(target=call)
        thread.start()
        while not crowd.turns._waiting:
            time.sleep(0.001)
        crowd.clock = 5
    thread.join(10)
    assert waited == [0, 5]


def test_a_failure_gives_the_turn_back():
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.turn(SHORT):
        raise ZeroDivisionError
    with turns.turn(SHORT):
        pass


def test_one_computes_at_a_time():
    turns, inside, seen = Turns(), [], []

    def call(length):
        for _ in range(20):
            with turns.turn(length):
                inside.append(length)
                seen.append(len(inside))
                time.sleep(0)
                inside.remove(length)
                pause()

    threads = [threading.Thread(target=call, args=(length,)) for length in (SHORT, SHORT + 1, LONG, LONG + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert set(seen) == {1}
    assert len(seen) == 80
