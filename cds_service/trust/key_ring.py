"""A client's key set, kept and renewed: after an hour, and when a token names a key that is not in it.

Whoever can reach the service can make up key ids, so renewals have a pause between them; and a key server
that hangs must not hold callers, so loading happens on a thread of its own, and callers wait only so long.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Lock, Thread

from cds_service.trust.keys import KeySet, KeySetError, VerifyingKey

FRESH = 3600.0
"""Seconds after which a set is loaded anew, so that a withdrawn key goes away."""
STALE = 24 * 3600.0
"""Seconds after which a set that could not be loaded anew is trusted no longer."""
PAUSE = 10.0
"""Least seconds between two attempts to load; the first load does not count."""
WAIT = 3.0
"""The most seconds that a caller waits for a load."""


class KeyRing:
    """One for each client. ``load`` gives the set or raises KeySetError."""

    def __init__(
        self,
        load: Callable[[], KeySet],
        held: KeySet | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: float = WAIT,
    ) -> None:
        self._load = load
        self._clock = clock
        self._wait = wait
        self._lock = Lock()
        self._held = held
        self._loaded_at = clock()
        self._not_before = float("-inf")
        self._loading: Event | None = None

    def find(self, kid: str, algorithm: str) -> VerifyingKey | None:
        """The key, or None where the set has none that fits. Raises KeySetError where there is no set."""
        if self._current() is None:
            self._renew(self._wait)
        elif self._age() > FRESH:
            self._renew(0)
        held = self._current()
        if held is None:
            raise KeySetError("there is no key set yet")
        found = held.find(kid, algorithm)
        if found is None and self._renew(self._wait):
            held = self._current()
            found = held.find(kid, algorithm) if held else None
        return found

    def _current(self) -> KeySet | None:
        return self._held if self._age() <= STALE else None

    def _age(self) -> float:
        return self._clock() - self._loaded_at

    def _renew(self, wait: float) -> bool:
        """Load, or join a load that runs. False where it is too early, or nothing came in time."""
        with self._lock:
            loading = self._loading
            if loading is None:
                if self._clock() < self._not_before:
                    return False
                self._not_before = self._clock() + PAUSE
                loading = Event()
                try:
                    Thread(target=self._fill, args=(loading,), name="key-set", daemon=True).start()
                except RuntimeError:  # the machine has no thread left
                    return False
                self._loading = loading
        return loading.wait(wait)

    def _fill(self, loading: Event) -> None:
        """Whatever a load breaks, the set that is held stays, and callers are told by there being no key."""
        try:
            loaded = self._load()
        except Exception:  # noqa: BLE001  # a foreign server may break anything
            loaded = None
        with self._lock:
            self._loading = None
            if loaded is not None:
                if self._held is None:
                    self._not_before = float("-inf")
                self._held, self._loaded_at = loaded, self._clock()
        loading.set()
