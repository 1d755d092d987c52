"""One line for each request, of keys that are listed here and nothing else: never patient data.

The list is the guard: a key that is not on it is dropped before anything is written, so that no later change
can log a chart by accident. The path is the route's pattern, not what the caller sent.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "request_id",
        "method",
        "route",
        "status",
        "milliseconds",
        "waited",
        "bytes_in",
        "bytes_out",
        "trials",
        "possible",
        "cards",
        "issues",
        "rules_version",
        "rules",
        "rules_problems",
        "client",
        "refused",
        "limiter",
        "fetch",
        "fetch_keys",
        "fetch_failed",
        "audit",
        "feedback",
        "error",
        "where",
    }
)


def only_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that drops every key not in :data:`ALLOWED`."""
    return {key: value for key, value in event.items() if key in ALLOWED}


def logger(level: str = "info", stream: TextIO | None = None) -> structlog.typing.FilteringBoundLogger:
    """A logger that writes JSON lines to ``stream`` (standard error by default)."""
    lowest = logging.getLevelNamesMapping()[level.upper()]
    made: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(_Lenient(stream or sys.stderr)),  # type: ignore[arg-type]  # all that it uses
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(lowest),
        cache_logger_on_first_use=True,
    )
    return made


class _Lenient:
    """A full disk or a pipe that nobody reads any longer loses lines, and never an answer.

    One write a line, since several processes share the stream.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, line: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(line)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def place_of(error: BaseException) -> str:
    """Where an error came from: file and line of its last frames, without its message or values."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames))
