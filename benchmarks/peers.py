"""The same charts given to PyPI ``healthchain`` 0.16, in its fastest form, beside this service.

HealthChain gets the prefetch as plain dictionaries, builds no FHIR objects, and evaluates six plain criteria
on it: age, one diagnosis, platelets, ALT against its own upper limit, creatinine, one drug. This service does
all of its matching. Each is one process, called over one connection, in turns; what is compared is the CPU
of the serving process.

    python benchmarks/peers.py [M]

A virtual environment for it is made in ``.cart-cds/peers``; where it cannot be had, the comparison is
left out.
"""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import charts
from hook_call import PATH, cpu_seconds, expect, served
from measure import Row, told

PACKAGE = "healthchain==0.16.1"
HOME = charts.ROOT / ".cart-cds" / "peers"
AT_LEAST = 4.0
BLOCKS, CALLS = 7, 60

SERVICE = """
import sys
import uvicorn
from healthchain.gateway import CDSHooksService, HealthChainAPI
from healthchain.models.requests.cdsrequest import CDSRequest
from healthchain.models.responses.cdsresponse import CDSResponse

cds = CDSHooksService()


def newest(entries, code):
    found = [
        each["resource"]
        for each in entries
        if any(coding.get("code") == code for coding in each["resource"].get("code", {}).get("coding", ()))
    ]
    return max(found, key=lambda one: one.get("effectiveDateTime", ""), default=None)


@cds.hook("patient-view", id="six-criteria")
def six_criteria(request: CDSRequest) -> CDSResponse:
    prefetch = request.prefetch or {}
    observations = [held for key, held in prefetch.items() if key.startswith("observations")]
    results = [e for held in observations for e in held.get("entry", ())]
    conditions = [e["resource"] for e in prefetch["conditions"].get("entry", ())]
    drugs = [e["resource"] for e in prefetch["medicationStatements"].get("entry", ())]
    platelets, alt, creatinine = (newest(results, code) for code in ("777-3", "1742-6", "2160-0"))
    met = [
        prefetch["patient"]["birthDate"] < "2008-11-20",
        any(c["code"]["coding"][0]["code"] == "55464009" for c in conditions),
        platelets is not None and platelets["valueQuantity"]["value"] >= 25,
        alt is not None
        and alt["valueQuantity"]["value"] < 3 * alt["referenceRange"][0]["high"]["value"],
        creatinine is not None and creatinine["valueQuantity"]["value"] < 2.5,
        any(d["medicationCodeableConcept"]["coding"][0]["code"] == "979092" for d in drugs),
    ]
    return CDSResponse(
        cards=[
            {
                "summary": f"{sum(met)} of 6 criteria met",
                "indicator": "info",
                "source": {"label": "six criteria"},
            }
        ]
    )


app = HealthChainAPI()
app.register_service(cds, path="/cds")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""


def installed() -> Path | None:
    """The peer's interpreter; None where it cannot be had."""
    python = HOME / "bin" / "python"
    have = [python, "-c", "import healthchain"]
    if python.exists() and subprocess.run(have, capture_output=True, check=False).returncode == 0:
        return python
    HOME.parent.mkdir(parents=True, exist_ok=True)
    steps = ([sys.executable, "-m", "venv", HOME], [python, "-m", "pip", "install", "-q", PACKAGE])
    for step in steps:
        if subprocess.run(step, capture_output=True, check=False).returncode != 0:
            return None
    return python


@contextmanager
def peer(python: Path) -> Iterator[tuple[int, int]]:
    """HealthChain serving; its port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = HOME / "six_criteria.py"
    script.write_text(SERVICE)
    log = (HOME / "log").open("w")
    process = subprocess.Popen([python, script, str(port)], stdout=log, stderr=log, env=os.environ)
    try:
        ends = time.monotonic() + 60
        while time.monotonic() < ends and process.poll() is None:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _caller(port: int, path: str, body: bytes) -> Callable[[], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    last = time.monotonic()

    def call() -> bytes:
        nonlocal last
        if time.monotonic() - last > 1:
            connection.close()
        last = time.monotonic()
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        read = answer.read()
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status} {read[:300]!r}")
        return read

    return call


def rows(size: str) -> list[Row]:
    python = installed()
    if python is None:
        return [Row(f"{PACKAGE}, {size}", "left out: it could not be installed")]
    body = charts.call(size, as_of=date.today())  # noqa: DTZ011  # the service's own calendar
    with served() as (port, pid), peer(python) as (peer_port, peer_pid):
        ours = _caller(port, PATH, body)
        theirs = _caller(peer_port, "/cds/cds-services/six-criteria", body)
        expect(ours())
        if b"6 of 6" not in theirs():
            raise SystemExit(f"HealthChain answers otherwise: {theirs()!r}")
        took: dict[str, list[float]] = {"ours": [], "theirs": []}
        for _ in range(BLOCKS):
            for name, call, process in (("ours", ours, pid), ("theirs", theirs, peer_pid)):
                call()  # over a connection of its own, for the other's turn outlasts an idle one
                began = cpu_seconds(process)
                for _ in range(CALLS):
                    call()
                took[name].append((cpu_seconds(process) - began) / CALLS * 1000)
    mine, peers = (statistics.median(took[name]) for name in ("ours", "theirs"))
    return [
        Row(f"{PACKAGE}, raw prefetch, six criteria, {size}", f"{peers:.2f} ms CPU a call"),
        Row(f"this service, all of the matching, {size}", f"{mine:.2f} ms CPU a call"),
        Row(
            "calls a CPU second against HealthChain's",
            f"{peers / mine:.2f} x",
            f"at least {AT_LEAST:g} x",
            peers / mine >= AT_LEAST,
        ),
    ]


if __name__ == "__main__":
    told([row for size in sys.argv[1:] or ["M"] for row in rows(size)])
