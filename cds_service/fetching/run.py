"""Several queries at once, on threads that nobody waits for longer than the deadline.

A thread that a server (or a name server) holds beyond it has its connection shut by :meth:`.line.Line.cut`;
what it still brings is not looked at.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Condition, Thread

import msgspec

from cds_service.fetching.line import Line
from cds_service.fetching.page import Page, read_page, read_patient
from cds_service.fetching.queries import Query, next_page
from cds_service.fetching.why import NotAnswered, Why

AT_ONCE = 12
"""Connections to the server for one hook call: the 24 queries go in two rounds."""
MOST_THREADS = 240
"""In the process. A name server that hangs cannot be interrupted, and its threads may not pile up."""
MOST_PAGES = 40
MOST_ENTRIES = 10_000

_threads = BoundedSemaphore(MOST_THREADS)


@dataclass
class Found:
    """What has come of one query so far, and ``why`` it is not all; for time, until something is known."""

    query: Query
    entries: list[msgspec.Raw] = field(default_factory=list)
    patient: bytes | None = None
    why: Why | None = Why.TIME
    paged: bool = False  # begun by what the prefetch holds: the total counts that too
    done: bool = False


def run(line: Line, base: str, patient_id: str, found: list[Found], ends: float) -> list[Found]:
    """Ask all of these that are not done, until ``ends``; as far as each had come by then."""
    return _Run(line, base, patient_id, found).until(ends)


class _Run:
    def __init__(self, line: Line, base: str, patient_id: str, found: list[Found]) -> None:
        self._line = line
        self._base = base
        self._patient_id = patient_id
        self._found = found
        self._waiting = deque(each for each in found if not each.done)
        self._open = len(self._waiting)
        self._changed = Condition()

    def until(self, ends: float) -> list[Found]:
        started = [self._start() for _ in range(min(AT_ONCE, self._open))]
        with self._changed:
            if any(started):
                self._changed.wait_for(lambda: not self._open, max(0.0, ends - time.monotonic()))
            for each in () if any(started) else self._waiting:
                each.why = Why.NO_ROOM
            self._waiting.clear()
            return [replace(each, entries=list(each.entries)) for each in self._found]

    def _start(self) -> bool:
        if not _threads.acquire(blocking=False):
            return False
        try:
            Thread(target=self._work, name="fetch", daemon=True).start()
        except RuntimeError:  # the machine has no thread left
            _threads.release()
            return False
        return True

    def _work(self) -> None:
        try:
            while (found := self._next()) is not None:
                why = self._ask(found)
                with self._changed:
                    found.why = why
                    self._open -= 1
                    self._changed.notify()
        finally:
            _threads.release()

    def _next(self) -> Found | None:
        with self._changed:
            return self._waiting.popleft() if self._waiting else None

    def _ask(self, found: Found) -> Why | None:
        try:
            if "?" in found.query.url:
                return self._search(found)
            patient = read_patient(self._line.get(found.query.url), self._patient_id)
        except NotAnswered as error:
            return error.why
        except Exception:  # noqa: BLE001  # whatever a server sends costs its own query, and says nothing
            return Why.UNREADABLE
        with self._changed:
            found.patient = patient
        return None

    def _search(self, found: Found) -> Why | None:
        """Page by page. Raises NotAnswered."""
        url = found.query.url
        seen = {url}
        matches = 0
        for _ in range(MOST_PAGES):
            page = self._page(url, found.query)
            matches += page.matches
            with self._changed:
                found.entries += page.entries
                held = len(found.entries)
            if page.next is None:
                return Why.WITHHELD if (page.total or 0) > matches and not found.paged else None
            follows = next_page(page.next, url, self._base)
            if follows is None:
                return Why.ELSEWHERE
            if held > MOST_ENTRIES or follows in seen:
                return Why.TOO_MUCH
            url = follows
            seen.add(url)
        return Why.TOO_MUCH

    def _page(self, url: str, query: Query) -> Page:
        try:
            return read_page(self._line.get(url), query.kind, self._patient_id)
        except NotAnswered as error:
            if not error.malformed or query.other is None or url != query.url:
                raise
            return read_page(self._line.get(query.other), query.kind, self._patient_id)
