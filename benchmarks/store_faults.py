"""The store fails under load: the disk fills, another process locks the database, the process is killed.

Hook calls and feedback go on all the while. Each phase tells what was answered and how long it took, and at
the end every feedback that was acknowledged must be in the database, whole. The disk is a small file system
in memory, mounted for this process alone (Linux, ``unshare``).

    python benchmarks/store_faults.py [seconds of each fault, 10]
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import charts
from hook_call import PATH, served
from measure import Row, told

from cds_service.store.database import FILE

DISK = 64_000_000
CARDS_OF_ONE_CALL = 3
MOST_SECONDS = 5.0
"""Within which a call that cannot be kept is answered: an EHR shows the chart without cards from then on."""


@dataclass
class Phase:
    """What was answered while one thing was wrong."""

    name: str
    answers: Counter[str] = field(default_factory=Counter)
    longest: float = 0.0
    acknowledged: int = 0

    def row(self, wanted: tuple[str, ...], must: str) -> Row:
        counts = ", ".join(f"{number} x {each}" for each, number in sorted(self.answers.items()))
        fine = set(self.answers) <= set(wanted) and must in self.answers and self.longest <= MOST_SECONDS
        said = f"{counts}; the longest {self.longest:.2f} s; {self.acknowledged} feedbacks acknowledged"
        return Row(self.name, said, f"only {' or '.join(wanted)}, within {MOST_SECONDS:g} s", fine)


class Load:
    """Four callers, half of them giving feedback; who is answered "accepted" remembers it."""

    def __init__(self, port: int) -> None:
        self.port, self.phase, self.acknowledged = port, Phase("before"), set[str]()
        self._body = charts.call("S", as_of=date.today())  # noqa: DTZ011  # the service's own calendar
        self._guard, self._number, self._stop = threading.Lock(), 0, threading.Event()
        self._threads = [threading.Thread(target=self._go, args=(each % 2 == 0,)) for each in range(4)]
        for thread in self._threads:
            thread.start()

    def enter(self, name: str, seconds: float) -> Phase:
        phase = self.phase = Phase(name)
        time.sleep(seconds)
        return phase

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _go(self, feedback: bool) -> None:
        while not self._stop.is_set():
            with self._guard:
                self._number += 1
                number = self._number
            phase, began = self.phase, time.monotonic()
            answer = self._give(number) if feedback else self._call()
            if phase is self.phase:  # who began before a fault tells nothing of it
                with self._guard:
                    phase.answers[answer] += 1
                    phase.longest = max(phase.longest, time.monotonic() - began)
                    phase.acknowledged += feedback and answer == "200"
            time.sleep(0.02)

    def _call(self) -> str:
        return self._post(PATH, self._body)

    def _give(self, number: int) -> str:
        cards = [
            {"card": f"{number}-{each}", "outcome": "overridden", "outcomeTimestamp": "2026-01-01T00:00:00Z"}
            for each in range(CARDS_OF_ONE_CALL)
        ]
        answer = self._post(f"{PATH}/feedback", json.dumps({"feedback": cards}).encode())
        if answer == "200":
            with self._guard:
                self.acknowledged.add(str(number))
        return answer

    def _post(self, path: str, body: bytes) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return "no answer"
        finally:
            connection.close()
        retry = " with Retry-After" if answer.getheader("Retry-After") else ""
        return f"{answer.status}{retry}"


REFUSED = "503 with Retry-After"


def rows(seconds: float, folder: Path) -> list[Row]:
    found = []
    with served(folder) as (port, pid):
        load = Load(port)
        found.append(load.enter("nothing is wrong", seconds / 2).row(("200",), "200"))
        filler = folder / "filler"
        fill(filler)
        found.append(load.enter("the disk is full", seconds).row((REFUSED, "200"), REFUSED))
        filler.unlink()
        time.sleep(1)
        found.append(load.enter("there is room again", seconds / 2).row(("200",), "200"))
        other = sqlite3.connect(database_in(folder), isolation_level=None, timeout=10)
        other.execute("BEGIN IMMEDIATE")
        found.append(load.enter("another process holds the lock", seconds).row((REFUSED,), REFUSED))
        other.execute("ROLLBACK")
        other.close()
        time.sleep(1)
        found.append(load.enter("it is free again", seconds / 2).row(("200",), "200"))
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
        load.stop()
    with sqlite3.connect(database_in(folder)) as connection:
        kept = Counter(card.partition("-")[0] for (card,) in connection.execute("SELECT card FROM feedback"))
    lost = load.acknowledged - kept.keys()
    halves = [number for number, cards in kept.items() if cards != CARDS_OF_ONE_CALL]
    said = f"{len(load.acknowledged)}; {len(lost)} lost, {len(halves)} half kept"
    return [*found, Row("feedbacks acknowledged, until the kill", said, "none", not lost and not halves)]


def database_in(folder: Path) -> Path:
    return folder / FILE


def fill(file: Path) -> None:
    """Write until there is no room, to the last page."""
    with file.open("wb", buffering=0) as filling:
        for size in (65_536, 4_096, 512):
            while True:
                try:
                    if filling.write(b"\0" * size) < size:
                        break
                except OSError:
                    break


def main() -> int:
    if os.environ.get("CART_CDS_BENCH_DISK") is None:
        apart = ["unshare", "--user", "--map-root-user", "--mount", sys.executable, *sys.argv]
        if shutil.which("unshare") is None:
            raise SystemExit("unshare is needed (Debian: util-linux).")
        return subprocess.run(apart, env=os.environ | {"CART_CDS_BENCH_DISK": "1"}, check=False).returncode
    folder = Path(tempfile.mkdtemp(prefix="cart-cds-disk-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder], check=True)  # noqa: S607
    table = rows(float(sys.argv[1]) if len(sys.argv) > 1 else 10, folder)
    told(table)
    return int(any(row.met is False for row in table))


if __name__ == "__main__":
    sys.exit(main())
