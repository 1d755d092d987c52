"""Mixed charts at a given rate: no error, no wrong answer, and how long each call took.

Every call carries its own expected answer, worked out beforehand in this process for that patient alone: were
one patient's values told of another, it would show. The times are counted from when a call was due, not from
when it could be sent. Memory, open files and threads of the serving process are looked at all the while.

    python benchmarks/load.py --seconds 600                 # at 80 % of the most, which is measured first
    python benchmarks/load.py --seconds 60 --rate 20 --connections 8
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import charts
from hook_call import PATH, served
from measure import Row, application, posted, told

MIX = {"S": 12, "M": 7, "L": 1}
"""Of twenty charts; each size with patients of its own."""
MOST_P99_MS = {"M": 25, "L": 150}
SHARE = 0.8
TRIAL_SECONDS = 20


@dataclass
class Seen:
    """What came back, by size of chart."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    faults: Counter[str] = field(default_factory=Counter)
    guard: threading.Lock = field(default_factory=threading.Lock)

    def add(self, size: str, seconds: float, fault: str | None) -> None:
        with self.guard:
            self.seconds.setdefault(size, []).append(seconds)
            if fault:
                self.faults[fault] += 1


def cases(patients: int, as_of: date) -> list[tuple[str, bytes, list[tuple[str, str]]]]:
    """Charts of patients who differ in their values, each with what must come back."""
    app = application(as_of)
    sizes = [size for size, share in MIX.items() for _ in range(share)]
    made = []
    for number in range(patients):
        size = sizes[number % len(sizes)]
        body = charts.call(size, as_of=as_of, seed=number + 1, patient=f"load-test-{number}")
        made.append((size, body, told_by(posted(app, PATH, body))))
    return made


def told_by(answer: bytes) -> list[tuple[str, str]]:
    """What the cards say, without their random ids."""
    return [(card["summary"], card["detail"]) for card in json.loads(answer)["cards"]]


def caller(port: int, due: list[tuple[float, int]], given: list, seen: Seen) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    while True:
        with seen.guard:
            if not due:
                return
            at, index = due.pop()
        time.sleep(max(at - time.monotonic(), 0))
        size, body, expected = given[index]
        fault = None
        try:
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            read = answer.read()
            if answer.status != 200:
                fault = f"status {answer.status}"
            elif told_by(read) != expected:
                fault = "wrong answer"
        except (OSError, http.client.HTTPException) as error:
            fault = type(error).__name__
            connection.close()
        seen.add(size, time.monotonic() - at, fault)


def state(pid: int) -> tuple[float, int, int]:
    """Resident megabytes, open files and threads of a process."""
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line
    )
    files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return int(status["VmRSS"].split()[0]) / 1024, files, int(status["Threads"])


def calling(
    port: int, pid: int, given: list, seconds: float, rate: float, connections: int
) -> tuple[Seen, float, list[tuple[float, int, int]]]:
    """Calls at that rate; what came back, how many a second were answered, and the process's states."""
    seen = Seen()
    rng = random.Random(3)
    begins = time.monotonic() + 1
    due = [(begins + n / rate, rng.randrange(len(given))) for n in range(int(seconds * rate))][::-1]
    total = len(due)
    threads = [threading.Thread(target=caller, args=(port, due, given, seen)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    states = []
    while any(thread.is_alive() for thread in threads):
        states.append(state(pid))
        time.sleep(min(2, seconds / 10))
    return seen, total / (time.monotonic() - begins), states


def the_most(port: int, given: list, connections: int) -> float:
    """How many calls a second are answered where every connection is always busy."""
    seen = Seen()
    rng = random.Random(4)
    ends = time.monotonic() + TRIAL_SECONDS
    endless = [(0.0, rng.randrange(len(given))) for _ in range(TRIAL_SECONDS * 2000)]
    threads = [threading.Thread(target=caller, args=(port, endless, given, seen)) for _ in range(connections)]
    for thread in threads:
        thread.start()
    time.sleep(max(ends - time.monotonic(), 0))
    with seen.guard:
        answered = sum(map(len, seen.seconds.values()))
        endless.clear()
    for thread in threads:
        thread.join()
    return answered / TRIAL_SECONDS


def rows(seconds: float, rate: float | None, connections: int, patients: int) -> list[Row]:
    as_of = date.today()  # noqa: DTZ011  # the service's own calendar
    given = cases(patients, as_of)
    most = None
    with served() as (port, pid):
        if rate is None:
            most = the_most(port, given, connections)
            rate = SHARE * most
        seen, held, states = calling(port, pid, given, seconds, rate, connections)
    total = sum(map(len, seen.seconds.values()))
    settled = states[len(states) // 3 :]
    memory, files, running = zip(*settled, strict=True)
    tenth = max(1, len(memory) // 10)
    first, last = statistics.mean(memory[:tenth]), statistics.mean(memory[-tenth:])
    found = [
        Row(
            "calls, errors, wrong answers",
            f"{total}, {sum(seen.faults.values())} {dict(seen.faults) or ''}",
            "none",
            not seen.faults,
        ),
        Row(
            "rate asked for and held",
            f"{rate:.1f} and {held:.1f} a second"
            + (f", {SHARE:.0%} of {most:.1f}, the most that {connections} connections got" if most else ""),
        ),
        Row("memory after a third of the time", f"{min(memory):.0f} to {max(memory):.0f} MB"),
        Row(
            "its mean in the first and in the last tenth of that",
            f"{first:.0f} and {last:.0f} MB",
            "within 5 %",
            last <= 1.05 * first,
        ),
        Row("open files, threads", f"{min(files)} to {max(files)}, {min(running)} to {max(running)}"),
    ]
    for size, each in sorted(seen.seconds.items()):
        cuts = statistics.quantiles(each, n=100) if len(each) > 1 else [*each * 99]
        p99, wanted = cuts[98] * 1000, MOST_P99_MS.get(size)
        told_of = f"median {cuts[49] * 1000:.0f} ms, p99 {p99:.0f} ms"
        if wanted is None:
            found.append(Row(f"{size}: {len(each)} calls", told_of))
        else:
            found.append(
                Row(f"{size}: {len(each)} calls", told_of, f"p99 at most {wanted} ms", p99 <= wanted)
            )
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, help="calls a second; else 80 %% of the most")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--patients", type=int, default=40)
    asked = parser.parse_args()
    table = rows(asked.seconds, asked.rate, asked.connections, asked.patients)
    told(table)
    sys.exit(any(row.met is False for row in table))
