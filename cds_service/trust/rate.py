"""How often a client may call: a bucket that holds a minute's calls and fills evenly."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol


class RateLimit(Protocol):
    """May be shared by several processes. Where it fails, calls are let through and the failure is logged."""

    def wait(self, client: str, per_minute: int) -> float:
        """Count one call; 0 where it may go on, else the seconds until the next may."""
        ...


class MemoryRateLimit:
    """For one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, client: str, per_minute: int) -> float:
        with self._lock:
            now = self._clock()
            left, since = self._buckets.get(client, (float(per_minute), now))
            left = min(per_minute, left + (now - since) * per_minute / 60)
            if left < 1:
                self._buckets[client] = (left, now)
                return (1 - left) * 60 / per_minute
            self._buckets[client] = (left - 1, now)
            return 0
