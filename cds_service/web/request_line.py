"""The canonical line of a request, gathered while it is answered and written at its end."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from flask import Flask, Response, g, request

from cds_service.watch import metrics
from cds_service.watch.log import logger, place_of
from cds_service.web.wiring import wiring


def watch(app: Flask) -> None:
    """Write one line for each request, and count it."""
    log = logger(wiring(app).settings.log_level, wiring(app).log_stream)

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.line = {"request_id": str(uuid4())}
        metrics.began()

    @app.after_request
    def end(answer: Response) -> Response:
        rule = request.url_rule.rule if request.url_rule else "(none)"
        line = g.get("line", {})
        elapsed = time.perf_counter() - g.get("began", time.perf_counter())
        method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        metrics.count_request(rule, method, answer.status_code, elapsed)
        write = log.error if answer.status_code >= 500 else log.info
        write(
            "request",
            method=method,
            route=rule,
            status=answer.status_code,
            milliseconds=round(elapsed * 1000, 2),
            bytes_out=answer.content_length,
            **line,
        )
        if "request_id" in line:
            answer.headers["X-Request-Id"] = line["request_id"]
        return answer

    @app.teardown_request
    def ended(_: BaseException | None) -> None:
        if "began" in g:
            metrics.ended()


def note(**facts: Any) -> None:
    """Add to the line of the request that is being answered."""
    g.line.update(facts)


def note_error(error: Exception) -> None:
    """The kind of an unexpected error and where it came from; not its words, which may hold a value."""
    if "line" in g:
        note(error=type(error).__name__, where=place_of(error))
