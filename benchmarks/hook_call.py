"""A whole ``patient-view`` call with its prefetch, against ``orjson.loads`` of the same bytes.

First in this process, through the WSGI interface, and stage by stage; then in a process that serves, over one
connection. All five trials, every criterion, cards built, the audit trail written.

    python benchmarks/hook_call.py [S M L]
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import charts
import msgspec
import orjson
from measure import Row, Took, application, compared, interleaved, posted, ratio, settle, titles, told

PATH = "/cds-services/cart-trial-match"
MOST = {"M": 1.5, "L": 1.0}
MOST_MS_ON_S = 1.0
SERVED_CPU_SECONDS = 3.0


def in_process(size: str) -> tuple[Row, dict[str, Took]]:
    """The call and its stages beside ``orjson.loads``, in turns."""
    from cds_service.cards import Card, Cards, cards_for  # noqa: PLC0415
    from cds_service.features.chart import Chart  # noqa: PLC0415
    from cds_service.hooks.call import read_call  # noqa: PLC0415
    from cds_service.hooks.gather import gather  # noqa: PLC0415
    from cds_service.hooks.offered import PATIENT_VIEW  # noqa: PLC0415
    from cds_service.hooks.service import chart_of  # noqa: PLC0415
    from cds_service.matching import match  # noqa: PLC0415
    from cds_service.rules import RuleSet, rules_directory  # noqa: PLC0415
    from cds_service.trials.documented import relevant  # noqa: PLC0415

    body = charts.call(size)
    app = application(charts.AS_OF)
    parts = app.extensions["cart-cds"]
    rules = RuleSet.load(rules_directory())
    expect(posted(app, PATH, body))

    def read() -> object:
        call = read_call(body, PATIENT_VIEW)
        gathered = gather(call, parts.templates, parts.fetcher, lambda _: None, 0)
        return chart_of(call.patient_id, gathered, parts.templates, charts.AS_OF)

    record = read()
    answered = Chart(record, charts.AS_OF, rules.concepts, rules.absence)

    def decide(chart: Chart) -> None:
        for trial in rules.trials:
            if relevant(trial.indication, chart.answer):
                rules.engine.decide(trial, chart.answer)

    decide(answered)

    def tell() -> list[Card]:
        return cards_for(match(record, rules, charts.AS_OF), limit=3, new_id=parts.new_id)

    cards = tell()
    took = interleaved(
        {
            "orjson.loads": lambda: orjson.loads(body),
            "the whole call": lambda: posted(app, PATH, body),
            "read": read,
            "features and engine": lambda: decide(Chart(record, charts.AS_OF, rules.concepts, rules.absence)),
            "engine": lambda: decide(answered),
            "match and cards": tell,
            "JSON out": lambda: msgspec.json.encode(Cards(tuple(cards))),
        },
        seconds=6,
    )
    return _row(f"{size}, in process", len(body), took["the whole call"], took["orjson.loads"], size), took


def _row(name: str, length: int, whole: Took, loads: Took, size: str) -> Row:
    figure = f"call {name} ({length / 1000:,.0f} KB; orjson.loads {loads.median:.2f} ms)"
    if size == "S":
        return compared(figure, whole.median, MOST_MS_ON_S, "ms")
    row = compared(figure, ratio(whole, loads), MOST[size], "x orjson.loads")
    return Row(row.figure, f"{row.measured}, {whole}", row.wanted, row.met)


def stages(took: dict[str, Took]) -> list[tuple[str, float]]:
    """The call taken apart, in CPU milliseconds; what is not in a stage is receiving, Flask and the audit."""
    both, engine, whole = (took[name].median for name in ("features and engine", "engine", "match and cards"))
    parts = [
        ("read: JSON to the patient's record", took["read"].median),
        ("features: every question answered", both - engine),
        ("engine: durable-rules", engine),
        ("cards: what each verdict rests on, in words, and the cards themselves", whole - both),
        ("JSON out", took["JSON out"].median),
    ]
    rest = took["the whole call"].median - sum(each for _, each in parts)
    return [*parts, ("receiving, routing, audit trail, log", rest)]


def expect(answer: bytes) -> None:
    found = titles(answer)
    if not any(charts.EXPECTED in title for title in found):
        raise SystemExit(f"The wrong answer: {found}")


@contextmanager
def served(data: Path | None = None) -> Iterator[tuple[int, int]]:
    """A service of its own, which keeps its data there; its port and the process that serves."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="cart-cds-bench-")
    environment = os.environ | {"CART_CDS_PORT": str(port), "CART_CDS_DATA_DIR": str(data or folder)}
    cli = Path(sys.executable).parent / "cart-cds"
    with (Path(folder) / "log").open("w") as log:
        process = subprocess.Popen([cli, "serve"], env=environment, stdout=log, stderr=log)
    try:
        wait(port)
        yield port, worker_of(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def wait(port: int, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.01)
    raise SystemExit("The service did not start.")


def worker_of(parent: int) -> int:
    """The child that does the work."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return max((int(each) for each in children), key=cpu_seconds)


def cpu_seconds(pid: int) -> float:
    """What a process has used, its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def over_a_connection(size: str) -> Row:
    """The serving process's CPU for each call, in blocks, with ``orjson.loads`` here between the blocks."""
    body = charts.call(size, as_of=date.today())  # noqa: DTZ011  # the service's own calendar
    settle()  # else orjson.loads takes longer than it does in a worker
    loads: list[float] = []
    calls: list[float] = []
    with served() as (port, pid):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def once() -> bytes:
            connection.request("POST", PATH, body, {"Content-Type": "application/json"})
            return connection.getresponse().read()

        expect(once())
        for _ in range(20):
            once()
        began = cpu_seconds(pid)
        for _ in range(20):
            once()
        block = max(10, round(20 * 0.5 / max(cpu_seconds(pid) - began, 0.01)))  # half a second or more
        while sum(calls) * block < SERVED_CPU_SECONDS * 1000:
            began = cpu_seconds(pid)
            for _ in range(block):
                once()
            calls.append((cpu_seconds(pid) - began) / block * 1000)
            loads += [_timed(body) for _ in range(max(5, block // 10))]
    whole = Took(min(calls), statistics.median(calls))
    return _row(f"{size}, served", len(body), whole, Took(min(loads), statistics.median(loads)), size)


def _timed(body: bytes) -> float:
    began = time.process_time()
    orjson.loads(body)
    return (time.process_time() - began) * 1000


def rows(sizes: list[str]) -> list[Row]:
    found = []
    for size in sizes:
        row, took = in_process(size)
        found.append(row)
        print(f"{size}: {took['orjson.loads'].median:.2f} ms for orjson.loads, and in the call:")
        for name, each in stages(took):
            print(f"  {each:8.2f} ms  {name}")
    print()
    return found + [over_a_connection(size) for size in sizes]


if __name__ == "__main__":
    told(rows(sys.argv[1:] or list(charts.SIZES)))
