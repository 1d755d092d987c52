"""A body that was not read, because the answer was clear before its end: taken and thrown away.

A client that is still sending when the connection closes sees a broken connection, and not the 401, 413 or
415 that waits for it. So the answer goes out first, and then what is left of the body is read, within bounds:
a client that sends on for ever is cut off, and of clients that send nothing only a few are waited for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, Response, request

from cds_service.errors import BadRequest
from cds_service.web.body import ENDED, PIECE, TAKEN, announced, is_chunked

MOST = 64 * 1024 * 1024
LONGEST_SECONDS = 10.0
AT_ONCE = 8
"""A read has no end of its own where a client stays silent: no more threads than these wait in one."""


def take_unread(app: Flask) -> None:
    """For every answer to a request with a body that nobody read to its end."""
    places = BoundedSemaphore(AT_ONCE)

    @app.after_request
    def take(answer: Response) -> Response:
        left = _left(request.environ)
        if left > 0:
            answer.response = _and_then_read(answer.response, request.environ, left, places)
        return answer


def _left(environ: dict[str, Any]) -> int:
    """How many bytes to read at most. A client that asks before it sends (``Expect``) is told no instead."""
    taken: int = environ.get(TAKEN, 0)
    if environ.get(ENDED) or ("HTTP_EXPECT" in environ and not taken):
        return 0
    try:
        length = announced(environ)
    except BadRequest:
        return 0
    if length is not None:
        return min(MOST, length - taken)
    return MOST if is_chunked(environ) and environ.get("wsgi.input_terminated") else 0


def _and_then_read(
    answer: Iterable[Any], environ: dict[str, Any], left: int, places: BoundedSemaphore
) -> Iterator[Any]:
    yield from answer
    if not places.acquire(blocking=False):
        return
    ends = time.monotonic() + LONGEST_SECONDS
    try:
        while (
            left > 0 and time.monotonic() < ends and (piece := environ["wsgi.input"].read(min(PIECE, left)))
        ):
            left -= len(piece)
    except OSError:
        return
    finally:
        places.release()
