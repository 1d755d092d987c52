"""A token is good for one call: its ``jti`` is remembered until it has expired."""

from __future__ import annotations

import time
from collections.abc import Callable
from heapq import heappop, heappush
from threading import Lock
from typing import Protocol

from cds_service.errors import Unavailable

MOST = 50_000


class ReplayStore(Protocol):
    """Where used token ids are remembered. May be shared by several processes."""

    def first_use(self, iss: str, jti: str, expires: float) -> bool:
        """Remember that id until ``expires`` (seconds since 1970); False where it is remembered already.

        Raises Unavailable where it cannot tell: a token that may have been used is not taken.
        """
        ...


class MemoryReplayStore:
    """For one process. Bounded for each issuer: full means no further call of that issuer until some expire,
    since forgetting an id early would let its token be used again.
    """

    def __init__(self, most: int = MOST, now: Callable[[], float] = time.time) -> None:
        self._most = most
        self._now = now
        self._lock = Lock()
        self._used: dict[str, set[str]] = {}
        self._order: dict[str, list[tuple[float, str]]] = {}

    def first_use(self, iss: str, jti: str, expires: float) -> bool:
        with self._lock:
            used, order = self._used.setdefault(iss, set()), self._order.setdefault(iss, [])
            while order and order[0][0] <= self._now():
                used.discard(heappop(order)[1])
            if jti in used:
                return False
            if len(used) >= self._most:
                raise Unavailable("Too many calls at once. Try again later.")
            used.add(jti)
            heappush(order, (expires, jti))
            return True
