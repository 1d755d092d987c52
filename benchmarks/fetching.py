"""A call without prefetch, against a FHIR server that takes 20 ms for each answer.

    python benchmarks/fetching.py [calls, 30]

The server is a process of its own on the loopback. Told is the time of a call in round trips: in the time of
one answer of that server, measured beside it.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

import requests

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "fetching"))

from ehr import AS_OF, Ehr, chart, well_behaved  # noqa: E402

from cds_service.hooks.matcher import Matcher  # noqa: E402
from cds_service.settings import Settings  # noqa: E402
from cds_service.web.app import create_app  # noqa: E402

WAIT = 0.020


def serve() -> None:
    server = Ehr(well_behaved(chart(), wait=WAIT))
    print(server.base, flush=True)
    server.serve_forever()


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with (
        subprocess.Popen([sys.executable, __file__, "serve"], stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as data,
    ):
        assert server.stdout
        base = server.stdout.readline().strip()
        settings = Settings(data_dir=Path(data), fhir_bases=(base,))
        app = create_app(settings, matcher=Matcher.load(), today=lambda: AS_OF, log_stream=StringIO())
        client = app.test_client()
        body = {
            "hook": "patient-view",
            "hookInstance": "00000000-0000-4000-8000-000000000001",
            "context": {"userId": "Practitioner/test-clinician-one", "patientId": "p1"},
            "fhirServer": base,
        }
        one, whole, cpu = [], [], []
        for _ in range(calls):
            begun = time.perf_counter()
            requests.get(f"{base}/Patient/p1", timeout=5).raise_for_status()
            one.append(time.perf_counter() - begun)
            begun, used = time.perf_counter(), time.process_time()
            assert client.post("/cds-services/cart-trial-match", json=body).status_code == 200
            whole.append(time.perf_counter() - begun)
            cpu.append(time.process_time() - used)
        server.terminate()
    trip, call = statistics.median(one), statistics.median(whole)
    print(f"one answer of the server   {trip * 1000:6.1f} ms (median of {calls})")
    print(f"the whole call             {call * 1000:6.1f} ms = {call / trip:.2f} round trips (wanted: 3)")
    print(f"of it CPU of the service   {statistics.median(cpu) * 1000:6.1f} ms")


if __name__ == "__main__":
    serve() if sys.argv[1:] == ["serve"] else main()
