"""Whose turn it is to compute: one call at a time, and a long chart lets the short ones pass.

Python computes in one thread at a time whatever is tried, so calls that compute side by side only make each
other late: of eight in flight, each takes eight times as long. So a call waits for its turn before the part
that computes; it holds none while it waits for a body, a FHIR server or the store. Who came first is next,
except that a long chart steps back for some time, while it waits and at every pause in its work. After that
time nobody passes it, so no call waits for ever.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from threading import Lock

from cds_service.pausing import pausing

LONG = 1_000_000
"""From this many bytes on a chart is long; most are below (docs/performance.md)."""
STEPS_BACK = 0.25
"""For so many seconds a long chart lets others pass: several times what it takes by itself."""


class Turns:
    """Gives turns to the threads of one process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._guard = Lock()
        self._taken = False
        self._waiting: list[tuple[float, int, Lock]] = []
        self._numbers = count()

    @contextmanager
    def turn(self, length: int) -> Iterator[float]:
        """Hold the turn for a chart of so many bytes; in a :func:`.pausing.pause` others may pass.

        What is given is how long it was waited for, in seconds.
        """
        came = self._now()
        place = came + (STEPS_BACK if length >= LONG else 0)
        self._enter(place)
        try:
            with pausing(partial(self._let_pass, place)):
                yield self._now() - came
        finally:
            self._leave()

    def _enter(self, place: float) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = self._queue(place)
        called.acquire()

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._call_next()
            else:
                self._taken = False

    def _let_pass(self, place: float) -> None:
        if not self._waiting:  # looked at without the guard: the next pause sees who has just come
            return
        with self._guard:
            if not self._waiting or self._waiting[0][0] > place:
                return
            called = self._queue(place)
            self._call_next()
        called.acquire()

    def _queue(self, place: float) -> Lock:
        called = Lock()
        called.acquire()
        heapq.heappush(self._waiting, (place, next(self._numbers), called))
        return called

    def _call_next(self) -> None:
        heapq.heappop(self._waiting)[2].release()
