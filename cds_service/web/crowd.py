"""How many calls are answered at once: what is more is told to come back, and does not wait in a heap.

A call waits for its body, for an EHR's server and for the store, and holds a chart in memory meanwhile. So
what is let in is bounded; a caller that is turned away soon can still show a chart without cards.
"""

from __future__ import annotations

from threading import BoundedSemaphore

from flask import Flask, g, request

from cds_service.errors import Busy
from cds_service.watch.metrics import count_turned_away
from cds_service.web.callers import METRICS, is_free
from cds_service.web.wiring import wiring


def limit_calls(app: Flask) -> None:
    """Turn away calls beyond ``calls_at_once``: before a token is looked at, or a byte of a body read."""
    places = BoundedSemaphore(wiring(app).settings.calls_at_once)

    @app.before_request
    def enter() -> None:
        if is_free(request) or request.endpoint == METRICS:
            return
        if not places.acquire(blocking=False):
            count_turned_away()
            raise Busy("Too many calls are being answered. Try again soon.")
        g.has_place = True

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        if g.pop("has_place", False):
            places.release()
