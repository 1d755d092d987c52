"""The rules loaded anew while the service runs, on a thread of their own in each worker process.

The new set takes the place of the old in one assignment: a request that has begun ends with the set with
which it began. A set that cannot be loaded is told in the log, by ``/readyz`` and in the metrics, and the old
one goes on deciding.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event, Lock, Thread

from flask import Flask

from cds_service.errors import CartCdsError, RuleErrors
from cds_service.hooks.matcher import Matcher
from cds_service.hooks.prefetch import templates
from cds_service.rules import rules_directory, stamp_of, version_of
from cds_service.watch import metrics
from cds_service.watch.log import logger, place_of
from cds_service.web.wiring import NAME, Wiring, wiring

TRIES = 5
PAUSE = 0.2
"""Seconds between two tries where the files change while they are read."""
MOST_TOLD = 20


class RulesReload:
    """One for each application. ``wanted`` is set by who wants the files looked at now."""

    def __init__(self, app: Flask, pause: Callable[[float], None] = time.sleep) -> None:
        self._app = app
        self._pause = pause
        self._settings = wiring(app).settings
        self._directory = self._settings.rules_dir or rules_directory()
        self._log = logger(self._settings.log_level, wiring(app).log_stream)
        self._lock = Lock()
        self.wanted = Event()
        self._ended = False

    def now(self) -> str:
        """Load the rules as they are now: ``loaded``, ``unchanged`` or ``refused``."""
        with self._lock:
            held = wiring(self._app)
            read = self._at_rest(held)
            self._app.extensions[NAME] = read
            if read.rules_problems:
                result = "refused"
            elif read.matcher is held.matcher:
                result = "unchanged"
            else:
                result = "loaded"
                metrics.rules_in_use(read.matcher.version, before=held.matcher.version)
            self._tell(result, read)
            return result

    def _at_rest(self, held: Wiring) -> Wiring:
        """With what the files hold, read while none of them changed: else it could be half of one set and
        half of another.
        """
        for _ in range(TRIES):
            before = self._stamp()
            read = self._read(held)
            if self._stamp() == before:
                return read
            self._pause(PAUSE)
        return replace(held, rules_problems=("The rule files go on changing while they are read.",))

    def _read(self, held: Wiring) -> Wiring:
        """With the files as a matcher that has passed its self-test, or with what is wrong with them."""
        try:
            if version_of(self._directory, self._settings.site_codes) == held.matcher.version:
                return replace(held, rules_problems=())
            read = Matcher.load(self._directory, self._settings.site_codes)
            read.self_test(held.today())
            asked = templates(read.trials, read.labs)
        except Exception as error:  # noqa: BLE001  # whatever it is, the old rules go on deciding
            return replace(held, rules_problems=_problems(error))
        return replace(held, matcher=read, templates=asked, rules_problems=())

    def _stamp(self) -> object:
        return stamp_of(self._directory, self._settings.site_codes)

    def _tell(self, result: str, now: Wiring) -> None:
        metrics.rules_reloaded(result)
        if now.rules_problems:
            self._log.error(
                "rules", rules=result, rules_version=now.matcher.version, rules_problems=now.rules_problems
            )
            return
        self._log.info("rules", rules=result, rules_version=now.matcher.version)
        gc.collect()  # reading YAML leaves circles behind, a few megabytes of them

    def start(self) -> None:
        """Look whenever it is wanted, and every ``rules_reload_seconds`` where that is set."""
        Thread(target=self._watch, name="rules", daemon=True).start()

    def stop(self) -> None:
        self._ended = True
        self.wanted.set()

    def _watch(self) -> None:
        seconds = self._settings.rules_reload_seconds or None
        held = seen = self._stamp()
        self.wanted.set()  # they may have changed since they were loaded
        while True:
            wanted = self.wanted.wait(seconds)
            self.wanted.clear()
            if self._ended:
                return
            stamp = self._stamp()
            # Files that are being copied look different each time: they are read when they have come to rest.
            if wanted or (stamp == seen and stamp != held):
                held = stamp
                self.now()
            seen = stamp


def _problems(error: Exception) -> tuple[str, ...]:
    """What is wrong with the files; of an error that is none of ours, the place only."""
    if isinstance(error, RuleErrors):
        told = [str(each) for each in error.errors]
        more = len(told) - MOST_TOLD
        return (*told[:MOST_TOLD], *([f"and {more} more"] if more > 0 else []))
    if isinstance(error, CartCdsError):
        return (str(error),)
    if isinstance(error, OSError):
        return (f"The rules cannot be read ({error.strerror}).",)
    return (f"{type(error).__name__} at {place_of(error)}",)
