"""Mixed charts at a steady rate, each with its own expected answer: no error, no wrong verdict, no growth.

    python benchmarks/load.py [seconds, 600] [share of the maximum, 0.8] [workers, 1]

The service runs as ``cart-cds serve`` does, in a process of its own; the calls come from this process over
connections that are kept open, some as hook calls with a prefetch, some as charts to ``/match``. First the
maximum is measured (as fast as answers come), then calls are sent at a share of it whether or not answers
have come, and a call's time counts from when it was due. What each call must answer was computed in this
process, one at a time; a verdict of another patient would differ.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import queue
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import date
from pathlib import Path

import charts
from measure import application

PATIENTS = Path(__file__).parent.parent / "fhir_fixtures" / "patients"
HOOK, MATCH = "/cds-services/cart-trial-match", "/match?asOf=2026-11-01"
PORT = int(os.environ.get("LOAD_PORT", "8098"))
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CONNECTIONS = 16
SIZES = {"S": 20, "M": 20, "L": 1}  # how often each among the 40-odd patients' charts
WARM_UP = 30
EVERY = 10

Call = tuple[str, str, bytes, bytes]  # name, path, body, expected answer


def calls() -> list[Call]:
    """Every kind of call, with the answer that is right today."""
    today = date.today()  # noqa: DTZ011  # the service's own day
    client = application(today).test_client()
    found = []
    bodies = [
        (path.name, MATCH, (path / "bundle.json").read_bytes())
        for path in sorted(PATIENTS.iterdir())
        if path.is_dir()
    ]
    bodies += [(size, HOOK, charts.call(size)) for size, times in SIZES.items() for _ in range(times)]
    known: dict[tuple[str, str], bytes] = {}
    for name, path, body in bodies:
        if (name, path) not in known:
            answer = client.post(path, data=body, content_type="application/json")
            assert answer.status_code == 200, answer.text
            known[name, path] = UUID.sub(b"uuid", answer.data)
        found.append((name, path, body, known[name, path]))
    random.Random(1).shuffle(found)
    return found


class Load:
    """Sends calls from a queue over kept connections, and keeps what came of them."""

    def __init__(self) -> None:
        self.due: queue.Queue[tuple[float, Call] | None] = queue.Queue()
        self.took: dict[str, list[float]] = {}
        self.wrong: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CONNECTIONS)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        while (item := self.due.get()) is not None:
            due, (name, path, body, expected) = item
            try:
                connection.request("POST", path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                said = answer.read()
                fault = "" if answer.status == 200 else f"status {answer.status}"
                if not fault and UUID.sub(b"uuid", said) != expected:
                    fault = f"wrong answer for {name}"
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                fault = type(error).__name__
            with self._lock:
                self.took.setdefault(name if path == HOOK else "patients", []).append(time.monotonic() - due)
                if fault:
                    self.wrong[fault] += 1
        connection.close()

    def end(self) -> None:
        for _ in self._threads:
            self.due.put(None)
        for thread in self._threads:
            thread.join()

    @property
    def done(self) -> int:
        return sum(map(len, self.took.values()))


def maximum(mixed: list[Call], seconds: float) -> float:
    """Calls a second, as fast as answers come."""
    load = Load()
    begun = time.monotonic()
    for call in itertools.cycle(mixed):
        if time.monotonic() - begun > seconds:
            break
        if load.due.qsize() < CONNECTIONS:
            load.due.put((time.monotonic(), call))
        else:
            time.sleep(0.001)
    load.end()
    return load.done / (time.monotonic() - begun)


def steady(
    mixed: list[Call], rate: float, seconds: float, pids: list[int]
) -> tuple[Load, list[tuple[int, int, int]]]:
    load = Load()
    held = []
    begun = time.monotonic()
    sampled = 0.0
    for number, call in enumerate(itertools.cycle(mixed)):
        due = begun + number / rate
        if due - begun > seconds:
            break
        while (wait := due - time.monotonic()) > 0:
            time.sleep(wait)
        load.due.put((due, call))
        if due - begun - sampled > EVERY:
            sampled = due - begun
            held.append(held_by(pids))
    load.end()
    return load, held


def held_by(pids: list[int]) -> tuple[int, int, int]:
    """Kilobytes in use, open files, threads."""
    memory = files = threads = 0
    for pid in pids:
        process = Path(f"/proc/{pid}")
        memory += int((process / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
        files += len(list((process / "fd").iterdir()))
        threads += len(list((process / "task").iterdir()))
    return memory, files, threads


def family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    share = float(sys.argv[2]) if len(sys.argv) > 2 else 0.8
    workers = sys.argv[3] if len(sys.argv) > 3 else "1"
    mixed = calls()
    with tempfile.TemporaryDirectory() as data:
        settings = {"PORT": str(PORT), "DATA_DIR": data, "WORKERS": workers, "LOG_LEVEL": "error"}
        environment = os.environ | {f"CART_CDS_{name}": value for name, value in settings.items()}
        command = [str(Path(sys.executable).parent / "cart-cds"), "serve"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(command, env=environment, **quiet) as server:
            try:
                subprocess.run([command[0], "wait", f"http://127.0.0.1:{PORT}"], check=True)
                most = maximum(mixed, min(20.0, seconds))
                pids = family(server.pid)
                load, held = steady(mixed, most * share, seconds, pids)
            finally:
                server.terminate()
    report(most, share, seconds, load, held)


def report(most: float, share: float, seconds: float, load: Load, held: list[tuple[int, int, int]]) -> None:
    print(f"maximum {most:.0f} calls a second; then {most * share:.0f} a second for {seconds:.0f} s")
    print(f"{load.done} calls: {sum(load.wrong.values())} failed or wrong {dict(load.wrong) or ''}")
    for name, took in sorted(load.took.items()):
        took.sort()
        middle, high = statistics.median(took), took[min(len(took) - 1, int(len(took) * 0.99))]
        print(f"  {name:9} {len(took):7} calls, p50 {middle * 1000:6.1f} ms, p99 {high * 1000:6.1f} ms")
    after = held[min(len(held) - 1, WARM_UP // EVERY) :]
    if len(after) > 1:
        tenth = max(1, len(after) // 10)
        first = statistics.mean(each[0] for each in after[:tenth])
        last = statistics.mean(each[0] for each in after[-tenth:])
        grown = last / first - 1
        print(
            f"memory after {WARM_UP} s {first / 1024:.1f} MB, at the end {last / 1024:.1f} MB: {grown:+.1%}"
        )
        print(f"open files {after[0][1]} and {after[-1][1]}, threads {after[0][2]} and {after[-1][2]}")
    print(json.dumps({"failed": sum(load.wrong.values()), "calls": load.done}))
    sys.exit(1 if load.wrong else 0)


if __name__ == "__main__":
    main()
