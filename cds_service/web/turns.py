"""Whose turn it is to compute: one call at a time, the short ones first.

Python computes in one thread at a time whatever is tried, so calls that compute side by side only make each
other late: with eight in flight, a chart that takes ten milliseconds would take eighty. A call waits for its
turn instead, before the part that computes, and holds none while it waits for a body, a FHIR server or the
store. The next is who came first, but a long chart lets pass who comes a little after it: by as much as it
would itself take some times over. So no call waits for ever.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Lock

SECONDS_A_BYTE = 20e-9
"""About how long a chart takes to read and match: 60 ms for 3 MB (docs/performance.md)."""
LETS_PASS = 4
"""How many times its own length a call steps back for those that come after it."""


class Turns:
    """Gives turns to the threads of one process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._guard = Lock()
        self._taken = False
        self._waiting: list[tuple[float, int, Lock]] = []
        self._numbers = count()

    @contextmanager
    def turn(self, length: int) -> Iterator[None]:
        """Hold the turn; ``length`` is the chart's in bytes."""
        self._take(length)
        try:
            yield
        finally:
            self._pass_on()

    def _take(self, length: int) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            called = Lock()
            called.acquire()
            place = self._now() + length * SECONDS_A_BYTE * LETS_PASS
            heapq.heappush(self._waiting, (place, next(self._numbers), called))
        called.acquire()

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                heapq.heappop(self._waiting)[2].release()
            else:
                self._taken = False
