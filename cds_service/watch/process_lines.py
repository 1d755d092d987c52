"""What other code writes to the log, as lines of our kind, and without its words.

A library's warning or an exception's text may hold a value from a chart or a URL with a patient's id. So of
what is not ours only the place is written: which logger, which kind of error, which lines of code. The HTTP
server's own words are kept (it started, it stops); its traceback of an application's error is not.
"""

from __future__ import annotations

import logging
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

from cds_service.watch.log import place_of

SERVER = "_granian"


class OneLine(logging.Formatter):
    """A record of the standard library's logging as one JSON line."""

    def format(self, record: logging.LogRecord) -> str:
        server = record.name.partition(".")[0] == SERVER
        line: dict[str, Any] = {
            "event": "server" if server else "library",
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if server:
            line["said"] = record.getMessage().partition("\n")[0]
        else:
            line |= {"logger": record.name, "where": f"{record.filename}:{record.lineno}"}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line |= {"error": type(error).__name__, "where": place_of(error)}
        return orjson.dumps(line).decode()


class _Own(logging.Filter):
    """Without the server's advice about threads: here their number is meant (docs/settings.md)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Configuration allows spawning up to")


def log_config() -> dict[str, Any]:
    """For ``logging.config``: everything goes to standard error, one line each."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"own": {"()": _Own}},
        "formatters": {"line": {"()": OneLine}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stderr",
                "formatter": "line",
                "filters": ["own"],
            }
        },
        "loggers": {SERVER: {"handlers": ["stderr"], "propagate": False}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
    }


def catch_the_uncaught() -> None:
    """An error that ends a thread, or that nobody can be told of, as one line without its words."""
    logging.captureWarnings(capture=True)
    threading.excepthook = lambda gone: _line("thread", gone.exc_value)
    sys.unraisablehook = lambda gone: _line("unraisable", gone.exc_value)
    sys.excepthook = _end


def _end(_: type[BaseException], error: BaseException, __: TracebackType | None) -> None:
    _line("process", error)


def _line(what: str, error: BaseException | None) -> None:
    logging.getLogger(f"cds_service.{what}").error(
        "ended", exc_info=(type(error), error, error.__traceback__) if error else None
    )
