"""From the start of ``cart-cds serve`` to the first ready answer, and the memory of a worker.

python benchmarks/start.py
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import charts
from hook_call import PATH, cpu_seconds, expect, served
from measure import Row, compared, told

MOST_SECONDS = 2.0
MOST_MB = 150.0


def rows(times: int = 5) -> list[Row]:
    import http.client  # noqa: PLC0415  # wanted only here
    from datetime import date  # noqa: PLC0415

    took: list[float] = []
    used: list[float] = []
    memory = 0.0
    body = charts.call("M", as_of=date.today())  # noqa: DTZ011  # the service's own calendar
    for _ in range(times):
        began = time.monotonic()
        with served() as (port, pid):
            took.append(time.monotonic() - began)
            used.append(cpu_seconds(pid) + cpu_seconds(_parent(pid)))
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            for _ in range(50):
                connection.request("POST", PATH, body, {"Content-Type": "application/json"})
                expect(connection.getresponse().read())
            memory = max(memory, _resident_mb(pid))
    return [
        compared("start to ready", statistics.median(took), MOST_SECONDS, "s"),
        Row("CPU of both processes until then", f"{statistics.median(used):.2f} s"),
        compared("memory of a worker after 50 calls with M", memory, MOST_MB, "MB"),
    ]


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    told(rows())
