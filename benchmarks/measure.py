"""What the measurements share: CPU time of interleaved runs, and the table they end in.

CPU time (``time.process_time``) rather than the clock, the least and the median of many runs, and what is
compared run in turns: other work on the machine then falls on both alike.
"""

from __future__ import annotations

import gc
import io
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

Work = Callable[[], object]


@dataclass(frozen=True)
class Took:
    """CPU milliseconds of one piece of work."""

    least: float
    median: float

    def __str__(self) -> str:
        return f"{self.least:.2f} ms (median {self.median:.2f})"


def interleaved(works: Mapping[str, Work], seconds: float = 3.0, at_least: int = 7) -> dict[str, Took]:
    """Each piece of work in turn, again and again, for about that long."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    ends = time.monotonic() + seconds
    while time.monotonic() < ends or len(next(iter(taken.values()))) < at_least:
        for name, work in works.items():
            began = time.process_time()
            work()
            taken[name].append((time.process_time() - began) * 1000)
    return {name: Took(min(each), statistics.median(each)) for name, each in taken.items()}


def ratio(one: Took, other: Took) -> float:
    return one.median / other.median


@dataclass(frozen=True)
class Row:
    """One line of the table at the end."""

    figure: str
    measured: str
    wanted: str = ""
    met: bool | None = None


def told(rows: Sequence[Row]) -> None:
    """Print the rows as a Markdown table."""
    print("| figure | measured | wanted | |\n|---|---|---|---|")
    for row in rows:
        mark = "" if row.met is None else "reached" if row.met else "**not reached**"
        print(f"| {row.figure} | {row.measured} | {row.wanted} | {mark} |")


def compared(figure: str, value: float, most: float, unit: str) -> Row:
    return Row(figure, f"{value:.2f} {unit}", f"at most {most:g} {unit}", value <= most)


def application(as_of: date, **settings: Any) -> Any:
    """The service in this process, as a worker runs it: its collector set up, its audit trail on a disk."""
    from cds_service.settings import Settings  # noqa: PLC0415  # after sys.path is set
    from cds_service.web.app import create_app  # noqa: PLC0415

    logging.raiseExceptions = False
    folder = Path(tempfile.mkdtemp(prefix="cart-cds-bench-"))
    made = create_app(Settings(data_dir=folder, **settings), today=lambda: as_of, log_stream=io.StringIO())
    settle()
    return made


def settle() -> None:
    """The collector as ``cds_service.web.wsgi`` sets it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def posted(app: Any, path: str, body: bytes) -> bytes:
    """One call through the WSGI interface; its answer. Fails where the answer is not 200."""
    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8080",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8080",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    pieces = app(environ, lambda line, _headers, _error=None: status.append(line))
    answer = b"".join(pieces)
    if hasattr(pieces, "close"):
        pieces.close()
    if not status[0].startswith("200"):
        raise SystemExit(f"{status[0]}: {answer[:300]!r}")
    return answer


def titles(answer: bytes) -> list[str]:
    """The summaries of the cards."""
    return [card["summary"] for card in json.loads(answer)["cards"]]
